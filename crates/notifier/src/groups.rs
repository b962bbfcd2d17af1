//! Groups: what waits for a receiver, until it may be told together.
//!
//! ```text
//! request -> joins its group -> due: by wait, interval, hours, limit or the end of a hold
//!                                 \-> a bundle is formed, and the group waits for the next
//! ```
//!
//! # Invariants
//!
//! - When a group is told follows from the log's times alone: it is the instant at which it fell
//!   due, not the one at which somebody noticed. Groups that are due ring one after the other, in
//!   the order of their instants; so a replay forms the same bundles.
//! - What a limit keeps waiting goes to one group of the receiver, and out in one message.
//! - A group without members is remembered for as long as its interval runs, and no longer.

mod rows;

use posthouse_domain::notify::{Pace, Waiting, Why};
use posthouse_domain::{FactId, Timestamp};
use posthouse_runtime::{Refusal, View, WakeIndex};

pub(crate) use self::rows::{GROUP_TABLES, Group};
use self::rows::{
    GROUP_WAKE, GROUPS, MEMBERS, due, group_id, member_end, member_key, note_told, read, told,
    write,
};
use crate::limits;

/// The group of a receiver that takes what its limit keeps waiting.
const OVER_THE_LIMIT: &str = "over the limit";

/// A request that joins a group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Joins<'a> {
    pub(crate) receiver: &'a str,
    pub(crate) key: &'a str,
    pub(crate) id: FactId,
    pub(crate) urgent: bool,
    pub(crate) held_until: Option<Timestamp>,
    pub(crate) now: Timestamp,
}

/// A group that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flushed {
    pub(crate) receiver: String,
    pub(crate) key: String,
    /// When it fell due.
    pub(crate) at: Timestamp,
    /// Its requests, those that waited longest first.
    pub(crate) members: Vec<FactId>,
}

/// The groups of a partition.
#[derive(Debug)]
pub(crate) struct Groups {
    wake: WakeIndex,
}

impl Groups {
    pub(crate) const fn new() -> Self {
        Self {
            wake: WakeIndex::new(GROUP_WAKE),
        }
    }

    pub(crate) fn restored(&mut self) {
        self.wake.reset();
    }

    /// When to look at a group next.
    pub(crate) fn next_wake(&mut self, view: &View) -> Option<Timestamp> {
        self.wake.earliest(view).unwrap_or(Some(Timestamp::MIN))
    }

    /// Whether a receiver that groups nothing may be told at `now`, without waiting; notes it.
    pub(crate) fn may_tell(
        &self,
        view: &mut View,
        pace: &Pace,
        joins: Joins<'_>,
    ) -> Result<bool, Refusal> {
        if pace.group.is_some() {
            return Ok(false);
        }
        let waiting = Waiting {
            since: joins.now,
            told_at: None,
            urgent_at: joins.urgent.then_some(joins.now),
            held_until: None,
        };
        let told = told(view, joins.receiver)?;
        let is_free = pace.due(&waiting, &told).at <= joins.now;
        if is_free {
            note_told(view, pace, joins.receiver, joins.now)?;
        }
        Ok(is_free)
    }

    /// A request joins a group.
    pub(crate) fn join(
        &mut self,
        view: &mut View,
        pace: &Pace,
        joins: Joins<'_>,
    ) -> Result<(), Refusal> {
        let id = group_id(joins.receiver, joins.key);
        let old: Option<Group> = read(view, GROUPS, id.0.as_bytes())?;
        let mut group = old.unwrap_or_else(|| Group {
            receiver: joins.receiver.to_owned(),
            key: joins.key.to_owned(),
            members: 0,
            since: joins.now,
            told_at: None,
            urgent_at: None,
            held_until: None,
            wake_at: None,
        });
        if group.members == 0 {
            group.since = joins.now;
        }
        group.members += 1;
        group.held_until = joins.held_until.or(group.held_until);
        if joins.urgent {
            group.urgent_at = group.urgent_at.or(Some(joins.now));
        }
        let is_full = group.members as usize >= limits::GROUP_MEMBERS_MAX;
        let wake_at = match is_full && group.held_until.is_none() {
            true => joins.now,
            false => due(view, pace, &group)?.0,
        };
        view.put(MEMBERS, member_key(id, joins.now, joins.id), Vec::new());
        self.set(view, id, group, Some(wake_at))
    }

    /// What holds a group is over: it is due at `now`, as far as hours and limits go.
    pub(crate) fn release(
        &mut self,
        view: &mut View,
        pace: &Pace,
        (receiver, key): (&str, &str),
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let id = group_id(receiver, key);
        let Some(mut group) = read::<Group>(view, GROUPS, id.0.as_bytes())? else {
            return Ok(());
        };
        group.held_until = Some(now);
        let (at, _) = due(view, pace, &group)?;
        self.set(view, id, group, Some(at))
    }

    /// When a group is due, and what it waits for; `None` for one that is not there.
    pub(crate) fn waits(
        &self,
        view: &View,
        pace: &Pace,
        (receiver, key): (&str, &str),
    ) -> Result<Option<(Timestamp, Why)>, Refusal> {
        let id = group_id(receiver, key);
        let group: Option<Group> = read(view, GROUPS, id.0.as_bytes())?;
        group.map(|group| due(view, pace, &group)).transpose()
    }

    /// The group that falls due first, before `now`, with its instant.
    pub(crate) fn first_due(
        &self,
        view: &View,
        now: Timestamp,
    ) -> Result<Option<(Timestamp, FactId, Group)>, Refusal> {
        let Some((at, key)) = self.wake.due(view, now, 1)?.into_iter().next() else {
            return Ok(None);
        };
        let id = <[u8; 16]>::try_from(key.as_slice())
            .map(|bytes| FactId(posthouse_domain::ids::Uuid::from_bytes(bytes)))
            .map_err(|_| Refusal::new(Refusal::VIEW, "read a group's wake-up".to_owned()))?;
        let group = read(view, GROUPS, &key)?
            .ok_or_else(|| Refusal::new(Refusal::VIEW, format!("group {id} is missing")))?;
        Ok(Some((at, id, group)))
    }

    /// A group that was due at `at`: tells it, or lets it wait on.
    pub(crate) fn ring(
        &mut self,
        view: &mut View,
        pace: &Pace,
        (at, id, mut group): (Timestamp, FactId, Group),
    ) -> Result<Option<Flushed>, Refusal> {
        if group.members == 0 {
            self.forget(view, id, &group);
            return Ok(None);
        }
        let is_full = group.members as usize >= limits::GROUP_MEMBERS_MAX;
        let (due_at, why) = due(view, pace, &group)?;
        let waits_on = due_at > at && !(is_full && matches!(why, Why::Group | Why::Interval));
        if waits_on && why == Why::Limit && group.key != OVER_THE_LIMIT {
            self.overflow(view, pace, id, group, at)?;
            return Ok(None);
        }
        if waits_on {
            self.set(view, id, group, Some(due_at))?;
            return Ok(None);
        }
        let members = self.take(view, id, &mut group, limits::GROUP_MEMBERS_MAX)?;
        note_told(view, pace, &group.receiver, at)?;
        group.told_at = Some(at);
        group.since = at;
        if group.members == 0 {
            group.urgent_at = None;
        }
        let flushed = Flushed {
            receiver: group.receiver.clone(),
            key: group.key.clone(),
            at,
            members,
        };
        self.settle(view, pace, id, group, at)?;
        Ok(Some(flushed))
    }

    /// What a group does after it was told: waits for its next members, or is forgotten.
    fn settle(
        &mut self,
        view: &mut View,
        pace: &Pace,
        id: FactId,
        group: Group,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        if group.members > 0 {
            let next = due(view, pace, &group)?.0;
            return self.set(view, id, group, Some(next));
        }
        let interval_ms = pace.group.as_ref().map_or(0, |group| group.interval_ms);
        if interval_ms == 0 || group.held_until.is_some() {
            self.forget(view, id, &group);
            return Ok(());
        }
        self.set(view, id, group, Some(at.plus_millis(interval_ms)))
    }

    /// Moves what a limit keeps waiting to the group for such, so that it goes out together.
    fn overflow(
        &mut self,
        view: &mut View,
        pace: &Pace,
        id: FactId,
        mut group: Group,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        let moved = self.take(view, id, &mut group, limits::GROUP_MEMBERS_MAX)?;
        for member in moved {
            let joins = Joins {
                receiver: &group.receiver,
                key: OVER_THE_LIMIT,
                id: member,
                urgent: group.urgent_at.is_some(),
                held_until: Some(at),
                now: at,
            };
            self.join(view, pace, joins)?;
        }
        if group.members > 0 {
            return self.set(view, id, group, Some(at));
        }
        group.urgent_at = None;
        self.settle(view, pace, id, group, at)
    }

    /// Takes members out of a group, those that waited longest first.
    fn take(
        &self,
        view: &mut View,
        id: FactId,
        group: &mut Group,
        limit: usize,
    ) -> Result<Vec<FactId>, Refusal> {
        let from = id.0.as_bytes().as_slice();
        let to = member_end(id);
        let rows = view.scan(MEMBERS, from, to.as_deref(), limit)?;
        let mut members = Vec::with_capacity(rows.len());
        for (key, _) in rows {
            if let Some(bytes) = key.last_chunk::<16>() {
                let uuid = posthouse_domain::ids::Uuid::from_bytes(*bytes);
                members.push(FactId(uuid));
            }
            view.delete(MEMBERS, key);
        }
        let taken = u32::try_from(members.len()).unwrap_or(u32::MAX);
        group.members = match taken {
            0 => 0,
            taken => group.members.saturating_sub(taken),
        };
        Ok(members)
    }

    fn set(
        &mut self,
        view: &mut View,
        id: FactId,
        mut group: Group,
        wake_at: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        self.wake.set(view, id.0.as_bytes(), group.wake_at, wake_at);
        group.wake_at = wake_at;
        write(view, GROUPS, id.0.as_bytes(), &group)
    }

    fn forget(&mut self, view: &mut View, id: FactId, group: &Group) {
        self.wake.set(view, id.0.as_bytes(), group.wake_at, None);
        view.delete(GROUPS, id.0.as_bytes().to_vec());
    }
}

#[cfg(test)]
mod tests;
