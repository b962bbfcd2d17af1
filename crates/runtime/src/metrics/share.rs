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

/// Of several spans of time, in seconds, the one that is farthest from nothing; 0 when there is
/// none.
#[derive(Clone, Debug, Default)]
pub(super) struct Farthest(Arc<Mutex<Spans>>);

#[derive(Debug, Default)]
struct Spans {
    next_holder: u64,
    by_holder: BTreeMap<u64, Span>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    seconds: f64,
    /// Since when it grows with the time that passes, if it does.
    growing: Option<Instant>,
}

/// One of the spans of a [`Farthest`].
pub(super) struct Part {
    all: Farthest,
    holder: u64,
}

impl Span {
    fn seconds(&self) -> f64 {
        let grown = self.growing.map_or(0.0, |at| at.elapsed().as_secs_f64());
        self.seconds + grown
    }
}

impl Farthest {
    fn seconds(&self) -> f64 {
        let spans = lock(&self.0);
        let farther = |far: f64, span: f64| if span.abs() > far.abs() { span } else { far };
        spans
            .by_holder
            .values()
            .map(Span::seconds)
            .fold(0.0, farther)
    }
}

impl Part {
    pub(super) fn of(all: Farthest) -> Self {
        let holder = {
            let mut spans = lock(&all.0);
            spans.next_holder += 1;
            spans.next_holder
        };
        Self { all, holder }
    }

    /// It is so long.
    pub(super) fn set(&self, seconds: f64) {
        self.put(seconds, None);
    }

    /// It is so long by now, and grows until it is set anew.
    pub(super) fn grow_from(&self, seconds: f64) {
        self.put(seconds, Some(Instant::now()));
    }

    fn put(&self, seconds: f64, growing: Option<Instant>) {
        let span = Span { seconds, growing };
        lock(&self.all.0).by_holder.insert(self.holder, span);
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        lock(&self.all.0).by_holder.remove(&self.holder);
    }
}

impl EncodeMetric for Farthest {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        encoder.encode_gauge(&self.seconds())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Gauge
    }
}

impl TypedMetric for Farthest {
    const TYPE: MetricType = MetricType::Gauge;
}
