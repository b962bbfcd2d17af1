//! A bus in memory, for tests and simulation.
//!
//! Behaves as the JetStream adapter does where services can tell, and is held to it by the
//! same conformance suite. It keeps what makes life hard: a silent owner keeps its partition
//! for [`crate::limits::OWNER_SILENCE_MAX`], a partition with nothing new wakes nobody, an
//! acknowledgement of a zombie moves the floor under the new owner's feet.
//!
//! A [`MemoryBus`] is one connection; [`MemoryBus::client`] makes another to the same state.
//! Dropping a client, with all that came from it, is how a test kills a process.
//!
//! It does not lose what a connection has buffered: whatever was acknowledged is acknowledged.
//!
//! # Invariants
//!
//! - All times come from the clock that the caller gave. Waiting is done with `tokio::time`,
//!   so with [`MemoryBus::with_tokio_clock`] and paused time a run takes no time. Whoever moves
//!   a clock of their own calls [`MemoryBus::clock_moved`] afterwards.
//! - No randomness and no order of a hash map: on a current-thread runtime the same calls give
//!   the same deliveries.

mod adapter;
mod bucket;
mod check;
mod faults;
mod ids;
mod inbox;
mod log;
mod objects;
mod owned;
mod partition;
mod pool;
mod provision;
mod query;
mod read;
mod shared;
mod state;
mod stream;
mod transform;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use posthouse_domain::Timestamp;

use shared::Shared;

/// Where a bus in memory has its time from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// One connection to a bus in memory.
pub struct MemoryBus {
    shared: Arc<Shared>,
    closed: Arc<AtomicBool>,
}

impl MemoryBus {
    /// An empty bus with the caller's clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self::of(Arc::new(Shared::new(clock)))
    }

    /// An empty bus whose clock shows `start` now and follows `tokio::time` from here on.
    #[must_use]
    pub fn with_tokio_clock(start: Timestamp) -> Self {
        let origin = tokio::time::Instant::now();
        Self::new(Arc::new(move || {
            start.plus_millis(shared::millis(origin.elapsed()))
        }))
    }

    /// Another connection to the same bus.
    #[must_use]
    pub fn client(&self) -> Self {
        Self::of(Arc::clone(&self.shared))
    }

    /// Makes everybody who waits look at the clock again.
    pub fn clock_moved(&self) {
        self.shared.lock().wake_all();
    }

    /// Takes the bus away, or gives it back. While it is away every call of every client fails
    /// with [`crate::Error::Unavailable`], waiting ones too; so do receipts that were not looked
    /// at yet, although their messages are stored.
    pub fn set_available(&self, available: bool) {
        let mut state = self.shared.lock();
        state.faults.away = !available;
        state.wake_all();
    }

    /// The next `count` messages are stored, but their receipts are lost.
    pub fn fail_next_receipts(&self, count: usize) {
        self.shared.lock().faults.receipts_to_lose = count;
    }

    /// The next `count` messages are lost on their way, and so are their receipts.
    pub fn lose_next_messages(&self, count: usize) {
        self.shared.lock().faults.messages_to_lose = count;
    }

    /// Every stream forgets this message id before its time, so that a repeat of the message is
    /// stored again: as it is when somebody sleeps longer than ids are remembered.
    pub fn forget_message_id(&self, id: &str) {
        self.shared.lock().forget_message_id(id);
    }

    fn of(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            closed: Arc::new(AtomicBool::new(false)),
        }
    }

    fn connection(&self) -> shared::Connection {
        shared::Connection {
            shared: Arc::clone(&self.shared),
            closed: Arc::clone(&self.closed),
        }
    }
}
