//! What the worker loop counts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use posthouse_domain::ticket::FactKind;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::register::{Histograms, family, histogram};
use super::share::{Farthest, Part, Share};
use crate::{limits, telemetry};

/// Upper bounds for decisions, in seconds: microseconds, unless a model reads a long text.
const DECIDE_BOUNDS_S: [f64; 11] = [
    0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025, 0.1, 1.0,
];
/// Upper bounds for receipts, in seconds: one server in memory to a quorum with a slow disk.
const PUBLISH_BOUNDS_S: [f64; 12] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];
/// Upper bounds for the inputs of a commit, up to the most there may be.
const BATCH_BOUNDS: [f64; 7] = [1.0, 4.0, 16.0, 64.0, 256.0, 1_024.0, 4_096.0];
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

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VoidLabels {
    role: String,
    region: String,
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LetterLabels {
    role: String,
    region: String,
    code: &'static str,
}

macro_rules! counters {
    ($($field:ident = $metric:ident,)*) => {
        struct CounterFamilies { $($field: Family<Labels, Counter>,)* }

        struct Counters { $($field: Counter,)* }

        impl CounterFamilies {
            fn register(registry: &mut Registry) -> Self {
                Self { $($field: family(registry, telemetry::$metric),)* }
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
    redelivered = REDELIVERED,
    outputs = OUTPUTS,
    republished = REPUBLISHED,
    takeovers = TAKEOVERS,
    commits = COMMITS,
    snapshots = SNAPSHOTS,
    errands_started = ERRANDS_STARTED,
    errands_finished = ERRANDS_FINISHED,
    claims_lost = CLAIMS_LOST,
}

macro_rules! gauges {
    ($($field:ident = $metric:ident,)*) => {
        struct ShareFamilies { $($field: Family<Labels, Gauge>,)* }

        struct Shares { $($field: Share,)* }

        impl ShareFamilies {
            fn register(registry: &mut Registry) -> Self {
                Self { $($field: family(registry, telemetry::$metric),)* }
            }

            fn of(&self, labels: &Labels) -> Shares {
                Shares { $($field: Share::of(self.$field.get_or_create_owned(labels)),)* }
            }
        }
    };
}

gauges! {
    partitions = PARTITIONS,
    partitions_owned = PARTITIONS_OWNED,
    in_flight = IN_FLIGHT,
    in_flight_max = IN_FLIGHT_MAX,
    lag = LAG,
    errands = ERRANDS,
    errands_max = ERRANDS_MAX,
    store_bytes = STORE_BYTES,
}

macro_rules! histograms {
    ($($field:ident = $metric:ident by $bounds:ident,)*) => {
        struct HistogramFamilies { $($field: Histograms<Labels>,)* }

        struct Observations { $($field: Histogram,)* }

        impl HistogramFamilies {
            fn register(registry: &mut Registry) -> Self {
                Self { $($field: histogram(registry, telemetry::$metric, &$bounds),)* }
            }

            fn of(&self, labels: &Labels) -> Observations {
                Observations { $($field: self.$field.get_or_create_owned(labels),)* }
            }
        }
    };
}

histograms! {
    decide = DECIDE_SECONDS by DECIDE_BOUNDS_S,
    publish = PUBLISH_SECONDS by PUBLISH_BOUNDS_S,
    commit = COMMIT_SECONDS by COMMIT_BOUNDS_S,
    batch = BATCH_INPUTS by BATCH_BOUNDS,
    ring_late = RING_LATE by LATE_BOUNDS_S,
}

/// The families of the worker loop.
pub(super) struct Families {
    counters: CounterFamilies,
    void: Family<VoidLabels, Counter>,
    dead_letters: Family<LetterLabels, Counter>,
    restarts: Family<Labels, Counter>,
    shares: ShareFamilies,
    batch_max: Family<Labels, Gauge>,
    log_age: Family<Labels, Farthest>,
    oldest: Family<Labels, Farthest>,
    clock_offset: Family<Labels, Farthest>,
    histograms: HistogramFamilies,
}

/// What one worker counts: a handle that is cheap to copy. Gauges of all workers of a role in a
/// region add up; a worker's part of them is taken back when the last copy of its handle goes.
#[derive(Clone)]
pub struct WorkerMetrics(Arc<Inner>);

struct Inner {
    labels: Labels,
    counters: Counters,
    void: Family<VoidLabels, Counter>,
    dead_letters: Family<LetterLabels, Counter>,
    shares: Shares,
    log_age: Part,
    oldest: Part,
    clock_offset: Part,
    observed: Observations,
}

impl Families {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            counters: CounterFamilies::register(registry),
            void: family(registry, telemetry::VOID),
            dead_letters: family(registry, telemetry::DEAD_LETTERS),
            restarts: family(registry, telemetry::RESTARTS),
            shares: ShareFamilies::register(registry),
            batch_max: family(registry, telemetry::BATCH_INPUTS_MAX),
            log_age: family(registry, telemetry::LOG_AGE),
            oldest: family(registry, telemetry::OLDEST_UNPROCESSED),
            clock_offset: family(registry, telemetry::CLOCK_OFFSET),
            histograms: HistogramFamilies::register(registry),
        }
    }

    pub(super) fn of(&self, role: &str, region: &str) -> WorkerMetrics {
        let labels = Labels {
            role: role.to_owned(),
            region: region.to_owned(),
        };
        let batch_max = i64::try_from(limits::COMMIT_INPUTS_MAX).unwrap_or(i64::MAX);
        self.batch_max.get_or_create_owned(&labels).set(batch_max);
        // From nothing on: what first shows as one is no rise to whoever watches for one.
        drop(self.restarts.get_or_create_owned(&labels));
        let shares = self.shares.of(&labels);
        shares.partitions.set(1);
        shares.errands_max.set(limits::ERRANDS_MAX);
        WorkerMetrics(Arc::new(Inner {
            counters: self.counters.of(&labels),
            void: self.void.clone(),
            dead_letters: self.dead_letters.clone(),
            shares,
            log_age: Part::of(self.log_age.get_or_create_owned(&labels)),
            oldest: Part::of(self.oldest.get_or_create_owned(&labels)),
            clock_offset: Part::of(self.clock_offset.get_or_create_owned(&labels)),
            observed: self.histograms.of(&labels),
            labels,
        }))
    }

    pub(super) fn restarted(&self, role: &str, region: &str) {
        let labels = Labels {
            role: role.to_owned(),
            region: region.to_owned(),
        };
        self.restarts.get_or_create(&labels).inc();
    }
}

impl WorkerMetrics {
    /// A message was taken in.
    pub fn input(&self) {
        self.0.counters.inputs.inc();
    }

    /// It took so long to decide what follows from a fact.
    pub fn decided(&self, took: Duration) {
        self.0.observed.decide.observe(took.as_secs_f64());
    }

    /// So many messages were read again by a takeover.
    pub fn replayed(&self, messages: u64) {
        self.0.counters.replayed.inc_by(messages);
    }

    /// A message was delivered again that had been taken in.
    pub fn redelivered(&self) {
        self.0.counters.redelivered.inc();
    }

    /// A fact of this kind did not count at its place in the log.
    pub fn void(&self, kind: FactKind) {
        let labels = VoidLabels {
            role: self.0.labels.role.clone(),
            region: self.0.labels.region.clone(),
            kind: kind.as_str(),
        };
        self.0.void.get_or_create(&labels).inc();
    }

    /// A message was sent to the log.
    pub fn output(&self) {
        self.0.counters.outputs.inc();
    }

    /// The log confirmed a message so long after it was sent.
    pub fn published(&self, took: Duration) {
        self.0.observed.publish.observe(took.as_secs_f64());
    }

    /// So many messages were sent again.
    pub fn republished(&self, messages: u64) {
        self.0.counters.republished.inc_by(messages);
    }

    /// An input or output was set aside, for a reason with this code.
    pub fn dead_letter(&self, code: &'static str) {
        let labels = LetterLabels {
            role: self.0.labels.role.clone(),
            region: self.0.labels.region.clone(),
            code,
        };
        self.0.dead_letters.get_or_create(&labels).inc();
    }

    /// A partition was taken over, after so many facts were replayed.
    pub fn took_over(&self, replayed: u64) {
        self.0.counters.takeovers.inc();
        self.0.shares.partitions_owned.set(1);
        self.replayed(replayed);
    }

    /// The view was committed with so many inputs, which took so long.
    pub fn committed(&self, inputs: usize, took: Duration) {
        self.0.counters.commits.inc();
        self.0.observed.commit.observe(took.as_secs_f64());
        let inputs = u32::try_from(inputs).unwrap_or(u32::MAX);
        self.0.observed.batch.observe(inputs.into());
    }

    /// The view was saved for a successor.
    pub fn snapshot(&self) {
        self.0.counters.snapshots.inc();
    }

    /// The view occupies so many bytes on disk.
    pub fn store_bytes(&self, bytes: u64) {
        self.0.shares.store_bytes.set(count(bytes));
    }

    /// So many inputs of this worker are in flight.
    pub fn in_flight(&self, inputs: usize) {
        self.0.shares.in_flight.set(inputs);
    }

    /// So many inputs of this worker may be in flight.
    pub fn in_flight_max(&self, inputs: usize) {
        self.0.shares.in_flight_max.set(inputs);
    }

    /// So many messages wait for this worker at the server.
    pub fn lag(&self, messages: u64) {
        self.0.shares.lag.set(count(messages));
    }

    /// The newest message that this worker took in was stored so many milliseconds ago. Clocks
    /// differ, so it may be negative; that counts as nothing.
    pub fn log_age_ms(&self, ms: i64) {
        self.0.log_age.set(seconds(ms));
    }

    /// The oldest message that this worker has not finished is so many milliseconds old by now,
    /// and grows older; `None`: nothing waits.
    pub fn oldest_ms(&self, ms: Option<i64>) {
        match ms {
            Some(ms) => self.0.oldest.grow_from(seconds(ms)),
            None => self.0.oldest.set(0.0),
        }
    }

    /// The clock of this host is ahead of the log's by so many milliseconds.
    pub fn clock_offset_ms(&self, ms: i64) {
        let size = seconds(i64::try_from(ms.unsigned_abs()).unwrap_or(i64::MAX));
        self.0.clock_offset.set(if ms < 0 { -size } else { size });
    }

    /// A timer rang so many milliseconds after its due time.
    pub fn rang(&self, late_ms: i64) {
        self.0.observed.ring_late.observe(seconds(late_ms));
    }

    /// An errand was started; so many are under way now.
    pub fn errand_started(&self, under_way: usize) {
        self.0.counters.errands_started.inc();
        self.0.shares.errands.set(under_way);
    }

    /// An errand ended, well or not.
    pub fn errand_done(&self) {
        self.0.counters.errands_finished.inc();
    }

    /// So many errands are under way.
    pub fn errands(&self, under_way: usize) {
        self.0.shares.errands.set(under_way);
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

fn count(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
