//! What everybody in a run shares: the bus, the time, whether faults still happen, and what was
//! found out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use posthouse_bus::memory::MemoryBus;
use posthouse_bus::subject::{Said, said};
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Error as BusError, Outgoing, Receipt};
use posthouse_domain::Timestamp;
use posthouse_runtime::clock::Clock;
use posthouse_wire::DeadLetter;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::outcome::Violation;
use crate::plan::Plan;
use crate::workshop::Workshop;

/// When every run begins: a Monday morning in the region, when its offices are open.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_399_200_000);

/// What everybody in a run shares.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) topology: Arc<Topology>,
    /// What is compiled of policies.
    pub(crate) workshop: Workshop,
    /// The bus as it is, without faults.
    pub(crate) bus: MemoryBus,
    /// Cancelled when everybody is to go home.
    pub(crate) over: CancellationToken,
    time: Arc<Time>,
    quiet: AtomicBool,
    notes: Mutex<Notes>,
}

/// What was found out.
#[derive(Default)]
struct Notes {
    faults: BTreeMap<&'static str, u64>,
    violations: Vec<Violation>,
    /// Message ids that are in the log or in the inbox.
    stored: BTreeSet<String>,
    /// Messages that were set aside, by stream and place, with the code of the reason.
    set_aside: BTreeMap<(String, u64), String>,
}

impl World {
    /// A world with an empty bus, which begins now.
    pub(crate) fn new(plan: Plan, topology: Topology, workshop: Workshop) -> Self {
        let time = Arc::new(Time {
            origin: Instant::now(),
            stopped_ms: AtomicI64::new(i64::MAX),
        });
        let of_bus = Arc::clone(&time);
        let bus = MemoryBus::new(Arc::new(move || of_bus.now()));
        Self {
            workshop,
            topology: Arc::new(topology),
            bus,
            plan,
            over: CancellationToken::new(),
            time,
            quiet: AtomicBool::new(false),
            notes: Mutex::default(),
        }
    }

    /// How long the run has lasted.
    pub(crate) fn elapsed(&self) -> Duration {
        self.time.origin.elapsed()
    }

    /// The instant at which the run has lasted so long.
    pub(crate) fn at(&self, elapsed: Duration) -> Instant {
        self.time.origin + elapsed
    }

    /// The true time, which is also the log's.
    pub(crate) fn now(&self) -> Timestamp {
        self.time.now()
    }

    /// The true time stands still from now on, although everybody goes on: what is due by now
    /// can then be told from what is due later.
    pub(crate) fn stop_time(&self) {
        let now = self.now().as_millis();
        self.time.stopped_ms.store(now, Ordering::SeqCst);
    }

    /// The true time as a clock.
    pub(crate) fn clock(&self) -> Clock {
        let time = Arc::clone(&self.time);
        Clock::from_fn(move || time.now())
    }

    /// Faults end.
    pub(crate) fn calm_down(&self) {
        self.quiet.store(true, Ordering::SeqCst);
    }

    /// Whether faults have ended.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet.load(Ordering::SeqCst)
    }

    /// A fault happened.
    pub(crate) fn fault(&self, kind: &'static str) {
        *self.notes().faults.entry(kind).or_default() += 1;
    }

    /// Something happened that must not.
    pub(crate) fn violation(&self, what: &'static str, detail: String) {
        self.notes().violations.push(Violation { what, detail });
    }

    /// Stores a message, faultlessly, through a connection to the bus.
    pub(crate) async fn store(
        &self,
        through: &dyn Bus,
        message: Outgoing,
    ) -> Result<Receipt, BusError> {
        let (subject, id) = (message.subject.clone(), message.id.clone());
        let payload = message.payload.clone();
        let receipt = through.publish(message).await?;
        let mut notes = self.notes();
        if let Some(id) = id {
            notes.stored.insert(id);
        }
        if let Said::DeadLetter(_) = said(&subject)
            && let Ok(letter) = DeadLetter::decode(payload)
        {
            let place = (letter.stream, letter.sequence);
            notes.set_aside.insert(place, letter.code);
        }
        Ok(receipt)
    }

    /// Whether a fact was ever stored under its identity.
    pub(crate) fn is_stored(&self, fact: &str) -> bool {
        self.notes().stored.contains(fact)
    }

    /// Why the message at a place was set aside, if it was: the code of the reason.
    pub(crate) fn set_aside(&self, stream: &str, sequence: u64) -> Option<String> {
        let place = (stream.to_owned(), sequence);
        self.notes().set_aside.get(&place).cloned()
    }

    /// What was found out so far: the faults by kind, and the violations.
    pub(crate) fn found(&self) -> (BTreeMap<&'static str, u64>, Vec<Violation>) {
        let notes = self.notes();
        (notes.faults.clone(), notes.violations.clone())
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The true time.
struct Time {
    origin: Instant,
    /// When it was stopped, in milliseconds since 1970; the last instant before that.
    stopped_ms: AtomicI64,
}

impl Time {
    fn now(&self) -> Timestamp {
        let now = START.plus_millis(millis(self.origin.elapsed()));
        let stopped = self.stopped_ms.load(Ordering::SeqCst);
        now.min(Timestamp::from_millis(stopped))
    }
}

/// A span in milliseconds, as [`Timestamp::plus_millis`] takes it.
pub(crate) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
