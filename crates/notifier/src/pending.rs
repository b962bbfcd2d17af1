//! Requests that wait: for an attempt, or for the answer to one; and those that are settled.
//!
//! ```text
//! requested -> ready -> claimed: attempt n, waiting for timeout and back-off -> ready -> …
//!     \                              \-> outcome in the log: settled -> forgotten with the log
//!      \-> held in a group -> bundled: the bundle is ready, and ends with its last member
//! ```
//!
//! What moves a request is the log alone: the request, the claims, the outcome, and the time.
//!
//! # Invariants
//!
//! - A request is told once: one that is known, settled or not, is void when it comes again.
//! - A ready request has one row in `ready`, every other one entry in `wake`.
//! - Ready requests stand by receiver and then by the time since when they are ready, so that
//!   none overtakes another of its receiver.

mod patience;
mod row;

use std::collections::BTreeMap;

use posthouse_domain::notify::Receiver;
use posthouse_domain::{FactId, Timestamp};
use posthouse_runtime::{Refusal, View, WakeIndex};
use posthouse_store::Table;

use self::patience::{forgotten_at, patience_ms};
pub(crate) use self::row::{Pending, Step};
use self::row::{end_of, receiver_in};
use crate::bundle::Member;
use crate::gone::GONE;
use crate::groups::GROUP_TABLES;
use crate::limits;
use crate::preferences::PREFERENCES;
use crate::silences::SILENCES;

const PENDING: Table = Table::new("pending");
const READY: Table = Table::new("ready");
const WAKE: Table = Table::new("wake");
/// How many members of a bundle have no outcome yet.
const LEFT: Table = Table::new("left");
/// The tables of the view.
pub(crate) const TABLES: &[Table] = &{
    let [groups, members, group_wake, told] = GROUP_TABLES;
    [
        PENDING,
        READY,
        WAKE,
        LEFT,
        GONE,
        SILENCES,
        PREFERENCES,
        groups,
        members,
        group_wake,
        told,
    ]
};

/// The requests of a partition.
#[derive(Debug)]
pub(crate) struct Requests {
    wake: WakeIndex,
}

impl Requests {
    pub(crate) const fn new() -> Self {
        Self {
            wake: WakeIndex::new(WAKE),
        }
    }

    pub(crate) fn restored(&mut self) {
        self.wake.reset();
    }

    /// A new request is ready at once. One that is known is void.
    pub(crate) fn add(
        &mut self,
        view: &mut View,
        id: FactId,
        receiver: &str,
        request: Vec<u8>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if get(view, id)?.is_some() {
            view.note_void();
            return Ok(());
        }
        let new = Pending::new(receiver, request, Step::Ready(now), now);
        self.set(view, id, None, Some(&new))
    }

    /// Whether a request is known, settled or not.
    pub(crate) fn knows(&self, view: &View, id: FactId) -> Result<bool, Refusal> {
        Ok(get(view, id)?.is_some())
    }

    /// A new request waits in a group.
    pub(crate) fn hold(
        &mut self,
        view: &mut View,
        id: FactId,
        receiver: &str,
        request: Vec<u8>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let new = Pending::new(receiver, request, Step::Held, now);
        self.set(view, id, None, Some(&new))
    }

    /// A new request that came to nothing at once.
    pub(crate) fn drop_at_once(
        &mut self,
        view: &mut View,
        id: FactId,
        receiver: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let step = Step::Settled(forgotten_at(now));
        let new = Pending::new(receiver, Vec::new(), step, now);
        self.set(view, id, None, Some(&new))
    }

    /// Since when a request without an outcome may be told; of a bundle's member, the bundle.
    pub(crate) fn due_at(&self, view: &View, id: FactId) -> Result<Option<Timestamp>, Refusal> {
        let pending = match get(view, id)?.filter(|pending| !pending.is_settled()) {
            Some(Pending {
                step: Step::Bundled(bundle),
                ..
            }) => get(view, bundle)?,
            pending => pending,
        };
        Ok(pending.map(|pending| pending.due_at))
    }

    /// A request that waits in a group.
    pub(crate) fn held(&self, view: &View, id: FactId) -> Result<Option<Pending>, Refusal> {
        let held = get(view, id)?;
        Ok(held.filter(|pending| pending.step == Step::Held))
    }

    /// What waited in a group is told from `now` on: one request by itself, several as the bundle
    /// that stands for them.
    pub(crate) fn form(
        &mut self,
        view: &mut View,
        (bundle, travelled): (FactId, Vec<u8>),
        members: Vec<Member>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Some(first) = members.first().cloned() else {
            return Ok(());
        };
        let Some(old) = self.held(view, first.id)? else {
            return Ok(());
        };
        let ready = Pending {
            step: Step::Ready(now),
            due_at: now,
            ..old.clone()
        };
        if members.len() == 1 {
            return self.set(view, first.id, Some(&old), Some(&ready));
        }
        for member in &members {
            let Some(held) = self.held(view, member.id)? else {
                continue;
            };
            let step = Step::Bundled(bundle);
            let request = Vec::new();
            let told = Pending {
                request,
                step,
                ..held.clone()
            };
            self.set(view, member.id, Some(&held), Some(&told))?;
        }
        let left = u32::try_from(members.len()).unwrap_or(u32::MAX);
        view.put(
            LEFT,
            bundle.0.as_bytes().to_vec(),
            left.to_be_bytes().to_vec(),
        );
        let new = Pending {
            request: travelled,
            members,
            ..ready
        };
        self.set(view, bundle, None, Some(&new))
    }

    /// A member of a bundle has its outcome; the last one ends the bundle.
    fn leave(&mut self, view: &mut View, bundle: FactId) -> Result<(), Refusal> {
        let key = bundle.0.as_bytes();
        let left = view.get(LEFT, key)?;
        let left = left.and_then(|bytes| <[u8; 4]>::try_from(bytes.as_slice()).ok());
        let left = left.map_or(0, u32::from_be_bytes).saturating_sub(1);
        if left > 0 {
            view.put(LEFT, key.to_vec(), left.to_be_bytes().to_vec());
            return Ok(());
        }
        view.delete(LEFT, key.to_vec());
        match get(view, bundle)? {
            Some(old) => self.set(view, bundle, Some(&old), None),
            None => Ok(()),
        }
    }

    /// An attempt was claimed at `log_time`: wait for its outcome, then try again. The receiver
    /// may be missing among the policy's meanwhile.
    pub(crate) fn claimed(
        &mut self,
        view: &mut View,
        id: FactId,
        attempt: u32,
        log_time: Timestamp,
        receivers: Option<&BTreeMap<String, Receiver>>,
    ) -> Result<(), Refusal> {
        let Some(old) = get(view, id)?.filter(|pending| !pending.is_settled()) else {
            return Ok(());
        };
        let receiver = receivers.and_then(|receivers| receivers.get(&old.receiver));
        let patience_ms = receiver.map_or(limits::NO_RECEIVER_PATIENCE_MS, |receiver| {
            patience_ms(receiver, id, attempt)
        });
        let new = Pending {
            attempts: old.attempts.max(attempt),
            step: Step::Claimed(log_time.plus_millis(patience_ms)),
            ..old.clone()
        };
        self.set(view, id, Some(&old), Some(&new))
    }

    /// The request has an outcome.
    pub(crate) fn settle(
        &mut self,
        view: &mut View,
        id: FactId,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Some(old) = get(view, id)?.filter(|pending| !pending.is_settled()) else {
            return Ok(());
        };
        let step = Step::Settled(forgotten_at(now));
        let new = Pending {
            request: Vec::new(),
            step,
            ..old.clone()
        };
        self.set(view, id, Some(&old), Some(&new))?;
        match old.step {
            Step::Bundled(bundle) => self.leave(view, bundle),
            _ => Ok(()),
        }
    }

    /// No attempt of a request, or of the bundle with this identity, is left.
    pub(crate) fn give_up(
        &mut self,
        view: &mut View,
        id: FactId,
        pending: &Pending,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if pending.members.is_empty() {
            return self.settle(view, id, now);
        }
        for member in &pending.members {
            self.settle(view, member.id, now)?;
        }
        Ok(())
    }

    /// The next instant at which an attempt is given up or a request forgotten.
    pub(crate) fn next_wake(&mut self, view: &View) -> Option<Timestamp> {
        // A view that cannot be read is due at once: the ring finds out, and the loop starts anew.
        self.wake.earliest(view).unwrap_or(Some(Timestamp::MIN))
    }

    /// Requests whose last attempt was given up before `now`, each made ready again. Forgets
    /// settled ones on the way.
    pub(crate) fn expire(
        &mut self,
        view: &mut View,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(FactId, Pending)>, Refusal> {
        let mut expired = Vec::new();
        for (at, key) in self.wake.due(view, now, limit)? {
            let known = fact_id(&key).map(|id| Ok::<_, Refusal>((id, get(view, id)?)));
            let Some((id, Some(old))) = known.transpose()? else {
                self.wake.set(view, &key, Some(at), None);
                continue;
            };
            if old.is_settled() {
                self.set(view, id, Some(&old), None)?;
                continue;
            }
            let new = Pending {
                step: Step::Ready(at),
                ..old.clone()
            };
            self.set(view, id, Some(&old), Some(&new))?;
            expired.push((id, new));
        }
        Ok(expired)
    }

    /// Receivers with ready requests, at most `limit`, those after `last` first.
    pub(crate) fn receivers(
        &self,
        view: &View,
        last: &str,
        limit: usize,
    ) -> Result<Vec<String>, Refusal> {
        let mut receivers: Vec<String> = Vec::new();
        let (mut from, mut is_second_round) = (end_of(last), last.is_empty());
        while receivers.len() < limit {
            let next = view.first(READY, &from)?;
            let Some(receiver) = next.as_ref().and_then(|(key, _)| receiver_in(key)) else {
                if is_second_round {
                    break;
                }
                is_second_round = true;
                from.clear();
                continue;
            };
            if receivers.first().is_some_and(|first| first == receiver) {
                break;
            }
            from = end_of(receiver);
            receivers.push(receiver.to_owned());
        }
        Ok(receivers)
    }

    /// Ready requests of a receiver, those that have waited longest first.
    pub(crate) fn ready(
        &self,
        view: &View,
        receiver: &str,
        limit: usize,
    ) -> Result<Vec<(FactId, Pending)>, Refusal> {
        let mut ready = Vec::new();
        let from = [receiver.as_bytes(), &[0]].concat();
        for (key, _) in view.scan(READY, &from, Some(&end_of(receiver)), limit)? {
            let Some(id) = key.last_chunk::<16>().and_then(|id| fact_id(id)) else {
                continue;
            };
            if let Some(pending) = get(view, id)? {
                ready.push((id, pending));
            }
        }
        Ok(ready)
    }

    /// Moves a request from one step to the next, in its row and in both indexes.
    fn set(
        &mut self,
        view: &mut View,
        id: FactId,
        old: Option<&Pending>,
        new: Option<&Pending>,
    ) -> Result<(), Refusal> {
        let wake = |pending: Option<&Pending>| pending.and_then(Pending::wake);
        self.wake.set(view, id.0.as_bytes(), wake(old), wake(new));
        if let Some(key) = old.and_then(|old| old.ready_key(id)) {
            view.delete(READY, key);
        }
        let Some(new) = new else {
            view.delete(PENDING, id.0.as_bytes().to_vec());
            return Ok(());
        };
        if let Some(key) = new.ready_key(id) {
            view.put(READY, key, Vec::new());
        }
        let bytes = postcard::to_stdvec(new)
            .map_err(|error| Refusal::new(Refusal::VIEW, format!("write request {id}: {error}")))?;
        view.put(PENDING, id.0.as_bytes().to_vec(), bytes);
        Ok(())
    }
}

fn get(view: &View, id: FactId) -> Result<Option<Pending>, Refusal> {
    let Some(bytes) = view.get(PENDING, id.0.as_bytes())? else {
        return Ok(None);
    };
    let read = postcard::from_bytes(&bytes);
    read.map(Some)
        .map_err(|error| Refusal::new(Refusal::VIEW, format!("read request {id}: {error}")))
}

fn fact_id(bytes: &[u8]) -> Option<FactId> {
    bytes
        .try_into()
        .ok()
        .map(|bytes| FactId(posthouse_domain::ids::Uuid::from_bytes(bytes)))
}

#[cfg(test)]
mod tests;
