//! The name, the kind, the labels and the help of every metric of this crate: what the bus says of
//! a region, asked by the process that runs its desk. It is known here of partitions, too, that
//! nobody owns, of which no worker can tell.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicU64;

use posthouse_bus_nats::{ConsumerReport, Inspection, StreamReport};
use posthouse_domain::Timestamp;
use posthouse_runtime::metrics::{Metric, Metrics, family};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

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

/// All of them, for the page of metrics.
#[cfg(test)]
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

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRegion {
    region: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRole {
    role: String,
    region: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfStream {
    region: String,
    stream: String,
}

type Seconds = Gauge<f64, AtomicU64>;

#[derive(Clone)]
struct Families {
    lag: Family<OfRole, Gauge>,
    unacknowledged: Family<OfRole, Gauge>,
    unowned: Family<OfRole, Gauge>,
    partitions: Family<OfRole, Gauge>,
    stream_messages: Family<OfStream, Gauge>,
    stream_bytes: Family<OfStream, Gauge>,
    replicas_missing: Family<OfStream, Gauge>,
    storage_bytes: Family<OfRegion, Gauge>,
    storage_bytes_max: Family<OfRegion, Gauge>,
    clock_offset: Family<OfRegion, Seconds>,
    inspected: Family<OfRegion, Seconds>,
    failed: Family<OfRegion, Counter>,
}

/// What the bus says of a region.
#[derive(Clone)]
pub(crate) struct BusTelemetry {
    families: Families,
    region: OfRegion,
}

/// The consumers of a role, all together.
#[derive(Default)]
struct Readers {
    lag: u64,
    unacknowledged: usize,
    unread: usize,
    all: usize,
}

impl Families {
    fn register(registry: &mut Registry) -> Self {
        Self {
            lag: family(registry, BUS_LAG),
            unacknowledged: family(registry, BUS_UNACKNOWLEDGED),
            unowned: family(registry, BUS_UNOWNED),
            partitions: family(registry, BUS_PARTITIONS),
            stream_messages: family(registry, BUS_STREAM_MESSAGES),
            stream_bytes: family(registry, BUS_STREAM_BYTES),
            replicas_missing: family(registry, BUS_REPLICAS_MISSING),
            storage_bytes: family(registry, BUS_STORAGE_BYTES),
            storage_bytes_max: family(registry, BUS_STORAGE_BYTES_MAX),
            clock_offset: family(registry, BUS_CLOCK_OFFSET),
            inspected: family(registry, BUS_INSPECTED),
            failed: family(registry, BUS_INSPECTIONS_FAILED),
        }
    }
}

impl BusTelemetry {
    /// The figures of a region. Nothing failed so far.
    pub(crate) fn new(metrics: &Metrics, region: &str) -> Self {
        let families = metrics.service(Families::register);
        let region = OfRegion {
            region: region.to_owned(),
        };
        drop(families.failed.get_or_create(&region));
        Self { families, region }
    }

    /// The bus did not answer.
    pub(crate) fn failed(&self) {
        self.families.failed.get_or_create(&self.region).inc();
    }

    /// The bus answered so at `now`, by the clock of this host.
    pub(crate) fn show(&self, inspection: &Inspection, now: Timestamp) {
        let (families, region) = (&self.families, &self.region);
        for (role, readers) in by_role(&inspection.consumers) {
            self.show_role(role, &readers);
        }
        for stream in &inspection.streams {
            self.show_stream(stream);
        }
        let used = families.storage_bytes.get_or_create(region);
        used.set(gauge(inspection.storage_bytes));
        let max = inspection.storage_bytes_max.unwrap_or_default();
        let most = families.storage_bytes_max.get_or_create(region);
        most.set(gauge(max));
        let times = inspection.streams.iter().filter_map(server_time);
        if let Some(server_time) = times.max() {
            let offset = families.clock_offset.get_or_create(region);
            offset.set(seconds(now.millis_since(server_time)));
        }
        let inspected = families.inspected.get_or_create(region);
        inspected.set(seconds(now.as_millis()));
    }

    fn show_role(&self, role: &str, readers: &Readers) {
        let families = &self.families;
        let labels = OfRole {
            role: role.to_owned(),
            region: self.region.region.clone(),
        };
        let show = |gauges: &Family<OfRole, Gauge>, value: i64| {
            gauges.get_or_create(&labels).set(value);
        };
        show(&families.lag, gauge(readers.lag));
        show(&families.unacknowledged, count(readers.unacknowledged));
        show(&families.unowned, count(readers.unread));
        show(&families.partitions, count(readers.all));
    }

    /// A stream that is not there holds nothing, and one copy of it is missing.
    fn show_stream(&self, report: &StreamReport) {
        let families = &self.families;
        let labels = OfStream {
            region: self.region.region.clone(),
            stream: report.name.clone(),
        };
        let (messages, bytes, missing) = match &report.found {
            Some(state) => (
                gauge(state.messages),
                gauge(state.bytes),
                count(state.replicas.saturating_sub(state.replicas_current)),
            ),
            None => (0, 0, 1),
        };
        let show = |gauges: &Family<OfStream, Gauge>, value: i64| {
            gauges.get_or_create(&labels).set(value);
        };
        show(&families.stream_messages, messages);
        show(&families.stream_bytes, bytes);
        show(&families.replicas_missing, missing);
    }
}

impl fmt::Debug for BusTelemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BusTelemetry")
            .field("region", &self.region.region)
            .finish_non_exhaustive()
    }
}

/// A consumer's name begins with its role; the inbox is the intakes'.
fn by_role(consumers: &[ConsumerReport]) -> BTreeMap<&str, Readers> {
    let mut roles: BTreeMap<&str, Readers> = BTreeMap::new();
    for consumer in consumers {
        let role = consumer.name.split('_').next().unwrap_or(&consumer.name);
        let readers = roles.entry(role).or_default();
        readers.lag = readers.lag.saturating_add(consumer.pending);
        readers.unacknowledged += consumer.unacknowledged;
        readers.unread += usize::from(!consumer.is_read);
        readers.all += 1;
    }
    roles
}

fn server_time(report: &StreamReport) -> Option<Timestamp> {
    report.found.as_ref()?.server_time
}

fn gauge(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn count(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Milliseconds as seconds, exact for any instant that a clock shows.
fn seconds(ms: i64) -> f64 {
    let size = std::time::Duration::from_millis(ms.unsigned_abs()).as_secs_f64();
    if ms < 0 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use posthouse_bus_nats::StreamState;

    use super::*;

    fn consumer(name: &str, pending: u64, is_read: bool) -> ConsumerReport {
        ConsumerReport {
            name: name.to_owned(),
            stream: "PH_eu_log_00".to_owned(),
            pending,
            unacknowledged: 2,
            is_read,
        }
    }

    fn inspection(now: Timestamp) -> Inspection {
        let state = StreamState {
            messages: 12,
            bytes: 3_400,
            replicas: 3,
            replicas_current: 2,
            is_async: false,
            server_time: Some(now.plus_millis(1_500)),
        };
        Inspection {
            server_version: "2.14.0".to_owned(),
            storage_bytes: 10_000,
            storage_bytes_max: None,
            streams: vec![StreamReport {
                name: "PH_eu_log_00".to_owned(),
                found: Some(state),
            }],
            consumers: vec![
                consumer("router_00", 5, true),
                consumer("router_01", 7, false),
                consumer("watchdog_00", 0, true),
            ],
        }
    }

    #[test]
    fn what_nobody_reads_is_known_by_role() {
        let metrics = Metrics::new();
        let now = Timestamp::from_millis(1_700_000_000_000);
        let telemetry = BusTelemetry::new(&metrics, "eu");
        telemetry.show(&inspection(now), now);
        let text = metrics.encode();
        let routers = "{role=\"router\",region=\"eu\"}";
        let stream = "{region=\"eu\",stream=\"PH_eu_log_00\"}";
        for line in [
            format!("bus_lag_messages{routers} 12"),
            format!("bus_unacknowledged_messages{routers} 4"),
            format!("bus_unowned_partitions{routers} 1"),
            format!("bus_partitions{routers} 2"),
            "bus_unowned_partitions{role=\"watchdog\",region=\"eu\"} 0".to_owned(),
            format!("bus_stream_bytes{stream} 3400"),
            format!("bus_stream_replicas_missing{stream} 1"),
            "bus_storage_bytes_max{region=\"eu\"} 0".to_owned(),
            "bus_clock_offset_seconds{region=\"eu\"} -1.5".to_owned(),
            "bus_inspected_timestamp_seconds{region=\"eu\"} 1700000000.0".to_owned(),
            "bus_inspection_failures_total{region=\"eu\"} 0".to_owned(),
        ] {
            assert!(
                text.contains(&format!("\n{line}\n")),
                "{line} is not in\n{text}"
            );
        }
    }
}
