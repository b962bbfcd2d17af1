//! Gauges that several holders have a part in: each sets its own part, and takes it back when
//! it goes, so that a partition that moved away leaves nothing behind.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::{MetricType, TypedMetric};

use super::lock;

/// A part of a sum.
#[derive(Debug)]
pub struct Share {
    sum: Gauge,
    part: AtomicI64,
}

impl Share {
    /// A part of `sum`, nothing so far.
    #[must_use]
    pub fn of(sum: Gauge) -> Self {
        Self {
            sum,
            part: AtomicI64::new(0),
        }
    }

    /// The part is so much.
    pub fn set(&self, part: usize) {
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

/// Of several values the one that is farthest from nothing; 0 when there is none.
#[derive(Clone, Debug, Default)]
pub struct Farthest(Arc<Mutex<Values>>);

#[derive(Debug, Default)]
struct Values {
    next_holder: u64,
    by_holder: BTreeMap<u64, Value>,
}

#[derive(Clone, Copy, Debug)]
struct Value {
    value: f64,
    /// Since when it grows by one a second, if it does.
    growing: Option<Instant>,
}

/// One of the values of a [`Farthest`].
#[derive(Debug)]
pub struct Part {
    all: Farthest,
    holder: u64,
}

impl Value {
    fn now(&self) -> f64 {
        let grown = self.growing.map_or(0.0, |at| at.elapsed().as_secs_f64());
        self.value + grown
    }
}

impl Farthest {
    fn value(&self) -> f64 {
        let values = lock(&self.0);
        let farther = |far: f64, it: f64| if it.abs() > far.abs() { it } else { far };
        values.by_holder.values().map(Value::now).fold(0.0, farther)
    }
}

impl Part {
    /// A value among `all`, none so far.
    #[must_use]
    pub fn of(all: Farthest) -> Self {
        let holder = {
            let mut values = lock(&all.0);
            values.next_holder += 1;
            values.next_holder
        };
        Self { all, holder }
    }

    /// It is so much.
    pub fn set(&self, value: f64) {
        self.put(value, None);
    }

    /// It is so many seconds by now, and grows until it is set anew.
    pub fn grow_from(&self, seconds: f64) {
        self.put(seconds, Some(Instant::now()));
    }

    fn put(&self, value: f64, growing: Option<Instant>) {
        let value = Value { value, growing };
        lock(&self.all.0).by_holder.insert(self.holder, value);
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        lock(&self.all.0).by_holder.remove(&self.holder);
    }
}

impl EncodeMetric for Farthest {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        encoder.encode_gauge(&self.value())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Gauge
    }
}

impl TypedMetric for Farthest {
    const TYPE: MetricType = MetricType::Gauge;
}
