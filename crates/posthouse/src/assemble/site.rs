//! A whole region in one process: provisioned, with a policy in force and all its roles running.

use std::sync::Arc;

use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Role};
use posthouse_bus_nats::NatsBus;
use posthouse_desk::Desk;
use posthouse_intake::Intake;
use posthouse_policy::{Policy, Source};
use posthouse_runtime::policies::{self, Policies};

use super::{House, Running, provision, size_of};
use crate::exit::{Error, Exit};

/// The bundle of a region that has none.
const POLICY_DEFAULT: &str = "default";

/// A region of this process.
pub(crate) struct Site {
    /// Its roles.
    pub(crate) running: Vec<Running>,
    /// Where tickets come in.
    pub(crate) intake: Intake,
    /// Where questions are answered.
    pub(crate) desk: Desk,
    /// The policy in force when it was raised.
    pub(crate) policy: Arc<Policy>,
    /// Its streams and consumers.
    pub(crate) topology: Arc<Topology>,
}

impl Site {
    /// Provisions a region and starts all its roles.
    pub(crate) async fn raise(
        house: &House,
        region: &str,
        policy: Option<&Source>,
    ) -> Result<Self, Error> {
        let bus = house.connect("provision").await?;
        let topology = Arc::new(Self::provision(house, &bus, region, policy).await?);
        let policy = policy_in_force(&bus, &topology).await?;
        if !policy.regions.contains_key(region) {
            let known: Vec<&str> = policy.regions.keys().map(String::as_str).collect();
            let message = format!(
                "run region {region}: policy {} does not know it",
                policy.name
            );
            return Err(Error::new(Exit::Refused, message)
                .hint(format!("its regions are {}", known.join(", "))));
        }
        let mut running = Vec::new();
        for role in Role::ALL.into_iter().filter(|role| role.process() == *role) {
            running.extend(house.start(&topology, role).await?);
        }
        bus.close().await?;
        let intake = running.iter().find_map(|role| role.intake.clone());
        let desk = running.iter().find_map(|role| role.desk.clone());
        let (intake, desk) = intake.zip(desk).expect("all roles were started");
        Ok(Self {
            running,
            intake,
            desk,
            policy,
            topology,
        })
    }

    /// A region that has a policy keeps it, unless another one is asked for.
    async fn provision(
        house: &House,
        bus: &Arc<NatsBus>,
        region: &str,
        policy: Option<&Source>,
    ) -> Result<Topology, Error> {
        let asked = house.config.region.size();
        let size = size_of(bus.as_ref(), region, asked).await?;
        let (topology, _) = provision(bus.as_ref(), region, size, None).await?;
        let port: Arc<dyn Bus> = Arc::clone(bus) as Arc<dyn Bus>;
        let active = Policies::new(port, &topology).active().await?;
        let shipped = Source::shipped(POLICY_DEFAULT);
        let wanted = policy.or(if active.is_none() {
            shipped.as_ref()
        } else {
            None
        });
        if let Some(source) = wanted {
            let (bus, now) = (bus.as_ref(), house.clock.now());
            policies::activate(bus, &topology, source, "up", now).await?;
        }
        Ok(topology)
    }

    /// Waits until all roles have drained, within bounds, and closes their connections.
    pub(crate) async fn end(self, house: &House) {
        for running in self.running {
            let role = running.role;
            if house.shutdown.bounded(running.task).await.is_err() {
                tracing::warn!(%role, "not drained in time; its successor has more to replay");
            }
            if let Err(error) = running.bus.close().await {
                tracing::debug!(%role, %error, "connection not closed in good order");
            }
        }
    }
}

async fn policy_in_force(bus: &Arc<NatsBus>, topology: &Topology) -> Result<Arc<Policy>, Error> {
    let port: Arc<dyn Bus> = Arc::clone(bus) as Arc<dyn Bus>;
    let policies = Policies::new(port, topology);
    let version = policies.active().await?;
    let version = version.ok_or_else(|| Error::failed("find a policy in force"))?;
    Ok(policies.load(&version).await?)
}
