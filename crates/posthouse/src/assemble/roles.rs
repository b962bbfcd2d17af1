//! Starting roles.

use std::sync::Arc;

use axum::Router;
use posthouse_bus::topology::{OwnedSpec, Topology};
use posthouse_bus::{Bus, Role};
use posthouse_bus_nats::NatsBus;
use posthouse_classifier::telemetry::{LookoutTelemetry, Telemetry as ClassifierTelemetry};
use posthouse_classifier::{Classifier, Engines, Lookout};
use posthouse_desk::Desk;
use posthouse_intake::Intake;
use posthouse_notifier::telemetry::Telemetry as CourierTelemetry;
use posthouse_notifier::{Client, Courier, Notifier, Offers, Reach};
use posthouse_router::Dispatcher;
use posthouse_router::dispatcher::telemetry::Floor;
use posthouse_router::telemetry::Telemetry as RouterTelemetry;
use posthouse_runtime::config::read_secret;
use posthouse_runtime::policies::Policies;
use posthouse_runtime::views::OnDisk;
use posthouse_runtime::{Handler, Pace, Service, limits, run_service};
use posthouse_templates::link::{Keys, KeysError};
use posthouse_watchdog::Watchdog;
use posthouse_watchdog::telemetry::Telemetry as WatchdogTelemetry;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;

use super::House;
use super::survey::survey;
use crate::exit::Error;
use crate::telemetry::BusTelemetry;

/// A role that runs.
pub(crate) struct Running {
    /// Which one.
    pub(crate) role: Role,
    /// Ends when it has drained.
    pub(crate) task: JoinHandle<()>,
    /// Its connection, to be closed after that.
    pub(crate) bus: Arc<NatsBus>,
    /// What it answers over HTTP, if anything.
    pub(crate) door: Option<(Router, OpenApi)>,
    /// The intake, where it is one.
    pub(crate) intake: Option<Intake>,
    /// The desk, where it is one.
    pub(crate) desk: Option<Desk>,
}

impl House {
    /// Starts a role of a region, on a connection of its own. The notifier brings the
    /// courier, the classifier the lookout, the router the dispatcher.
    pub(crate) async fn start(
        &self,
        topology: &Arc<Topology>,
        role: Role,
    ) -> Result<Vec<Running>, Error> {
        let bus = self.connect(role.as_str()).await?;
        let running = match role {
            Role::Intake => self.start_intake(topology, bus).await?,
            Role::Desk => self.start_desk(topology, bus).await?,
            Role::Classifier => {
                let engines = Engines::default();
                let telemetry = ClassifierTelemetry::new(&self.metrics, topology.subjects.region());
                let make = move || Classifier::sharing(&engines).measuring(telemetry.clone());
                let classifier = self.start_workers(topology, bus, role, make);
                let lookout = self.connect(Role::Lookout.as_str()).await?;
                return Ok(vec![classifier, self.start_lookout(topology, lookout)]);
            }
            Role::Lookout => self.start_lookout(topology, bus),
            Role::Router => {
                let telemetry = RouterTelemetry::new(&self.metrics, topology.subjects.region());
                let make = move || posthouse_router::Router::measuring(telemetry.clone());
                let router = self.start_workers(topology, bus, role, make);
                let dispatcher = self.connect(Role::Dispatcher.as_str()).await?;
                return Ok(vec![router, self.start_dispatcher(topology, dispatcher)]);
            }
            Role::Dispatcher => self.start_dispatcher(topology, bus),
            Role::Watchdog => {
                let (metrics, region) =
                    (self.metrics.clone(), topology.subjects.region().to_owned());
                let make = move || Watchdog::measuring(WatchdogTelemetry::new(&metrics, &region));
                self.start_workers(topology, bus, role, make)
            }
            Role::Notifier => {
                let courier = self.connect(Role::Courier.as_str()).await?;
                let courier = self.start_courier(topology, courier)?;
                let notifier = self.start_workers(topology, bus, role, Notifier::default);
                return Ok(vec![notifier, courier]);
            }
            Role::Courier => self.start_courier(topology, bus)?,
        };
        Ok(vec![running])
    }

    fn start_lookout(&self, topology: &Arc<Topology>, bus: Arc<NatsBus>) -> Running {
        let (metrics, region) = (self.metrics.clone(), topology.subjects.region().to_owned());
        let make = move || Lookout::measuring(LookoutTelemetry::new(&metrics, &region));
        self.start_workers(topology, bus, Role::Lookout, make)
    }

    fn start_dispatcher(&self, topology: &Arc<Topology>, bus: Arc<NatsBus>) -> Running {
        let floor = Floor::new(&self.metrics, topology.subjects.region());
        let make = move || Dispatcher::showing(floor.clone());
        self.start_workers(topology, bus, Role::Dispatcher, make)
    }

    fn start_courier(&self, topology: &Arc<Topology>, bus: Arc<NatsBus>) -> Result<Running, Error> {
        let reach = Reach::of(&self.config.webhooks);
        let client = Client::within(reach).map_err(|error| Error::failed(error.to_string()))?;
        let client = client.on(Arc::clone(&bus) as Arc<dyn Bus>);
        let offers = self.offers()?;
        let (metrics, region) = (self.metrics.clone(), topology.subjects.region().to_owned());
        let make = move || {
            let telemetry = CourierTelemetry::new(&metrics, &region);
            let courier = Courier::new(client.clone()).offering(offers.clone());
            courier.measuring(telemetry)
        };
        Ok(self.start_workers(topology, bus, Role::Courier, make))
    }

    /// The keys that links are signed with, where there are any.
    fn link_keys(&self) -> Result<Option<Keys>, Error> {
        let Some(file) = &self.config.links.keys_file else {
            return Ok(None);
        };
        let text = read_secret(file).map_err(|error| Error::failed(error.to_string()))?;
        let keys = Keys::read(&text)
            .map_err(|error| Error::failed(format!("{error} ({})", KeysError::CODE)))?;
        Ok(Some(keys))
    }

    /// What messages offer their readers, where they have links.
    fn offers(&self) -> Result<Option<Offers>, Error> {
        const HOUR_MS: i64 = 60 * 60 * 1_000;
        let links = &self.config.links;
        let offers = self.link_keys()?.zip(links.url.clone());
        Ok(
            offers
                .map(|(keys, url)| Offers::new(keys, url, i64::from(links.valid_hours) * HOUR_MS)),
        )
    }

    fn start_workers<H: Handler>(
        &self,
        topology: &Arc<Topology>,
        bus: Arc<NatsBus>,
        role: Role,
        make: impl Fn() -> H + Clone + Send + Sync + 'static,
    ) -> Running {
        let specs: Vec<OwnedSpec> = topology
            .consumers
            .iter()
            .filter(|spec| spec.role == role)
            .cloned()
            .collect();
        let service = self.service(topology, &bus);
        let task = tokio::spawn(run_service(service, specs, make));
        Running {
            role,
            task,
            bus,
            door: None,
            intake: None,
            desk: None,
        }
    }

    fn service(&self, topology: &Arc<Topology>, bus: &Arc<NatsBus>) -> Service {
        let port: Arc<dyn Bus> = Arc::clone(bus) as Arc<dyn Bus>;
        let config = &self.config;
        Service {
            policies: Arc::new(Policies::new(Arc::clone(&port), topology)),
            bus: port,
            topology: Arc::clone(topology),
            views: Arc::new(OnDisk {
                dir: self.data(),
                cache_bytes_max: config.store.cache_bytes_max,
                flush_every_ms: config.store.flush_every_ms,
            }),
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
            tracer: self.telemetry.tracer().clone(),
            health: self.health.clone(),
            shutdown: self.shutdown.token(),
            node: self.node.clone(),
            pace: Pace {
                inputs_in_flight_max: config.worker.inputs_in_flight_max,
                snapshot_every: std::time::Duration::from_secs(config.worker.snapshot_every_s),
                ..Pace::default()
            },
        }
    }

    async fn start_intake(
        &self,
        topology: &Arc<Topology>,
        bus: Arc<NatsBus>,
    ) -> Result<Running, Error> {
        let port: Arc<dyn Bus> = Arc::clone(&bus) as Arc<dyn Bus>;
        let region = topology.subjects.region();
        let intake = Intake::open(
            Arc::clone(&port),
            Arc::clone(topology),
            Arc::new(Policies::new(port, topology)),
            self.clock.clone(),
            &self.metrics,
            self.telemetry.tracer().clone(),
            &self.health,
            posthouse_intake::Options::of(&self.config, region),
            self.shutdown.token(),
        )
        .await
        .map_err(|error| Error::failed(format!("{error} ({})", error.code())))?;
        let door = Some(match self.link_keys()? {
            Some(keys) => (intake.router_with_links(keys), Intake::openapi_with_links()),
            None => (intake.router(), Intake::openapi()),
        });
        let task = tokio::spawn(keep_running(Role::Intake, self.shutdown.token(), {
            let intake = intake.clone();
            move || {
                let intake = intake.clone();
                async move { intake.run().await.map_err(|error| error.to_string()) }
            }
        }));
        Ok(Running {
            role: Role::Intake,
            task,
            bus,
            door,
            intake: Some(intake),
            desk: None,
        })
    }

    async fn start_desk(
        &self,
        topology: &Arc<Topology>,
        bus: Arc<NatsBus>,
    ) -> Result<Running, Error> {
        let port: Arc<dyn Bus> = Arc::clone(&bus) as Arc<dyn Bus>;
        let path = self
            .data()
            .join(topology.subjects.region())
            .join("desk")
            .join("desk.sqlite");
        let desk = Desk::open(
            port,
            Arc::clone(topology),
            Some(path),
            self.clock.clone(),
            &self.metrics,
            &self.health,
            self.shutdown.token(),
        )
        .await
        .map_err(|error| Error::failed(format!("{error} ({})", error.code())))?;
        tokio::spawn(survey(
            Arc::clone(&bus),
            Arc::clone(topology),
            BusTelemetry::new(&self.metrics, topology.subjects.region()),
            self.clock.clone(),
            self.shutdown.token(),
        ));
        let door = Some((desk.router(), Desk::openapi()));
        let task = tokio::spawn(keep_running(Role::Desk, self.shutdown.token(), {
            let desk = desk.clone();
            move || {
                let desk = desk.clone();
                async move { desk.run().await.map_err(|error| error.to_string()) }
            }
        }));
        Ok(Running {
            role: Role::Desk,
            task,
            bus,
            door,
            intake: None,
            desk: Some(desk),
        })
    }
}

/// Runs a role until the process is to end; when it fails it is started anew after a wait.
async fn keep_running<F>(role: Role, shutdown: CancellationToken, run: impl Fn() -> F)
where
    F: Future<Output = Result<(), String>>,
{
    while let Err(error) = run().await {
        tracing::error!(%role, %error, "role failed; it is started anew");
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(limits::RETRY_MAX) => {}
        }
    }
}
