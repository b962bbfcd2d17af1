//! The outbox: accepted commands on disk, while the log cannot be reached.
//!
//! # Invariants
//!
//! - Whoever is told that a command is in the outbox finds it there after a kill or a power cut.
//! - Entries are kept in the order in which they came, and leave only with the bus's receipt.
//! - While it holds anything, new commands go behind it: what a sender asks for second never
//!   overtakes what they asked for first.
//! - Of one ticket at most one entry is on its way to the bus, so that a message that is lost on
//!   the way cannot be overtaken by the next one of its ticket.

mod entry;
mod forward;
mod waiting;
mod writer;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use posthouse_domain::TicketId;
use posthouse_store::{Store, Write};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::keep::OUTBOX;
use crate::limits::OUTBOX_WRITES_WAITING_MAX;
use crate::refused::{Busy, Refused};
use crate::telemetry::Counts;

pub(crate) use entry::Entry;
use waiting::Waiting;

/// Rows read at once while the outbox is counted.
const ROWS_PER_SCAN: usize = 256;

/// Accepted commands on disk.
#[derive(Clone)]
pub(crate) struct Outbox {
    shared: Arc<Shared>,
    writes: mpsc::Sender<writer::Job>,
}

/// What the outbox, its writer and its forwarder share.
struct Shared {
    store: Arc<dyn Store>,
    max: usize,
    /// Entries on disk or on their way there.
    held: AtomicUsize,
    /// How many of them are about which ticket.
    tickets: Mutex<HashMap<TicketId, u32>>,
    /// Those on disk by their places, and since when they wait.
    waiting: Waiting,
    /// An entry has come to disk.
    added: Notify,
    /// The disk failed; nothing more is written.
    broken: CancellationToken,
    counts: Counts,
}

impl Outbox {
    /// The outbox in `store`, with what an earlier process left in it.
    ///
    /// # Errors
    ///
    /// As the store; [`Error::Unreadable`] for an entry that this version did not write.
    pub(crate) fn open(store: Arc<dyn Store>, max: usize, counts: Counts) -> Result<Self, Error> {
        let (tickets, places) = count(store.as_ref())?;
        let (held, last) = (places.len(), places.last().copied().unwrap_or_default());
        if held > 0 {
            tracing::info!(held, "the outbox holds commands of an earlier run");
        }
        counts.outbox.set(i64::try_from(held).unwrap_or(i64::MAX));
        let waiting = Waiting::new(Arc::clone(&counts.outbox_oldest));
        waiting.came(places);
        let shared = Arc::new(Shared {
            store,
            max,
            held: AtomicUsize::new(held),
            tickets: Mutex::new(tickets),
            waiting,
            added: Notify::new(),
            broken: CancellationToken::new(),
            counts,
        });
        let (writes, jobs) = mpsc::channel(OUTBOX_WRITES_WAITING_MAX);
        tokio::spawn(writer::run(Arc::clone(&shared), jobs, last));
        Ok(Self { shared, writes })
    }

    /// Whether it holds nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.held() == 0
    }

    /// How many entries it holds.
    pub(crate) fn held(&self) -> usize {
        self.shared.held.load(Ordering::SeqCst)
    }

    /// Whether it holds anything about a ticket.
    pub(crate) fn holds(&self, ticket: TicketId) -> bool {
        !self.is_empty() && self.shared.tickets().contains_key(&ticket)
    }

    /// Keeps an entry, and `also` with it or not at all. When this returns, both are on disk.
    ///
    /// # Errors
    ///
    /// [`Refused::Busy`] when it is full, [`Refused::NotKept`] when the disk fails.
    pub(crate) async fn put(&self, entry: &Entry, also: Vec<Write>) -> Result<(), Refused> {
        let value = entry.write().map_err(Refused::NotKept)?;
        self.shared.reserve(entry.ticket)?;
        let (kept, answer) = oneshot::channel();
        let job = writer::Job {
            ticket: entry.ticket,
            value,
            also,
            kept,
        };
        if let Err(refused) = self.writes.try_send(job) {
            self.shared.release(entry.ticket);
            return Err(match refused {
                mpsc::error::TrySendError::Full(_) => Refused::Busy(Busy::DiskBehind),
                mpsc::error::TrySendError::Closed(_) => {
                    Refused::NotKept("intake is closed".to_owned())
                }
            });
        }
        // From here on the writer is in charge of the reservation, whoever stops waiting.
        match answer.await {
            Ok(kept) => kept.map_err(Refused::NotKept),
            Err(_) => Err(Refused::NotKept(
                "the writer of the outbox ended".to_owned(),
            )),
        }
    }

    /// Resolves when the disk has failed.
    pub(crate) async fn broken(&self) {
        self.shared.broken.cancelled().await;
    }
}

impl Shared {
    /// Takes a place for an entry about `ticket`.
    fn reserve(&self, ticket: TicketId) -> Result<(), Refused> {
        let more = |held: usize| (held < self.max).then_some(held + 1);
        if self
            .held
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, more)
            .is_err()
        {
            return Err(Refused::Busy(Busy::OutboxFull));
        }
        *self.tickets().entry(ticket).or_default() += 1;
        self.counts.outbox.inc();
        Ok(())
    }

    /// Gives the place back.
    fn release(&self, ticket: TicketId) {
        let mut tickets = self.tickets();
        if let Some(entries) = tickets.get_mut(&ticket) {
            *entries -= 1;
            if *entries == 0 {
                tickets.remove(&ticket);
            }
        }
        drop(tickets);
        self.held.fetch_sub(1, Ordering::SeqCst);
        self.counts.outbox.dec();
    }

    fn tickets(&self) -> MutexGuard<'_, HashMap<TicketId, u32>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tickets and the places of what is on disk, in their order.
fn count(store: &dyn Store) -> Result<(HashMap<TicketId, u32>, Vec<u64>), Error> {
    let mut tickets: HashMap<TicketId, u32> = HashMap::new();
    let mut places: Vec<u64> = Vec::new();
    loop {
        let next = places.last().copied().unwrap_or_default() + 1;
        let rows = store.scan(OUTBOX, &place(next), None, ROWS_PER_SCAN)?;
        for (key, value) in &rows {
            let (sequence, entry) = entry::read(key, value)?;
            *tickets.entry(entry.ticket).or_default() += 1;
            places.push(sequence);
        }
        if rows.len() < ROWS_PER_SCAN {
            return Ok((tickets, places));
        }
    }
}

/// The key of a place in the outbox.
fn place(sequence: u64) -> [u8; 8] {
    sequence.to_be_bytes()
}
