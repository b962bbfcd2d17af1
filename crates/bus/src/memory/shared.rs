//! What all clients share, and how they wait for it to change.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use posthouse_domain::Timestamp;
use tokio::sync::Notify;

use super::Clock;
use super::state::State;
use crate::Error;

/// The state of a bus and its clock.
pub(super) struct Shared {
    clock: Clock,
    state: Mutex<State>,
}

/// One client's way to the state.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) shared: Arc<Shared>,
    pub(super) closed: Arc<AtomicBool>,
}

/// What came of one look at the state.
pub(super) enum Look<T> {
    /// What was looked for.
    Found(T),
    /// It is not there; look again when `changed` says so, or at the given instant.
    NotYet(Arc<Notify>, Option<Timestamp>),
}

impl Shared {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The state. A panic of a test while it held the state spoils nothing that others rely on.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// The state and the time, if the client is open and the bus is there.
    pub(super) fn enter(&self) -> Result<(MutexGuard<'_, State>, Timestamp), Error> {
        let state = self.shared.lock();
        if self.is_closed() {
            return Err(Error::Closed);
        }
        state.faults.check()?;
        Ok((state, self.shared.now()))
    }

    /// Closes the client; whoever waits for something through it is told.
    pub(super) fn close(&self) {
        let state = self.shared.lock();
        self.closed.store(true, Ordering::SeqCst);
        state.wake_all();
    }

    /// Whether the client was closed.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Looks at the state until what is looked for is there.
    pub(super) async fn wait_for<T>(
        &self,
        mut look: impl FnMut(&mut State, Timestamp) -> Result<Look<T>, Error> + Send,
    ) -> Result<T, Error> {
        loop {
            let (changed, at, now) = {
                let (mut state, now) = self.enter()?;
                match look(&mut state, now)? {
                    Look::Found(found) => return Ok(found),
                    // Listening begins while the state is held, so that no change goes unseen.
                    Look::NotYet(changed, at) => (changed.notified_owned(), at, now),
                }
            };
            until(changed, at, now).await;
        }
    }
}

/// Waits for the change, at most until `at`.
async fn until(changed: impl Future<Output = ()>, at: Option<Timestamp>, now: Timestamp) {
    let Some(at) = at else {
        return changed.await;
    };
    let wait = u64::try_from(at.millis_since(now)).unwrap_or(0).max(1);
    tokio::select! {
        () = changed => {}
        () = tokio::time::sleep(Duration::from_millis(wait)) => {}
    }
}

/// A duration in milliseconds, as [`Timestamp::plus_millis`] takes it.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
