//! The name, the kind, the labels and the help of every metric of the courier.

use posthouse_runtime::metrics::Metric;

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
