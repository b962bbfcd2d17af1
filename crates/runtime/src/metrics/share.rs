//! Gauges that several holders have a part in: each sets its own part, and takes it back when
//! it goes, so that a partition that moved away leaves nothing behind.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::{MetricType, TypedMetric};

use super::lock;

/// A part of a sum.
pub(super) struct Share {
    sum: Gauge,
    part: AtomicI64,
}

impl Share {
    pub(super) fn of(sum: Gauge) -> Self {
        Self {
            sum,
            part: AtomicI64::new(0),
        }
    }

    pub(super) fn set(&self, part: usize) {
        let part = i64::try_from(part).unwrap_or(i64::MAX);
        let before = self.part.swap(part, Ordering::Relaxed);
        self.sum.inc_by(part.saturating_sub(before));
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0);
    }
}

/// The largest of several ages, in seconds; 0 when there is none.
#[derive(Clone, Debug, Default)]
pub(super) struct Oldest(Arc<Mutex<Ages>>);

#[derive(Debug, Default)]
struct Ages {
    next_holder: u64,
    by_holder: BTreeMap<u64, f64>,
}

/// One of the ages of an [`Oldest`].
pub(super) struct Age {
    all: Oldest,
    holder: u64,
}

impl Oldest {
    fn seconds(&self) -> f64 {
        lock(&self.0)
            .by_holder
            .values()
            .copied()
            .fold(0.0, f64::max)
    }
}

impl Age {
    pub(super) fn of(all: Oldest) -> Self {
        let holder = {
            let mut ages = lock(&all.0);
            ages.next_holder += 1;
            ages.next_holder
        };
        Self { all, holder }
    }

    pub(super) fn set(&self, seconds: f64) {
        lock(&self.all.0).by_holder.insert(self.holder, seconds);
    }
}

impl Drop for Age {
    fn drop(&mut self) {
        lock(&self.all.0).by_holder.remove(&self.holder);
    }
}

impl EncodeMetric for Oldest {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        encoder.encode_gauge(&self.seconds())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Gauge
    }
}

impl TypedMetric for Oldest {
    const TYPE: MetricType = MetricType::Gauge;
}
