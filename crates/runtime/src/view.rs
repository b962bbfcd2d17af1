//! A view: what a handler remembers of its partition, in step with the log.
//!
//! What the handler writes is visible to it at once, and reaches the store only when the
//! outputs of the input that caused it are in the log. Until then it lives in an overlay, with
//! the input that wrote it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Bound;
use std::sync::Arc;

use posthouse_store::{Error, Row, Store, Table, Write};

use crate::limits;

/// An uncommitted row (`None`: deleted), and the number of the input that wrote it last.
type Pending = (Option<Vec<u8>>, u64);

/// A store with uncommitted changes on top.
#[derive(Debug)]
pub struct View {
    store: Arc<dyn Store>,
    overlay: BTreeMap<(Table, Vec<u8>), Pending>,
    /// What the current input wrote, in order.
    current: Vec<Write>,
    /// The number of the current input.
    input: u64,
    /// How many inputs were void since somebody asked.
    void: u64,
}

impl View {
    /// A view on top of `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            overlay: BTreeMap::new(),
            current: Vec::new(),
            input: 0,
            void: 0,
        }
    }

    /// The value of a row.
    ///
    /// # Errors
    ///
    /// As the store.
    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        match self.overlay_value(table, key) {
            Some(value) => Ok(value.clone()),
            None => self.store.get(table, key),
        }
    }

    /// Sets a row.
    pub fn put(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>) {
        self.overlay
            .insert((table, key.clone()), (Some(value.clone()), self.input));
        self.current.push(Write::Put { table, key, value });
    }

    /// Deletes a row.
    pub fn delete(&mut self, table: Table, key: Vec<u8>) {
        self.overlay
            .insert((table, key.clone()), (None, self.input));
        self.current.push(Write::Delete { table, key });
    }

    /// Rows with `key >= from` (and `< to`, if given), ascending, at most `limit`.
    ///
    /// # Errors
    ///
    /// As the store.
    pub fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let mut rows: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        let (mut next, mut page) = (from.to_vec(), limit);
        // Rows of the store may be deleted above it, so more may be wanted than the limit: then
        // many may be, as after a burst of timers, and are read by the page.
        loop {
            let stored = self.store.scan(table, &next, to, page)?;
            let last = stored.last().map(|(key, _)| key.clone());
            let is_all = stored.len() < page;
            for (key, value) in stored {
                if self.overlay_value(table, &key).is_none() {
                    rows.insert(key, value);
                }
            }
            match last {
                Some(mut last) if !is_all && rows.len() < limit => {
                    last.push(0);
                    (next, page) = (last, page.max(limits::VIEW_ROWS_PER_PAGE));
                }
                _ => break,
            }
        }
        let lower = Bound::Included((table, from.to_vec()));
        let mut live = 0;
        for ((row_table, key), (value, _)) in self.overlay.range((lower, Bound::Unbounded)) {
            let is_past = *row_table != table || to.is_some_and(|to| key.as_slice() >= to);
            if is_past || live == limit {
                break;
            }
            if let Some(value) = value {
                rows.insert(key.clone(), value.clone());
                live += 1;
            }
        }
        Ok(rows.into_iter().take(limit).collect())
    }

    /// The first row at or after `from`.
    ///
    /// # Errors
    ///
    /// As the store.
    pub fn first(&self, table: Table, from: &[u8]) -> Result<Option<Row>, Error> {
        Ok(self.scan(table, from, None, 1)?.into_iter().next())
    }

    /// What was written, in order, for whoever commits it without the worker loop.
    #[must_use]
    pub fn into_writes(self) -> Vec<Write> {
        self.current
    }

    /// Notes that the current input was void: it changed nothing that counts.
    pub const fn note_void(&mut self) {
        self.void += 1;
    }

    /// How many inputs were void since this was last asked.
    pub(crate) const fn take_void(&mut self) -> u64 {
        std::mem::replace(&mut self.void, 0)
    }

    /// Begins the changes of the input with this number; numbers grow.
    pub(crate) fn begin(&mut self, input: u64) {
        debug_assert!(self.current.is_empty(), "the input before was finished");
        self.input = input;
    }

    /// Ends the changes of the current input and hands them over for the commit.
    pub(crate) fn finish(&mut self) -> Vec<Write> {
        std::mem::take(&mut self.current)
    }

    /// Undoes the changes of the current input. `pending` are the changes of earlier inputs
    /// that are not committed yet, in order, with the numbers of their inputs.
    pub(crate) fn undo<'a>(&mut self, pending: impl Iterator<Item = (u64, &'a [Write])>) {
        if self.current.is_empty() {
            return;
        }
        self.current.clear();
        self.overlay.clear();
        for (input, writes) in pending {
            for write in writes {
                let value = write.value().map(<[u8]>::to_vec);
                self.overlay
                    .insert((write.table(), write.key().to_vec()), (value, input));
            }
        }
    }

    /// Forgets the overlay of `writes`, which are in the store now, where no later input than
    /// `through` wrote over it.
    pub(crate) fn committed(&mut self, writes: &[Write], through: u64) {
        for write in writes {
            if let Entry::Occupied(entry) =
                self.overlay.entry((write.table(), write.key().to_vec()))
                && entry.get().1 <= through
            {
                entry.remove();
            }
        }
    }

    /// Forgets everything that is not committed.
    pub(crate) fn reset(&mut self) {
        self.overlay.clear();
        self.current.clear();
    }

    /// The store underneath: the view as of the commit point.
    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    fn overlay_value(&self, table: Table, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        if self.overlay.is_empty() {
            return None;
        }
        self.overlay
            .get(&(table, key.to_vec()))
            .map(|(value, _)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use posthouse_store::MemoryStore;

    const T: Table = Table::new("t");

    fn view() -> View {
        let store = MemoryStore::new(&[T]).unwrap();
        store
            .apply(&[
                Write::Put {
                    table: T,
                    key: vec![1],
                    value: vec![1],
                },
                Write::Put {
                    table: T,
                    key: vec![3],
                    value: vec![3],
                },
                Write::Put {
                    table: T,
                    key: vec![5],
                    value: vec![5],
                },
            ])
            .unwrap();
        View::new(Arc::new(store))
    }

    #[test]
    fn the_overlay_hides_what_is_stored() {
        let mut view = view();
        view.begin(1);
        view.delete(T, vec![1]);
        view.put(T, vec![2], vec![22]);
        view.put(T, vec![3], vec![33]);
        let rows = view.scan(T, &[], None, 2).unwrap();
        assert_eq!(rows, vec![(vec![2], vec![22]), (vec![3], vec![33])]);
        assert_eq!(view.first(T, &[]).unwrap().unwrap().0, vec![2]);
        assert_eq!(view.scan(T, &[2], Some(&[5]), 9).unwrap().len(), 2);
        assert_eq!(view.get(T, &[1]).unwrap(), None);
        assert_eq!(view.get(T, &[5]).unwrap(), Some(vec![5]));
    }

    #[test]
    fn rows_behind_many_deleted_ones_are_found() {
        let rows: Vec<Write> = (0..1_000_u16)
            .map(|row| Write::Put {
                table: T,
                key: row.to_be_bytes().to_vec(),
                value: Vec::new(),
            })
            .collect();
        let store = MemoryStore::new(&[T]).unwrap();
        store.apply(&rows).unwrap();
        let mut view = View::new(Arc::new(store));
        view.begin(1);
        for row in 0..900_u16 {
            view.delete(T, row.to_be_bytes().to_vec());
        }
        view.put(T, vec![0, 7, 7], vec![1]);
        let keys = |limit| {
            let rows = view.scan(T, &[], None, limit).unwrap();
            rows.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
        };
        let expected = [vec![0, 7, 7], vec![3, 0x84], vec![3, 0x85]];
        assert_eq!(keys(1), expected[..1]);
        assert_eq!(keys(3), expected);
        assert_eq!(keys(2_000).len(), 101);
    }

    #[test]
    fn undo_keeps_what_earlier_inputs_wrote() {
        let mut view = view();
        view.begin(1);
        view.put(T, vec![2], vec![22]);
        let first = view.finish();
        view.begin(2);
        view.put(T, vec![2], vec![23]);
        view.undo([(1, first.as_slice())].into_iter());
        assert_eq!(view.get(T, &[2]).unwrap(), Some(vec![22]));
    }

    #[test]
    fn a_commit_keeps_what_later_inputs_wrote() {
        let mut view = view();
        view.begin(1);
        view.put(T, vec![2], vec![22]);
        let first = view.finish();
        view.begin(2);
        view.put(T, vec![2], vec![23]);
        let second = view.finish();
        view.store().apply(&first).unwrap();
        view.committed(&first, 1);
        assert_eq!(view.get(T, &[2]).unwrap(), Some(vec![23]));
        view.store().apply(&second).unwrap();
        view.committed(&second, 2);
        assert!(view.overlay.is_empty());
        assert_eq!(view.get(T, &[2]).unwrap(), Some(vec![23]));
    }
}
