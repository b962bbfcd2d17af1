//! What a store accepts: the same rules for every store, checked before anything is changed.

use std::collections::BTreeSet;

use crate::{Error, Table, Write, limits};

/// The tables of a store.
#[derive(Clone, Debug)]
pub(crate) struct Tables(BTreeSet<Table>);

impl Tables {
    pub(crate) fn declare(tables: &[Table]) -> Result<Self, Error> {
        if tables.is_empty() || tables.len() > limits::TABLES_MAX {
            let why = format!(
                "{} tables; 1 to {} allowed",
                tables.len(),
                limits::TABLES_MAX
            );
            return Err(Error::BadOptions { why });
        }
        if let Some(table) = tables.iter().find(|table| !table.is_valid()) {
            let why = format!(
                "table name {:?}; 1 to 32 bytes of a-z and _ allowed",
                table.0
            );
            return Err(Error::BadOptions { why });
        }
        let declared: BTreeSet<Table> = tables.iter().copied().collect();
        if declared.len() < tables.len() {
            return Err(Error::BadOptions {
                why: "a table is declared twice".to_owned(),
            });
        }
        Ok(Self(declared))
    }

    pub(crate) fn knows(&self, table: Table) -> Result<(), Error> {
        if self.0.contains(&table) {
            Ok(())
        } else {
            Err(Error::UnknownTable { table })
        }
    }

    pub(crate) fn accepts_batch(&self, batch: &[Write]) -> Result<(), Error> {
        within("a batch", "changes", batch.len(), limits::BATCH_ROWS_MAX)?;
        let mut bytes = 0;
        for write in batch {
            self.knows(write.table())?;
            accepts_key(write.key())?;
            let value_bytes = write.value().map_or(0, <[u8]>::len);
            within("a value", "bytes", value_bytes, limits::VALUE_BYTES_MAX)?;
            bytes += write.key().len() + value_bytes;
        }
        within("a batch", "bytes", bytes, limits::BATCH_BYTES_MAX)
    }
}

pub(crate) fn accepts_key(key: &[u8]) -> Result<(), Error> {
    within("a key", "bytes", key.len(), limits::KEY_BYTES_MAX)
}

pub(crate) fn accepts_limit(limit: usize) -> Result<(), Error> {
    within("a scan", "rows", limit, limits::SCAN_ROWS_MAX)
}

fn within(what: &'static str, unit: &'static str, actual: usize, max: usize) -> Result<(), Error> {
    if actual > max {
        Err(Error::TooLarge {
            what,
            unit,
            actual,
            max,
        })
    } else {
        Ok(())
    }
}
