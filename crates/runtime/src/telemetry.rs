//! The name, the kind, the labels and the help of every metric of this crate: of the process, of
//! the worker loop, of HTTP. Dashboards and alerts are checked against [`ALL`], and
//! `docs/metrics.md` is made from it.

use crate::metrics;

/// Labels of the worker loop.
const LOOP: &[&str] = &["role", "region"];

metrics! {
    BUILD = info "posthouse_build_info", &["version"], "The version that runs";
    PROCESS_START = gauge "process_start_time_seconds", &[],
        "When the process started, in seconds since 1970";

    INPUTS = counter "worker_inputs_total", LOOP, "Messages taken in";
    DECIDE_SECONDS = histogram "worker_decide_seconds", LOOP,
        "How long it took to decide what follows from one fact";
    REPLAYED = counter "worker_replayed_total", LOOP,
        "Messages read again by a takeover, which changed nothing outside";
    REDELIVERED = counter "worker_redelivered_total", LOOP,
        "Messages delivered again to an owner that had taken them in";
    VOID = counter "worker_void_total", &["role", "region", "kind"],
        "Facts that did not count at their place in the log, by kind of fact";
    OUTPUTS = counter "worker_outputs_total", LOOP, "Messages sent to the log";
    PUBLISH_SECONDS = histogram "worker_publish_seconds", LOOP,
        "How long it took from sending a message until the log confirmed it";
    REPUBLISHED = counter "worker_republished_total", LOOP,
        "Messages sent again, because no receipt came or a takeover found them missing";
    DEAD_LETTERS = counter "worker_dead_letters_total", &["role", "region", "code"],
        "Inputs and outputs set aside as dead letters, by the code of the reason";
    TAKEOVERS = counter "worker_takeovers_total", LOOP, "Partitions taken over";
    RESTARTS = counter "worker_restarts_total", LOOP,
        "Times that work on a partition failed and was started anew";
    PARTITIONS = gauge "worker_partitions", LOOP,
        "Partitions that this process owns or stands by for";
    PARTITIONS_OWNED = gauge "worker_partitions_owned", LOOP,
        "Partitions that this process owns and has brought to the end of the log";
    COMMITS = counter "worker_commits_total", LOOP, "Commits of views";
    COMMIT_SECONDS = histogram "worker_commit_seconds", LOOP, "How long a commit of a view took";
    BATCH_INPUTS = histogram "worker_batch_inputs", LOOP, "Inputs that one commit covers";
    BATCH_INPUTS_MAX = gauge "worker_batch_inputs_max", LOOP,
        "Most inputs that one commit may cover";
    SNAPSHOTS = counter "worker_snapshots_total", LOOP, "Views saved for a successor";
    STORE_BYTES = gauge "worker_store_bytes", LOOP,
        "What the views of this process occupy on disk";
    IN_FLIGHT = gauge "worker_in_flight_inputs", LOOP,
        "Inputs whose outputs are not all in the log yet";
    IN_FLIGHT_MAX = gauge "worker_in_flight_inputs_max", LOOP,
        "Most inputs that may be in flight";
    LAG = gauge "worker_lag_messages", LOOP,
        "Messages of owned partitions that were not delivered yet";
    LOG_AGE = gauge "worker_log_age_seconds", LOOP,
        "Age of the newest message taken in, of the partition where it is oldest";
    OLDEST_UNPROCESSED = gauge "worker_oldest_unprocessed_seconds", LOOP,
        "How long the oldest message that is not finished has been in the log, at most, of the \
         partition where it is oldest; 0 where nothing waits";
    CLOCK_OFFSET = gauge "worker_clock_offset_seconds", LOOP,
        "By how much the clock of this host is ahead of the log's, of the partition where they \
         differ most; negative where it is behind";
    RING_LATE = histogram "worker_ring_late_seconds", LOOP,
        "How long after its due time a timer rang";
    ERRANDS_STARTED = counter "worker_errands_started_total", LOOP,
        "Errands started outside the system";
    ERRANDS_FINISHED = counter "worker_errands_finished_total", LOOP,
        "Errands finished, well or not";
    ERRANDS = gauge "worker_errands", LOOP, "Errands under way";
    ERRANDS_MAX = gauge "worker_errands_max", LOOP, "Most errands that may be under way";
    CLAIMS_LOST = counter "worker_claims_lost_total", LOOP,
        "Errands left alone because another owner had claimed them, or no claim could be made";

    HTTP_REQUESTS = counter "http_requests_total", &["route", "method", "status"],
        "Requests answered";
    HTTP_SECONDS = histogram "http_request_seconds", &["route", "method"],
        "How long requests took to answer";
    HTTP_CONNECTIONS = gauge "http_connections", &[], "Connections that are open";
    HTTP_CONNECTIONS_MAX = gauge "http_connections_max", &[],
        "Most connections that may be open; the next one waits";
}
