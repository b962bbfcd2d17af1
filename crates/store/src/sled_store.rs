//! A store on disk, kept by sled.
//!
//! # One tree, not a tree per table
//!
//! sled 0.34.7 can make a change of several rows atomic in two ways: a batch on one tree, or a
//! transaction over several trees. Both write one manifest to the log that names the last
//! record of the change, and recovery stops before a manifest whose last record is missing.
//! We use one tree with the table's name in the key ([`layout`](crate::layout)), because a
//! transaction reads every row before it writes it and holds the lock of all stores (below)
//! meanwhile, and because a tree less is a page less to read at open. Measured on a 2-core
//! machine, release build, batches of 300 puts of 100 bytes, 150 of 16 bytes and 50 deletes at
//! random among 35,000 rows a store:
//!
//! | stores, threads | one tree, batch | tree per table, transaction |
//! |---|---|---|
//! | 24, 2 | 255 batches/s, p99 12.7 ms | 216 batches/s, p99 13.8 ms |
//! | 1, 1 | 358-436 batches/s, p99 3.6-5.0 ms | 333-428 batches/s, p99 3.0-4.7 ms |
//!
//! So a single store does not care, and many stores gain a sixth. `Mode::LowSpace` and
//! `Mode::HighThroughput` were the same within the noise; space wins. 24 stores with 8 MiB of
//! cache each and 732,000 rows took 230 MiB of memory and 300 MiB of disk (with 2 MiB of cache
//! 176 MiB, and 178 batches/s); a flush after every batch costs a seventh of the speed.
//!
//! # What sled does that one should know
//!
//! - A batch takes one lock that *all* stores of the process share, and a flush holds it for
//!   reading: 24 stores apply as fast together as two do, not 24 times as fast.
//! - On Linux its flush starts writes with `sync_file_range`, which covers neither the file's
//!   length nor files of large values, so [`Store::flush`] adds the `fsync`s itself.
//! - After a write error it writes nothing more to the log, so what is on disk stays a whole
//!   number of batches. A panic in the middle of a batch gives no such assurance: then the
//!   folder is marked suspect.
//! - Its flush thread may panic too, which no caller sees; then a kill costs more, and closing
//!   hangs. Closing is therefore bounded.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::check::{self, Tables};
use crate::folder::{self, Folder};
use crate::guard::{self, Failure};
use crate::layout::{self, row_key, table_end};
use crate::open::{self, Opened, Options};
use crate::{Error, Op, Row, Store, Table, Write, limits};

/// Rows in a folder of sled's. One process at a time; see [`SledStore::open`].
pub struct SledStore {
    /// Present until dropped.
    db: Option<sled::Db>,
    /// Present until dropped.
    folder: Option<Folder>,
    path: PathBuf,
    data: PathBuf,
    tables: Tables,
    /// sled's one big file, for the `fsync` that sled does not do.
    log: File,
    /// Held by whoever writes: a batch must not land in the middle of a clear.
    writing: Mutex<()>,
    /// The failure after which nothing more is done.
    broken: OnceLock<String>,
    /// The highest large-value file known to be durable.
    blobs_synced: Mutex<i64>,
}

impl std::fmt::Debug for SledStore {
    // sled's own would print every row.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SledStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl SledStore {
    /// Opens the store in `dir`, making it if it is not there.
    ///
    /// Takes as long as sled's replay and the reading of up to
    /// [`limits::OPEN_CHECK_ROWS_MAX`] rows do, about a second for a million. Beside `dir` a
    /// lock file is made, and folders set aside; see [`Found`](crate::Found).
    ///
    /// # Errors
    ///
    /// - [`Error::BadOptions`] for options outside their bounds.
    /// - [`Error::Held`] while another process, or another store here, has the folder open.
    /// - [`Error::Io`] when the file system refuses.
    /// - [`Error::Hung`], [`Error::Corrupt`] when even an empty folder cannot be opened.
    pub fn open(dir: &Path, options: &Options) -> Result<Opened<Self>, Error> {
        open::open(dir, options)
    }

    pub(crate) fn new(
        db: sled::Db,
        folder: Folder,
        data: PathBuf,
        tables: Tables,
    ) -> Result<Self, Error> {
        let open_io = |e| folder::io_error(Op::Open, &data, e);
        let log = File::open(data.join("db")).map_err(open_io)?;
        folder::sync_dir(&data)
            .and_then(|()| folder::sync_dir(folder.path()))
            .map_err(open_io)?;
        Ok(Self {
            db: Some(db),
            path: folder.path().to_owned(),
            folder: Some(folder),
            data,
            tables,
            log,
            writing: Mutex::default(),
            broken: OnceLock::new(),
            blobs_synced: Mutex::new(i64::MIN),
        })
    }

    /// Runs sled's part of an operation: nothing on a broken store, no panic out of it.
    fn guarded<T>(
        &self,
        op: Op,
        work: impl FnOnce(&sled::Db) -> Result<T, sled::Error>,
    ) -> Result<T, Error> {
        if let Some(first) = self.broken.get() {
            return Err(Error::Broken {
                op,
                path: self.path.clone(),
                first: first.clone(),
            });
        }
        let db = self.db.as_ref().expect("present until dropped");
        let error = match guard::catch(|| work(db)) {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(sled::Error::Io(source))) if !means_damage(&source) => {
                folder::io_error(op, &self.path, source)
            }
            Ok(Err(other)) => {
                let message = guard::shortened(&other.to_string());
                Error::Corrupt {
                    op,
                    path: self.path.clone(),
                    message,
                }
            }
            Err(message) => Error::Panicked {
                op,
                path: self.path.clone(),
                message,
            },
        };
        self.fail(&error);
        Err(error)
    }

    /// Breaks the store when the error asks for it.
    fn fail(&self, error: &Error) {
        if !error.is_broken() {
            return;
        }
        tracing::error!(code = error.code(), %error, "store broken");
        let first = self.broken.set(error.to_string()).is_ok();
        let suspect = matches!(error, Error::Panicked { .. } | Error::Corrupt { .. });
        if let Some(folder) = self.folder.as_ref().filter(|_| first && suspect) {
            folder.suspect(&error.to_string());
        }
    }

    /// Makes durable what sled's flush leaves to chance.
    fn sync_files(&self) -> io::Result<()> {
        self.log.sync_data()?;
        let blobs = self.data.join("blobs");
        let mut synced = self
            .blobs_synced
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut highest = *synced;
        for number in numbers_in(&blobs)? {
            if number > *synced {
                match File::open(blobs.join(number.to_string())) {
                    Ok(file) => file.sync_all()?,
                    // The row changed again meanwhile.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
                highest = highest.max(number);
            }
        }
        if highest > *synced {
            folder::sync_dir(&blobs)?;
            *synced = highest;
        }
        Ok(())
    }
}

impl Store for SledStore {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.tables.knows(table)?;
        check::accepts_key(key)?;
        let value = self.guarded(Op::Get, |db| db.get(row_key(table, key)))?;
        Ok(value.map(|value| value.to_vec()))
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
        let start = row_key(table, from);
        let end = to.map_or_else(|| table_end(table), |to| row_key(table, to));
        if start >= end {
            return Ok(Vec::new());
        }
        self.guarded(Op::Scan, |db| {
            db.range(start..end)
                .take(limit)
                .map(|row| {
                    row.map(|(key, value)| (layout::key_of(table, &key).to_vec(), value.to_vec()))
                })
                .collect()
        })
    }

    fn apply(&self, batch: &[Write]) -> Result<(), Error> {
        self.tables.accepts_batch(batch)?;
        if batch.is_empty() {
            return Ok(());
        }
        let mut rows = sled::Batch::default();
        for write in batch {
            let key = row_key(write.table(), write.key());
            match write.value() {
                Some(value) => rows.insert(key, value),
                None => rows.remove(key),
            }
        }
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.guarded(Op::Apply, |db| db.apply_batch(rows))
    }

    fn flush(&self) -> Result<(), Error> {
        self.guarded(Op::Flush, |db| db.flush().map(drop))?;
        self.sync_files().map_err(|source| {
            let error = folder::io_error(Op::Flush, &self.data, source);
            self.fail(&error);
            error
        })
    }

    fn clear(&self) -> Result<(), Error> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.guarded(Op::Clear, remove_all)
    }

    fn bytes_on_disk(&self) -> Result<u64, Error> {
        folder::bytes_in(&self.path).map_err(|e| folder::io_error(Op::Measure, &self.path, e))
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        let Some(db) = self.db.take() else { return };
        // A sled that panicked may never close. Its folder is set aside by the next opening,
        // which need not wait for it; else the lock is held until the files are closed.
        let folder = self.folder.take().filter(|_| self.broken.get().is_none());
        close(db, folder);
    }
}

/// sled's configuration.
pub(crate) fn config(data: &Path, options: &Options) -> sled::Config {
    sled::Config::new()
        .path(data)
        .cache_capacity(options.cache_bytes_max)
        .flush_every_ms(Some(options.flush_every_ms))
        .mode(sled::Mode::LowSpace)
}

/// Closes sled, which flushes. Waits a bounded time; a sled that takes longer goes on closing
/// in its own thread, and keeps the folder until it is done.
pub(crate) fn close(db: sled::Db, folder: Option<Folder>) {
    let path = folder.as_ref().map(|folder| folder.path().to_owned());
    let closed = guard::in_thread("store-close", limits::CLOSE_MS_MAX, move || {
        drop(db);
        drop(folder);
    });
    match closed {
        Ok(()) => {}
        Err(Failure::Panicked(message)) => {
            tracing::warn!(store = ?path, message, "sled panicked while closing");
        }
        Err(Failure::Hung(ms)) => tracing::warn!(store = ?path, ms, "sled is still closing"),
    }
}

/// Removes all rows, in several batches between a mark that is durable first and goes last, so
/// that an opening after a kill can finish the work.
pub(crate) fn remove_all(db: &sled::Db) -> Result<(), sled::Error> {
    db.insert(layout::CLEARING, &[])?;
    db.flush()?;
    loop {
        let mut batch = sled::Batch::default();
        let mut rows = 0;
        for row in db
            .range(layout::FIRST_ROW..)
            .keys()
            .take(limits::CLEAR_ROWS_PER_BATCH)
        {
            batch.remove(row?);
            rows += 1;
        }
        if rows == 0 {
            break;
        }
        db.apply_batch(batch)?;
    }
    db.remove(layout::CLEARING)?;
    Ok(())
}

/// Whether an error of the file system tells of files that contradict each other (one is shorter
/// than another says, or is not there), rather than of a disk or a permission.
pub(crate) fn means_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::NotFound
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
    )
}

/// The names in a folder that are numbers, as sled's large values are named.
fn numbers_in(folder: &Path) -> io::Result<Vec<i64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        numbers.extend(
            entry?
                .file_name()
                .to_str()
                .and_then(|name| name.parse::<i64>().ok()),
        );
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clear_that_was_cut_short_is_finished_at_opening() {
        let home = tempfile::tempdir().unwrap();
        let table = Table::new("state");
        let open = || SledStore::open(&home.path().join("view"), &Options::new(1, &[table]));
        let store = open().unwrap().store;
        let row = Write::Put {
            table,
            key: vec![1],
            value: vec![2],
        };
        store.apply(std::slice::from_ref(&row)).unwrap();
        store
            .db
            .as_ref()
            .unwrap()
            .insert(layout::CLEARING, &[])
            .unwrap();
        drop(store);
        let store = open().unwrap().store;
        assert_eq!(store.get(table, &[1]).unwrap(), None);
        store.apply(&[row]).unwrap();
        drop(store);
        let kept = open().unwrap().store.get(table, &[1]).unwrap();
        assert_eq!(kept, Some(vec![2]), "once is enough");
    }
}
