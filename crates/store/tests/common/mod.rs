//! A story that a store tells, so that a reader can see whether part of it is missing.
//!
//! Batch *n* writes its number to the commit row, and to one row of 64 in each of two tables,
//! and removes another. From the commit row alone follows what every other row must be.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::Path;

use posthouse_store::{Error, Opened, Options, SledStore, Store, Table, Write};

pub(crate) const STATE: Table = Table::new("state");
pub(crate) const INDEX: Table = Table::new("index");
pub(crate) const COMMIT: Table = Table::new("commit");

const SLOTS: u64 = 64;

pub(crate) fn open(dir: &Path) -> Result<Opened<SledStore>, Error> {
    let mut options = Options::new(1, &[STATE, INDEX, COMMIT]);
    options.cache_bytes_max = posthouse_store::limits::CACHE_BYTES_LEAST;
    options.flush_every_ms = 20;
    SledStore::open(dir, &options)
}

/// Batch `n` of the story; the first is 1.
pub(crate) fn tell(store: &dyn Store, n: u64) -> Result<(), Error> {
    let slot = n % SLOTS;
    store.apply(&[
        Write::Put {
            table: STATE,
            key: key(slot),
            value: value(n),
        },
        Write::Put {
            table: INDEX,
            key: key(n),
            value: vec![],
        },
        Write::Delete {
            table: INDEX,
            key: key(n.saturating_sub(SLOTS)),
        },
        Write::Put {
            table: COMMIT,
            key: b"seq".to_vec(),
            value: n.to_be_bytes().to_vec(),
        },
    ])
}

/// The number of the last batch that the store holds, or what contradicts it.
pub(crate) fn hear(store: &dyn Store) -> Result<Result<u64, String>, Error> {
    let last = store.get(COMMIT, b"seq")?.map_or(0, |bytes| number(&bytes));
    let first = last.saturating_sub(SLOTS - 1).max(1);
    let mut state: Vec<_> = (first..=last).map(|n| (key(n % SLOTS), value(n))).collect();
    state.sort();
    if store.scan(STATE, b"", None, 1_000)? != state {
        return Ok(Err(format!("state does not follow from commit {last}")));
    }
    let index: Vec<_> = (first..=last).map(|n| (key(n), vec![])).collect();
    if store.scan(INDEX, b"", None, 1_000)? != index {
        return Ok(Err(format!("index does not follow from commit {last}")));
    }
    Ok(Ok(last))
}

fn key(n: u64) -> Vec<u8> {
    n.to_be_bytes().to_vec()
}

fn value(n: u64) -> Vec<u8> {
    n.to_be_bytes().repeat(25)
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes.try_into().unwrap())
}
