//! Telling receivers: convert, decide, convert; errands do the rest.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use posthouse_bus::Role;
use posthouse_domain::notify::{Channel, Receiver};
use posthouse_domain::ticket::{
    Body, Fact, FactKind, NotificationFailed, NotificationRequested, Notified, Origin,
    PolicyVersion,
};
use posthouse_domain::{FactId, Timestamp};
use posthouse_policy::Policy;
use posthouse_runtime::{Errand, Handler, Input, Refusal, View, limits as loop_limits};
use posthouse_store::Table;

use crate::limits;
use crate::pending::{Pending, Requests, TABLES};
use crate::webhook::{Client, Parcel};

/// The version of the view's format.
const SCHEMA: u32 = 1;
/// One rule names the outcome of a request, whatever it is: there is only one.
const OUTCOME: &str = "outcome";

/// The courier of one receiver partition.
#[derive(Debug)]
pub struct Courier {
    policy: Option<Arc<Policy>>,
    requests: Requests,
    client: Client,
    answered: Answered,
}

/// How many attempts of each request the other side has answered, as far as this process
/// knows. An attempt that nobody knows to be answered may have arrived.
#[derive(Clone, Debug, Default)]
struct Answered(Arc<Mutex<BTreeMap<FactId, u32>>>);

impl Courier {
    /// A courier that posts through `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { policy: None, requests: Requests::new(), client, answered: Answered::default() }
    }

    fn receiver(&self, key: &str) -> Option<&Receiver> {
        self.policy.as_ref()?.receivers.receivers.get(key)
    }

    fn take_request(&self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        let (fact, now) = (input.fact, input.log_time);
        let policy = self.policy.as_ref().ok_or_else(Refusal::no_policy)?;
        let Body::NotificationRequested(request) = &fact.body else { return Ok(Vec::new()) };
        let Some(receiver) = self.receiver(&request.receiver) else {
            let error = "the policy has no such receiver any more".to_owned();
            return Ok(vec![failed(fact, now, &policy.version, &request.receiver, 0, error)]);
        };
        match receiver.channel {
            Channel::Console => {
                let body = Body::Notified(Notified {
                    receiver: receiver.key.clone(),
                    attempts: 1,
                    receipt: "console".to_owned(),
                    possible_duplicate: false,
                });
                Ok(vec![outcome(fact, now, &policy.version, body)])
            }
            Channel::Webhook { .. } => {
                self.requests.add(view, fact.id, posthouse_wire::encode(fact))?;
                Ok(Vec::new())
            }
        }
    }

    /// The errand for the next attempt of a request.
    fn errand(&self, id: FactId, pending: &Pending, now: Timestamp) -> Option<Errand> {
        let policy = self.policy.as_ref()?;
        let (fact, request) = read_request(pending)?;
        let receiver = self.receiver(&request.receiver)?.clone();
        let attempt = pending.attempts + 1;
        let (client, answered) = (self.client.clone(), self.answered.clone());
        let version = policy.version.clone();
        let possible_duplicate = pending.attempts > self.answered.count(id);
        let parcel = Parcel::new(&fact, &request, attempt);
        let work = move || {
            async move {
                let result = client.post(&receiver, &parcel).await;
                let (receiver, attempts) = (receiver.key, attempt);
                match result {
                    Ok(receipt) => {
                        answered.forget(id);
                        let body = Body::Notified(Notified {
                            receiver,
                            attempts,
                            receipt,
                            possible_duplicate,
                        });
                        vec![outcome(&fact, now, &version, body)]
                    }
                    Err(error) if error.is_final() => {
                        answered.forget(id);
                        let error = error.to_string();
                        vec![failed(&fact, now, &version, &receiver, attempts, error)]
                    }
                    Err(error) => {
                        if error.was_answered() {
                            answered.note(id);
                        }
                        tracing::info!(%error, %receiver, attempt, request = %id, "attempt failed");
                        Vec::new()
                    }
                }
            }
            .boxed()
        };
        Some(Errand { id, attempt, work: Box::new(work) })
    }
}

impl Handler for Courier {
    fn tables(&self) -> &'static [Table] {
        TABLES
    }

    fn schema(&self) -> u32 {
        SCHEMA
    }

    fn consumes(&self) -> &'static [FactKind] {
        &[FactKind::NotificationRequested, FactKind::Notified, FactKind::NotificationFailed]
    }

    fn produces(&self) -> &'static [FactKind] {
        &[FactKind::Notified, FactKind::NotificationFailed]
    }

    fn restored(&mut self) {
        self.requests.restored();
    }

    fn activate(&mut self, policy: &Arc<Policy>) {
        self.policy = Some(Arc::clone(policy));
    }

    fn handle(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        match (&input.fact.body, input.fact.cause) {
            (Body::Notified(_) | Body::NotificationFailed(_), Some(request)) => {
                self.requests.remove(view, request)?;
                Ok(Vec::new())
            }
            _ => self.take_request(view, input),
        }
    }

    fn next_wake(&mut self, view: &View) -> Option<Timestamp> {
        self.requests.next_wake(view)
    }

    fn ring(&mut self, view: &mut View, now: Timestamp) -> Result<Vec<Fact>, Refusal> {
        let policy = self.policy.clone().ok_or_else(Refusal::no_policy)?;
        let mut outputs = Vec::new();
        let expired = self.requests.expire(view, now, loop_limits::RINGS_PER_STEP_MAX)?;
        for (id, pending) in expired {
            let Some((fact, request)) = read_request(&pending) else { continue };
            let attempts_max =
                self.receiver(&request.receiver).map_or(0, |receiver| receiver.attempts_max);
            if pending.attempts >= attempts_max {
                self.requests.remove(view, id)?;
                let error = format!("{} attempts without success", pending.attempts);
                let (version, key) = (&policy.version, &request.receiver);
                outputs.push(failed(&fact, now, version, key, pending.attempts, error));
            }
        }
        Ok(outputs)
    }

    fn claimed(
        &mut self,
        view: &mut View,
        errand: FactId,
        attempt: u32,
        log_time: Timestamp,
    ) -> Result<(), Refusal> {
        let Some(pending) = self.requests.get(view, errand)? else { return Ok(()) };
        let Some((_, request)) = read_request(&pending) else { return Ok(()) };
        let Some(receiver) = self.receiver(&request.receiver).cloned() else { return Ok(()) };
        self.requests.claimed(view, errand, attempt, log_time, &receiver)
    }

    fn errands(&mut self, view: &View, now: Timestamp, room: usize) -> Vec<Errand> {
        let ready = self.requests.ready(view, room).unwrap_or_default();
        ready.iter().filter_map(|(id, pending)| self.errand(*id, pending, now)).collect()
    }
}

impl Answered {
    fn count(&self, id: FactId) -> u32 {
        self.lock().get(&id).copied().unwrap_or_default()
    }

    fn note(&self, id: FactId) {
        let mut answered = self.lock();
        if answered.len() >= limits::ANSWERED_MAX {
            answered.pop_first();
        }
        *answered.entry(id).or_default() += 1;
    }

    fn forget(&self, id: FactId) {
        self.lock().remove(&id);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<FactId, u32>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn read_request(pending: &Pending) -> Option<(Fact, NotificationRequested)> {
    let fact = posthouse_wire::decode(&pending.request).ok()?;
    let Body::NotificationRequested(request) = &fact.body else { return None };
    let request = request.clone();
    Some((fact, request))
}

fn outcome(request: &Fact, at: Timestamp, policy: &PolicyVersion, body: Body) -> Fact {
    Origin::of(Role::Courier.as_str(), request, at, policy).fact(OUTCOME, 0, body)
}

fn failed(
    request: &Fact,
    at: Timestamp,
    policy: &PolicyVersion,
    receiver: &str,
    attempts: u32,
    error: String,
) -> Fact {
    let error = error.chars().take(limits::RECEIPT_CHARS_MAX).collect();
    let body =
        Body::NotificationFailed(NotificationFailed { receiver: receiver.to_owned(), attempts, error });
    outcome(request, at, policy, body)
}
