//! Telemetry: carries spans and metrics of a process to an OpenTelemetry collector (OTLP).
//!
//! [`Telemetry::start`] gives a [`Tracer`], which the roles record spans with, and starts two
//! tasks: one sends what was recorded in batches, the other says what the metrics are, every few
//! seconds. [`telemetry`] has what is counted about it.
//!
//! The requests are OTLP's own messages, sent by OTLP's own client (gRPC) or by HTTP, without the
//! SDK of OpenTelemetry: that one would bring a second registry of metrics, identities by chance,
//! and exporters that do not say how much a collector refused.
//!
//! # What it refuses
//!
//! - To wait. A collector may be away, slow, hanging or refusing: what finds no room in the queue,
//!   or is not taken after a few tries, is dropped and counted with the reason.
//! - To be asked for anything but spans and metrics. Logs go to standard error, with the
//!   identities of traces in them.
//!
//! # Invariants
//!
//! - Every span recorded is exported, dropped for a reason, in the queue, or in the one export that
//!   is under way.
//! - Memory is bounded, see [`limits`]: the queue, and one batch beside it.
//! - The end of a process is delayed by no more than [`limits::END_WITHIN`].

mod convert;
mod error;
mod exporter;
pub mod limits;
mod queue;
mod resource;
pub mod telemetry;
mod transport;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use posthouse_runtime::config;
use posthouse_runtime::metrics::Metrics;
use posthouse_runtime::trace::Tracer;

pub use error::Error;
pub use resource::Process;

use crate::exporter::Exporter;
use crate::queue::Queue;
use crate::telemetry::Counts;
use crate::transport::Transport;

/// The telemetry of a process. Cheap to clone; ended once, for all.
#[derive(Clone, Debug)]
pub struct Telemetry {
    tracer: Tracer,
    exporter: Option<Arc<Exporter>>,
}

impl Telemetry {
    /// Nothing is traced and nothing exported. What is counted about telemetry is there, and
    /// stays at zero.
    #[must_use]
    pub fn off(metrics: &Metrics) -> Self {
        drop(Counts::of(metrics));
        Self {
            tracer: Tracer::off(),
            exporter: None,
        }
    }

    /// Starts what `settings` ask for; that is nothing where they name no collector. The
    /// collector need not be there yet. To be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// - [`Error::Url`] when the address is none that can be spoken to.
    /// - [`Error::Headers`] when the file of headers cannot be read or understood.
    pub fn start(
        settings: &config::Telemetry,
        process: &Process,
        metrics: &Metrics,
    ) -> Result<Self, Error> {
        let url = settings.otlp_url.as_deref().filter(|_| settings.enabled);
        let Some(url) = url else {
            return Ok(Self::off(metrics));
        };
        let headers = transport::headers(settings.headers_file.as_deref())?;
        let transport = Transport::new(settings.protocol, url, headers)?;
        let counts = Counts::of(metrics);
        let queue = Arc::new(Queue::new(limits::QUEUE_SPANS_MAX, counts.clone()));
        let resource = resource::of(process, &settings.resource_attributes);
        let mut exporter = Exporter::new(Arc::new(transport), resource, counts);
        exporter.export_spans(Arc::clone(&queue));
        let every = Duration::from_secs(settings.metrics_every_s);
        if !every.is_zero() {
            exporter.export_metrics(metrics.clone(), every);
        }
        Ok(Self {
            tracer: Tracer::new(queue, settings.sample_ratio),
            exporter: Some(Arc::new(exporter)),
        })
    }

    /// What spans are recorded with.
    #[must_use]
    pub const fn tracer(&self) -> &Tracer {
        &self.tracer
    }

    /// Sends what is left, and the metrics a last time, for no longer than
    /// [`limits::END_WITHIN`]; what was not sent by then is dropped and counted.
    pub async fn end(&self) {
        if let Some(exporter) = &self.exporter {
            exporter.end().await;
        }
    }
}

/// Now, in nanoseconds since 1970.
fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}
