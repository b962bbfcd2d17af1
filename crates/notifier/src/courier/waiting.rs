//! What becomes of a request before anybody is told: it is ready, waits for its group, is held,
//! or comes to nothing. What decides is in `domain::notify`; here it meets the view.

use std::sync::Arc;

use posthouse_domain::Timestamp;
use posthouse_domain::notify::silence::{self, incident_key, silence_key};
use posthouse_domain::notify::{Afterwards, Channel, Mute, Pace};
use posthouse_domain::ticket::{Fact, NotificationRequested};
use posthouse_policy::Policy;
use posthouse_runtime::{Input, Refusal, View};

use super::{Courier, read_request};
use crate::bundle::{Member, bundle};
use crate::errand::muted;
use crate::groups::{Flushed, Joins};
use crate::limits;
use crate::preferences;

/// The pace of receivers that have none of their own.
const AT_ONCE: &Pace = &Pace {
    group: None,
    limit: None,
    hours: None,
};

impl Courier {
    pub(super) fn in_force(&self) -> Result<Arc<Policy>, Refusal> {
        self.policy.clone().ok_or_else(Refusal::no_policy)
    }

    /// What mutes a request at `now`: what its customer prefers, or what people, windows and
    /// incidents keep from everybody.
    pub(super) fn mute_of(
        &mut self,
        view: &View,
        policy: &Policy,
        request: &NotificationRequested,
        now: Timestamp,
    ) -> Result<Option<Mute>, Refusal> {
        if let Some(why) = preferences::withheld(view, &policy.receivers, request)? {
            return Ok(Some(Mute {
                key: String::new(),
                why,
                until: None,
                afterwards: Afterwards::Nothing,
            }));
        }
        let known = self.silences.get(view)?;
        if let Some(telemetry) = &self.telemetry {
            telemetry.silences(known.silences.len());
        }
        let manners = &policy.receivers.manners;
        Ok(silence::mute(
            request,
            now,
            known,
            &manners.folding,
            &manners.windows,
        ))
    }

    /// Looks whether a new request is muted. Gives what follows if it is. The console shows what
    /// is held at once: nobody is disturbed by it.
    pub(super) fn mute_new(
        &mut self,
        view: &mut View,
        (fact, request): (&Fact, &NotificationRequested),
        channel: &Channel,
        now: Timestamp,
    ) -> Result<Option<Vec<Fact>>, Refusal> {
        let policy = self.in_force()?;
        let Some(mute) = self.mute_of(view, &policy, request, now)? else {
            return Ok(None);
        };
        let key = &request.receiver;
        match mute.afterwards {
            Afterwards::Nothing => {
                self.requests.drop_at_once(view, fact.id, key, now)?;
                let outcome = muted(fact, now, &policy.version, request, mute.why);
                Ok(Some(vec![outcome]))
            }
            Afterwards::Tell if *channel == Channel::Console => Ok(None),
            Afterwards::Tell => {
                let travelled = posthouse_wire::encode(fact);
                self.requests.hold(view, fact.id, key, travelled, now)?;
                let joins = held_by(&mute, fact, key, now);
                self.groups.join(view, pace(&policy, key), joins)?;
                Ok(Some(Vec::new()))
            }
        }
    }

    /// A new request that nothing mutes is ready, or waits for its group.
    pub(super) fn wait(
        &mut self,
        view: &mut View,
        fact: &Fact,
        request: &NotificationRequested,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let policy = self.in_force()?;
        let pace = pace(&policy, &request.receiver);
        let key = &request.receiver;
        let travelled = posthouse_wire::encode(fact);
        let group = pace.group_of(request);
        let joins = Joins {
            receiver: key,
            key: &group,
            id: fact.id,
            urgent: request.urgent,
            held_until: None,
            now,
        };
        if pace.is_free() || self.groups.may_tell(view, pace, joins)? {
            return self.requests.add(view, fact.id, key, travelled, now);
        }
        self.requests.hold(view, fact.id, key, travelled, now)?;
        self.groups.join(view, pace, joins)
    }

    /// Somebody silenced something, or a silence or an incident is over.
    pub(super) fn take_silence(
        &mut self,
        view: &mut View,
        input: Input<'_>,
    ) -> Result<(), Refusal> {
        let now = input.log_time;
        let over = self.silences.take(view, input.fact, now)?;
        if let Some(telemetry) = &self.telemetry {
            telemetry.silences(self.silences.get(view)?.silences.len());
        }
        // Before the first policy nothing waits that could be released.
        let (Some(over), Some(policy)) = (over, self.policy.clone()) else {
            return Ok(());
        };
        for receiver in policy.receivers.receivers.keys() {
            for key in [silence_key(&over), incident_key(&over)] {
                let group = (receiver.as_str(), key.as_str());
                self.groups
                    .release(view, pace(&policy, receiver), group, now)?;
            }
        }
        Ok(())
    }

    /// Tells the groups that were due before `now`, one after the other.
    pub(super) fn ring_groups(
        &mut self,
        view: &mut View,
        now: Timestamp,
    ) -> Result<Vec<Fact>, Refusal> {
        let policy = self.in_force()?;
        let mut outputs = Vec::new();
        for _ in 0..limits::GROUPS_PER_STEP_MAX {
            let Some(due) = self.groups.first_due(view, now)? else {
                break;
            };
            let pace = pace(&policy, &due.2.receiver);
            if let Some(flushed) = self.groups.ring(view, pace, due)? {
                outputs.extend(self.tell(view, &policy, flushed)?);
            }
        }
        Ok(outputs)
    }

    /// Makes a bundle of a group, without what was muted meanwhile.
    fn tell(
        &mut self,
        view: &mut View,
        policy: &Policy,
        flushed: Flushed,
    ) -> Result<Vec<Fact>, Refusal> {
        let (mut told, mut outputs) = (Vec::new(), Vec::new());
        for id in flushed.members {
            let held = self.requests.held(view, id)?;
            let Some((fact, request)) = held.as_ref().and_then(read_request) else {
                continue;
            };
            // What held it this long holds it no longer.
            let mute = self.mute_of(view, policy, &request, flushed.at)?;
            match mute.filter(|mute| mute.key != flushed.key) {
                None => told.push((fact, request)),
                Some(mute) if mute.afterwards == Afterwards::Nothing => {
                    self.requests.settle(view, id, flushed.at)?;
                    let version = &policy.version;
                    outputs.push(muted(&fact, flushed.at, version, &request, mute.why));
                }
                Some(mute) => {
                    let joins = held_by(&mute, &fact, &flushed.receiver, flushed.at);
                    let pace = pace(policy, &flushed.receiver);
                    self.groups.join(view, pace, joins)?;
                }
            }
        }
        if let Some(bundle) = bundle(policy, &told, flushed.at) {
            let members = told.iter().map(|(fact, _)| Member::of(fact)).collect();
            let travelled = (bundle.id, posthouse_wire::encode(&bundle));
            self.requests.form(view, travelled, members, flushed.at)?;
        }
        Ok(outputs)
    }
}

/// A request joins what the same mute holds.
fn held_by<'a>(mute: &'a Mute, fact: &Fact, receiver: &'a str, now: Timestamp) -> Joins<'a> {
    let until = mute.until.unwrap_or(now.plus_millis(limits::HELD_MS_MAX));
    Joins {
        receiver,
        key: &mute.key,
        id: fact.id,
        urgent: false,
        held_until: Some(until),
        now,
    }
}

/// The pace of a receiver.
pub(super) fn pace<'p>(policy: &'p Policy, receiver: &str) -> &'p Pace {
    let known = policy.receivers.manners.paces.get(receiver);
    known.unwrap_or(AT_ONCE)
}
