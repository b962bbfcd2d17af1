//! The name and the help of every metric of this crate. Dashboards and alerts are checked
//! against [`ALL`].

/// A metric, as operators see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name: `<service>_<noun>_<unit>`, with `_total` for counters and `_info` for facts.
    pub name: &'static str,
    /// What it says, without a full stop: the encoder adds one.
    pub help: &'static str,
}

impl Metric {
    /// A metric.
    #[must_use]
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help }
    }

    /// The name of its family: the encoder adds what the type demands.
    #[must_use]
    pub fn family(&self) -> &'static str {
        let name = self.name;
        name.strip_suffix("_total")
            .or_else(|| name.strip_suffix("_info"))
            .unwrap_or(name)
    }
}

macro_rules! metrics {
    ($($ident:ident = $name:literal, $help:literal;)*) => {
        $(#[doc = concat!("`", $name, "`: ", $help, ".")]
        pub const $ident: Metric = Metric::new($name, $help);)*

        /// All of them.
        pub const ALL: &[Metric] = &[$($ident,)*];
    };
}

metrics! {
    BUILD = "posthouse_build_info", "The version that runs";
    PROCESS_START = "process_start_time_seconds", "When the process started, in seconds since 1970";

    INPUTS = "worker_inputs_total", "Facts taken in, live";
    REPLAYED = "worker_replayed_total",
        "Facts read again after a takeover or delivered again, which changed nothing outside";
    VOID = "worker_void_total", "Facts that did not count at their place in the log";
    OUTPUTS = "worker_outputs_total", "Messages sent to the log";
    REPUBLISHED = "worker_republished_total",
        "Messages sent again, because no receipt came or a takeover found them missing";
    DEAD_LETTERS = "worker_dead_letters_total", "Inputs and outputs set aside as dead letters";
    TAKEOVERS = "worker_takeovers_total", "Partitions taken over";
    COMMITS = "worker_commits_total", "Commits of views";
    COMMIT_SECONDS = "worker_commit_seconds", "How long a commit of a view took";
    SNAPSHOTS = "worker_snapshots_total", "Views saved for a successor";
    IN_FLIGHT = "worker_in_flight_inputs", "Inputs whose outputs are not all in the log yet";
    IN_FLIGHT_MAX = "worker_in_flight_inputs_max", "Most inputs that may be in flight";
    LAG = "worker_lag_messages", "Messages of owned partitions that were not delivered yet";
    LOG_AGE = "worker_log_age_seconds",
        "Age of the newest fact taken in, of the partition where it is oldest";
    RING_LATE = "worker_ring_late_seconds", "How long after its due time a timer rang";
    ERRANDS_STARTED = "worker_errands_started_total", "Errands started outside the system";
    ERRANDS_FINISHED = "worker_errands_finished_total", "Errands finished, well or not";
    CLAIMS_LOST = "worker_claims_lost_total",
        "Errands left alone because another owner had claimed them, or no claim could be made";

    HTTP_REQUESTS = "http_requests_total", "Requests answered";
    HTTP_SECONDS = "http_request_seconds", "How long requests took to answer";
}
