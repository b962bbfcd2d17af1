//! What the view keeps of groups: its tables, their rows and their keys.

use posthouse_bus::Role;
use posthouse_domain::notify::{Pace, Waiting, Why};
use posthouse_domain::{FactId, Timestamp};
use posthouse_runtime::{Refusal, View};
use posthouse_store::Table;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Groups, by identity.
pub(super) const GROUPS: Table = Table::new("groups");
/// The members of groups: group, since when, request.
pub(super) const MEMBERS: Table = Table::new("members");
/// When to look at a group again.
pub(super) const GROUP_WAKE: Table = Table::new("group_wake");
/// When receivers were told last, where a limit wants to know.
pub(super) const TOLD: Table = Table::new("told");
/// The tables of the view that are groups'.
pub(crate) const GROUP_TABLES: [Table; 4] = [GROUPS, MEMBERS, GROUP_WAKE, TOLD];

/// What waits together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) receiver: String,
    /// What its members have in common, or what holds them.
    pub(crate) key: String,
    pub(super) members: u32,
    /// Since when its first member waits; meaningless without any.
    pub(super) since: Timestamp,
    pub(super) told_at: Option<Timestamp>,
    pub(super) urgent_at: Option<Timestamp>,
    pub(super) held_until: Option<Timestamp>,
    /// When to look at it again.
    pub(super) wake_at: Option<Timestamp>,
}

/// When a group is due, and what it waits for.
pub(super) fn due(view: &View, pace: &Pace, group: &Group) -> Result<(Timestamp, Why), Refusal> {
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
pub(super) fn told(view: &View, receiver: &str) -> Result<Vec<Timestamp>, Refusal> {
    let known = read(view, TOLD, receiver.as_bytes())?;
    Ok(known.unwrap_or_default())
}

pub(super) fn note_told(
    view: &mut View,
    pace: &Pace,
    receiver: &str,
    at: Timestamp,
) -> Result<(), Refusal> {
    let Some(limit) = &pace.limit else {
        return Ok(());
    };
    let mut told = told(view, receiver)?;
    limit.note(&mut told, at);
    write(view, TOLD, receiver.as_bytes(), &told)
}

/// The identity of a group.
pub(super) fn group_id(receiver: &str, key: &str) -> FactId {
    FactId::from_command(&[Role::Courier.as_str(), "group", receiver, key])
}

pub(super) fn member_key(group: FactId, since: Timestamp, id: FactId) -> Vec<u8> {
    let sortable = since.as_millis().cast_unsigned() ^ (1 << 63);
    let parts: [&[u8]; 3] = [group.0.as_bytes(), &sortable.to_be_bytes(), id.0.as_bytes()];
    parts.concat()
}

/// The key after all members of a group; `None` after the last group there could be.
pub(super) fn member_end(group: FactId) -> Option<Vec<u8>> {
    let next = group.0.as_u128().checked_add(1)?;
    Some(next.to_be_bytes().to_vec())
}

pub(super) fn read<T: DeserializeOwned>(
    view: &View,
    table: Table,
    key: &[u8],
) -> Result<Option<T>, Refusal> {
    let Some(bytes) = view.get(table, key)? else {
        return Ok(None);
    };
    let read = postcard::from_bytes(&bytes);
    read.map(Some)
        .map_err(|error| Refusal::new(Refusal::VIEW, format!("read a row of {table:?}: {error}")))
}

pub(super) fn write<T: Serialize>(
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
