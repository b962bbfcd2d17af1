//! Every view once more, by a fresh worker from nothing but the log: it must be the same to the
//! byte, and must conclude nothing that the log does not hold already.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use posthouse_bus::memory::MemoryBus;
use posthouse_bus::subject::{Said, said};
use posthouse_bus::topology::{Change, InboxSpec, OwnedSpec, Topology};
use posthouse_bus::{
    Bucket, Bus, Deliveries, Delivery, Error, InboxConsumer, Objects, Outgoing, Owned, Queries,
    Receipt, Role, Stored, Until,
};
use posthouse_classifier::{Classifier, Engines, Lookout};
use posthouse_notifier::{Courier, Notifier};
use posthouse_runtime::health::Health;
use posthouse_runtime::metrics::Metrics;
use posthouse_runtime::trace::Tracer;
use posthouse_runtime::{Handler, Service, run_service};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::disk::{Disk, DiskViews, Rows};
use crate::endpoint::{Endpoint, Line};
use crate::life::Life;
use crate::process::Process;
use crate::world::World;

/// How long rebuilding may take, in virtual time.
const REBUILD: Duration = Duration::from_secs(20);

/// A view as it was kept, and as it is rebuilt.
pub(crate) struct Compared {
    pub(crate) consumer: OwnedSpec,
    /// How far the view reflects the log.
    pub(crate) position: u64,
    pub(crate) live: Rows,
    pub(crate) rebuilt: Rows,
}

/// Rebuilds every view and puts it beside the newest that the processes have.
pub(crate) async fn compare(
    world: &Arc<World>,
    processes: &[(Role, Arc<Process>)],
) -> Vec<Compared> {
    let life = Life::new(Arc::clone(world), "rebuild", 0);
    let disk: Arc<Disk> = Arc::default();
    let bus = Arc::new(Mirror {
        bus: world.bus.client(),
        world: Arc::clone(world),
        concluded: Mutex::default(),
    });
    let shutdown = CancellationToken::new();
    let mut workers = JoinSet::new();
    for role in Role::OWNERS
        .into_iter()
        .chain([Role::Courier, Role::Lookout, Role::Dispatcher])
    {
        let port: Arc<dyn Bus> = Arc::clone(&bus) as Arc<dyn Bus>;
        let service = Service {
            policies: world.workshop.policies(Arc::clone(&port), &world.topology),
            bus: port,
            topology: Arc::clone(&world.topology),
            views: Arc::new(DiskViews {
                disk: Arc::clone(&disk),
                life: Arc::clone(&life),
            }),
            clock: world.clock(),
            metrics: Metrics::new(),
            tracer: Tracer::off(),
            health: Health::new(),
            shutdown: shutdown.clone(),
            node: "rebuild".to_owned(),
            pace: posthouse_runtime::Pace::default(),
        };
        let life = Arc::clone(&life);
        let engines = world.workshop.engines.clone();
        workers.spawn(async move { work(role, service, life, engines).await });
    }
    sleep(REBUILD).await;
    shutdown.cancel();
    while workers.join_next().await.is_some() {}
    let consumers = &world.topology.consumers;
    consumers
        .iter()
        .map(|consumer| compared(consumer, &disk, processes))
        .collect()
}

async fn work(role: Role, service: Service, life: Arc<Life>, engines: Engines) {
    let specs: Vec<OwnedSpec> = service
        .topology
        .consumers
        .iter()
        .filter(|spec| spec.role == role)
        .cloned()
        .collect();
    match role {
        Role::Classifier => {
            run(service, specs, move || Classifier::sharing(&engines)).await;
        }
        Role::Router => run(service, specs, posthouse_router::Router::default).await,
        Role::Watchdog => run(service, specs, posthouse_watchdog::Watchdog::default).await,
        Role::Notifier => run(service, specs, Notifier::default).await,
        Role::Courier => {
            let line = Line {
                endpoint: Arc::<Endpoint>::default(),
                life,
            };
            run(service, specs, move || Courier::new(line.clone())).await;
        }
        Role::Lookout => run(service, specs, Lookout::default).await,
        Role::Dispatcher => run(service, specs, posthouse_router::Dispatcher::default).await,
        Role::Intake | Role::Desk => {}
    }
}

async fn run<H: Handler>(
    service: Service,
    specs: Vec<OwnedSpec>,
    make: impl Fn() -> H + Clone + Send + Sync + 'static,
) {
    run_service(service, specs, make).await;
}

fn compared(consumer: &OwnedSpec, rebuilt: &Disk, processes: &[(Role, Arc<Process>)]) -> Compared {
    let (position, live) = processes
        .iter()
        .filter(|(role, _)| *role == consumer.role)
        .map(|(_, process)| process.disk.view(&consumer.consumer))
        .max_by_key(|(position, _)| *position)
        .unwrap_or_default();
    Compared {
        consumer: consumer.clone(),
        position,
        live,
        rebuilt: rebuilt.view(&consumer.consumer).1,
    }
}

/// The bus as whoever rebuilds sees it: it reads all, has no snapshots, and sends nothing but the
/// question for the time. What else it would send is noted, and answered as if it were stored.
struct Mirror {
    bus: MemoryBus,
    world: Arc<World>,
    concluded: Mutex<Vec<String>>,
}

impl Mirror {
    /// What a repeated input concludes again is a repeat too, and no harm.
    fn swallow(&self, message: &Outgoing) -> Receipt {
        let id = message.id.clone().unwrap_or_default();
        let is_new = !self.world.is_stored(&id);
        let mut concluded = self
            .concluded
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if is_new && !concluded.contains(&id) {
            let what = match posthouse_wire::decode(&message.payload) {
                Ok(fact) => format!("{fact:?}"),
                Err(_) => format!("{id} on {}", message.subject),
            };
            self.world.violation(
                "whoever rebuilds a view concludes nothing new",
                format!("it would append {what}"),
            );
            concluded.push(id);
        }
        Box::pin(std::future::ready(Ok(Stored {
            sequence: 1,
            duplicate: false,
        })))
    }
}

#[async_trait]
impl Bus for Mirror {
    async fn provision(&self, topology: &Topology) -> Result<Vec<Change>, Error> {
        self.bus.provision(topology).await
    }

    async fn publish(&self, message: Outgoing) -> Result<Receipt, Error> {
        match said(&message.subject) {
            Said::Tick => self.bus.publish(message).await,
            // Whoever rebuilds does nothing outside.
            Said::Claim => Err(Error::Conflict(message.subject)),
            _ => Ok(self.swallow(&message)),
        }
    }

    async fn own(&self, spec: &OwnedSpec) -> Result<Box<dyn Owned>, Error> {
        self.bus.own(spec).await
    }

    async fn inbox(&self, spec: &InboxSpec) -> Result<Box<dyn InboxConsumer>, Error> {
        self.bus.inbox(spec).await
    }

    async fn read(
        &self,
        stream: &str,
        filters: &[String],
        from: u64,
        until: Until,
    ) -> Result<Deliveries, Error> {
        self.bus.read(stream, filters, from, until).await
    }

    async fn last_sequence(&self, stream: &str) -> Result<u64, Error> {
        self.bus.last_sequence(stream).await
    }

    async fn last_on(&self, stream: &str, subject: &str) -> Result<Option<Delivery>, Error> {
        self.bus.last_on(stream, subject).await
    }

    async fn get(&self, stream: &str, sequence: u64) -> Result<Option<Delivery>, Error> {
        self.bus.get(stream, sequence).await
    }

    async fn request(&self, subject: &str, payload: Bytes, wait: Duration) -> Result<Bytes, Error> {
        self.bus.request(subject, payload, wait).await
    }

    async fn serve(&self, subject: &str, group: &str) -> Result<Queries, Error> {
        self.bus.serve(subject, group).await
    }

    async fn bucket(&self, name: &str) -> Result<Box<dyn Bucket>, Error> {
        self.bus.bucket(name).await
    }

    async fn objects(&self, _name: &str) -> Result<Box<dyn Objects>, Error> {
        Ok(Box::new(NoObjects))
    }

    fn is_connected(&self) -> bool {
        self.bus.is_connected()
    }

    async fn close(&self) -> Result<(), Error> {
        self.bus.close().await
    }
}

/// A store of objects that is empty and stays so.
struct NoObjects;

#[async_trait]
impl Objects for NoObjects {
    async fn put(&self, _name: &str, _data: Bytes) -> Result<(), Error> {
        Ok(())
    }

    async fn get(&self, _name: &str) -> Result<Option<Bytes>, Error> {
        Ok(None)
    }

    async fn delete(&self, _name: &str) -> Result<(), Error> {
        Ok(())
    }

    async fn names(&self) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }
}
