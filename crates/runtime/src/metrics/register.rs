//! Registering metrics under the names that operators see.
//!
//! A metric that is registered as another kind than it is declared as is a mistake of ours, which
//! any test that starts the service finds: these functions panic then.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::Registry;

use super::Metric;

/// What may label a metric: a type whose values are few. Never an identity.
pub trait Labels: EncodeLabelSet + Clone + Eq + Hash + Debug + Send + Sync + 'static {}

impl<L: EncodeLabelSet + Clone + Eq + Hash + Debug + Send + Sync + 'static> Labels for L {}

/// What a registry takes.
trait Registered: EncodeMetric + Debug + Send + Sync + 'static {}

impl<M: EncodeMetric + Debug + Send + Sync + 'static> Registered for M {}

/// A histogram by labels.
pub type Histograms<L> = Family<L, Histogram, Buckets>;

/// How a histogram of a family is made.
#[derive(Clone, Debug)]
pub struct Buckets(Arc<[f64]>);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

/// Registers counters or gauges by labels.
///
/// # Panics
///
/// When the metric is declared as another kind.
pub fn family<L, M>(registry: &mut Registry, metric: Metric) -> Family<L, M>
where
    L: Labels,
    M: EncodeMetric + TypedMetric + Default + Clone + Debug + Send + Sync + 'static,
{
    let family = Family::default();
    register(registry, metric, M::TYPE, family.clone());
    family
}

/// Registers a counter or gauge without labels.
///
/// # Panics
///
/// When the metric is declared as another kind.
pub fn single<M>(registry: &mut Registry, metric: Metric) -> M
where
    M: EncodeMetric + TypedMetric + Default + Clone + Debug + Send + Sync + 'static,
{
    let single = M::default();
    register(registry, metric, M::TYPE, single.clone());
    single
}

/// Registers a histogram by labels with these upper bounds of its buckets.
///
/// # Panics
///
/// When the metric is declared as another kind.
pub fn histogram<L>(registry: &mut Registry, metric: Metric, bounds: &[f64]) -> Histograms<L>
where
    L: Labels,
{
    let family = Family::new_with_constructor(Buckets(bounds.into()));
    register(registry, metric, MetricType::Histogram, family.clone());
    family
}

fn register(registry: &mut Registry, metric: Metric, kind: MetricType, family: impl Registered) {
    let name = metric.name;
    assert!(metric.kind.is(kind), "{name} is declared as another kind");
    registry.register(metric.family(), metric.help, family);
}
