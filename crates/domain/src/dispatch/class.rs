//! Tickets of one demand and one urgency, in order.
//!
//! # Invariants
//!
//! - `first` is the first entry of all; `soon` the first that was not late at `as_of`, which never
//!   moves back. Between two changes both are read without looking into the tree.

use std::collections::BTreeSet;

use crate::ids::{TicketId, Uuid};

/// A ticket's place in its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// Its deadline or when it came, in milliseconds, as the order of the policy says.
    pub(super) rank: i64,
    pub(super) ticket: TicketId,
    /// Where its record is.
    pub(super) slot: usize,
}

/// The tickets.
#[derive(Clone, Debug)]
pub(super) struct Class {
    /// The number of its urgency.
    pub(super) urgency: usize,
    tree: BTreeSet<Entry>,
    first: Option<Entry>,
    soon: Option<Entry>,
    as_of: i64,
}

impl Class {
    pub(super) const fn new(urgency: usize) -> Self {
        Self {
            urgency,
            tree: BTreeSet::new(),
            first: None,
            soon: None,
            as_of: i64::MIN,
        }
    }

    pub(super) fn insert(&mut self, entry: Entry) {
        self.tree.insert(entry);
        if self.first.is_none_or(|first| entry < first) {
            self.first = Some(entry);
        }
        if entry.rank >= self.as_of && self.soon.is_none_or(|soon| entry < soon) {
            self.soon = Some(entry);
        }
    }

    pub(super) fn remove(&mut self, entry: Entry) {
        self.tree.remove(&entry);
        if self.first == Some(entry) {
            self.first = self.tree.first().copied();
        }
        if self.soon == Some(entry) {
            self.soon = self.tree.range(entry..).next().copied();
        }
    }

    /// The first of all.
    pub(super) const fn first(&self) -> Option<Entry> {
        self.first
    }

    /// The first that was not late when that was last asked.
    pub(super) const fn last_soon(&self) -> Option<Entry> {
        self.soon
    }

    /// The first whose rank is at or after `now`; asked of classes in the order of deadlines.
    pub(super) fn soon(&mut self, now: i64) -> Option<Entry> {
        if self.as_of < now {
            self.as_of = now;
            if self.soon.is_some_and(|soon| soon.rank < now) {
                self.soon = self.tree.range(from(now)..).next().copied();
            }
        }
        self.soon
    }

    /// The same, without remembering it.
    pub(super) fn seen_soon(&self, now: i64) -> Option<Entry> {
        match self.soon {
            None if self.as_of <= now => None,
            Some(soon) if self.as_of <= now && soon.rank >= now => Some(soon),
            _ => self.tree.range(from(now)..).next().copied(),
        }
    }

    /// The first from `from` on for which `holds`; looks past at most `past_max` others.
    pub(super) fn first_from(
        &self,
        from: Entry,
        past_max: usize,
        mut holds: impl FnMut(&Entry) -> bool,
    ) -> Option<Entry> {
        let mut all = self.tree.range(from..).take(past_max + 1);
        all.find(|entry| holds(entry)).copied()
    }
}

/// The first place of all with that rank.
const fn from(rank: i64) -> Entry {
    Entry {
        rank,
        ticket: TicketId(Uuid::nil()),
        slot: 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(rank: i64, slot: usize) -> Entry {
        Entry {
            rank,
            ticket: TicketId(Uuid::from_u128(slot as u128)),
            slot,
        }
    }

    proptest! {
        #[test]
        fn heads_are_those_of_the_list(
            steps in prop::collection::vec((any::<bool>(), 0_i64..50, 0_usize..20, 0_i64..4), 1..80),
        ) {
            let (mut class, mut list, mut now) = (Class::new(0), BTreeSet::new(), 0);
            for (adds, rank, slot, passed) in steps {
                now += passed;
                let entry = entry(rank, slot);
                if adds {
                    class.insert(entry);
                    list.insert(entry);
                } else if list.remove(&entry) {
                    class.remove(entry);
                }
                prop_assert_eq!(class.first(), list.first().copied());
                let soon = list.iter().find(|entry| entry.rank >= now).copied();
                prop_assert_eq!(class.seen_soon(now), soon);
                prop_assert_eq!(class.soon(now), soon);
            }
        }
    }
}
