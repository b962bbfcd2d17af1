//! The spans that wait to be exported: a bounded queue, which is full rather than in the way.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use posthouse_runtime::trace::{Sink, Span};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::limits::SPANS_PER_EXPORT_MAX;
use crate::telemetry::{Counts, Reason};

/// Spans in the order they were recorded in.
pub(crate) struct Queue {
    spans: Mutex<VecDeque<Span>>,
    spans_max: usize,
    /// Told when there is a whole batch: whoever records wakes nobody for a single span.
    batch: Notify,
    counts: Counts,
}

impl Queue {
    pub(crate) fn new(spans_max: usize, counts: Counts) -> Self {
        Self {
            spans: Mutex::default(),
            spans_max,
            batch: Notify::new(),
            counts,
        }
    }

    /// Waits until there is a whole batch, `longest` has passed, or the end has come.
    pub(crate) async fn wait(&self, longest: Duration, end: &CancellationToken) {
        tokio::select! {
            () = self.batch.notified() => {}
            () = tokio::time::sleep(longest) => {}
            () = end.cancelled() => {}
        }
    }

    /// The oldest spans, as many as go into one export.
    pub(crate) fn take(&self) -> Vec<Span> {
        let mut spans = self.lock();
        let count = spans.len().min(SPANS_PER_EXPORT_MAX);
        let taken: Vec<Span> = spans.drain(..count).collect();
        self.show(&spans);
        taken
    }

    fn show(&self, spans: &VecDeque<Span>) {
        let waiting = i64::try_from(spans.len()).unwrap_or(i64::MAX);
        self.counts.queue.set(waiting);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Span>> {
        // Nothing is half done while it is held.
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Queue {
    fn record(&self, span: Span) {
        self.counts.spans.inc();
        let mut spans = self.lock();
        if spans.len() >= self.spans_max {
            drop(spans);
            self.counts.drop_spans(Reason::QueueFull, 1);
            return;
        }
        spans.push_back(span);
        self.show(&spans);
        let is_batch = spans.len().is_multiple_of(SPANS_PER_EXPORT_MAX);
        drop(spans);
        if is_batch {
            self.batch.notify_one();
        }
    }
}
