//! Endpoints that fail again and again, and when they are asked again.
//!
//! ```text
//! closed: all may ask --- so many failures in a row ---> open: nobody asks, for a while
//!    ^                                                      | the while is over
//!    \--------- it answers --------- half open: one asks <--/   (fails: open, twice as long)
//! ```
//!
//! Requests that wait behind an open breaker use up none of their attempts, and the endpoint has
//! time to recover. What is known here is known to one courier and lost with it: a breaker
//! decides when something is tried, never what becomes of it, so the log does not need it.
//!
//! Time is the log's, as everywhere.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use posthouse_domain::Timestamp;
use posthouse_domain::notify::Receiver;

use crate::limits;

/// How endpoints fare that have failed lately.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breakers(Arc<Mutex<BTreeMap<String, Breaker>>>);

/// One endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Breaker {
    /// Failures in a row.
    failures: u32,
    /// Nobody asks before that, where it is open: it failed.
    open_until: Timestamp,
    /// Nor before that: somebody is asking.
    probed_until: Timestamp,
}

/// How many may ask an endpoint now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// As many as there are.
    All,
    /// One, to see whether it answers again.
    One,
    /// None.
    Nobody,
}

impl Breaker {
    const fn is_open(self) -> bool {
        self.failures >= limits::BREAKER_FAILURES
    }

    /// When the next may ask.
    fn next(self) -> Timestamp {
        self.open_until.max(self.probed_until)
    }
}

impl Breakers {
    /// How many may ask this endpoint now.
    pub(crate) fn room(&self, endpoint: &str, now: Timestamp) -> Room {
        match self.lock().get(endpoint) {
            Some(breaker) if breaker.is_open() && now < breaker.next() => Room::Nobody,
            Some(breaker) if breaker.is_open() => Room::One,
            _ => Room::All,
        }
    }

    /// When the next may ask; `None` where all may.
    pub(crate) fn open_until(&self, endpoint: &str) -> Option<Timestamp> {
        let breakers = self.lock();
        let breaker = breakers.get(endpoint).filter(|breaker| breaker.is_open())?;
        Some(breaker.next())
    }

    /// Whether any endpoint is open.
    pub(crate) fn any_open(&self) -> bool {
        self.lock().values().any(|breaker| breaker.is_open())
    }

    /// How many endpoints are open.
    pub(crate) fn open(&self) -> usize {
        let breakers = self.lock();
        breakers
            .values()
            .filter(|breaker| breaker.is_open())
            .count()
    }

    /// One begins to ask, to see whether it answers: the next waits until that is over.
    pub(crate) fn probe(&self, receiver: &Receiver, now: Timestamp) {
        if let Some(breaker) = self.lock().get_mut(&endpoint(receiver)) {
            let wait_ms = i64::from(receiver.timeout_ms) + wait_ms(receiver, breaker.failures);
            breaker.probed_until = now.plus_millis(wait_ms);
        }
    }

    /// It answered.
    pub(crate) fn answered(&self, receiver: &Receiver) {
        self.lock().remove(&endpoint(receiver));
    }

    /// It failed at `at`, and may have asked to be left alone for so long.
    pub(crate) fn failed(&self, receiver: &Receiver, at: Timestamp, retry_after_ms: Option<u32>) {
        let mut breakers = self.lock();
        let breaker = breakers.entry(endpoint(receiver)).or_insert(Breaker {
            failures: 0,
            open_until: at,
            probed_until: at,
        });
        breaker.probed_until = at;
        breaker.failures = breaker.failures.saturating_add(1);
        let mut wait_ms = wait_ms(receiver, breaker.failures);
        if let Some(asked_ms) = retry_after_ms {
            // It said so itself: no need to find out by failing.
            breaker.failures = breaker.failures.max(limits::BREAKER_FAILURES);
            wait_ms = wait_ms.max(asked_ms.into());
        }
        breaker.open_until = breaker.open_until.max(at.plus_millis(wait_ms));
    }

    /// A panic of another holder spoils nothing: each change is one step.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Breaker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a receiver shares with others: when it is dead, it is dead for all of them.
pub(crate) fn endpoint(receiver: &Receiver) -> String {
    let shared = receiver.channel.endpoint();
    shared.unwrap_or_else(|| receiver.key.clone())
}

/// How long an endpoint is left alone: the receiver's first wait, doubled with each failure after
/// the one that opened the breaker, up to its longest.
fn wait_ms(receiver: &Receiver, failures: u32) -> i64 {
    let doublings = failures.saturating_sub(limits::BREAKER_FAILURES).min(20);
    let wait_ms = u64::from(receiver.backoff_ms) << doublings;
    i64::try_from(wait_ms.min(receiver.backoff_ms_max.into())).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiver() -> Receiver {
        crate::made::receiver(
            "channel = \"console\"\nbackoff = \"1s\"\nbackoff_max = \"3s\"\ntimeout = \"500ms\"",
        )
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn opened() -> Breakers {
        let breakers = Breakers::default();
        for _ in 0..limits::BREAKER_FAILURES {
            assert_eq!(breakers.room("ops", at(0)), Room::All);
            breakers.failed(&receiver(), at(0), None);
        }
        breakers
    }

    #[test]
    fn an_endpoint_that_fails_in_a_row_is_left_alone_then_asked_by_one() {
        let breakers = opened();
        assert_eq!(breakers.room("ops", at(999)), Room::Nobody);
        assert_eq!(breakers.room("others", at(999)), Room::All);
        assert_eq!(breakers.open_until("ops"), Some(at(1_000)));
        assert_eq!(breakers.room("ops", at(1_000)), Room::One);
        breakers.probe(&receiver(), at(1_000));
        assert_eq!(
            breakers.room("ops", at(1_001)),
            Room::Nobody,
            "one is asking"
        );
        breakers.failed(&receiver(), at(1_000), None);
        assert_eq!(
            breakers.room("ops", at(2_999)),
            Room::Nobody,
            "twice as long"
        );
        assert_eq!(breakers.room("ops", at(3_000)), Room::One);
        breakers.answered(&receiver());
        assert_eq!(breakers.room("ops", at(3_000)), Room::All);
        assert!(!breakers.any_open());
    }

    #[test]
    fn waits_have_an_end() {
        let breakers = opened();
        for _ in 0..100 {
            breakers.failed(&receiver(), at(0), None);
        }
        assert_eq!(breakers.open_until("ops"), Some(at(3_000)));
    }

    #[test]
    fn who_asks_to_be_left_alone_is_left_alone_at_once() {
        let breakers = Breakers::default();
        breakers.failed(&receiver(), at(0), Some(60_000));
        assert_eq!(breakers.room("ops", at(59_999)), Room::Nobody);
        assert_eq!(breakers.room("ops", at(60_000)), Room::One);
    }
}
