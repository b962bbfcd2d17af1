//! What the worker loop counts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::names;
use super::register::{Histograms, family, histogram};
use super::share::{Age, Oldest, Share};

/// Upper bounds for commits, in seconds: a commit in memory to one on a failing disk.
const COMMIT_BOUNDS_S: [f64; 10] = [
    0.000_1, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 2.0,
];
/// Upper bounds for timers, in seconds: around the second that is promised, and the ten after
/// the death of an owner.
const LATE_BOUNDS_S: [f64; 10] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    role: String,
    region: String,
}

macro_rules! counters {
    ($($field:ident = $metric:ident,)*) => {
        struct CounterFamilies { $($field: Family<Labels, Counter>,)* }

        struct Counters { $($field: Counter,)* }

        impl CounterFamilies {
            fn register(registry: &mut Registry) -> Self {
                Self { $($field: family(registry, names::$metric),)* }
            }

            fn of(&self, labels: &Labels) -> Counters {
                Counters { $($field: self.$field.get_or_create_owned(labels),)* }
            }
        }
    };
}

counters! {
    inputs = INPUTS,
    replayed = REPLAYED,
    void = VOID,
    outputs = OUTPUTS,
    republished = REPUBLISHED,
    dead_letters = DEAD_LETTERS,
    takeovers = TAKEOVERS,
    commits = COMMITS,
    snapshots = SNAPSHOTS,
    errands_started = ERRANDS_STARTED,
    errands_finished = ERRANDS_FINISHED,
    claims_lost = CLAIMS_LOST,
}

/// The families of the worker loop.
pub(super) struct Families {
    counters: CounterFamilies,
    in_flight: Family<Labels, Gauge>,
    in_flight_max: Family<Labels, Gauge>,
    lag: Family<Labels, Gauge>,
    log_age: Family<Labels, Oldest>,
    commit_seconds: Histograms<Labels>,
    ring_late: Histograms<Labels>,
}

/// What one worker counts: a handle that is cheap to copy. Gauges of all workers of a role in a
/// region add up; a worker's part of them is taken back when the last copy of its handle goes.
#[derive(Clone)]
pub struct WorkerMetrics(Arc<Inner>);

struct Inner {
    counters: Counters,
    in_flight: Share,
    in_flight_max: Share,
    lag: Share,
    log_age: Age,
    commit_seconds: Histogram,
    ring_late: Histogram,
}

impl Families {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            counters: CounterFamilies::register(registry),
            in_flight: family(registry, names::IN_FLIGHT),
            in_flight_max: family(registry, names::IN_FLIGHT_MAX),
            lag: family(registry, names::LAG),
            log_age: family(registry, names::LOG_AGE),
            commit_seconds: histogram(registry, names::COMMIT_SECONDS, &COMMIT_BOUNDS_S),
            ring_late: histogram(registry, names::RING_LATE, &LATE_BOUNDS_S),
        }
    }

    pub(super) fn of(&self, role: &str, region: &str) -> WorkerMetrics {
        let labels = &Labels {
            role: role.to_owned(),
            region: region.to_owned(),
        };
        WorkerMetrics(Arc::new(Inner {
            counters: self.counters.of(labels),
            in_flight: Share::of(self.in_flight.get_or_create_owned(labels)),
            in_flight_max: Share::of(self.in_flight_max.get_or_create_owned(labels)),
            lag: Share::of(self.lag.get_or_create_owned(labels)),
            log_age: Age::of(self.log_age.get_or_create_owned(labels)),
            commit_seconds: self.commit_seconds.get_or_create_owned(labels),
            ring_late: self.ring_late.get_or_create_owned(labels),
        }))
    }
}

impl WorkerMetrics {
    /// A fact was taken in.
    pub fn input(&self) {
        self.0.counters.inputs.inc();
    }

    /// So many facts were read again and changed nothing outside.
    pub fn replayed(&self, facts: u64) {
        self.0.counters.replayed.inc_by(facts);
    }

    /// A fact did not count at its place in the log.
    pub fn void(&self) {
        self.0.counters.void.inc();
    }

    /// A message was sent to the log.
    pub fn output(&self) {
        self.0.counters.outputs.inc();
    }

    /// So many messages were sent again.
    pub fn republished(&self, messages: u64) {
        self.0.counters.republished.inc_by(messages);
    }

    /// An input or output was set aside.
    pub fn dead_letter(&self) {
        self.0.counters.dead_letters.inc();
    }

    /// A partition was taken over, after so many facts were replayed.
    pub fn took_over(&self, replayed: u64) {
        self.0.counters.takeovers.inc();
        self.replayed(replayed);
    }

    /// The view was committed, which took so long.
    pub fn committed(&self, took: Duration) {
        self.0.counters.commits.inc();
        self.0.commit_seconds.observe(took.as_secs_f64());
    }

    /// The view was saved for a successor.
    pub fn snapshot(&self) {
        self.0.counters.snapshots.inc();
    }

    /// So many inputs of this worker are in flight.
    pub fn in_flight(&self, inputs: usize) {
        self.0.in_flight.set(inputs);
    }

    /// So many inputs of this worker may be in flight.
    pub fn in_flight_max(&self, inputs: usize) {
        self.0.in_flight_max.set(inputs);
    }

    /// So many messages wait for this worker at the server.
    pub fn lag(&self, messages: u64) {
        self.0
            .lag
            .set(usize::try_from(messages).unwrap_or(usize::MAX));
    }

    /// The newest fact that this worker took in was stored so many milliseconds ago. Clocks
    /// differ, so it may be negative; that counts as nothing.
    pub fn log_age_ms(&self, ms: i64) {
        self.0.log_age.set(seconds(ms));
    }

    /// A timer rang so many milliseconds after its due time.
    pub fn rang(&self, late_ms: i64) {
        self.0.ring_late.observe(seconds(late_ms));
    }

    /// An errand was started.
    pub fn errand_started(&self) {
        self.0.counters.errands_started.inc();
    }

    /// An errand ended, well or not.
    pub fn errand_done(&self) {
        self.0.counters.errands_finished.inc();
    }

    /// An errand was left alone for want of a claim.
    pub fn claim_lost(&self) {
        self.0.counters.claims_lost.inc();
    }
}

impl fmt::Debug for WorkerMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerMetrics").finish_non_exhaustive()
    }
}

fn seconds(ms: i64) -> f64 {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0)).as_secs_f64()
}
