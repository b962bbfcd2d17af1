//! A store's folder: who holds it, what is in it, and how it is set aside. No sled here.
//!
//! ```text
//! views/watchdog-03.lock           held while the store is open; names the process
//! views/watchdog-03/stamp          layout, schema, and the name of the data folder
//! views/watchdog-03/suspect        only after damage at run time: what happened
//! views/watchdog-03/attempts       only while opening: how often that was tried
//! views/watchdog-03/data-812-0/    sled's files
//! views/watchdog-03.quarantine-1/  an earlier watchdog-03 that could not be read
//! ```
//!
//! The lock lies beside the folder, so that it is held while the folder itself is moved. Each
//! data folder has a new name, because sled writes some files by path: a sled that hangs in
//! memory after its folder was set aside must not find a new one at the old place.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Op};
use crate::{guard, limits};

const LAYOUT_LINE: &str = "posthouse-store 1";
const STAMP: &str = "stamp";
const SUSPECT: &str = "suspect";
const ATTEMPTS: &str = "attempts";

/// What the stamp says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) schema: u32,
    pub(crate) data: String,
}

/// What is in the folder before sled is asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum State {
    Empty,
    Stamped(Stamp),
    /// Something is there, but no stamp that we can read.
    Unstamped,
}

/// A folder that this process holds.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    parent: PathBuf,
    name: String,
    /// Unlocked by the system when it is closed, or when the process dies.
    _lock: File,
}

impl Folder {
    /// Takes the lock; the folder itself need not exist.
    pub(crate) fn hold(path: &Path) -> Result<Self, Error> {
        let named = path
            .file_name()
            .and_then(|name| name.to_str())
            .zip(path.parent());
        let Some((name, parent)) = named else {
            let why = format!("{} has no name that could be locked", path.display());
            return Err(Error::BadOptions { why });
        };
        let (name, parent) = (name.to_owned(), parent.to_owned());
        let lock_path = parent.join(format!("{name}.lock"));
        fs::create_dir_all(&parent).map_err(|e| io_error(Op::Open, &parent, e))?;
        let lock = lock_file(&lock_path).map_err(|error| match error {
            TryLockError::WouldBlock => Error::Held {
                path: path.to_owned(),
                pid: holder_of(&lock_path),
            },
            TryLockError::Error(source) => io_error(Op::Open, &lock_path, source),
        })?;
        Ok(Self {
            path: path.to_owned(),
            parent,
            name,
            _lock: lock,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn data_path(&self, stamp: &Stamp) -> PathBuf {
        self.path.join(&stamp.data)
    }

    pub(crate) fn state(&self) -> Result<State, Error> {
        let empty = match fs::read_dir(&self.path) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(io_error(Op::Open, &self.path, error)),
        };
        if empty {
            return Ok(State::Empty);
        }
        let stamp = self.note(STAMP)?.as_deref().and_then(parse_stamp);
        Ok(stamp.map_or(State::Unstamped, State::Stamped))
    }

    /// Stamps an empty folder, making it if need be.
    pub(crate) fn stamp(&self, schema: u32) -> Result<Stamp, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let data = format!("data-{}-{number}", std::process::id());
        fs::create_dir_all(&self.path).map_err(|e| io_error(Op::Open, &self.path, e))?;
        let text = format!("{LAYOUT_LINE}\nschema {schema}\ndata {data}\n");
        self.write_note(STAMP, &text)
            .map_err(|e| io_error(Op::Open, &self.path, e))?;
        sync_dir(&self.parent).map_err(|e| io_error(Op::Open, &self.parent, e))?;
        Ok(Stamp { schema, data })
    }

    /// Why the folder must not be trusted, if an earlier owner said so.
    pub(crate) fn suspicion(&self) -> Result<Option<String>, Error> {
        self.note(SUSPECT)
    }

    /// Leaves word for the next opening. Without a disk to write it to, only the log line
    /// remains: the damage is then found again, or it was the disk.
    pub(crate) fn suspect(&self, why: &str) {
        if let Err(error) = self.write_note(SUSPECT, why) {
            tracing::warn!(store = %self.path.display(), %error, "could not mark the store");
        }
    }

    /// Counts an opening that begins; gives how many before it did not end.
    pub(crate) fn begin_attempt(&self) -> Result<u32, Error> {
        let before = self
            .note(ATTEMPTS)?
            .and_then(|n| n.trim().parse().ok())
            .unwrap_or(0_u32);
        self.write_note(ATTEMPTS, &before.saturating_add(1).to_string())
            .map_err(|e| io_error(Op::Open, &self.path, e))?;
        Ok(before)
    }

    /// The opening ended, well or not: this process lives.
    pub(crate) fn end_attempt(&self) -> Result<(), Error> {
        let path = self.path.join(ATTEMPTS);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(io_error(Op::Open, &path, error))
            }
            _ => Ok(()),
        }
    }

    /// Removes sled's snapshot files, which it can do without; gives how many there were.
    pub(crate) fn remove_snapshots(&self, data: &Path) -> Result<usize, Error> {
        let mut removed = 0;
        for name in names_in(data).map_err(|e| io_error(Op::Open, data, e))? {
            if name.starts_with("snap.") {
                let path = data.join(name);
                fs::remove_file(&path).map_err(|e| io_error(Op::Open, &path, e))?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Moves the folder out of the way, and lets go of the oldest that was moved before.
    pub(crate) fn set_aside(&self) -> Result<PathBuf, Error> {
        let mut kept = self.quarantines()?;
        let number = kept.last().map_or(1, |last| last + 1);
        let moved_to = self.quarantine_path(number);
        fs::rename(&self.path, &moved_to).map_err(|e| io_error(Op::Open, &self.path, e))?;
        sync_dir(&self.parent).map_err(|e| io_error(Op::Open, &self.parent, e))?;
        kept.push(number);
        let surplus = kept.len().saturating_sub(limits::QUARANTINES_KEPT);
        for old in kept
            .into_iter()
            .take(surplus)
            .map(|n| self.quarantine_path(n))
        {
            match fs::remove_dir_all(&old) {
                Ok(()) => tracing::warn!(folder = %old.display(), "removed an old quarantine"),
                Err(error) => {
                    tracing::warn!(folder = %old.display(), %error, "could not remove a quarantine");
                }
            }
        }
        Ok(moved_to)
    }

    fn quarantine_path(&self, number: u64) -> PathBuf {
        self.parent
            .join(format!("{}.quarantine-{number}", self.name))
    }

    /// Numbers of the folders set aside, ascending.
    fn quarantines(&self) -> Result<Vec<u64>, Error> {
        let prefix = format!("{}.quarantine-", self.name);
        let mut numbers: Vec<u64> = names_in(&self.parent)
            .map_err(|e| io_error(Op::Open, &self.parent, e))?
            .iter()
            .filter_map(|name| name.strip_prefix(&prefix)?.parse().ok())
            .collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn note(&self, name: &str) -> Result<Option<String>, Error> {
        let path = self.path.join(name);
        match read_text(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_error(Op::Open, &path, error)),
        }
    }

    /// Writes a small file so that a kill leaves the old one or the new one.
    fn write_note(&self, name: &str, text: &str) -> io::Result<()> {
        let draft = self.path.join(format!("{name}.new"));
        let mut file = File::create(&draft)?;
        file.write_all(guard::shortened(text).as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, self.path.join(name))?;
        sync_dir(&self.path)
    }
}

/// Bytes of all files in a folder and below it. Files that vanish meanwhile do not count.
pub(crate) fn bytes_in(path: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        match entry.metadata() {
            Ok(meta) if meta.is_dir() => bytes += bytes_in(&entry.path())?,
            Ok(meta) => bytes += meta.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

/// Makes the names in a folder durable, where the system has a way to say so.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()
    } else {
        Ok(())
    }
}

pub(crate) fn io_error(op: Op, path: &Path, source: io::Error) -> Error {
    Error::Io {
        op,
        path: path.to_owned(),
        source,
    }
}

fn lock_file(path: &Path) -> Result<File, TryLockError> {
    let open = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path);
    let mut file = open.map_err(TryLockError::Error)?;
    file.try_lock()?;
    let named = file
        .set_len(0)
        .and_then(|()| write!(file, "{}", std::process::id()));
    named.map_err(TryLockError::Error)?;
    Ok(file)
}

fn holder_of(lock_path: &Path) -> Option<u32> {
    read_text(lock_path).ok()?.trim().parse().ok()
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(limits::NOTE_BYTES_MAX)
        .read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn names_in(path: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    // Names that are not UTF-8 are none of ours.
    entries
        .filter_map(|entry| entry.map(|e| e.file_name().into_string().ok()).transpose())
        .collect()
}

fn parse_stamp(text: &str) -> Option<Stamp> {
    let mut lines = text.lines();
    if lines.next()? != LAYOUT_LINE {
        return None;
    }
    let schema = lines.next()?.strip_prefix("schema ")?.parse().ok()?;
    let data = lines.next()?.strip_prefix("data ")?;
    // It becomes a path: nothing but our own pattern may pass.
    let plain = |b: u8| b.is_ascii_digit() || b == b'-';
    data.strip_prefix("data-")?
        .bytes()
        .all(plain)
        .then(|| Stamp {
            schema,
            data: data.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_back_and_nothing_else_is() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::hold(&home.path().join("view")).unwrap();
        assert_eq!(folder.state().unwrap(), State::Empty);
        let stamp = folder.stamp(7).unwrap();
        assert_eq!(folder.state().unwrap(), State::Stamped(stamp));
        for bad in [
            "",
            "posthouse-store 2\nschema 1\ndata data-1-1",
            "posthouse-store 1\nschema x",
        ] {
            assert_eq!(parse_stamp(bad), None, "{bad:?}");
        }
        assert_eq!(
            parse_stamp("posthouse-store 1\nschema 1\ndata data-1/../../etc"),
            None
        );
    }

    #[test]
    fn the_oldest_quarantine_goes_first() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::hold(&home.path().join("view")).unwrap();
        for _ in 0..limits::QUARANTINES_KEPT + 2 {
            folder.stamp(1).unwrap();
            folder.set_aside().unwrap();
        }
        assert_eq!(folder.quarantines().unwrap(), [3, 4, 5]);
    }

    #[test]
    fn the_holder_is_named() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("view");
        let held = Folder::hold(&path).unwrap();
        let error = Folder::hold(&path).unwrap_err();
        assert!(matches!(error, Error::Held { pid: Some(pid), .. } if pid == std::process::id()));
        drop(held);
        Folder::hold(&path).unwrap();
    }
}
