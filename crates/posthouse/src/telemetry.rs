//! The name, the kind, the labels and the help of every metric of this crate: what the bus says of
//! a region, asked by the process that runs its desk. It is known here of partitions, too, that
//! nobody owns, of which no worker can tell.

use posthouse_runtime::metrics::Metric;

const REGION: &[&str] = &["region"];
const ROLE: &[&str] = &["role", "region"];
const STREAM: &[&str] = &["region", "stream"];

/// What waits.
pub(crate) const BUS_LAG: Metric = Metric::gauge(
    "bus_lag_messages",
    ROLE,
    "Messages that the bus has yet to deliver to a role, whether anybody plays it or not",
);
/// What was delivered.
pub(crate) const BUS_UNACKNOWLEDGED: Metric = Metric::gauge(
    "bus_unacknowledged_messages",
    ROLE,
    "Messages that the bus delivered to a role and that were not acknowledged yet",
);
/// Partitions without an owner.
pub(crate) const BUS_UNOWNED: Metric = Metric::gauge(
    "bus_unowned_partitions",
    ROLE,
    "Partitions of a role for which nobody asks the bus",
);
/// Partitions.
pub(crate) const BUS_PARTITIONS: Metric =
    Metric::gauge("bus_partitions", ROLE, "Partitions of a role in the region");
/// Messages of a stream.
pub(crate) const BUS_STREAM_MESSAGES: Metric = Metric::gauge(
    "bus_stream_messages",
    STREAM,
    "Messages that a stream holds",
);
/// Bytes of a stream.
pub(crate) const BUS_STREAM_BYTES: Metric = Metric::gauge(
    "bus_stream_bytes",
    STREAM,
    "What a stream weighs, one copy of it",
);
/// Missing copies.
pub(crate) const BUS_REPLICAS_MISSING: Metric = Metric::gauge(
    "bus_stream_replicas_missing",
    STREAM,
    "Copies of a stream that are away or behind",
);
/// What `JetStream` uses.
pub(crate) const BUS_STORAGE_BYTES: Metric = Metric::gauge(
    "bus_storage_bytes",
    REGION,
    "What the bus uses of the storage that this account may use",
);
/// The bound of [`BUS_STORAGE_BYTES`].
pub(crate) const BUS_STORAGE_BYTES_MAX: Metric = Metric::gauge(
    "bus_storage_bytes_max",
    REGION,
    "Most storage that this account may use on the bus; 0 where nobody set a limit",
);
/// Clock skew.
pub(crate) const BUS_CLOCK_OFFSET: Metric = Metric::gauge(
    "bus_clock_offset_seconds",
    REGION,
    "By how much the clock of this host is ahead of the bus's; negative where it is behind",
);
/// How old what is said above is.
pub(crate) const BUS_INSPECTED: Metric = Metric::gauge(
    "bus_inspected_timestamp_seconds",
    REGION,
    "When the bus last answered what it is asked for these figures, in seconds since 1970",
);
/// Failed inspections.
pub(crate) const BUS_INSPECTIONS_FAILED: Metric = Metric::counter(
    "bus_inspection_failures_total",
    REGION,
    "Times that the bus did not answer what it is asked for these figures",
);

/// All of them.
pub(crate) const ALL: &[Metric] = &[
    BUS_LAG,
    BUS_UNACKNOWLEDGED,
    BUS_UNOWNED,
    BUS_PARTITIONS,
    BUS_STREAM_MESSAGES,
    BUS_STREAM_BYTES,
    BUS_REPLICAS_MISSING,
    BUS_STORAGE_BYTES,
    BUS_STORAGE_BYTES_MAX,
    BUS_CLOCK_OFFSET,
    BUS_INSPECTED,
    BUS_INSPECTIONS_FAILED,
];
