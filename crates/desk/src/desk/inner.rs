//! What all parts of a desk share: the database, and how far each stream was folded.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use posthouse_bus::Bus;
use posthouse_bus::topology::Topology;
use posthouse_domain::Timestamp;
use posthouse_runtime::clock::Clock;
use posthouse_runtime::health::Part;
use posthouse_runtime::policies::Policies;
use rusqlite::Connection;
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::counts::Counts;
use crate::database::{Database, Origin, quarantine};
use crate::error::{Doing, Error};
use crate::events::Event;
use crate::fold::Written;
use crate::projector::{self, Source};
use crate::telemetry::Telemetry;
use crate::ticket::{self, TicketView};

/// What all parts of a desk share.
pub(crate) struct Inner {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) topology: Arc<Topology>,
    pub(crate) telemetry: Telemetry,
    pub(crate) part: Part,
    pub(crate) shutdown: CancellationToken,
    pub(crate) events: broadcast::Sender<Event>,
    pub(super) clock: Clock,
    pub(super) policies: Policies,
    pub(super) path: Option<PathBuf>,
    pub(super) origin: Origin,
    pub(super) database: RwLock<Arc<Database>>,
    pub(super) counts: watch::Sender<Counts>,
    pub(super) streams: Mutex<Vec<Stream>>,
    pub(super) damage: Notify,
    pub(super) running: tokio::sync::Mutex<()>,
}

/// How far a stream was folded.
#[derive(Clone, Debug, Default)]
pub(super) struct Stream {
    /// The last sequence that was folded.
    position: u64,
    /// The end of the stream when reading began; nothing while that is not known.
    end: Option<u64>,
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
        let (courier, lookout, dispatch) = (
            self.topology.courier_stream(),
            self.topology.lookout_stream(),
            self.topology.dispatch_stream(),
        );
        let sources: Vec<Source> = kept
            .into_iter()
            .map(|kept| Source {
                filters: if kept.name == courier {
                    self.courier_letters()
                } else if kept.name == lookout {
                    self.lookout_letters()
                } else if kept.name == dispatch {
                    self.dispatch_letters()
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
        telemetry.open_dead_letters(after.open_dead_letters());
        if let Some(path) = &self.path {
            telemetry.occupies(path);
        }
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

    /// Folds the log until the process is to end, or the database cannot be used.
    pub(super) async fn run_once(self: &Arc<Self>) -> Result<(), Error> {
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
    pub(super) async fn rebuild(&self, why: &str) -> Result<(), Error> {
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

    /// So has the lookout.
    fn lookout_letters(&self) -> Vec<String> {
        let subjects = &self.topology.subjects;
        vec![
            subjects.lookout_dead_letter(),
            subjects.lookout_dead_letter_settled(),
        ]
    }

    /// And the dispatcher.
    fn dispatch_letters(&self) -> Vec<String> {
        let subjects = &self.topology.subjects;
        vec![
            subjects.dispatch_dead_letter(),
            subjects.dispatch_dead_letter_settled(),
        ]
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

/// Opens a database, on a thread that may block.
pub(super) async fn open_database(
    path: Option<PathBuf>,
    origin: Origin,
) -> Result<Arc<Database>, Error> {
    let opened = tokio::task::spawn_blocking(move || Database::open(path.as_deref(), &origin));
    Ok(Arc::new(
        opened
            .await
            .map_err(|error| Error::Stopped(error.to_string()))??,
    ))
}
