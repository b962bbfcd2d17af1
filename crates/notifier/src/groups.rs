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

use posthouse_bus::Role;
use posthouse_domain::notify::{Pace, Waiting, Why};
use posthouse_domain::{FactId, Timestamp};
use posthouse_runtime::{Refusal, View, WakeIndex};
use posthouse_store::Table;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::limits;

/// Groups, by identity.
const GROUPS: Table = Table::new("groups");
/// The members of groups: group, since when, request.
const MEMBERS: Table = Table::new("members");
/// When to look at a group again.
const GROUP_WAKE: Table = Table::new("group_wake");
/// When receivers were told last, where a limit wants to know.
const TOLD: Table = Table::new("told");
/// The tables of the view that are groups'.
pub(crate) const GROUP_TABLES: [Table; 4] = [GROUPS, MEMBERS, GROUP_WAKE, TOLD];

/// The group of a receiver that takes what its limit keeps waiting.
const OVER_THE_LIMIT: &str = "over the limit";

/// What waits together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) receiver: String,
    /// What its members have in common, or what holds them.
    pub(crate) key: String,
    members: u32,
    /// Since when its first member waits; meaningless without any.
    since: Timestamp,
    told_at: Option<Timestamp>,
    urgent_at: Option<Timestamp>,
    held_until: Option<Timestamp>,
    /// When to look at it again.
    wake_at: Option<Timestamp>,
}

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

/// When a group is due, and what it waits for.
fn due(view: &View, pace: &Pace, group: &Group) -> Result<(Timestamp, Why), Refusal> {
    let waiting = Waiting {
        since: group.since,
        told_at: group.told_at,
        urgent_at: group.urgent_at,
        held_until: group.held_until,
    };
    let due = pace.due(&waiting, &told(view, &group.receiver)?);
    Ok((due.at, due.why))
}

/// When a receiver was told last, as far as its limit wants to know.
fn told(view: &View, receiver: &str) -> Result<Vec<Timestamp>, Refusal> {
    let known = read(view, TOLD, receiver.as_bytes())?;
    Ok(known.unwrap_or_default())
}

fn note_told(view: &mut View, pace: &Pace, receiver: &str, at: Timestamp) -> Result<(), Refusal> {
    let Some(limit) = &pace.limit else {
        return Ok(());
    };
    let mut told = told(view, receiver)?;
    limit.note(&mut told, at);
    write(view, TOLD, receiver.as_bytes(), &told)
}

/// The identity of a group.
fn group_id(receiver: &str, key: &str) -> FactId {
    FactId::from_command(&[Role::Courier.as_str(), "group", receiver, key])
}

fn member_key(group: FactId, since: Timestamp, id: FactId) -> Vec<u8> {
    let sortable = since.as_millis().cast_unsigned() ^ (1 << 63);
    let parts: [&[u8]; 3] = [group.0.as_bytes(), &sortable.to_be_bytes(), id.0.as_bytes()];
    parts.concat()
}

/// The key after all members of a group; `None` after the last group there could be.
fn member_end(group: FactId) -> Option<Vec<u8>> {
    let next = group.0.as_u128().checked_add(1)?;
    Some(next.to_be_bytes().to_vec())
}

fn read<T: DeserializeOwned>(view: &View, table: Table, key: &[u8]) -> Result<Option<T>, Refusal> {
    let Some(bytes) = view.get(table, key)? else {
        return Ok(None);
    };
    let read = postcard::from_bytes(&bytes);
    read.map(Some)
        .map_err(|error| Refusal::new(Refusal::VIEW, format!("read a row of {table:?}: {error}")))
}

fn write<T: Serialize>(
    view: &mut View,
    table: Table,
    key: &[u8],
    value: &T,
) -> Result<(), Refusal> {
    let bytes = postcard::to_stdvec(value).map_err(|error| {
        Refusal::new(Refusal::VIEW, format!("write a row of {table:?}: {error}"))
    })?;
    view.put(table, key.to_vec(), bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use posthouse_domain::ids::Uuid;
    use posthouse_domain::notify::{Field, Grouping, Limit};
    use posthouse_store::{MemoryStore, Write};

    use super::*;

    const MINUTE_MS: i64 = 60_000;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * MINUTE_MS)
    }

    fn id(number: u128) -> FactId {
        FactId(Uuid::from_u128(number))
    }

    fn pace() -> Pace {
        Pace {
            group: Some(Grouping {
                by: vec![Field::Customer],
                wait_ms: MINUTE_MS,
                interval_ms: 5 * MINUTE_MS,
            }),
            limit: None,
            hours: None,
        }
    }

    fn ground() -> (Groups, View) {
        let store = MemoryStore::new(&GROUP_TABLES).unwrap();
        (Groups::new(), View::new(Arc::new(store)))
    }

    fn join(groups: &mut Groups, view: &mut View, pace: &Pace, key: &str, number: u128, now: i64) {
        let joins = Joins {
            receiver: "ops",
            key,
            id: id(number),
            urgent: false,
            held_until: None,
            now: at(now),
        };
        groups.join(view, pace, joins).unwrap();
    }

    /// Rings everything that is due before `now`: when each group was told, and of how many.
    fn ring(groups: &mut Groups, view: &mut View, pace: &Pace, now: i64) -> Vec<(i64, usize)> {
        let mut told = Vec::new();
        while let Some(due) = groups.first_due(view, at(now)).unwrap() {
            if let Some(flushed) = groups.ring(view, pace, due).unwrap() {
                told.push((flushed.at.as_millis() / MINUTE_MS, flushed.members.len()));
            }
        }
        told
    }

    /// However late it is rung, and in however many steps, the groups are the same.
    #[test]
    fn a_late_ring_tells_as_one_in_time_would_have() {
        let play = |rings: &[i64]| {
            let ((mut groups, mut view), pace) = (ground(), pace());
            let mut told = Vec::new();
            let mut rings = rings.iter().copied().peekable();
            for (number, (minute, key)) in [(0, "a"), (0, "b"), (3, "a"), (9, "a")]
                .into_iter()
                .enumerate()
            {
                while let Some(now) = rings.next_if(|now| *now <= minute) {
                    told.extend(ring(&mut groups, &mut view, &pace, now));
                }
                // What was due before an input rings before it.
                told.extend(ring(&mut groups, &mut view, &pace, minute));
                join(&mut groups, &mut view, &pace, key, number as u128, minute);
            }
            told.extend(ring(&mut groups, &mut view, &pace, 60));
            assert_eq!(groups.next_wake(&view), None, "nothing is left behind");
            assert_eq!(view.scan(GROUPS, &[], None, 9).unwrap(), vec![]);
            assert_eq!(view.scan(MEMBERS, &[], None, 9).unwrap(), vec![]);
            told
        };
        let told = play(&[]);
        assert_eq!(told, [(1, 1), (1, 1), (6, 1), (11, 1)]);
        assert_eq!(play(&[1, 2, 5, 7, 8]), told);
    }

    #[test]
    fn a_full_group_is_told_at_once_and_in_parts() {
        let ((mut groups, mut view), pace) = (ground(), pace());
        let count = u128::try_from(limits::GROUP_MEMBERS_MAX).unwrap() + 5;
        for number in 0..count {
            join(&mut groups, &mut view, &pace, "a", number, 0);
        }
        let told = ring(&mut groups, &mut view, &pace, 60);
        assert_eq!(told, [(0, limits::GROUP_MEMBERS_MAX), (5, 5)]);
    }

    /// What a limit keeps waiting goes out in one message, whatever groups it was in.
    #[test]
    fn what_is_over_the_limit_goes_out_together() {
        let (mut groups, mut view) = ground();
        let limit = Limit {
            messages: 2,
            within_ms: 10 * MINUTE_MS,
        };
        let pace = Pace {
            limit: Some(limit),
            ..pace()
        };
        for (number, key) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
            join(&mut groups, &mut view, &pace, key, number as u128, 0);
        }
        let told = ring(&mut groups, &mut view, &pace, 60);
        assert_eq!(told, [(1, 1), (1, 1), (11, 3)]);
    }

    /// 100,000 groups that wait are some tens of megabytes on disk, and nothing in memory.
    #[test]
    fn a_group_that_waits_costs_few_bytes() {
        let ((mut groups, mut view), pace) = (ground(), pace());
        for number in 0..1_000_u128 {
            join(
                &mut groups,
                &mut view,
                &pace,
                &format!("customer=c-{number}"),
                number,
                0,
            );
        }
        let bytes: usize = view
            .into_writes()
            .iter()
            .map(|write| match write {
                Write::Put { key, value, .. } => key.len() + value.len(),
                Write::Delete { .. } => 0,
            })
            .sum();
        assert!(bytes / 1_000 < 200, "{} bytes a group", bytes / 1_000);
    }
}
