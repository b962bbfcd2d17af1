//! The desk of a region: its database, and what keeps it in step with the log.

mod inner;
mod questions;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, RwLock};

use posthouse_bus::Bus;
use posthouse_bus::topology::Topology;
use posthouse_runtime::clock::Clock;
use posthouse_runtime::health::Health;
use posthouse_runtime::metrics::Metrics;
use posthouse_runtime::policies::Policies;
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;

pub(crate) use self::inner::Inner;
use self::inner::open_database;
use crate::counts::Counts;
use crate::database::Origin;
use crate::error::{Doing, Error};
use crate::events::Event;
use crate::limits;
use crate::telemetry::Telemetry;

/// The read side of one region. Copies are the same desk.
#[derive(Clone)]
pub struct Desk {
    pub(crate) inner: Arc<Inner>,
}

impl Desk {
    /// Opens the database at `path` (`None`: in memory), or an empty one in its place when it is
    /// damaged, of another version or of another region. [`Self::run`] then fills it.
    ///
    /// # Errors
    ///
    /// When no database can be made there.
    pub async fn open(
        bus: Arc<dyn Bus>,
        topology: Arc<Topology>,
        path: Option<PathBuf>,
        clock: Clock,
        metrics: &Metrics,
        health: &Health,
        shutdown: CancellationToken,
    ) -> Result<Self, Error> {
        let region = topology.subjects.region().to_owned();
        let mut streams = topology.log_streams();
        streams.push(topology.courier_stream());
        streams.push(topology.lookout_stream());
        streams.push(topology.dispatch_stream());
        let origin = Origin {
            region: region.clone(),
            partitions: topology.size.partitions,
            streams,
        };
        let database = open_database(path.clone(), origin.clone()).await?;
        let counts = database
            .read(|c| Counts::load(c).doing("read the counts"))
            .await?;
        let policies = Policies::new(Arc::clone(&bus), &topology);
        let telemetry = Telemetry::new(metrics, &region);
        telemetry.open_dead_letters(counts.open_dead_letters());
        let inner = Inner {
            bus,
            topology,
            telemetry,
            part: health.part(format!("{region} desk")),
            shutdown,
            events: broadcast::Sender::new(limits::EVENTS_MAX),
            clock,
            policies,
            path,
            origin,
            database: RwLock::new(database),
            counts: watch::Sender::new(counts),
            streams: Mutex::default(),
            damage: Notify::new(),
            running: tokio::sync::Mutex::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Folds the log and answers questions over the bus until the process is to end. A database
    /// that turns out to be damaged is set aside and rebuilt meanwhile.
    ///
    /// # Errors
    ///
    /// When the desk cannot go on; another call begins where this one stopped.
    pub async fn run(&self) -> Result<(), Error> {
        let inner = &self.inner;
        let _alone = inner.running.lock().await;
        let mut wait = limits::RETRY_FIRST;
        loop {
            inner.part.not_ready("catching up with the log");
            let error = match inner.run_once().await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            inner.part.not_ready(&error.to_string());
            match error {
                Error::Damaged(why) => inner.rebuild(&why).await?,
                Error::Bus(ref bus) if bus.may_retry() => {
                    tracing::warn!(%error, "the log cannot be compared with the database yet");
                }
                other => return Err(other),
            }
            tokio::select! {
                () = inner.shutdown.cancelled() => return Ok(()),
                () = tokio::time::sleep(wait) => {}
            }
            wait = (wait * 2).min(limits::RETRY_MAX);
        }
    }

    /// The region's key.
    #[must_use]
    pub fn region(&self) -> &str {
        self.inner.region()
    }

    /// What was counted so far. Costs nothing.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.inner.counts()
    }

    /// The counts, and every change of them.
    #[must_use]
    pub fn watch_counts(&self) -> watch::Receiver<Counts> {
        self.inner.counts.subscribe()
    }

    /// Every fact from now on. A listener that falls behind by more than
    /// [`limits::EVENTS_MAX`] loses the oldest, and is told how many.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.inner.events.subscribe()
    }

    /// Whether all that was in the log when reading began is folded.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        self.inner.is_caught_up()
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("region", &self.region())
            .finish_non_exhaustive()
    }
}
