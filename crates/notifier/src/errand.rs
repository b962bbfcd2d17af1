//! One attempt to tell somebody: what runs outside the log, and what comes back to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use posthouse_bus::Role;
use posthouse_domain::notify::Receiver;
use posthouse_domain::ticket::{
    Body, Fact, NotificationFailed, NotificationRequested, NotificationSuppressed, Notified,
    Origin, PolicyVersion,
};
use posthouse_domain::{FactId, Timestamp};

use crate::breaker::Breakers;
use crate::bundle::{Member, spread};
use crate::channel::Error;
use crate::limits;
use crate::parcel::Parcel;
use crate::post::Post;
use crate::telemetry::Telemetry;

/// One rule names the outcome of a request, whatever it is: there is only one.
pub(crate) const OUTCOME: &str = "outcome";
/// What is noted of a request to somebody whom the policy does not know.
pub(crate) const NO_RECEIVER: &str =
    concat!("NTF0008", ": the policy has no such receiver any more");
/// What is noted of a request to somebody who has said that they want no more.
pub(crate) const DISABLED: &str = concat!(
    "NTF0009",
    ": the receiver said that it wants no more, and its address is the same"
);
/// What is noted of a request that waited too long behind others.
pub(crate) const TOO_LATE: &str = concat!("NTF0010", ": it could not be told in time");

/// One attempt of a request.
pub(crate) struct Job {
    pub(crate) fact: Fact,
    /// For a bundle: the requests in it, each of which gets the outcome.
    pub(crate) members: Vec<Member>,
    pub(crate) task: Task,
    pub(crate) attempt: u32,
    /// Whether an earlier attempt may have arrived.
    pub(crate) possible_duplicate: bool,
    /// The log time when the attempt was decided.
    pub(crate) at: Timestamp,
    pub(crate) version: PolicyVersion,
    pub(crate) post: Arc<dyn Post>,
    pub(crate) answered: Answered,
    pub(crate) breakers: Breakers,
    pub(crate) telemetry: Option<Telemetry>,
    /// Given back when the attempt is over, or was never begun.
    pub(crate) _place: Place,
}

/// What is to be done about a request.
pub(crate) enum Task {
    /// Tell a receiver.
    Tell(Box<Receiver>, Box<Parcel>),
    /// Nobody is told: note why.
    Conclude {
        /// The receiver's key.
        receiver: String,
        /// Why not.
        error: String,
    },
}

impl Job {
    /// Makes the attempt. Returns the outcome of the request if this is its end: success, or a
    /// failure after which no attempt is left or of any use. The last failure says why.
    pub(crate) async fn run(self) -> Vec<Fact> {
        match &self.task {
            Task::Conclude { receiver, error } => {
                let outcome = self.failed(receiver, self.attempt - 1, error.clone());
                spread(outcome, &self.members)
            }
            Task::Tell(receiver, parcel) => {
                let started = Instant::now();
                let told = self.post.post(receiver, parcel).await;
                self.note_endpoint(receiver, told.as_ref().err());
                self.measure(receiver, told.is_ok(), started);
                let outcome = self.concluded(receiver, told);
                outcome.map_or_else(Vec::new, |it| spread(it, &self.members))
            }
        }
    }

    fn measure(&self, receiver: &Receiver, is_answered: bool, started: Instant) {
        if let Some(telemetry) = &self.telemetry {
            telemetry.attempted(&receiver.channel, is_answered, started.elapsed());
            telemetry.breakers_open(self.breakers.open());
        }
    }

    fn note_endpoint(&self, receiver: &Receiver, error: Option<&Error>) {
        match error {
            Some(error) if error.is_trouble() => {
                // What timed out has failed when its time was over.
                let took_ms = if error.may_have_arrived() {
                    receiver.timeout_ms
                } else {
                    0
                };
                let at = self.at.plus_millis(took_ms.into());
                self.breakers.failed(receiver, at, error.retry_after_ms());
            }
            // Nothing was sent, so nothing is known of it.
            Some(Error::Misconfigured(_) | Error::Forbidden(_)) => {}
            _ => self.breakers.answered(receiver),
        }
    }

    /// The outcome of the request, if this attempt was its last.
    fn concluded(&self, receiver: &Receiver, told: Result<String, Error>) -> Option<Fact> {
        match told {
            Ok(receipt) => {
                self.answered.forget(self.fact.id);
                let body = Body::Notified(Notified {
                    receiver: receiver.key.clone(),
                    attempts: self.attempt,
                    receipt,
                    possible_duplicate: self.possible_duplicate,
                });
                Some(outcome(&self.fact, self.at, &self.version, body))
            }
            Err(error) if error.is_final() || self.attempt >= receiver.attempts_max => {
                self.answered.forget(self.fact.id);
                Some(self.failed(&receiver.key, self.attempt, error.to_string()))
            }
            Err(error) => {
                if !error.may_have_arrived() {
                    self.answered.note(self.fact.id);
                }
                let (code, attempt) = (error.code(), self.attempt);
                tracing::info!(code, attempt, request = %self.fact.id, "attempt failed");
                // The other side may repeat what it was told.
                tracing::debug!(
                    error = %posthouse_personal::masked(&error.to_string(), &[]),
                    receiver = %posthouse_personal::masked(&receiver.key, &[]),
                    request = %self.fact.id, "the other side said why",
                );
                None
            }
        }
    }

    fn failed(&self, receiver: &str, attempts: u32, error: String) -> Fact {
        failed(
            &self.fact,
            self.at,
            &self.version,
            receiver,
            attempts,
            error,
        )
    }
}

/// What is noted of a request that the console showed.
pub(crate) fn shown(receiver: &str, attempts: u32) -> Notified {
    Notified {
        receiver: receiver.to_owned(),
        attempts,
        receipt: "console".to_owned(),
        possible_duplicate: false,
    }
}

/// The outcome of a request; whichever stands first in the log counts.
pub(crate) fn outcome(request: &Fact, at: Timestamp, policy: &PolicyVersion, body: Body) -> Fact {
    Origin::of(Role::Courier.as_str(), request, at, policy).fact(OUTCOME, 0, body)
}

/// The outcome of a request that came to nothing, as somebody wished.
pub(crate) fn muted(
    request: &Fact,
    at: Timestamp,
    policy: &PolicyVersion,
    asked: &NotificationRequested,
    why: String,
) -> Fact {
    let body = Body::NotificationSuppressed(NotificationSuppressed {
        receiver: asked.receiver.clone(),
        rule: asked.rule.clone(),
        why,
        requested: true,
    });
    outcome(request, at, policy, body)
}

/// The outcome of a request that came to nothing.
pub(crate) fn failed(
    request: &Fact,
    at: Timestamp,
    policy: &PolicyVersion,
    receiver: &str,
    attempts: u32,
    error: String,
) -> Fact {
    let error = error.chars().take(limits::RECEIPT_CHARS_MAX).collect();
    let receiver = receiver.to_owned();
    let body = Body::NotificationFailed(NotificationFailed {
        receiver,
        attempts,
        error,
    });
    outcome(request, at, policy, body)
}

/// How many attempts of each request the other side has answered, as far as this process
/// knows. An attempt that nobody knows to be answered may have arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answered(Arc<Mutex<BTreeMap<FactId, u32>>>);

impl Answered {
    pub(crate) fn count(&self, id: FactId) -> u32 {
        lock(&self.0).get(&id).copied().unwrap_or_default()
    }

    fn note(&self, id: FactId) {
        let mut answered = lock(&self.0);
        if answered.len() >= limits::ANSWERED_MAX {
            answered.pop_first();
        }
        *answered.entry(id).or_default() += 1;
    }

    fn forget(&self, id: FactId) {
        lock(&self.0).remove(&id);
    }
}

/// Requests with an attempt under way, by receiver.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnderWay(Arc<Mutex<BTreeMap<String, BTreeSet<FactId>>>>);

/// One attempt's place among those under way; dropping it gives it back.
pub(crate) struct Place {
    under_way: UnderWay,
    receiver: String,
    id: FactId,
}

impl UnderWay {
    /// The requests of a receiver that have an attempt under way.
    pub(crate) fn of(&self, receiver: &str) -> BTreeSet<FactId> {
        lock(&self.0).get(receiver).cloned().unwrap_or_default()
    }

    /// Takes a place for an attempt of this request.
    pub(crate) fn place(&self, receiver: &str, id: FactId) -> Place {
        lock(&self.0)
            .entry(receiver.to_owned())
            .or_default()
            .insert(id);
        Place {
            under_way: self.clone(),
            receiver: receiver.to_owned(),
            id,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut under_way = lock(&self.under_way.0);
        let Some(ids) = under_way.get_mut(&self.receiver) else {
            return;
        };
        ids.remove(&self.id);
        if ids.is_empty() {
            under_way.remove(&self.receiver);
        }
    }
}

/// A panic of another holder spoils nothing: each change is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
