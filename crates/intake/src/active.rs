//! The policy in force, as intake needs it: known before the first command, followed while it
//! changes.
//!
//! Facts name the version that intake knew when it accepted them. For a moment after a change
//! that may be the one before; readers decide by what the log says, not by this.

use std::sync::{Arc, PoisonError, RwLock};

use futures::StreamExt;
use jiff::tz::TimeZone;
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Error as BusError};
use posthouse_domain::Timestamp;
use posthouse_domain::region::Region;
use posthouse_domain::ticket::PolicyVersion;
use posthouse_policy::Policy;
use posthouse_runtime::policies::{self, Policies};
use tokio_util::sync::CancellationToken;

use crate::pause::Pause;

/// The policy in force, with what it says of the region that intake serves.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) policy: Arc<Policy>,
    region: Region,
    zone: TimeZone,
}

impl Active {
    fn new(policy: Arc<Policy>, region: &str) -> Result<Self, String> {
        let version = policy.version.short().to_owned();
        let known = policy.regions.get(region).cloned();
        let region = known.ok_or_else(|| format!("policy {version} has no region {region}"))?;
        let zone = TimeZone::get(&region.zone).map_err(|error| error.to_string())?;
        Ok(Self {
            policy,
            region,
            zone,
        })
    }

    /// The year that numbers given at this instant show.
    pub(crate) fn year(&self, now: Timestamp) -> i16 {
        self.zone.to_datetime(now.to_jiff()).year()
    }

    /// The `n`-th number of a year.
    pub(crate) fn number(&self, year: i16, n: u64) -> String {
        self.region.numbers.number(year, n)
    }
}

/// Follows the policy in force.
pub(crate) struct Follower {
    bus: Arc<dyn Bus>,
    bucket: String,
    region: String,
    policies: Arc<Policies>,
    current: RwLock<Option<Arc<Active>>>,
}

impl Follower {
    /// Nothing is in force yet.
    pub(crate) fn new(bus: Arc<dyn Bus>, topology: &Topology, policies: Arc<Policies>) -> Self {
        Self {
            bus,
            bucket: topology.policy_bucket(),
            region: topology.subjects.region().to_owned(),
            policies,
            current: RwLock::new(None),
        }
    }

    /// The policy in force, if one is known.
    pub(crate) fn current(&self) -> Option<Arc<Active>> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Asks once which policy is in force.
    ///
    /// # Errors
    ///
    /// Why it cannot be had, for people; what was known stays known.
    pub(crate) async fn look(&self) -> Result<(), String> {
        let active = self
            .policies
            .active()
            .await
            .map_err(|error| error.to_string())?;
        let version = active.ok_or("no policy was ever activated in this region")?;
        self.take(&version).await
    }

    /// Follows changes until the process is to end.
    pub(crate) async fn follow(
        &self,
        shutdown: &CancellationToken,
        known: impl Fn(Result<(), String>),
    ) {
        let mut pause = Pause::new();
        while !shutdown.is_cancelled() {
            let ended = tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                ended = self.watch(&mut pause, &known) => ended,
            };
            if let Err(error) = ended {
                tracing::warn!(%error, "lost sight of the policy in force; looking again");
            }
            pause.wait(shutdown).await;
        }
    }

    async fn watch(
        &self,
        pause: &mut Pause,
        known: &impl Fn(Result<(), String>),
    ) -> Result<(), BusError> {
        let bucket = self.bus.bucket(&self.bucket).await?;
        let mut changes = bucket.watch(policies::ACTIVE).await?;
        while let Some(change) = changes.next().await {
            let Some(value) = change?.value else { continue };
            let version = PolicyVersion(String::from_utf8_lossy(&value).into_owned());
            let taken = self.take(&version).await;
            match &taken {
                Ok(()) => pause.reset(),
                Err(error) => {
                    tracing::error!(%version, %error, "cannot use the policy in force");
                    known(taken);
                    // The next look tries again; the one known before stays in use.
                    return Ok(());
                }
            }
            known(taken);
        }
        Ok(())
    }

    async fn take(&self, version: &PolicyVersion) -> Result<(), String> {
        if self
            .current()
            .is_some_and(|active| active.policy.version == *version)
        {
            return Ok(());
        }
        let policy = self
            .policies
            .load(version)
            .await
            .map_err(|error| error.to_string())?;
        let active = Arc::new(Active::new(policy, &self.region)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(active);
        Ok(())
    }
}
