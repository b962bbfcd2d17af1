//! Opening a store on disk, whatever state its files are in.
//!
//! sled is opened, and its rows are read, in a thread of its own where panics are caught and
//! time is limited. What happens then:
//!
//! | the folder | outcome |
//! |---|---|
//! | is not there, or empty | [`Found::Fresh`] |
//! | opens and reads well | [`Found::Existing`] |
//! | does so once `snap.*` is gone (a power cut leaves them with length zero) | [`Found::Repaired`] |
//! | has another schema, or was marked suspect, or cannot be read | set aside, and [`Found::Quarantined`] |
//! | is held by another process | [`Error::Held`] |
//! | cannot be read because of the disk or its permissions | [`Error::Io`]: setting it aside would not help |
//!
//! An existing or repaired store holds a whole number of batches, but after damage it may be
//! fewer than were flushed: sled takes a damaged end of its log for one that was never written.
//! So the commit point in the store counts, not what its owner remembers.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::check::Tables;
use crate::folder::{Folder, Stamp, State};
use crate::guard::{self, Failure};
use crate::sled_store::{self, SledStore};
use crate::{Error, Op, Table, folder, layout, limits};

/// How to open a store on disk.
#[derive(Clone, Debug)]
pub struct Options {
    /// The tables that may be used: 1 to [`limits::TABLES_MAX`]. Others on disk stay there
    /// unseen.
    pub tables: Vec<Table>,
    /// The version of what the rows mean. Any other on disk gives an empty store.
    pub schema: u32,
    /// sled's page cache, in bytes: [`limits::CACHE_BYTES_LEAST`] to
    /// [`limits::CACHE_BYTES_MAX`], default [`limits::CACHE_BYTES_DEFAULT`]. A store takes this
    /// and some MiB of buffers on top.
    pub cache_bytes_max: u64,
    /// Milliseconds between background flushes: [`limits::FLUSH_EVERY_MS_LEAST`] to
    /// [`limits::FLUSH_EVERY_MS_MAX`], default [`limits::FLUSH_EVERY_MS_DEFAULT`].
    pub flush_every_ms: u64,
}

impl Options {
    /// Options with default cache and flush.
    #[must_use]
    pub fn new(schema: u32, tables: &[Table]) -> Self {
        Self {
            tables: tables.to_vec(),
            schema,
            cache_bytes_max: limits::CACHE_BYTES_DEFAULT,
            flush_every_ms: limits::FLUSH_EVERY_MS_DEFAULT,
        }
    }

    fn check(&self) -> Result<Tables, Error> {
        let cache = limits::CACHE_BYTES_LEAST..=limits::CACHE_BYTES_MAX;
        if !cache.contains(&self.cache_bytes_max) {
            let why = format!(
                "cache_bytes_max {}; {cache:?} allowed",
                self.cache_bytes_max
            );
            return Err(Error::BadOptions { why });
        }
        let flush = limits::FLUSH_EVERY_MS_LEAST..=limits::FLUSH_EVERY_MS_MAX;
        if !flush.contains(&self.flush_every_ms) {
            let why = format!("flush_every_ms {}; {flush:?} allowed", self.flush_every_ms);
            return Err(Error::BadOptions { why });
        }
        Tables::declare(&self.tables)
    }
}

/// A store, and what was found where it lives.
#[derive(Debug)]
pub struct Opened<S> {
    /// The store, ready for use.
    pub store: S,
    /// What opening found: anything but [`Found::Existing`] and [`Found::Repaired`] means that
    /// the store is empty.
    pub found: Found,
}

/// What opening a store found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing; the store is empty.
    Fresh,
    /// The rows of an earlier owner.
    Existing,
    /// The rows of an earlier owner, readable once sled's snapshot files were removed. They may
    /// be those of an earlier moment than the last flush.
    Repaired,
    /// Something unusable. It was moved, and the store is empty.
    Quarantined {
        /// Where it is now. At most [`limits::QUARANTINES_KEPT`] are kept.
        moved_to: PathBuf,
        /// Why it was not used.
        why: Why,
    },
}

/// Why a folder was not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its rows mean something else, as after an upgrade.
    Schema {
        /// The schema on disk.
        found: u32,
        /// The schema asked for.
        wanted: u32,
    },
    /// It has files but no stamp that this version knows.
    Unstamped,
    /// A store that was open on it panicked or reported damage, with this message.
    Suspect(String),
    /// sled could not open or read it, with this message.
    Unreadable(String),
    /// sled did not come back within so many milliseconds.
    Hung {
        /// How long was waited, in milliseconds.
        ms: u64,
    },
    /// So many processes in a row died while they opened it.
    Fatal {
        /// How many.
        attempts: u32,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema { found, wanted } => write!(f, "schema {found} found, {wanted} wanted"),
            Self::Unstamped => f.write_str("files without a stamp that this version knows"),
            Self::Suspect(message) => write!(f, "damaged while it was open: {message}"),
            Self::Unreadable(message) => write!(f, "not readable: {message}"),
            Self::Hung { ms } => write!(f, "no answer within {ms} ms"),
            Self::Fatal { attempts } => write!(f, "{attempts} processes died opening it"),
        }
    }
}

/// One try at opening that gave no store.
enum Refusal {
    /// The files are at fault: others may work.
    Unusable(Why),
    /// The files are not at fault.
    Blameless(Error),
}

pub(crate) fn open(path: &Path, options: &Options) -> Result<Opened<SledStore>, Error> {
    let tables = options.check()?;
    let folder = Folder::hold(path)?;
    let (db, data, found) = match folder.state()? {
        State::Empty => fresh(&folder, options, Found::Fresh)?,
        State::Unstamped => replaced(&folder, options, Why::Unstamped)?,
        State::Stamped(stamp) => existing(&folder, &stamp, options)?,
    };
    tell(path, &found);
    let store = SledStore::new(db, folder, data, tables)?;
    Ok(Opened { store, found })
}

type Ready = (sled::Db, PathBuf, Found);

fn existing(folder: &Folder, stamp: &Stamp, options: &Options) -> Result<Ready, Error> {
    if stamp.schema != options.schema {
        let why = Why::Schema {
            found: stamp.schema,
            wanted: options.schema,
        };
        return replaced(folder, options, why);
    }
    if let Some(message) = folder.suspicion()? {
        return replaced(folder, options, Why::Suspect(message));
    }
    let attempts = folder.begin_attempt()?;
    if attempts >= limits::OPEN_ATTEMPTS_MAX {
        return replaced(folder, options, Why::Fatal { attempts });
    }
    let data = folder.data_path(stamp);
    let result = with_repair(folder, &data, options);
    folder.end_attempt()?;
    match result {
        Ok((db, found)) => Ok((db, data, found)),
        Err(Refusal::Unusable(why)) => replaced(folder, options, why),
        Err(Refusal::Blameless(error)) => Err(error),
    }
}

/// Tries as it is, then once more without sled's snapshots.
fn with_repair(
    folder: &Folder,
    data: &Path,
    options: &Options,
) -> Result<(sled::Db, Found), Refusal> {
    match attempt(data, options) {
        Ok((db, _)) if db.was_recovered() => Ok((db, Found::Existing)),
        // A predecessor died between the stamp and its first write.
        Ok((db, _)) => Ok((db, Found::Fresh)),
        // Whatever hangs still has the files open.
        Err(Refusal::Unusable(why @ Why::Hung { .. })) => Err(Refusal::Unusable(why)),
        Err(Refusal::Unusable(why)) => {
            if folder.remove_snapshots(data).map_err(Refusal::Blameless)? == 0 {
                return Err(Refusal::Unusable(why));
            }
            tracing::warn!(store = %folder.path().display(), %why, "removed sled's snapshots");
            let (db, rows) = attempt(data, options)?;
            // Without its snapshot sled also takes a torn file for a new one. A store that was
            // repaired to nothing is better set aside, where somebody can look at it.
            if rows == 0 {
                sled_store::close(db, None);
                return Err(Refusal::Unusable(why));
            }
            Ok((db, Found::Repaired))
        }
        Err(blameless) => Err(blameless),
    }
}

/// Sets the folder aside and begins another.
fn replaced(folder: &Folder, options: &Options, why: Why) -> Result<Ready, Error> {
    let moved_to = folder.set_aside()?;
    fresh(folder, options, Found::Quarantined { moved_to, why })
}

fn fresh(folder: &Folder, options: &Options, found: Found) -> Result<Ready, Error> {
    let stamp = folder.stamp(options.schema)?;
    let data = folder.data_path(&stamp);
    let path = || folder.path().to_owned();
    match attempt(&data, options) {
        Ok((db, _)) => Ok((db, data, found)),
        Err(Refusal::Blameless(error)) => Err(error),
        Err(Refusal::Unusable(Why::Hung { ms })) => Err(Error::Hung { path: path(), ms }),
        Err(Refusal::Unusable(why)) => Err(Error::Corrupt {
            op: Op::Open,
            path: path(),
            message: why.to_string(),
        }),
    }
}

/// Opens sled and reads rows, guarded; gives how many could be read.
fn attempt(data: &Path, options: &Options) -> Result<(sled::Db, usize), Refusal> {
    let config = sled_store::config(data, options);
    let opened = guarded(data, move || config.open())?;
    let reader = opened.clone();
    match guarded(data, move || read_through(&reader)) {
        Ok(rows) => Ok((opened, rows)),
        Err(refusal) => {
            // Dropping it joins sled's threads, which may have panicked or may hang.
            sled_store::close(opened, None);
            Err(refusal)
        }
    }
}

fn guarded<T: Send + 'static>(
    data: &Path,
    work: impl FnOnce() -> Result<T, sled::Error> + Send + 'static,
) -> Result<T, Refusal> {
    match guard::in_thread("store-open", limits::OPEN_MS_MAX, work) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(judged(data, error)),
        Err(Failure::Panicked(message)) => Err(Refusal::Unusable(Why::Unreadable(message))),
        Err(Failure::Hung(ms)) => Err(Refusal::Unusable(Why::Hung { ms })),
    }
}

/// Whether the files are at fault, or what carries them.
fn judged(data: &Path, error: sled::Error) -> Refusal {
    let sled::Error::Io(source) = error else {
        return Refusal::Unusable(Why::Unreadable(guard::shortened(&error.to_string())));
    };
    if source.to_string().starts_with("could not acquire lock") {
        return Refusal::Blameless(Error::Held {
            path: data.to_owned(),
            pid: None,
        });
    }
    if sled_store::means_damage(&source) {
        return Refusal::Unusable(Why::Unreadable(source.to_string()));
    }
    Refusal::Blameless(folder::io_error(Op::Open, data, source))
}

/// Ends a clear that was cut short, then reads rows to see that they can be read.
fn read_through(db: &sled::Db) -> Result<usize, sled::Error> {
    if db.contains_key(layout::CLEARING)? {
        sled_store::remove_all(db)?;
    }
    let mut rows = 0;
    for row in db.iter().take(limits::OPEN_CHECK_ROWS_MAX) {
        row?;
        rows += 1;
    }
    Ok(rows)
}

fn tell(path: &Path, found: &Found) {
    match found {
        Found::Fresh | Found::Existing => {
            tracing::debug!(store = %path.display(), ?found, "opened");
        }
        Found::Repaired => tracing::warn!(store = %path.display(), "repaired"),
        Found::Quarantined { moved_to, why } => {
            tracing::warn!(store = %path.display(), moved_to = %moved_to.display(), %why, "set aside");
        }
    }
}
