//! The tasks that export: one for spans, one for metrics, both ended together.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use opentelemetry_proto::tonic::resource::v1::Resource;
use posthouse_runtime::metrics::Metrics;
use posthouse_runtime::trace::Span;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::convert::metrics::Times;
use crate::convert::{metrics, spans};
use crate::error::Failure;
use crate::limits::{END_WITHIN, EXPORT_EVERY, RETRIES_MAX, RETRY_FIRST, RETRY_MAX};
use crate::now_ns;
use crate::queue::Queue;
use crate::telemetry::{Counts, Outcome, Reason, Signal};
use crate::transport::{Taken, Transport};

/// Exports until it is ended.
pub(crate) struct Exporter {
    shared: Arc<Shared>,
    tasks: Mutex<JoinSet<()>>,
}

/// What both tasks share.
struct Shared {
    transport: Arc<Transport>,
    resource: Resource,
    counts: Counts,
    end: CancellationToken,
    /// Whether the last export failed: it is said when that changes, not again and again.
    is_failing: AtomicBool,
    started_ns: u64,
}

/// Spans that an export has taken from the queue. If it is given up in the middle, they are
/// counted as dropped.
struct UnderWay {
    spans: usize,
    counts: Counts,
}

impl Exporter {
    pub(crate) fn new(transport: Arc<Transport>, resource: Resource, counts: Counts) -> Self {
        Self {
            shared: Arc::new(Shared {
                transport,
                resource,
                counts,
                end: CancellationToken::new(),
                is_failing: AtomicBool::new(false),
                started_ns: now_ns(),
            }),
            tasks: Mutex::default(),
        }
    }

    /// Begins to export what is recorded in `queue`.
    pub(crate) fn export_spans(&mut self, queue: Arc<Queue>) {
        let shared = Arc::clone(&self.shared);
        self.tasks.get_mut().spawn(async move {
            let _rest = Rest(Arc::clone(&queue), shared.counts.clone());
            loop {
                queue.wait(EXPORT_EVERY, &shared.end).await;
                let is_last = shared.end.is_cancelled();
                shared.export_all(&queue).await;
                if is_last {
                    return;
                }
            }
        });
    }

    /// Begins to export what `metrics` are, every so often and once more at the end.
    pub(crate) fn export_metrics(&mut self, metrics: Metrics, every: Duration) {
        let shared = Arc::clone(&self.shared);
        self.tasks.get_mut().spawn(async move {
            let mut ticks = tokio::time::interval(every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                let is_last = tokio::select! {
                    _ = ticks.tick() => false,
                    () = shared.end.cancelled() => true,
                };
                shared.export_metrics(&metrics).await;
                if is_last {
                    return;
                }
            }
        });
    }

    /// Ends the tasks after what they still have to do, or without, when it takes too long.
    pub(crate) async fn end(&self) {
        self.shared.end.cancel();
        let mut tasks = self.tasks.lock().await;
        let ended = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(END_WITHIN, ended).await.is_err() {
            tracing::warn!("the collector did not take the last telemetry in time");
            tasks.shutdown().await;
        }
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter").finish_non_exhaustive()
    }
}

impl Shared {
    /// Exports what is in the queue.
    async fn export_all(&self, queue: &Queue) {
        loop {
            let batch = queue.take();
            if batch.is_empty() {
                return;
            }
            self.export_spans(batch).await;
        }
    }

    async fn export_spans(&self, batch: Vec<Span>) {
        let under_way = UnderWay {
            spans: batch.len(),
            counts: self.counts.clone(),
        };
        let request = spans::request(&self.resource, batch);
        let done = self
            .export(Signal::Spans, || self.transport.spans(&request))
            .await;
        under_way.settle(done);
    }

    async fn export_metrics(&self, metrics: &Metrics) {
        let times = Times {
            started_ns: self.started_ns,
            now_ns: now_ns(),
        };
        let request = metrics::request(&self.resource, metrics.values(), times);
        // Counters are said as they stand: the next export makes up for one that failed.
        drop(
            self.export(Signal::Metrics, || self.transport.metrics(&request))
                .await,
        );
    }

    /// Exports, and tries again what may pass, but not when the end has come.
    async fn export<F>(&self, signal: Signal, once: impl FnMut() -> F) -> Result<Taken, Failure>
    where
        F: Future<Output = Result<Taken, Failure>>,
    {
        let started = Instant::now();
        let patience = ExponentialBuilder::default()
            .with_min_delay(RETRY_FIRST)
            .with_max_delay(RETRY_MAX)
            .with_max_times(RETRIES_MAX)
            .with_jitter();
        let done = once
            .retry(patience)
            .when(|failure: &Failure| failure.may_pass() && !self.end.is_cancelled())
            .adjust(|failure, wait| {
                let asked = failure.after().map(|after| after.min(RETRY_MAX));
                wait.map(|wait| asked.unwrap_or(wait))
            })
            .await;
        let outcome = match &done {
            Ok(_) => Outcome::Taken,
            Err(Failure::Away { .. }) => Outcome::Away,
            Err(Failure::Refused { .. }) => Outcome::Refused,
        };
        let seconds = started.elapsed().as_secs_f64();
        self.counts.export(signal, outcome, seconds);
        self.say(signal, &done);
        done
    }

    /// Says when exports begin to fail and when they are taken again.
    fn say(&self, signal: Signal, done: &Result<Taken, Failure>) {
        let complaint = match done {
            Ok(taken) if taken.rejected == 0 => None,
            Ok(taken) => Some(Failure::refused(&format!(
                "{} of an export rejected: {}",
                taken.rejected, taken.said
            ))),
            Err(failure) => Some(failure.clone()),
        };
        let was_failing = self.is_failing.swap(complaint.is_some(), Ordering::Relaxed);
        match complaint {
            Some(error) if !was_failing => {
                let code = error.code();
                tracing::warn!(?signal, code, %error, "telemetry is being dropped");
            }
            None if was_failing => tracing::info!("the collector takes telemetry again"),
            _ => {}
        }
    }
}

impl UnderWay {
    /// Counts what became of them.
    fn settle(mut self, done: Result<Taken, Failure>) {
        let spans = std::mem::take(&mut self.spans);
        let (reason, dropped) = match done {
            Ok(taken) => (Reason::Refused, taken.rejected.min(spans)),
            Err(Failure::Refused { .. }) => (Reason::Refused, spans),
            Err(Failure::Away { .. }) => (Reason::Away, spans),
        };
        self.counts.exported.inc_by((spans - dropped) as u64);
        self.counts.drop_spans(reason, dropped);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.counts.drop_spans(Reason::End, self.spans);
    }
}

/// What is left in the queue when the task that exports it is gone.
struct Rest(Arc<Queue>, Counts);

impl Drop for Rest {
    fn drop(&mut self) {
        loop {
            let left = self.0.take();
            if left.is_empty() {
                return;
            }
            self.1.drop_spans(Reason::End, left.len());
        }
    }
}
