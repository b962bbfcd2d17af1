//! A service: one worker for each partition of a role, started anew when one fails.

use std::sync::Arc;

use posthouse_bus::Bus;
use posthouse_bus::topology::{OwnedSpec, Topology};
use posthouse_store::Table;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::health::Health;
use crate::metrics::Metrics;
use crate::policies::Policies;
use crate::trace::Tracer;
use crate::views::Views;
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
    /// Where views are kept.
    pub views: Arc<dyn Views>,
    /// The real clock.
    pub clock: Clock,
    /// What operators measure.
    pub metrics: Metrics,
    /// Which traces are wanted, and where they go.
    pub tracer: Tracer,
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
        let region = service.topology.subjects.region();
        service.metrics.restarted(spec.role.as_str(), region);
        if started.elapsed() > limits::RETRY_MAX {
            wait = limits::RETRY_FIRST;
        }
        tokio::select! {
            biased;
            () = service.shutdown.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
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
    let region = service.topology.subjects.region();
    let store = service
        .views
        .open(region, spec, &tables, handler.schema())
        .await?;
    let role = spec.role.as_str();
    let context = Context {
        bus: Arc::clone(&service.bus),
        topology: Arc::clone(&service.topology),
        spec: spec.clone(),
        store,
        policies: Arc::clone(&service.policies),
        clock: service.clock.clone(),
        metrics: service.metrics.worker(role, region),
        tracer: service.tracer.clone(),
        part: part.clone(),
        shutdown: service.shutdown.clone(),
        node: service.node.clone(),
        pace: service.pace,
    };
    run_partition(context, handler).await
}
