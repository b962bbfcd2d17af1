//! Where it is measured: a private server, and regions in which only the watchdog runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Role};
use posthouse_bus_nats::NatsBus;
use posthouse_domain::Timestamp;
use posthouse_domain::ticket::FactKind;
use posthouse_policy::{Policy, Source};
use posthouse_runtime::clock::Clock;
use posthouse_runtime::config::Config;
use posthouse_runtime::policies;

use super::crowd::{Crowd, Door};
use super::log;
use crate::assemble::{self, House, Running, Server};
use crate::commands::bench::owner::{bytes_in, resident_bytes};
use crate::exit::Error;
use crate::output::Output;
use crate::samples::{Sample, samples};

/// The process, its data, and the server.
pub(in crate::commands::bench) struct Ground {
    pub(super) house: House,
    server: Server,
    data: tempfile::TempDir,
}

/// A region that is measured.
pub(in crate::commands::bench) struct Place {
    pub(in crate::commands::bench) region: String,
    pub(in crate::commands::bench) topology: Arc<Topology>,
    pub(in crate::commands::bench) bus: Arc<NatsBus>,
    clock: Clock,
    data: PathBuf,
    samples: Vec<Sample>,
    policy: Mutex<Arc<Policy>>,
    /// Tickets armed so far.
    armed: Mutex<u64>,
}

/// The watchdog of this process.
pub(super) struct Watchdog {
    running: Vec<Running>,
}

impl Ground {
    pub(in crate::commands::bench) async fn raise(output: &Output) -> Result<Self, Error> {
        let data = tempfile::tempdir()
            .map_err(|error| Error::failed(format!("make a temporary folder: {error}")))?;
        let flags = assemble::flags(Some(data.path()), &[], None, None);
        let mut config: Config = assemble::configure(None, &flags)?;
        // A server of the user's own is none of ours to fill.
        config.bus.urls.clear();
        crate::commands::logs(&config.log, output)?;
        let mut house = House::new(config)?;
        let server = Server::start(&mut house, output).await?;
        Ok(Self {
            house,
            server,
            data,
        })
    }

    /// Provisions a region with this policy in force.
    pub(in crate::commands::bench) async fn place(
        &self,
        region: &str,
        policy: &Source,
    ) -> Result<Place, Error> {
        let bus = self.house.connect("bench").await?;
        let size = self.house.config.region.size();
        let in_force = Some((policy, &self.house.clock, "bench"));
        let (topology, _) = assemble::provision(bus.as_ref(), region, size, in_force).await?;
        Ok(Place {
            region: region.to_owned(),
            topology: Arc::new(topology),
            bus,
            clock: self.house.clock.clone(),
            data: self.house.data(),
            samples: samples()?,
            policy: Mutex::new(compiled(policy)?),
            armed: Mutex::new(0),
        })
    }

    /// Starts the watchdog of a region in this process, and waits until it owns all partitions.
    pub(super) async fn watch(&self, place: &Place) -> Result<Watchdog, Error> {
        let running = self.house.start(&place.topology, Role::Watchdog).await?;
        self.house.ready().await?;
        Ok(Watchdog { running })
    }

    /// The address of the server.
    pub(in crate::commands::bench) fn url(&self) -> String {
        self.house.config.bus.urls.join(",")
    }

    /// A folder for another process.
    pub(in crate::commands::bench) fn folder(&self, name: &str) -> PathBuf {
        self.data.path().join(name)
    }

    pub(in crate::commands::bench) async fn end(self) -> Result<(), Error> {
        self.house.shutdown.drain();
        self.server.stop().await
    }
}

impl Watchdog {
    /// Lets it drain.
    pub(super) async fn end(self, ground: &Ground) -> Result<(), Error> {
        ground.house.shutdown.drain();
        for running in self.running {
            if ground.house.shutdown.bounded(running.task).await.is_err() {
                tracing::warn!("not drained in time; nothing of it is measured any more");
            }
            running.bus.close().await?;
        }
        Ok(())
    }
}

impl Place {
    pub(in crate::commands::bench) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) async fn sleep_until(&self, at: Timestamp) {
        let ms = u64::try_from(at.millis_since(self.now())).unwrap_or_default();
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    /// Another policy takes effect.
    pub(super) async fn activate(&self, source: &Source) -> Result<(), Error> {
        let now = self.now();
        policies::activate(self.bus.as_ref(), &self.topology, source, "bench", now).await?;
        *self.policy.lock().unwrap_or_else(PoisonError::into_inner) = compiled(source)?;
        Ok(())
    }

    /// Lets a crowd in, and waits until the watchdog has told the deadlines of all.
    pub(super) async fn arm(&self, crowd: &Crowd) -> Result<(), Error> {
        let policy = Arc::clone(&self.policy.lock().unwrap_or_else(PoisonError::into_inner));
        let now = || self.clock.now();
        let door = Door {
            bus: self.bus.as_ref(),
            topology: &self.topology,
            policy: &policy,
            samples: &self.samples,
            now: &now,
        };
        crowd.enter(&door).await?;
        let all = {
            let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
            *armed += crowd.tickets;
            *armed
        };
        self.wait_for(FactKind::Timed, all).await
    }

    /// Waits until the log holds so many facts of a kind.
    pub(super) async fn wait_for(&self, kind: FactKind, count: u64) -> Result<(), Error> {
        log::wait_for(self.bus.as_ref(), &self.topology, kind, count).await
    }

    /// What the watchdog of this process keeps on disk, in bytes.
    pub(super) fn disk_bytes(&self) -> Result<u64, Error> {
        let folder = self.data.join(&self.region).join(Role::Watchdog.as_str());
        bytes_in(&folder)
            .map_err(|error| Error::failed(format!("measure {}: {error}", folder.display())))
    }
}

/// What this process has in memory, in bytes, where the system tells.
pub(super) fn memory_bytes() -> Option<u64> {
    resident_bytes(Path::new("/proc/self/status"))
}

fn compiled(source: &Source) -> Result<Arc<Policy>, Error> {
    match posthouse_policy::compile(source) {
        Ok((policy, _warnings)) => Ok(Arc::new(policy)),
        Err(diagnostics) => Err(Error::failed(format!(
            "compile the policy of the measurement:\n{}",
            posthouse_policy::render(&diagnostics, source, false)
        ))),
    }
}
