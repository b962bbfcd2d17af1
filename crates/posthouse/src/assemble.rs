//! Puts the roles together: who connects, who runs, and what is behind the HTTP door.
//!
//! `up` assembles all roles of its regions in one process, `run` one role of one. Both do it
//! here, so that a laptop and a continent differ only in how many processes there are.

mod demand;
mod door;
mod ready;
mod roles;
mod server;
mod site;
mod survey;

use std::path::PathBuf;
use std::sync::Arc;

use posthouse_bus::topology::{Change, OwnedSpec, Size, Topology};
use posthouse_bus::{Bus, Role};
use posthouse_bus_nats::NatsBus;
use posthouse_policy::Source;
use posthouse_runtime::clock::Clock;
use posthouse_runtime::config::Config;
use posthouse_runtime::health::Health;
use posthouse_runtime::metrics::Metrics;
use posthouse_runtime::shutdown::Shutdown;
use posthouse_runtime::{Handler, policies};
use posthouse_telemetry::{Process, Telemetry};

use crate::exit::{Error, Exit};
use crate::{bus, region};

pub(crate) use demand::{configure, flags};
pub(crate) use door::{Door, about_of};
pub(crate) use roles::Running;
pub(crate) use server::Server;
pub(crate) use site::Site;

/// What everything in this process shares.
#[derive(Clone)]
pub(crate) struct House {
    /// How the process is set up.
    pub(crate) config: Arc<Config>,
    /// What operators measure.
    pub(crate) metrics: Metrics,
    /// What a collector is told.
    pub(crate) telemetry: Telemetry,
    /// What readiness asks.
    pub(crate) health: Health,
    /// The way out.
    pub(crate) shutdown: Shutdown,
    /// The real clock.
    pub(crate) clock: Clock,
    /// Which process this is.
    pub(crate) node: String,
}

impl House {
    /// A process set up by `config`, which gives way to SIGTERM and SIGINT.
    pub(crate) fn new(config: Config) -> Result<Self, Error> {
        crate::client::choose_tls();
        let health = Health::new();
        let shutdown = Shutdown::new(health.clone());
        shutdown
            .on_signals()
            .map_err(|error| Error::failed(format!("listen for signals: {error}")))?;
        let metrics = Metrics::new();
        Ok(Self {
            node: config.node.name(),
            config: Arc::new(config),
            telemetry: Telemetry::off(&metrics),
            metrics,
            health,
            shutdown,
            clock: Clock::system(),
        })
    }

    /// The same process, telling the collector that its configuration names of these roles in
    /// these regions. To be done before any role starts, and to be ended after all of them.
    pub(crate) fn exporting(mut self, roles: &[&str], regions: &[String]) -> Result<Self, Error> {
        let process = Process {
            node: self.node.clone(),
            version: env!("CARGO_PKG_VERSION"),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            regions: regions.to_vec(),
        };
        let settings = &self.config.telemetry;
        self.telemetry = Telemetry::start(settings, &process, &self.metrics)
            .map_err(|error| Error::usage(format!("{error} ({})", error.code())))?;
        Ok(self)
    }

    /// Connects for one role or command.
    pub(crate) async fn connect(&self, who: &str) -> Result<Arc<NatsBus>, Error> {
        let mut options = bus::options(&self.config.bus)?;
        options.name = Some(format!("posthouse {who} {}", self.node));
        Ok(NatsBus::connect(&options).await?)
    }

    /// Waits until the roles of this process are ready.
    pub(crate) async fn ready(&self) -> Result<(), Error> {
        ready::wait(self).await
    }

    /// The folder of everything that is kept on disk.
    pub(crate) fn data(&self) -> PathBuf {
        self.config.node.data_dir.clone()
    }
}

/// The topology of a region with the consumers of all roles that own partitions.
pub(crate) fn topology(region: &str, size: Size) -> Topology {
    let topology = Topology::new(region, size);
    let consumers: Vec<OwnedSpec> = (0..topology.size.partitions)
        .flat_map(|partition| Role::OWNERS.map(|role| owned(&topology, role, partition)))
        .chain(topology.copies_owned())
        .collect();
    topology.with_consumers(consumers)
}

/// A partition of the log as `role` owns it: it reads the kinds that its handler asks for.
fn owned(topology: &Topology, role: Role, partition: u16) -> OwnedSpec {
    let kinds = match role {
        Role::Classifier => posthouse_classifier::Classifier::default().consumes(),
        Role::Router => posthouse_router::Router::default().consumes(),
        Role::Watchdog => posthouse_watchdog::Watchdog::default().consumes(),
        Role::Notifier => posthouse_notifier::Notifier::default().consumes(),
        Role::Intake | Role::Courier | Role::Lookout | Role::Dispatcher | Role::Desk => &[],
    };
    topology.owned(role, partition, kinds)
}

/// Creates or upgrades what a region needs, writes its size down and puts a policy in force.
///
/// # Errors
///
/// [`crate::exit::Exit::Refused`] when the region was created with other numbers of partitions.
pub(crate) async fn provision(
    bus: &dyn Bus,
    region: &str,
    size: Size,
    policy: Option<(&Source, &Clock, &str)>,
) -> Result<(Topology, Vec<Change>), Error> {
    let topology = topology(region, size);
    region::check(bus, &topology).await?;
    let changes = bus.provision(&topology).await?;
    region::remember(bus, &topology).await?;
    if let Some((source, clock, by)) = policy {
        policies::activate(bus, &topology, source, by, clock.now()).await?;
    }
    Ok((topology, changes))
}

/// The size to provision a region with: one that exists keeps its numbers of partitions.
pub(crate) async fn size_of(bus: &dyn Bus, region: &str, asked: Size) -> Result<Size, Error> {
    match region::recall(bus, region).await {
        Ok(known) => {
            let (replicas, age_max) = (asked.replicas, asked.age_max);
            Ok(Size {
                replicas,
                age_max,
                ..known.size
            })
        }
        Err(error) if error.exit() == Exit::NotFound => Ok(asked),
        Err(error) => Err(error),
    }
}

/// The topology of a region that was provisioned, with its consumers.
pub(crate) async fn recall(bus: &dyn Bus, region: &str) -> Result<Topology, Error> {
    let known = region::recall(bus, region).await?;
    Ok(topology(region, known.size))
}
