//! Telling receivers: convert, decide, convert; errands do the rest.

use std::sync::Arc;

use futures::FutureExt;
use posthouse_domain::notify::{Channel, Receiver};
use posthouse_domain::ticket::{Body, Fact, FactKind, NotificationRequested};
use posthouse_domain::{FactId, Timestamp};
use posthouse_policy::Policy;
use posthouse_runtime::{Errand, Handler, Input, Refusal, View, limits as loop_limits};
use posthouse_store::Table;

use crate::errand::{Answered, Job, NO_RECEIVER, UnderWay, failed, outcome, shown};
use crate::limits;
use crate::pending::{Pending, Requests, TABLES};
use crate::post::Post;
use crate::webhook::Parcel;

/// The version of the view's format.
const SCHEMA: u32 = 2;

/// The courier of one receiver partition.
#[derive(Debug)]
pub struct Courier {
    policy: Option<Arc<Policy>>,
    requests: Requests,
    post: Arc<dyn Post>,
    answered: Answered,
    under_way: UnderWay,
    /// The receiver that was served last: the next one is served first.
    served_last: String,
}

impl Courier {
    /// A courier that tells receivers through `post`.
    #[must_use]
    pub fn new(post: impl Post) -> Self {
        Self {
            policy: None,
            requests: Requests::new(),
            post: Arc::new(post),
            answered: Answered::default(),
            under_way: UnderWay::default(),
            served_last: String::new(),
        }
    }

    fn receiver(&self, key: &str) -> Option<&Receiver> {
        self.policy.as_ref()?.receivers.receivers.get(key)
    }

    fn take_request(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        let (fact, now) = (input.fact, input.log_time);
        let policy = self.policy.as_ref().ok_or_else(Refusal::no_policy)?;
        let Body::NotificationRequested(request) = &fact.body else {
            return Ok(Vec::new());
        };
        let Some(receiver) = self.receiver(&request.receiver) else {
            let (version, error) = (&policy.version, NO_RECEIVER.to_owned());
            return Ok(vec![failed(
                fact,
                now,
                version,
                &request.receiver,
                0,
                error,
            )]);
        };
        match receiver.channel {
            Channel::Console => {
                let body = Body::Notified(shown(&receiver.key, 1));
                Ok(vec![outcome(fact, now, &policy.version, body)])
            }
            Channel::Webhook { .. } => {
                let travelled = posthouse_wire::encode(fact);
                self.requests
                    .add(view, fact.id, &request.receiver, travelled, now)?;
                Ok(Vec::new())
            }
        }
    }

    /// The errand for the next attempt of a request.
    fn errand(&self, id: FactId, pending: &Pending, now: Timestamp) -> Option<Errand> {
        let (fact, request) = read_request(pending)?;
        let attempt = pending.attempts + 1;
        let job = Job {
            parcel: Parcel::new(&fact, &request, attempt),
            receiver: self
                .receiver(&request.receiver)
                .cloned()
                .ok_or(request.receiver),
            attempt,
            possible_duplicate: pending.attempts > self.answered.count(id),
            at: now,
            version: self.policy.as_ref()?.version.clone(),
            post: Arc::clone(&self.post),
            answered: self.answered.clone(),
            _place: self.under_way.place(&pending.receiver, id),
            fact,
        };
        Some(Errand {
            id,
            attempt,
            work: Box::new(move || job.run().boxed()),
        })
    }

    /// What is to be tried now. Receivers take turns, and each has so many attempts under way at
    /// most, so that those that never answer leave room for the others.
    fn choose(&mut self, view: &View, now: Timestamp, room: usize) -> Result<Vec<Errand>, Refusal> {
        let mut errands = Vec::new();
        let receivers =
            self.requests
                .receivers(view, &self.served_last, limits::RECEIVERS_PER_STEP_MAX)?;
        for receiver in receivers {
            let under_way = self.under_way.of(&receiver);
            let free = limits::RECEIVER_ERRANDS_MAX.saturating_sub(under_way.len());
            let free = free.min(room - errands.len());
            if free == 0 {
                continue;
            }
            // What is under way stays ready until its claim was seen.
            let ready = self
                .requests
                .ready(view, &receiver, free + under_way.len())?;
            let next = ready
                .iter()
                .filter(|(id, _)| !under_way.contains(id))
                .take(free);
            errands.extend(next.filter_map(|(id, pending)| self.errand(*id, pending, now)));
            self.served_last = receiver;
            if errands.len() >= room {
                break;
            }
        }
        Ok(errands)
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
        &[
            FactKind::NotificationRequested,
            FactKind::Notified,
            FactKind::NotificationFailed,
        ]
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
                self.requests.settle(view, request, input.log_time)?;
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
        let expired = self
            .requests
            .expire(view, now, loop_limits::RINGS_PER_STEP_MAX)?;
        for (id, pending) in expired {
            let Some((fact, request)) = read_request(&pending) else {
                continue;
            };
            let attempts = pending.attempts;
            let error = match self.receiver(&request.receiver) {
                Some(receiver) if attempts < receiver.attempts_max => continue,
                Some(_) => format!("{attempts} attempts without success"),
                None => NO_RECEIVER.to_owned(),
            };
            self.requests.settle(view, id, now)?;
            let (version, key) = (&policy.version, &request.receiver);
            outputs.push(failed(&fact, now, version, key, attempts, error));
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
        let receivers = self
            .policy
            .as_ref()
            .map(|policy| &policy.receivers.receivers);
        self.requests
            .claimed(view, errand, attempt, log_time, receivers)
    }

    fn errands(&mut self, view: &View, now: Timestamp, room: usize) -> Vec<Errand> {
        self.choose(view, now, room).unwrap_or_else(|refusal| {
            // The next input reads the same view, and starts the loop anew.
            tracing::warn!(reason = %refusal, "ready requests cannot be read");
            Vec::new()
        })
    }
}

fn read_request(pending: &Pending) -> Option<(Fact, NotificationRequested)> {
    let fact = posthouse_wire::decode(&pending.request).ok()?;
    let Body::NotificationRequested(request) = &fact.body else {
        return None;
    };
    let request = request.clone();
    Some((fact, request))
}
