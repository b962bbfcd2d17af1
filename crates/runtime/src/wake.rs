//! An index of when to look at what again, kept in a view.
//!
//! Keys are the instant (big-endian, so that they sort) and the identity; values are empty. The
//! earliest instant is remembered, so that asking for it costs nothing; and so is the place from
//! which on there is anything at all, so that a burst that rings in many steps does not look
//! through what it deleted before, which the store still has until the next commit.

use posthouse_domain::Timestamp;
use posthouse_store::{Error, Table};

use crate::View;

/// An index of wake-ups in one table of a view.
#[derive(Clone, Debug)]
pub struct WakeIndex {
    table: Table,
    /// The earliest wake-up, once it was looked up.
    earliest: Option<Option<Timestamp>>,
    /// No wake-up has a key below this.
    floor: Vec<u8>,
}

impl WakeIndex {
    /// The index in `table`.
    #[must_use]
    pub const fn new(table: Table) -> Self {
        Self {
            table,
            earliest: None,
            floor: Vec::new(),
        }
    }

    /// Forgets what was remembered, because the view changed underneath.
    pub fn reset(&mut self) {
        self.earliest = None;
        self.floor.clear();
    }

    /// Moves the wake-up of `id` from `old` to `new`.
    pub fn set(
        &mut self,
        view: &mut View,
        id: &[u8],
        old: Option<Timestamp>,
        new: Option<Timestamp>,
    ) {
        if old == new {
            return;
        }
        if let Some(old) = old {
            view.delete(self.table, key(old, id));
            if self.earliest == Some(Some(old)) {
                self.earliest = None;
            }
        }
        if let Some(new) = new {
            let key = key(new, id);
            if key < self.floor {
                self.floor.clone_from(&key);
            }
            view.put(self.table, key, Vec::new());
            if let Some(known) = self.earliest {
                self.earliest = Some(Some(known.map_or(new, |known| known.min(new))));
            }
        }
    }

    /// The earliest wake-up.
    ///
    /// # Errors
    ///
    /// As the store.
    pub fn earliest(&mut self, view: &View) -> Result<Option<Timestamp>, Error> {
        if let Some(known) = self.earliest {
            return Ok(known);
        }
        let first = view.first(self.table, &self.floor)?;
        let at = first.as_ref().and_then(|(key, _)| instant(key));
        if let Some((key, _)) = first {
            self.floor = key;
        }
        self.earliest = Some(at);
        Ok(at)
    }

    /// What fell due strictly before `now`, the earliest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// As the store.
    pub fn due(
        &self,
        view: &View,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, Vec<u8>)>, Error> {
        let rows = view.scan(self.table, &self.floor, Some(&key(now, &[])), limit)?;
        Ok(rows
            .into_iter()
            .filter_map(|(key, _)| Some((instant(&key)?, key[8..].to_vec())))
            .collect())
    }
}

/// The instant with its sign flipped, so that bytes sort as instants do; then the identity.
fn key(at: Timestamp, id: &[u8]) -> Vec<u8> {
    let sortable = at.as_millis().cast_unsigned() ^ (1 << 63);
    [&sortable.to_be_bytes(), id].concat()
}

fn instant(key: &[u8]) -> Option<Timestamp> {
    let sortable = u64::from_be_bytes(key.get(..8)?.try_into().ok()?);
    Some(Timestamp::from_millis((sortable ^ (1 << 63)).cast_signed()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use posthouse_store::MemoryStore;

    use super::*;

    const WAKE: Table = Table::new("wake");

    #[test]
    fn the_earliest_is_known_through_every_change() {
        let mut view = View::new(Arc::new(MemoryStore::new(&[WAKE]).unwrap()));
        let mut index = WakeIndex::new(WAKE);
        let at = |ms| Some(Timestamp::from_millis(ms));
        assert_eq!(index.earliest(&view).unwrap(), None);
        index.set(&mut view, b"a", None, at(5));
        index.set(&mut view, b"b", None, at(-3));
        assert_eq!(index.earliest(&view).unwrap(), at(-3));
        index.set(&mut view, b"b", at(-3), at(9));
        assert_eq!(index.earliest(&view).unwrap(), at(5));
        assert_eq!(
            index.due(&view, Timestamp::from_millis(5), 9).unwrap(),
            vec![]
        );
        let due = index.due(&view, Timestamp::from_millis(10), 9).unwrap();
        assert_eq!(due.len(), 2);
        assert_eq!(due[0], (Timestamp::from_millis(5), b"a".to_vec()));
        index.set(&mut view, b"a", at(5), None);
        index.set(&mut view, b"b", at(9), None);
        assert_eq!(index.earliest(&view).unwrap(), None);
    }

    #[test]
    fn what_is_set_behind_the_place_it_begins_at_is_found() {
        let mut view = View::new(Arc::new(MemoryStore::new(&[WAKE]).unwrap()));
        let mut index = WakeIndex::new(WAKE);
        let at = |ms| Some(Timestamp::from_millis(ms));
        for id in 0..10_u8 {
            index.set(&mut view, &[id], None, at(5));
        }
        index.set(&mut view, &[0], at(5), None);
        assert_eq!(index.earliest(&view).unwrap(), at(5));
        index.set(&mut view, &[1], at(5), at(9));
        assert_eq!(index.earliest(&view).unwrap(), at(5));
        index.set(&mut view, &[0], None, at(5));
        index.set(&mut view, &[20], None, at(-5));
        let due = index.due(&view, Timestamp::MAX, 99).unwrap();
        let ids: Vec<u8> = due.iter().map(|(_, id)| id[0]).collect();
        assert_eq!(ids, [20, 0, 2, 3, 4, 5, 6, 7, 8, 9, 1]);
        index.reset();
        assert_eq!(index.due(&view, Timestamp::MAX, 99).unwrap(), due);
    }
}
