//! The name, the kind, the labels and the help of every metric of the desk.

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use posthouse_runtime::metrics::{Metric, Metrics, family, histogram};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

const REGION: &[&str] = &["region"];

/// Facts that were folded.
pub const FACTS: Metric = Metric::counter(
    "desk_facts_total",
    REGION,
    "Facts folded into the read model",
);
/// Facts that changed nothing.
pub const VOID: Metric = Metric::counter(
    "desk_void_total",
    REGION,
    "Facts that did not count at their place in the log",
);
/// Messages that could not be read.
pub const UNREADABLE: Metric = Metric::counter(
    "desk_unreadable_total",
    REGION,
    "Messages of the log that could not be read",
);
/// Dead letters.
pub const DEAD_LETTERS: Metric = Metric::gauge(
    "desk_dead_letters_open_messages",
    REGION,
    "Dead letters that nobody dealt with yet",
);
/// Commits.
pub const COMMIT_SECONDS: Metric = Metric::histogram(
    "desk_commit_seconds",
    REGION,
    "How long a batch took to fold and commit",
);
/// What waits for the writer.
pub const QUEUE: Metric = Metric::gauge(
    "desk_queue_deliveries",
    REGION,
    "Deliveries that were read and are not yet written",
);
/// The bound of [`QUEUE`].
pub const QUEUE_MAX: Metric = Metric::gauge(
    "desk_queue_deliveries_max",
    REGION,
    "Most deliveries that may wait to be written",
);
/// How old the newest is.
pub const LOG_AGE: Metric = Metric::gauge(
    "desk_log_age_seconds",
    REGION,
    "Age of the newest message when it was written",
);
/// How often the database was rebuilt.
pub const REBUILDS: Metric = Metric::counter(
    "desk_rebuilds_total",
    REGION,
    "Times the database was set aside and rebuilt",
);
/// Events that slow listeners lost.
pub const EVENTS_DROPPED: Metric = Metric::counter(
    "desk_events_dropped_total",
    REGION,
    "Events that listeners were too slow to take",
);

/// Who listens to the live stream of facts.
pub const LISTENERS: Metric = Metric::gauge(
    "desk_listeners",
    REGION,
    "Listeners to the live stream of facts",
);
/// The bound of [`LISTENERS`].
pub const LISTENERS_MAX: Metric = Metric::gauge(
    "desk_listeners_max",
    REGION,
    "Most listeners to the live stream of facts",
);
/// What the database occupies.
pub const DATABASE_BYTES: Metric = Metric::gauge(
    "desk_database_bytes",
    REGION,
    "What the database of the read model occupies on disk",
);

/// All of them. Dashboards and alerts are checked against this list.
pub const ALL: &[Metric] = &[
    FACTS,
    VOID,
    UNREADABLE,
    DEAD_LETTERS,
    COMMIT_SECONDS,
    QUEUE,
    QUEUE_MAX,
    LOG_AGE,
    REBUILDS,
    EVENTS_DROPPED,
    LISTENERS,
    LISTENERS_MAX,
    DATABASE_BYTES,
];

/// Upper bounds of commits, in seconds.
const COMMIT_BOUNDS_S: [f64; 9] = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    region: String,
}

#[derive(Clone)]
struct Families {
    facts: Family<Labels, Counter>,
    void: Family<Labels, Counter>,
    unreadable: Family<Labels, Counter>,
    rebuilds: Family<Labels, Counter>,
    events_dropped: Family<Labels, Counter>,
    dead_letters: Family<Labels, Gauge>,
    queue: Family<Labels, Gauge>,
    queue_max: Family<Labels, Gauge>,
    log_age: Family<Labels, Gauge<f64, AtomicU64>>,
    listeners: Family<Labels, Gauge>,
    listeners_max: Family<Labels, Gauge>,
    database_bytes: Family<Labels, Gauge>,
    commit_seconds: posthouse_runtime::metrics::Histograms<Labels>,
}

/// What the desk of one region measures.
#[derive(Clone)]
pub(crate) struct Telemetry {
    pub(crate) facts: Counter,
    pub(crate) void: Counter,
    pub(crate) unreadable: Counter,
    pub(crate) rebuilds: Counter,
    pub(crate) events_dropped: Counter,
    dead_letters: Gauge,
    pub(crate) queue: Gauge,
    log_age: Gauge<f64, AtomicU64>,
    listeners: Gauge,
    database_bytes: Gauge,
    commit_seconds: Histogram,
}

/// A listener to the live stream of facts, until it is dropped.
#[derive(Debug)]
pub(crate) struct Listener(Gauge);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Telemetry {
    /// The metrics of a region, where nothing was counted yet.
    pub(crate) fn new(metrics: &Metrics, region: &str) -> Self {
        let families = metrics.service(Families::register);
        let labels = &Labels {
            region: region.to_owned(),
        };
        let chunks = crate::limits::CHUNKS_MAX * crate::limits::CHUNK_DELIVERIES_MAX;
        let batches = crate::limits::BATCHES_MAX * crate::limits::BATCH_DELIVERIES_MAX;
        let most = i64::try_from(chunks + batches).unwrap_or(i64::MAX);
        families.queue_max.get_or_create_owned(labels).set(most);
        let listeners_max = i64::try_from(crate::limits::LISTENERS_MAX).unwrap_or(i64::MAX);
        let most = families.listeners_max.get_or_create_owned(labels);
        most.set(listeners_max);
        Self {
            facts: families.facts.get_or_create_owned(labels),
            void: families.void.get_or_create_owned(labels),
            unreadable: families.unreadable.get_or_create_owned(labels),
            rebuilds: families.rebuilds.get_or_create_owned(labels),
            events_dropped: families.events_dropped.get_or_create_owned(labels),
            dead_letters: families.dead_letters.get_or_create_owned(labels),
            queue: families.queue.get_or_create_owned(labels),
            log_age: families.log_age.get_or_create_owned(labels),
            listeners: families.listeners.get_or_create_owned(labels),
            database_bytes: families.database_bytes.get_or_create_owned(labels),
            commit_seconds: families.commit_seconds.get_or_create_owned(labels),
        }
    }

    /// Nobody dealt with so many dead letters yet.
    pub(crate) fn open_dead_letters(&self, open: u64) {
        self.dead_letters
            .set(i64::try_from(open).unwrap_or(i64::MAX));
    }

    /// Shows what the database at `path` occupies, with what it has yet to take over from its log.
    pub(crate) fn occupies(&self, path: &Path) {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let bytes_of = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        let bytes = bytes_of(path).saturating_add(bytes_of(Path::new(&log)));
        self.database_bytes
            .set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Somebody listens, until what this gives is dropped.
    #[must_use = "a listener counts until it is dropped"]
    pub(crate) fn listener(&self) -> Listener {
        self.listeners.inc();
        Listener(self.listeners.clone())
    }

    /// A batch was written.
    pub(crate) fn committed(&self, took: Duration, log_age: Duration) {
        self.commit_seconds.observe(took.as_secs_f64());
        self.log_age.set(log_age.as_secs_f64());
    }
}

impl std::fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telemetry").finish_non_exhaustive()
    }
}

impl Families {
    fn register(registry: &mut Registry) -> Self {
        Self {
            facts: family(registry, FACTS),
            void: family(registry, VOID),
            unreadable: family(registry, UNREADABLE),
            rebuilds: family(registry, REBUILDS),
            events_dropped: family(registry, EVENTS_DROPPED),
            dead_letters: family(registry, DEAD_LETTERS),
            queue: family(registry, QUEUE),
            queue_max: family(registry, QUEUE_MAX),
            log_age: family(registry, LOG_AGE),
            listeners: family(registry, LISTENERS),
            listeners_max: family(registry, LISTENERS_MAX),
            database_bytes: family(registry, DATABASE_BYTES),
            commit_seconds: histogram(registry, COMMIT_SECONDS, &COMMIT_BOUNDS_S),
        }
    }
}
