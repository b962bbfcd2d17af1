//! The name, the kind, the labels and the help of every metric of the watchdog.
//!
//! Promises are counted as they end. How good forecasts are stands in the views, so it is shown
//! from there rather than counted: a partition that is taken over, or replayed, neither loses its
//! past nor counts it twice. Each partition brings its part, and takes it back when it goes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use posthouse_domain::sla::clock::{Clock, End};
use posthouse_domain::sla::forecast::Score;
use posthouse_domain::ticket::Severity;
use posthouse_runtime::metrics::{Few, Metric, Metrics, family};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

const REGION: &[&str] = &["region"];

/// What became of promises.
pub const TARGETS: Metric = Metric::counter(
    "watchdog_targets_total",
    &["region", "policy", "target", "severity", "tier", "outcome"],
    "Promises that came to their end, by SLA policy, target, severity and the customer's tier: \
     met, or breached",
);
/// How many forecasts the scores rest on.
pub const FORECASTS_SCORED: Metric = Metric::gauge(
    "watchdog_forecasts_scored",
    REGION,
    "Forecasts of breaches whose targets have ended, of the partitions owned here",
);
/// How good the forecasts were.
pub const FORECAST_BRIER: Metric = Metric::gauge(
    "watchdog_forecast_brier_score",
    REGION,
    "Mean squared error of the forecasts of breaches: 0 is perfect, 0.25 is a coin",
);
/// How good the naive forecasts about the same targets were.
pub const FORECAST_BRIER_NAIVE: Metric = Metric::gauge(
    "watchdog_forecast_brier_naive_score",
    REGION,
    "Mean squared error of the share of recent breaches, told of the same targets",
);

/// All of them.
pub const ALL: &[Metric] = &[
    TARGETS,
    FORECASTS_SCORED,
    FORECAST_BRIER,
    FORECAST_BRIER_NAIVE,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Region {
    region: String,
}

/// Most SLA policies that promises are counted by; those of the bundles in force, one after the
/// other.
const POLICIES_MAX: usize = 64;
/// Most tiers that promises are counted by: senders name them.
const TIERS_MAX: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Promise {
    region: String,
    policy: String,
    target: &'static str,
    severity: &'static str,
    tier: String,
    outcome: &'static str,
}

#[derive(Clone)]
struct PromiseFamilies {
    targets: Family<Promise, Counter>,
    policies: Few,
    tiers: Few,
}

/// What became of promises: a partition's handle.
#[derive(Clone)]
pub struct Promises {
    families: PromiseFamilies,
    region: String,
    /// See [`posthouse_runtime::Handler::counting`].
    counts: bool,
}

/// What the watchdog of one partition measures.
#[derive(Debug)]
pub struct Telemetry {
    pub(crate) promises: Promises,
    pub(crate) forecasts: Forecasts,
}

impl Telemetry {
    /// The figures of a partition of a region.
    #[must_use]
    pub fn new(metrics: &Metrics, region: &str) -> Self {
        Self {
            promises: Promises::new(metrics, region),
            forecasts: Forecasts::new(metrics, region),
        }
    }

    pub(crate) const fn promises(&self) -> &Promises {
        &self.promises
    }
}

impl PromiseFamilies {
    fn register(registry: &mut Registry) -> Self {
        Self {
            targets: family(registry, TARGETS),
            policies: Few::new(POLICIES_MAX),
            tiers: Few::new(TIERS_MAX),
        }
    }
}

impl Promises {
    fn new(metrics: &Metrics, region: &str) -> Self {
        Self {
            families: metrics.service(PromiseFamilies::register),
            region: region.to_owned(),
            counts: false,
        }
    }

    /// Whether what follows counts.
    pub(crate) const fn counting(&mut self, counts: bool) {
        self.counts = counts;
    }

    /// A promise has ended, to a customer of `tier`. One that was withdrawn is neither met nor
    /// breached.
    pub(crate) fn ended(&self, clock: &Clock, severity: Severity, tier: &str) {
        let outcome = match clock.end {
            Some(End::Kept(_)) => "met",
            Some(End::Missed) => "breached",
            Some(End::Withdrawn) | None => return,
        };
        if !self.counts {
            return;
        }
        let labels = Promise {
            region: self.region.clone(),
            policy: self.families.policies.of(&clock.sla),
            target: clock.target.as_str(),
            severity: severity.as_str(),
            tier: self.families.tiers.of(tier),
            outcome,
        };
        self.families.targets.get_or_create(&labels).inc();
    }
}

impl fmt::Debug for Promises {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promises")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

type Ratio = Gauge<f64, AtomicU64>;

/// The families of the watchdog.
#[derive(Clone)]
struct Families {
    scored: Family<Region, Gauge>,
    ours: Family<Region, Ratio>,
    naive: Family<Region, Ratio>,
    regions: Arc<Mutex<BTreeMap<String, Parts>>>,
}

/// The scores of the partitions of a region, by whoever brought them.
#[derive(Default)]
struct Parts {
    next_holder: u64,
    by_holder: BTreeMap<u64, Score>,
}

/// What one partition has a part in.
pub struct Forecasts {
    families: Families,
    region: Region,
    holder: u64,
}

impl Families {
    fn register(registry: &mut Registry) -> Self {
        Self {
            scored: family(registry, FORECASTS_SCORED),
            ours: family(registry, FORECAST_BRIER),
            naive: family(registry, FORECAST_BRIER_NAIVE),
            regions: Arc::default(),
        }
    }

    /// Changes the parts of a region, and shows what they add up to.
    fn change<T>(&self, region: &Region, change: impl FnOnce(&mut Parts) -> T) -> T {
        let mut regions = lock(&self.regions);
        let parts = regions.entry(region.region.clone()).or_default();
        let changed = change(parts);
        let scores = parts.by_holder.values();
        let sum = scores.fold(Score::default(), |sum, score| sum.and(*score));
        let scored = i64::try_from(sum.forecasts).unwrap_or(i64::MAX);
        self.scored.get_or_create(region).set(scored);
        let mean = |millionths: Option<u64>| {
            let capped = millionths.unwrap_or_default().min(1_000_000);
            f64::from(u32::try_from(capped).unwrap_or_default()) / 1e6
        };
        self.ours
            .get_or_create(region)
            .set(mean(sum.brier_millionths()));
        self.naive
            .get_or_create(region)
            .set(mean(sum.naive_brier_millionths()));
        changed
    }
}

impl Forecasts {
    /// The part of one partition of a region, empty so far.
    #[must_use]
    pub fn new(metrics: &Metrics, region: &str) -> Self {
        let families = metrics.service(Families::register);
        let region = Region {
            region: region.to_owned(),
        };
        let holder = families.change(&region, |parts| {
            parts.next_holder += 1;
            parts.next_holder
        });
        Self {
            families,
            region,
            holder,
        }
    }

    /// The partition's forecasts have this score by now.
    pub fn set(&self, score: Score) {
        self.families.change(&self.region, |parts| {
            parts.by_holder.insert(self.holder, score);
        });
    }
}

impl Drop for Forecasts {
    fn drop(&mut self) {
        self.families.change(&self.region, |parts| {
            parts.by_holder.remove(&self.holder);
        });
    }
}

impl fmt::Debug for Forecasts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forecasts")
            .field("region", &self.region.region)
            .finish_non_exhaustive()
    }
}

/// A lock whose holder cannot have left anything half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(metrics: &Metrics, name: &str) -> String {
        let text = metrics.encode();
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("{name}{{")));
        line.expect("it is there").to_owned()
    }

    #[test]
    fn partitions_add_up_and_leave_with_what_they_brought() {
        let metrics = Metrics::new();
        let first = Forecasts::new(&metrics, "eu-central");
        let second = Forecasts::new(&metrics, "eu-central");
        first.set(Score {
            forecasts: 3,
            squared: 300_000,
            naive_squared: 600_000,
        });
        second.set(Score {
            forecasts: 1,
            squared: 500_000,
            naive_squared: 1_000_000,
        });
        let region = "{region=\"eu-central\"}";
        let expected = format!("watchdog_forecast_brier_score{region} 0.2");
        assert_eq!(shows(&metrics, FORECAST_BRIER.name), expected);
        let expected = format!("watchdog_forecast_brier_naive_score{region} 0.4");
        assert_eq!(shows(&metrics, FORECAST_BRIER_NAIVE.name), expected);
        drop(second);
        let expected = format!("watchdog_forecast_brier_score{region} 0.1");
        assert_eq!(shows(&metrics, FORECAST_BRIER.name), expected);
        let expected = format!("watchdog_forecasts_scored{region} 3");
        assert_eq!(shows(&metrics, FORECASTS_SCORED.name), expected);
    }
}
