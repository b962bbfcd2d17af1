//! The desk of a region: its database, and what keeps it in step with the log.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use posthouse_bus::Bus;
use posthouse_bus::topology::Topology;
use posthouse_domain::Timestamp;
use posthouse_runtime::clock::Clock;
use posthouse_runtime::health::{Health, Part};
use posthouse_runtime::metrics::Metrics;
use rusqlite::Connection;
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::counts::Counts;
use crate::database::{Database, Origin, quarantine};
use crate::dead_letters::{self, DeadLetterListing, DeadLetterPage, DeadLetterView};
use crate::error::{Doing, Error};
use crate::events::Event;
use crate::fold::Written;
use crate::list::{self, Listing};
use crate::projector::{self, Source};
use crate::stats::{self, Stats};
use crate::telemetry::Telemetry;
use crate::ticket::{self, TicketView};
use crate::verify::VerifyReport;
use crate::why::Why;
use crate::{limits, search};

/// The read side of one region. Copies are the same desk.
#[derive(Clone)]
pub struct Desk {
    pub(crate) inner: Arc<Inner>,
}

/// What all parts of a desk share.
pub(crate) struct Inner {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) topology: Arc<Topology>,
    pub(crate) telemetry: Telemetry,
    pub(crate) part: Part,
    pub(crate) shutdown: CancellationToken,
    pub(crate) events: broadcast::Sender<Event>,
    clock: Clock,
    path: Option<PathBuf>,
    origin: Origin,
    database: RwLock<Arc<Database>>,
    counts: watch::Sender<Counts>,
    streams: Mutex<Vec<Stream>>,
    damage: Notify,
    running: tokio::sync::Mutex<()>,
}

/// How far a stream was folded.
#[derive(Clone, Debug, Default)]
struct Stream {
    /// The last sequence that was folded.
    position: u64,
    /// The end of the stream when reading began; nothing while that is not known.
    end: Option<u64>,
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
        let origin = Origin {
            region: region.clone(),
            partitions: topology.size.partitions,
            streams,
        };
        let database = open_database(path.clone(), origin.clone()).await?;
        let counts = database
            .read(|c| Counts::load(c).doing("read the counts"))
            .await?;
        let inner = Inner {
            bus,
            topology,
            telemetry: Telemetry::new(metrics, &region),
            part: health.part(format!("{region} desk")),
            shutdown,
            events: broadcast::Sender::new(limits::EVENTS_MAX),
            clock,
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

    /// A ticket with its whole history, by identity or number.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn ticket(&self, id_or_number: &str) -> Result<Option<TicketView>, Error> {
        self.inner.ticket(id_or_number).await
    }

    /// Every decision about a ticket, with what it rests on.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn why(&self, id_or_number: &str) -> Result<Option<Why>, Error> {
        let name = id_or_number.to_owned();
        self.inner
            .read(move |c| crate::why::explain(c, &name))
            .await
    }

    /// A page of tickets.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn list(&self, listing: &Listing) -> Result<list::Page, Error> {
        list::across(std::slice::from_ref(self), listing).await
    }

    /// What one desk has of a page.
    pub(crate) async fn rows(&self, listing: &Listing) -> Result<Vec<list::Found>, Error> {
        let inner = &self.inner;
        if listing.filter.has_text() {
            let database = inner.database();
            let caught_up = tokio::task::spawn_blocking(move || search::catch_up(&database));
            caught_up
                .await
                .map_err(|error| Error::Stopped(error.to_string()))??;
        }
        let (listing, region) = (listing.clone(), inner.region().to_owned());
        inner.read(move |c| list::rows(c, &region, &listing)).await
    }

    /// A page of dead letters, the newest first.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn dead_letters(&self, listing: &DeadLetterListing) -> Result<DeadLetterPage, Error> {
        let listing = listing.clone();
        self.inner
            .read(move |c| dead_letters::list(c, &listing))
            .await
    }

    /// The dead letter at a place of a stream.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn dead_letter(
        &self,
        stream: &str,
        sequence: u64,
    ) -> Result<Option<DeadLetterView>, Error> {
        let stream = stream.to_owned();
        self.inner
            .read(move |c| dead_letters::show(c, &stream, sequence))
            .await
    }

    /// What there is, by state, severity and queue.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn stats(&self) -> Result<Stats, Error> {
        let stats = self.inner.read(stats::count).await?;
        let counts = self.counts();
        Ok(Stats {
            regions: vec![self.region().to_owned()],
            counts,
            pending_notifications: counts.pending_notifications(),
            open_dead_letters: counts.open_dead_letters(),
            caught_up: self.is_caught_up(),
            ..stats
        })
    }

    /// Walks the region's log from its beginning; see [`crate::verify`].
    ///
    /// # Errors
    ///
    /// When the bus does not give the log.
    pub async fn verify(&self) -> Result<VerifyReport, Error> {
        crate::verify::verify(self.inner.bus.as_ref(), &self.inner.topology).await
    }

    /// All rows that follow from the log, as text, in a fixed order: two desks that folded the
    /// same log give the same.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn dump(&self) -> Result<String, Error> {
        self.inner.read(crate::dump::dump).await
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("region", &self.region())
            .finish_non_exhaustive()
    }
}

impl Inner {
    pub(crate) fn region(&self) -> &str {
        &self.origin.region
    }

    pub(crate) fn counts(&self) -> Counts {
        *self.counts.borrow()
    }

    /// Asks the database; damage that a question meets starts a rebuild.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let answer = self.database().read(ask).await;
        if let Err(Error::Damaged(_)) = answer {
            self.damage.notify_one();
        }
        answer
    }

    pub(crate) async fn ticket(&self, id_or_number: &str) -> Result<Option<TicketView>, Error> {
        let name = id_or_number.to_owned();
        self.read(move |c| ticket::show(c, &name)).await
    }

    /// Waits until a question meets damage.
    pub(crate) async fn damage_seen(&self) {
        self.damage.notified().await;
    }

    /// The streams to be read, and from where.
    pub(crate) async fn sources(&self, database: &Arc<Database>) -> Result<Vec<Source>, Error> {
        let kept = database
            .read(|c| positions(c).doing("read the positions"))
            .await?;
        let courier = self.topology.courier_stream();
        let sources: Vec<Source> = kept
            .into_iter()
            .map(|kept| Source {
                filters: if kept.name == courier {
                    self.courier_letters()
                } else {
                    Vec::new()
                },
                number: kept.number,
                name: kept.name,
                position: kept.position,
            })
            .collect();
        *self.streams() = sources
            .iter()
            .map(|source| Stream {
                position: source.position,
                end: None,
            })
            .collect();
        Ok(sources)
    }

    /// A batch was folded and committed.
    pub(crate) fn committed(&self, took: Duration, written: &Written) {
        let before = self.counts();
        let after = &written.counts;
        let telemetry = &self.telemetry;
        telemetry.facts.inc_by(after.facts - before.facts);
        telemetry.void.inc_by(after.void - before.void);
        telemetry
            .unreadable
            .inc_by(after.unreadable - before.unreadable);
        let open = i64::try_from(after.open_dead_letters()).unwrap_or(i64::MAX);
        telemetry.dead_letters.set(open);
        let age = self
            .clock
            .now()
            .millis_since(written.newest)
            .max(0)
            .unsigned_abs();
        telemetry.committed(took, Duration::from_millis(age));
    }

    /// Tells everybody what a batch did; the counts last, so that whoever waits for them finds
    /// the rest done.
    pub(crate) fn written(&self, written: Written) {
        {
            let mut streams = self.streams();
            for (number, position) in written.positions {
                if let Some(stream) = streams.get_mut(usize::from(number)) {
                    stream.position = position;
                }
            }
        }
        for event in written.events {
            // Nobody listening is no fault.
            drop(self.events.send(event));
        }
        self.note_readiness();
        self.counts.send_replace(written.counts);
    }

    /// Reading of a stream has come to what was its end when it began.
    pub(crate) fn end_seen(&self, number: u16, end: u64) {
        if let Some(stream) = self.streams().get_mut(usize::from(number)) {
            stream.end = Some(end);
        }
        self.note_readiness();
    }

    /// Reading of a stream failed.
    pub(crate) fn broken_off(&self, number: u16, error: &Error) {
        if let Some(stream) = self.streams().get_mut(usize::from(number)) {
            stream.end = None;
        }
        self.part.not_ready(&error.to_string());
    }

    pub(crate) fn is_caught_up(&self) -> bool {
        let streams = self.streams();
        !streams.is_empty()
            && streams
                .iter()
                .all(|stream| stream.end.is_some_and(|end| stream.position >= end))
    }

    fn note_readiness(&self) {
        if self.is_caught_up() {
            self.part.ready();
        }
    }

    pub(crate) fn database(&self) -> Arc<Database> {
        Arc::clone(&self.database.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn streams(&self) -> MutexGuard<'_, Vec<Stream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run_once(self: &Arc<Self>) -> Result<(), Error> {
        let database = self.database();
        self.compare_with_log(&database).await?;
        projector::run(self, database).await
    }

    /// Makes sure that the database was filled from the log that is there now: a log that was
    /// made anew has other messages at the same places.
    async fn compare_with_log(&self, database: &Arc<Database>) -> Result<(), Error> {
        let kept = database
            .read(|c| positions(c).doing("read the positions"))
            .await?;
        for stream in kept.into_iter().filter(|stream| stream.position > 0) {
            let last = self.bus.last_sequence(&stream.name).await?;
            // A message that is no longer kept cannot be compared, and need not be.
            let found = self.bus.get(&stream.name, stream.position).await?;
            let same = found.is_none_or(|found| found.stored_at == stream.stored_at);
            if last < stream.position || !same {
                let name = stream.name;
                return Err(Error::Damaged(format!(
                    "it was filled from another stream {name}"
                )));
            }
        }
        Ok(())
    }

    /// Sets the database aside and begins an empty one.
    async fn rebuild(&self, why: &str) -> Result<(), Error> {
        self.telemetry.rebuilds.inc();
        let old = self.database();
        Arc::clone(&old).close().await;
        if let Some(path) = old.path() {
            quarantine(path, why)?;
        }
        let new = open_database(self.path.clone(), self.origin.clone()).await?;
        *self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner) = new;
        self.counts.send_replace(Counts::default());
        Ok(())
    }

    /// Couriers have dead letters in a stream of their own; the rest of it are copies.
    fn courier_letters(&self) -> Vec<String> {
        let subjects = &self.topology.subjects;
        (0..subjects.receiver_partitions())
            .flat_map(|partition| {
                [
                    subjects.courier_dead_letter(partition),
                    subjects.courier_dead_letter_settled(partition),
                ]
            })
            .collect()
    }
}

/// What the database says of a stream.
struct Kept {
    number: u16,
    name: String,
    position: u64,
    stored_at: Timestamp,
}

fn positions(connection: &Connection) -> Result<Vec<Kept>, rusqlite::Error> {
    let mut select = connection
        .prepare("SELECT number, name, position, stored_at FROM stream ORDER BY number")?;
    let rows = select.query_map([], |row| {
        Ok(Kept {
            number: row.get(0)?,
            name: row.get(1)?,
            position: row.get::<_, i64>(2)?.unsigned_abs(),
            stored_at: Timestamp::from_millis(row.get(3)?),
        })
    })?;
    rows.collect()
}

async fn open_database(path: Option<PathBuf>, origin: Origin) -> Result<Arc<Database>, Error> {
    let opened = tokio::task::spawn_blocking(move || Database::open(path.as_deref(), &origin));
    Ok(Arc::new(
        opened
            .await
            .map_err(|error| Error::Stopped(error.to_string()))??,
    ))
}
