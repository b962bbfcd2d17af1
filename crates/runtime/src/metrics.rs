//! Metrics: what operators measure, as OpenMetrics text.
//!
//! Names are `<service>_<noun>_<unit>`, with `_total` at the end of counters; all of this crate
//! are in [`crate::telemetry`], each with its help. No identity is ever a label: labels of the
//! worker loop are the role and the region, besides the kind of a void fact and the code of a dead
//! letter. What outside decides on the values of a label goes through [`Few`].
//!
//! One [`Metrics`] serves a whole process, however many regions and roles run in it, so nothing
//! may be registered twice: a service takes its families from [`Metrics::service`].

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::telemetry;

mod few;
mod http;
mod metric;
mod register;
mod share;
#[cfg(test)]
mod tests;
mod values;
mod worker;

pub use few::{Few, OTHER};
pub use http::{Connection, Connections, track};
pub use metric::{Kind, Metric};
pub use register::{Buckets, Histograms, Labels, family, histogram, single};
pub use share::{Farthest, Part, Share};
pub use worker::WorkerMetrics;

/// The media type of [`Metrics::encode`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The metrics of a process.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Mutex<Registry>,
    services: Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>,
    worker: worker::Families,
    http: http::Families,
}

impl Metrics {
    /// The metrics of every process: build, start, worker loop, HTTP.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::default();
        about_the_process(&mut registry);
        let worker = worker::Families::register(&mut registry);
        let http = http::Families::register(&mut registry);
        Self(Arc::new(Inner {
            registry: Mutex::new(registry),
            services: Mutex::default(),
            worker,
            http,
        }))
    }

    /// What one worker of a role counts. Ask once for each partition: gauges of several
    /// partitions add up, and leave when the last copy of the handle does.
    #[must_use]
    pub fn worker(&self, role: &str, region: &str) -> WorkerMetrics {
        self.0.worker.of(role, region)
    }

    /// Work of a role on a partition of a region failed, and is started anew.
    pub fn restarted(&self, role: &str, region: &str) {
        self.0.worker.restarted(role, region);
    }

    /// What an HTTP server counts of its connections.
    #[must_use]
    pub fn connections(&self) -> Connections {
        self.0.http.connections()
    }

    /// A service's own families: those that the first call registered. `T` is the service's own
    /// type, so that services cannot meet.
    pub fn service<T: Clone + Send + Sync + 'static>(
        &self,
        register: impl FnOnce(&mut Registry) -> T,
    ) -> T {
        let mut services = lock(&self.0.services);
        let known = services
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Box::new(register(&mut lock(&self.0.registry))));
        known
            .downcast_ref::<T>()
            .cloned()
            .expect("a service is kept under its own type")
    }

    /// Everything, as OpenMetrics text.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &lock(&self.0.registry))
            .expect("writing to a String does not fail");
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

fn about_the_process(registry: &mut Registry) {
    let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register(telemetry::BUILD.family(), telemetry::BUILD.help, build);
    let started: Gauge<f64, AtomicU64> = single(registry, telemetry::PROCESS_START);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    started.set(since.map_or(0.0, |since| since.as_secs_f64()));
}

/// A lock whose holder cannot have left anything half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
