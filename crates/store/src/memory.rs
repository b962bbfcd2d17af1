//! A store without a disk, for tests and simulation.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::check::{self, Tables};
use crate::{Error, Row, Store, Table, Write};

type Rows = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

/// Rows in a `BTreeMap`. It forgets everything when dropped, and `flush` promises nothing.
#[derive(Debug)]
pub struct MemoryStore {
    tables: Tables,
    rows: RwLock<Rows>,
}

impl MemoryStore {
    /// Makes an empty store with the given tables.
    ///
    /// # Errors
    ///
    /// [`Error::BadOptions`] when the tables break the rules of [`crate::Options`].
    pub fn new(tables: &[Table]) -> Result<Self, Error> {
        Ok(Self {
            tables: Tables::declare(tables)?,
            rows: RwLock::default(),
        })
    }

    // Nothing between lock and unlock can panic half way, so a poisoned lock is still whole.
    fn read(&self) -> RwLockReadGuard<'_, Rows> {
        self.rows.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Rows> {
        self.rows.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.tables.knows(table)?;
        check::accepts_key(key)?;
        Ok(self.read().get(&(table, key.to_vec())).cloned())
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        self.tables.knows(table)?;
        check::accepts_limit(limit)?;
        let start = Bound::Included((table, from.to_vec()));
        let rows = self.read();
        Ok(rows
            .range((start, Bound::Unbounded))
            .take_while(|((of, key), _)| *of == table && to.is_none_or(|to| key.as_slice() < to))
            .take(limit)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect())
    }

    fn apply(&self, batch: &[Write]) -> Result<(), Error> {
        self.tables.accepts_batch(batch)?;
        let mut rows = self.write();
        for write in batch {
            match write.clone() {
                Write::Put { table, key, value } => {
                    rows.insert((table, key), value);
                }
                Write::Delete { table, key } => {
                    rows.remove(&(table, key));
                }
            }
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), Error> {
        Ok(())
    }

    fn clear(&self) -> Result<(), Error> {
        self.write().clear();
        Ok(())
    }

    fn answers_at_once(&self) -> bool {
        true
    }

    fn bytes_on_disk(&self) -> Result<u64, Error> {
        let rows = self.read();
        let bytes: usize = rows
            .iter()
            .map(|((_, key), value)| key.len() + value.len())
            .sum();
        Ok(u64::try_from(bytes).unwrap_or(u64::MAX))
    }
}
