//! Telling receivers: convert, decide, convert; errands do the rest.

mod waiting;
mod waits;

use std::sync::Arc;

use futures::FutureExt;
use posthouse_domain::notify::{Channel, Receiver};
use posthouse_domain::ticket::{Body, Fact, FactKind, NotificationFailed, NotificationRequested};
use posthouse_domain::{FactId, Timestamp};
use posthouse_policy::Policy;
use posthouse_runtime::{Errand, Handler, Input, Refusal, View, limits as loop_limits};
use posthouse_store::Table;
use posthouse_templates::Link;

use crate::breaker::{Breakers, Room, endpoint};
use crate::bundle::spread;
use crate::errand::{
    Answered, DISABLED, Job, NO_RECEIVER, TOO_LATE, Task, UnderWay, failed, outcome, shown,
};
use crate::gone;
use crate::groups::Groups;
use crate::limits;
use crate::offers::Offers;
use crate::parcel::{Attempt, Parcel};
use crate::pending::{Pending, Requests, TABLES};
use crate::post::Post;
use crate::preferences;
use crate::silences::Known;
use crate::telemetry::Telemetry;

pub use waits::Waits;

/// The version of the view's format.
const SCHEMA: u32 = 4;

/// The courier of one receiver partition.
#[derive(Debug)]
pub struct Courier {
    policy: Option<Arc<Policy>>,
    requests: Requests,
    groups: Groups,
    silences: Known,
    post: Arc<dyn Post>,
    offers: Option<Offers>,
    answered: Answered,
    under_way: UnderWay,
    breakers: Breakers,
    /// What operators measure, if anybody does.
    telemetry: Option<Telemetry>,
    /// The receiver that was served last: the next one is served first.
    served_last: String,
    /// When it rang last: an endpoint that may be asked since then is asked with the errands, and
    /// needs no further wake-up.
    rang_at: Timestamp,
}

impl Courier {
    /// A courier that tells receivers through `post`.
    #[must_use]
    pub fn new(post: impl Post) -> Self {
        Self {
            policy: None,
            requests: Requests::new(),
            groups: Groups::new(),
            silences: Known::default(),
            post: Arc::new(post),
            offers: None,
            answered: Answered::default(),
            under_way: UnderWay::default(),
            breakers: Breakers::default(),
            telemetry: None,
            served_last: String::new(),
            rang_at: Timestamp::MIN,
        }
    }

    /// Puts links into messages.
    #[must_use]
    pub fn offering(mut self, offers: Option<Offers>) -> Self {
        self.offers = offers;
        self
    }

    /// Counts for operators.
    #[must_use]
    pub fn measuring(mut self, telemetry: Telemetry) -> Self {
        self.telemetry = Some(telemetry);
        self
    }

    /// Counts the outcome of a request as it stands in the log. What was told at once waited for
    /// nothing, so it was due when it was decided.
    fn count(&self, view: &View, request: FactId, outcome: Input<'_>) -> Result<(), Refusal> {
        let Some(telemetry) = &self.telemetry else {
            return Ok(());
        };
        let body = &outcome.fact.body;
        let key = match body {
            Body::Notified(body) => &body.receiver,
            Body::NotificationFailed(body) => &body.receiver,
            Body::NotificationSuppressed(body) => &body.receiver,
            _ => return Ok(()),
        };
        let channel = self.receiver(key).map(|receiver| &receiver.channel);
        let due_at = self.requests.due_at(view, request)?;
        let due_at = due_at.unwrap_or(outcome.fact.at);
        telemetry.concluded(body, channel, due_at, outcome.log_time);
        Ok(())
    }

    fn links(
        &self,
        receiver: &Receiver,
        fact: &Fact,
        request: &NotificationRequested,
    ) -> Vec<Link> {
        let offers = self.offers.as_ref().zip(self.policy.as_ref());
        offers.map_or_else(Vec::new, |(offers, policy)| {
            offers.links(policy, receiver, fact, request)
        })
    }

    fn receiver(&self, key: &str) -> Option<&Receiver> {
        self.policy.as_ref()?.receivers.receivers.get(key)
    }

    fn take_request(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        let now = input.log_time;
        let policy = self.in_force()?;
        let reworded = preferences::reworded(view, &policy, input.fact)?;
        let fact = reworded.as_ref().unwrap_or(input.fact);
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
        let (key, channel) = (receiver.key.clone(), receiver.channel.clone());
        let version = policy.version.clone();
        if self.requests.knows(view, fact.id)? {
            view.note_void();
            return Ok(Vec::new());
        }
        if let Some(outputs) = self.mute_new(view, (fact, request), &channel, now)? {
            return Ok(outputs);
        }
        if channel == Channel::Console {
            let body = Body::Notified(shown(&key, 1));
            return Ok(vec![outcome(fact, now, &version, body)]);
        }
        self.wait(view, fact, request, now)?;
        Ok(Vec::new())
    }

    /// The errand for the next attempt of a request.
    fn errand(
        &self,
        view: &View,
        ready: &(FactId, Pending),
        now: Timestamp,
    ) -> Result<Option<Errand>, Refusal> {
        let (id, pending) = (ready.0, &ready.1);
        let (Some(policy), Some((fact, request))) = (&self.policy, read_request(pending)) else {
            return Ok(None);
        };
        let attempt = Attempt {
            number: pending.attempts + 1,
            possible_duplicate: pending.attempts > self.answered.count(id),
        };
        let ticket = fact.ticket;
        let job = Job {
            task: self.task(view, (&fact, &request), pending, attempt, now)?,
            members: pending.members.clone(),
            attempt: attempt.number,
            possible_duplicate: attempt.possible_duplicate,
            at: now,
            version: policy.version.clone(),
            post: Arc::clone(&self.post),
            answered: self.answered.clone(),
            breakers: self.breakers.clone(),
            telemetry: self.telemetry.clone(),
            _place: self.under_way.place(&pending.receiver, id),
            fact,
        };
        Ok(Some(Errand {
            id,
            attempt: attempt.number,
            ticket,
            work: Box::new(move || job.run().boxed()),
        }))
    }

    /// What is to be done about a request now.
    fn task(
        &self,
        view: &View,
        (fact, request): (&Fact, &NotificationRequested),
        pending: &Pending,
        attempt: Attempt,
        now: Timestamp,
    ) -> Result<Task, Refusal> {
        let why_not = match self.receiver(&request.receiver) {
            None => NO_RECEIVER,
            Some(receiver) if gone::is_gone(view, receiver)? => DISABLED,
            Some(receiver) if is_late(pending, receiver, now) => TOO_LATE,
            Some(receiver) => {
                let channel = Some(&receiver.channel);
                let links = self.links(receiver, fact, request);
                let replies = self.offers.as_ref();
                let replies = replies.and_then(|it| it.replies_to(receiver, fact.ticket));
                let parcel = Parcel::new(fact, request, channel, attempt, links);
                let parcel = parcel.replying_to(replies);
                return Ok(Task::Tell(Box::new(receiver.clone()), Box::new(parcel)));
            }
        };
        Ok(Task::Conclude {
            receiver: request.receiver.clone(),
            error: why_not.to_owned(),
        })
    }

    /// Remembers who said that they want no more, at the address that they still have.
    fn note_gone(
        &self,
        view: &mut View,
        outcome: &Fact,
        failed: &NotificationFailed,
    ) -> Result<(), Refusal> {
        let Some(policy) = self
            .policy
            .as_ref()
            .filter(|it| it.version == outcome.policy)
        else {
            return Ok(());
        };
        match policy.receivers.receivers.get(&failed.receiver) {
            Some(receiver) if gone::says_so(&failed.error) => gone::note(view, receiver),
            _ => Ok(()),
        }
    }

    /// What is to be tried now. Receivers take turns, and each has so many attempts under way at
    /// most, so that those that never answer leave room for the others.
    fn choose(&mut self, view: &View, now: Timestamp, room: usize) -> Result<Vec<Errand>, Refusal> {
        let mut errands = Vec::new();
        let receivers =
            self.requests
                .receivers(view, &self.served_last, limits::RECEIVERS_PER_STEP_MAX)?;
        for receiver in receivers {
            let room = room - errands.len();
            errands.extend(self.choose_of(view, &receiver, now, room)?);
            self.served_last = receiver;
            if errands.len() >= room {
                break;
            }
        }
        Ok(errands)
    }

    /// What is to be tried of one receiver.
    fn choose_of(
        &self,
        view: &View,
        key: &str,
        now: Timestamp,
        room: usize,
    ) -> Result<Vec<Errand>, Refusal> {
        let under_way = self.under_way.of(key);
        let free = limits::RECEIVER_ERRANDS_MAX.saturating_sub(under_way.len());
        let free = free.min(room);
        if free == 0 {
            return Ok(Vec::new());
        }
        // What is under way stays ready until its claim was seen.
        let mut ready = self.requests.ready(view, key, free + under_way.len())?;
        ready.retain(|(id, _)| !under_way.contains(id));
        ready.truncate(free);
        if let Some(receiver) = self.receiver(key) {
            self.hold_back(receiver, &mut ready, now);
        }
        let errands = ready.iter().map(|ready| self.errand(view, ready, now));
        errands.filter_map(Result::transpose).collect()
    }

    /// Leaves of the ready requests what its endpoint may be asked, and what is too late anyway.
    fn hold_back(&self, receiver: &Receiver, ready: &mut Vec<(FactId, Pending)>, now: Timestamp) {
        let mut askers = match self.breakers.room(&endpoint(receiver), now) {
            Room::All => return,
            Room::One => 1,
            Room::Nobody => 0,
        };
        ready.retain(|(_, pending)| {
            let late = is_late(pending, receiver, now);
            if !late && askers > 0 {
                askers -= 1;
                self.breakers.probe(receiver, now);
                return true;
            }
            late
        });
    }

    /// When the first endpoint that is left alone may be asked again, of those for which
    /// something waits.
    fn next_probe(&self, view: &View) -> Option<Timestamp> {
        if !self.breakers.any_open() {
            return None;
        }
        // A view that cannot be read is found out by the requests' own wake.
        let waiting = self
            .requests
            .receivers(view, "", limits::RECEIVERS_PER_STEP_MAX);
        let waiting = waiting.unwrap_or_default();
        let known = waiting.iter().filter_map(|key| self.receiver(key));
        known
            .filter_map(|receiver| self.breakers.open_until(&endpoint(receiver)))
            .filter(|until| *until >= self.rang_at)
            .min()
    }
}

/// Whether it is too late to tell of a request.
fn is_late(request: &Pending, receiver: &Receiver, now: Timestamp) -> bool {
    now.millis_since(request.due_at) > i64::from(receiver.give_up_ms)
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
            FactKind::NotificationSuppressed,
            FactKind::Silenced,
            FactKind::Unsilenced,
            FactKind::Resilenced,
            FactKind::Preferred,
        ]
    }

    fn produces(&self) -> &'static [FactKind] {
        &[
            FactKind::Notified,
            FactKind::NotificationFailed,
            FactKind::NotificationSuppressed,
        ]
    }

    fn restored(&mut self) {
        self.requests.restored();
        self.groups.restored();
        self.silences.restored();
    }

    fn counting(&mut self, counts: bool) {
        if let Some(telemetry) = &mut self.telemetry {
            telemetry.counting(counts);
        }
    }

    fn activate(&mut self, policy: &Arc<Policy>) {
        self.policy = Some(Arc::clone(policy));
    }

    fn handle(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        match (&input.fact.body, input.fact.cause) {
            (Body::Preferred(said), _) => {
                preferences::take(view, input.fact, said, input.log_time)?;
                Ok(Vec::new())
            }
            (Body::Silenced(_) | Body::Unsilenced(_) | Body::Resilenced(_), _) => {
                self.take_silence(view, input)?;
                Ok(Vec::new())
            }
            (Body::NotificationSuppressed(_), Some(request)) => {
                self.count(view, request, input)?;
                self.requests.settle(view, request, input.log_time)?;
                Ok(Vec::new())
            }
            (outcome @ (Body::Notified(_) | Body::NotificationFailed(_)), Some(request)) => {
                if let Body::NotificationFailed(failed) = outcome {
                    self.note_gone(view, input.fact, failed)?;
                }
                self.count(view, request, input)?;
                self.requests.settle(view, request, input.log_time)?;
                Ok(Vec::new())
            }
            _ => self.take_request(view, input),
        }
    }

    fn next_wake(&mut self, view: &View) -> Option<Timestamp> {
        let (request, probe) = (self.requests.next_wake(view), self.next_probe(view));
        let group = self.groups.next_wake(view);
        request.into_iter().chain(probe).chain(group).min()
    }

    fn ring(&mut self, view: &mut View, now: Timestamp) -> Result<Vec<Fact>, Refusal> {
        let policy = self.policy.clone().ok_or_else(Refusal::no_policy)?;
        self.rang_at = now;
        let mut outputs = self.ring_groups(view, now)?;
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
            self.requests.give_up(view, id, &pending, now)?;
            let (version, key) = (&policy.version, &request.receiver);
            let outcome = failed(&fact, now, version, key, attempts, error);
            outputs.extend(spread(outcome, &pending.members));
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
