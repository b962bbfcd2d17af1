//! Registering metrics under the names that operators see.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::TypedMetric;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Metric;

/// What may label a metric: a type whose values are few. Never an identity.
pub trait Labels: EncodeLabelSet + Clone + Eq + Hash + Debug + Send + Sync + 'static {}

impl<L: EncodeLabelSet + Clone + Eq + Hash + Debug + Send + Sync + 'static> Labels for L {}

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
pub fn family<L, M>(registry: &mut Registry, metric: Metric) -> Family<L, M>
where
    L: Labels,
    M: EncodeMetric + TypedMetric + Default + Clone + Debug + Send + Sync + 'static,
{
    let family = Family::default();
    registry.register(metric.family(), metric.help, family.clone());
    family
}

/// Registers a counter or gauge without labels.
pub fn single<M>(registry: &mut Registry, metric: Metric) -> M
where
    M: EncodeMetric + TypedMetric + Default + Clone + Debug + Send + Sync + 'static,
{
    let single = M::default();
    registry.register(metric.family(), metric.help, single.clone());
    single
}

/// Registers a histogram by labels with these upper bounds of its buckets.
pub fn histogram<L>(registry: &mut Registry, metric: Metric, bounds: &[f64]) -> Histograms<L>
where
    L: Labels,
{
    let family = Family::new_with_constructor(Buckets(bounds.into()));
    registry.register(metric.family(), metric.help, family.clone());
    family
}
