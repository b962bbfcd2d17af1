//! A service: one worker for each partition of a role, started anew when one fails.

use std::path::PathBuf;
use std::sync::Arc;

use posthouse_bus::Bus;
use posthouse_bus::topology::{OwnedSpec, Topology};
use posthouse_store::{Found, MemoryStore, Options, SledStore, Store, Table};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::health::Health;
use crate::metrics::Metrics;
use crate::policies::Policies;
use crate::worker::{Fatal, META, Pace};
use crate::{Context, Handler, limits, run_partition};

/// What all workers of a process share.
#[derive(Clone)]
pub struct Service {
    /// The bus; a connection of the role's own.
    pub bus: Arc<dyn Bus>,
    /// The region's topology.
    pub topology: Arc<Topology>,
    /// Where policies come from.
    pub policies: Arc<Policies>,
    /// Where views are kept; `None` keeps them in memory.
    pub data: Option<PathBuf>,
    /// The size of each view's cache, in bytes.
    pub cache_bytes_max: u64,
    /// How often views are flushed to disk, in milliseconds.
    pub flush_every_ms: u64,
    /// The real clock.
    pub clock: Clock,
    /// What operators measure.
    pub metrics: Metrics,
    /// What readiness asks.
    pub health: Health,
    /// Cancelled when the process is to end.
    pub shutdown: CancellationToken,
    /// Which process this is.
    pub node: String,
    /// How much each worker may have on its way, and how often it saves its view.
    pub pace: Pace,
}

/// Runs a worker for each of `specs` until the process is to end. `make` gives each worker a
/// handler of its own.
///
/// A worker that fails is started anew, with a view opened anew, after a growing wait.
pub async fn run_service<H: Handler>(
    service: Service,
    specs: Vec<OwnedSpec>,
    make: impl Fn() -> H + Clone + Send + Sync + 'static,
) {
    let mut workers = JoinSet::new();
    for spec in specs {
        let (service, make) = (service.clone(), make.clone());
        workers.spawn(async move { keep_running(&service, spec, make).await });
    }
    while let Some(ended) = workers.join_next().await {
        if let Err(error) = ended
            && error.is_panic()
        {
            tracing::error!(%error, "a worker's supervisor panicked");
        }
    }
}

async fn keep_running<H: Handler>(service: &Service, spec: OwnedSpec, make: impl Fn() -> H + Send) {
    let part = service.health.part(format!(
        "{} {}",
        service.topology.subjects.region(),
        spec.consumer
    ));
    let mut wait = limits::RETRY_FIRST;
    while !service.shutdown.is_cancelled() {
        let started = tokio::time::Instant::now();
        let error = match run_once(service, &spec, &part, make()).await {
            Ok(()) => return,
            Err(error) => error,
        };
        tracing::error!(%error, consumer = %spec.consumer, "worker failed; it is started anew");
        part.not_ready(&error.to_string());
        if started.elapsed() > limits::RETRY_MAX {
            wait = limits::RETRY_FIRST;
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = service.shutdown.cancelled() => return,
        }
        wait = (wait * 2).min(limits::RETRY_MAX);
    }
}

async fn run_once<H: Handler>(
    service: &Service,
    spec: &OwnedSpec,
    part: &crate::health::Part,
    handler: H,
) -> Result<(), Fatal> {
    let tables: Vec<Table> = [META]
        .into_iter()
        .chain(handler.tables().iter().copied())
        .collect();
    let store = open_store(service, spec, tables, handler.schema()).await?;
    let role = spec.role.as_str();
    let context = Context {
        bus: Arc::clone(&service.bus),
        topology: Arc::clone(&service.topology),
        spec: spec.clone(),
        store,
        policies: Arc::clone(&service.policies),
        clock: service.clock.clone(),
        metrics: service
            .metrics
            .worker(role, service.topology.subjects.region()),
        part: part.clone(),
        shutdown: service.shutdown.clone(),
        node: service.node.clone(),
        pace: service.pace,
    };
    run_partition(context, handler).await
}

/// Opens the view's store: on disk under `<data>/<region>/<role>/<partition>`, or in memory.
async fn open_store(
    service: &Service,
    spec: &OwnedSpec,
    tables: Vec<Table>,
    schema: u32,
) -> Result<Arc<dyn Store>, Fatal> {
    let Some(data) = &service.data else {
        return Ok(Arc::new(MemoryStore::new(&tables)?));
    };
    let dir = data
        .join(service.topology.subjects.region())
        .join(spec.role.as_str())
        .join(format!("{:02}", spec.partition));
    let mut options = Options::new(schema, &tables);
    options.cache_bytes_max = service.cache_bytes_max;
    options.flush_every_ms = service.flush_every_ms;
    let opened = tokio::task::spawn_blocking(move || SledStore::open(&dir, &options))
        .await
        .map_err(|error| Fatal::View(error.to_string()))??;
    match &opened.found {
        Found::Fresh | Found::Existing => {}
        found @ (Found::Repaired | Found::Quarantined { .. }) => {
            tracing::warn!(consumer = %spec.consumer, ?found, "the view was damaged or outdated");
        }
    }
    Ok(Arc::new(opened.store))
}
