//! The name, the kind, the labels and the help of every metric of the courier.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use posthouse_domain::Timestamp;
use posthouse_domain::notify::Channel;
use posthouse_domain::ticket::Body;
use posthouse_runtime::metrics::{
    Farthest, Histograms, Metric, Metrics, Part, Share, family, histogram,
};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::limits;

const REGION: &[&str] = &["region"];
const CHANNEL: &[&str] = &["region", "channel"];

/// What became of requests.
pub const OUTCOMES: Metric = Metric::counter(
    "courier_outcomes_total",
    &["region", "channel", "outcome"],
    "Requests to tell somebody that came to their end, by channel: delivered, failed, or \
     suppressed as somebody wished",
);
/// What became of attempts.
pub const ATTEMPTS: Metric = Metric::counter(
    "courier_attempts_total",
    &["region", "channel", "outcome"],
    "Attempts to tell a receiver, by channel: answered, or failed",
);
/// How long attempts took.
pub const SEND_SECONDS: Metric = Metric::histogram(
    "courier_send_seconds",
    CHANNEL,
    "How long an attempt to tell a receiver took, by channel",
);
/// How long delivered requests took.
pub const DELIVERED_SECONDS: Metric = Metric::histogram(
    "courier_delivered_seconds",
    CHANNEL,
    "How long it took from when somebody was to be told until the log held the receipt, by \
     channel; time in a group or behind a silence does not count",
);
/// Endpoints that are left alone.
pub const BREAKERS_OPEN: Metric = Metric::gauge(
    "courier_open_breakers",
    REGION,
    "Endpoints that failed again and again and are left alone for a while",
);
/// Silences that are known.
pub const SILENCES: Metric = Metric::gauge(
    "courier_silences",
    REGION,
    "Silences that are in force or to come, of the partition that knows most",
);
/// The bound of [`SILENCES`].
pub const SILENCES_MAX: Metric = Metric::gauge(
    "courier_silences_max",
    REGION,
    "Most silences that may be in force or to come",
);

/// All of them.
pub const ALL: &[Metric] = &[
    OUTCOMES,
    ATTEMPTS,
    SEND_SECONDS,
    DELIVERED_SECONDS,
    BREAKERS_OPEN,
    SILENCES,
    SILENCES_MAX,
];

/// Upper bounds for attempts, in seconds: around what receivers are given to answer.
const SEND_BOUNDS_S: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];
/// Upper bounds for deliveries, in seconds: at once, to hours of further attempts.
const DELIVERED_BOUNDS_S: [f64; 10] = [
    0.05, 0.25, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3_600.0, 21_600.0,
];
/// The channel of receivers that the policy in force does not know any more.
const UNKNOWN: &str = "unknown";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRegion {
    region: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfChannel {
    region: String,
    channel: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    region: String,
    channel: &'static str,
    outcome: &'static str,
}

#[derive(Clone)]
struct Families {
    outcomes: Family<Outcome, Counter>,
    attempts: Family<Outcome, Counter>,
    send: Histograms<OfChannel>,
    delivered: Histograms<OfChannel>,
    breakers_open: Family<OfRegion, Gauge>,
    silences: Family<OfRegion, Farthest>,
    silences_max: Family<OfRegion, Gauge>,
}

impl Families {
    fn register(registry: &mut Registry) -> Self {
        Self {
            outcomes: family(registry, OUTCOMES),
            attempts: family(registry, ATTEMPTS),
            send: histogram(registry, SEND_SECONDS, &SEND_BOUNDS_S),
            delivered: histogram(registry, DELIVERED_SECONDS, &DELIVERED_BOUNDS_S),
            breakers_open: family(registry, BREAKERS_OPEN),
            silences: family(registry, SILENCES),
            silences_max: family(registry, SILENCES_MAX),
        }
    }
}

/// What the courier of one partition measures. Copies are the same partition.
#[derive(Clone)]
pub struct Telemetry {
    families: Families,
    region: String,
    breakers_open: Arc<Share>,
    silences: Arc<Part>,
    /// See [`posthouse_runtime::Handler::counting`].
    counts: bool,
}

impl Telemetry {
    /// The figures of a partition of a region.
    #[must_use]
    pub fn new(metrics: &Metrics, region: &str) -> Self {
        let families = metrics.service(Families::register);
        let labels = &OfRegion {
            region: region.to_owned(),
        };
        let silences_max = i64::try_from(limits::SILENCES_MAX).unwrap_or(i64::MAX);
        families
            .silences_max
            .get_or_create_owned(labels)
            .set(silences_max);
        Self {
            breakers_open: Arc::new(Share::of(
                families.breakers_open.get_or_create_owned(labels),
            )),
            silences: Arc::new(Part::of(families.silences.get_or_create_owned(labels))),
            families,
            region: region.to_owned(),
            counts: false,
        }
    }

    /// Whether what follows counts.
    pub(crate) const fn counting(&mut self, counts: bool) {
        self.counts = counts;
    }

    /// The log holds the outcome of a request to somebody on this channel, who was to be told
    /// from `due_at` on.
    pub(crate) fn concluded(
        &self,
        body: &Body,
        channel: Option<&Channel>,
        due_at: Timestamp,
        log_time: Timestamp,
    ) {
        let outcome = match body {
            Body::Notified(_) => "delivered",
            Body::NotificationFailed(_) => "failed",
            // The others were never asked for.
            Body::NotificationSuppressed(body) if body.requested => "suppressed",
            _ => return,
        };
        if !self.counts {
            return;
        }
        let channel = channel.map_or(UNKNOWN, Channel::as_str);
        self.count(&self.families.outcomes, channel, outcome);
        if let Body::Notified(_) = body {
            let ms = u64::try_from(log_time.millis_since(due_at)).unwrap_or_default();
            let took = Duration::from_millis(ms).as_secs_f64();
            self.families
                .delivered
                .get_or_create(&self.on(channel))
                .observe(took);
        }
    }

    /// An attempt on this channel ended after so long.
    pub(crate) fn attempted(&self, channel: &Channel, is_answered: bool, took: Duration) {
        let channel = channel.as_str();
        let outcome = if is_answered { "answered" } else { "failed" };
        self.count(&self.families.attempts, channel, outcome);
        self.families
            .send
            .get_or_create(&self.on(channel))
            .observe(took.as_secs_f64());
    }

    /// So many endpoints are left alone.
    pub(crate) fn breakers_open(&self, endpoints: usize) {
        self.breakers_open.set(endpoints);
    }

    /// So many silences are known.
    pub(crate) fn silences(&self, known: usize) {
        let known = u32::try_from(known).unwrap_or(u32::MAX);
        self.silences.set(known.into());
    }

    fn on(&self, channel: &'static str) -> OfChannel {
        OfChannel {
            region: self.region.clone(),
            channel,
        }
    }

    fn count(
        &self,
        counters: &Family<Outcome, Counter>,
        channel: &'static str,
        outcome: &'static str,
    ) {
        let labels = Outcome {
            region: self.region.clone(),
            channel,
            outcome,
        };
        counters.get_or_create(&labels).inc();
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
