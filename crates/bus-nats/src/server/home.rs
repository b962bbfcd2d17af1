//! The server's part of a data folder: who owns it, and what runs on it.
//!
//! # Invariants
//!
//! - One living process at a time holds a [`Home`]: the operating system's lock on `lock` sees
//!   to that, and lets go when the process dies, however it dies.
//! - `server.json` is replaced as a whole, so it is never half written.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::{Error, Owner};
use super::limits::{TAIL_BYTES_MAX, TAIL_LINES_MAX};
use super::options::Settings;

/// What is known of the server that was last started on a data folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) pid: u32,
    pub(super) port: u16,
    pub(super) http_port: u16,
    pub(super) server_name: String,
    pub(super) started_at: Timestamp,
    pub(super) binary: PathBuf,
    pub(super) settings: Settings,
}

/// `<data>/nats`, owned.
#[derive(Debug)]
pub(super) struct Home {
    root: PathBuf,
    lock: File,
}

impl Drop for Home {
    /// A child that is being started holds our files until it runs its program, so closing the
    /// file may free the folder a moment later; unlocking frees it now.
    fn drop(&mut self) {
        if let Err(why) = self.lock.unlock() {
            tracing::debug!(%why, "the lock of the data folder goes with its file");
        }
    }
}

impl Home {
    /// Makes the folder where needed, and takes it.
    ///
    /// # Errors
    ///
    /// - [`Error::Owned`] while another process has it.
    /// - [`Error::DataFolder`] when it cannot be made or written.
    pub(super) fn open(data_dir: &Path) -> Result<Self, Error> {
        let root = data_dir.join("nats");
        let made = std::fs::create_dir_all(root.join("ports"));
        // Canonical, because the path is also how a server left behind is recognised.
        let root = made
            .and_then(|()| root.canonicalize())
            .map_err(|why| blame(&root, why))?;
        let path = root.join("lock");
        let mut options = File::options();
        options.create(true).truncate(false).read(true).write(true);
        let lock = options.open(&path).map_err(|why| blame(&path, why))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(why)) => return Err(blame(&path, why)),
            Err(TryLockError::WouldBlock) => {
                let owner = read_owner(&lock);
                return Err(Error::Owned {
                    data_dir: data_dir.to_owned(),
                    owner,
                });
            }
        }
        let home = Self { root, lock };
        home.sign(None)?;
        Ok(home)
    }

    /// Writes into the lock who has it, for the one who finds it taken.
    pub(super) fn sign(&self, http: Option<String>) -> Result<(), Error> {
        let owner = Owner {
            pid: Some(std::process::id()),
            http,
        };
        let write = || -> io::Result<()> {
            let text = serde_json::to_vec(&owner)?;
            let mut file = &self.lock;
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&text)
        };
        write().map_err(|why| blame(&self.root.join("lock"), why))
    }

    pub(super) fn config(&self) -> PathBuf {
        self.root.join("server.conf")
    }

    pub(super) fn store_dir(&self) -> PathBuf {
        self.root.join("store")
    }

    pub(super) fn ports_dir(&self) -> PathBuf {
        self.root.join("ports")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.root.join("server.log")
    }

    /// Where the server's standard error goes: refused configurations and panics.
    ///
    /// A file and not a pipe: a pipe breaks when we crash, and would take the server with it.
    pub(super) fn stderr(&self) -> PathBuf {
        self.root.join("server.stderr")
    }

    /// The last server on record. A record that cannot be read is as good as none.
    pub(super) fn record(&self) -> Option<Record> {
        let text = std::fs::read(self.record_path()).ok()?;
        serde_json::from_slice(&text).ok()
    }

    pub(super) fn write_record(&self, record: &Record) -> Result<(), Error> {
        let path = self.record_path();
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&self.root)?;
            serde_json::to_writer(&mut file, record)?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|why| blame(&path, why))
    }

    pub(super) fn forget_record(&self) -> Result<(), Error> {
        match std::fs::remove_file(self.record_path()) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => {
                Err(blame(&self.record_path(), why))
            }
            _ => Ok(()),
        }
    }

    fn record_path(&self) -> PathBuf {
        self.root.join("server.json")
    }

    /// The last words of the server with that process id, for an error message.
    pub(super) fn last_words(&self, pid: u32) -> String {
        let mark = format!("[{pid}]");
        let stderr = tail(&self.stderr()).unwrap_or_default();
        let log = tail(&self.log()).unwrap_or_default();
        let log = log.lines().filter(|line| line.starts_with(&mark));
        let lines: Vec<&str> = stderr.lines().chain(log).collect();
        let skipped = lines.len().saturating_sub(TAIL_LINES_MAX);
        if lines.is_empty() {
            "(none)".to_owned()
        } else {
            lines[skipped..].join("\n")
        }
    }
}

/// Names the file in an error of the operating system.
pub(super) fn blame(path: &Path, why: io::Error) -> Error {
    Error::DataFolder {
        path: path.to_owned(),
        why,
    }
}

/// An owner that has not signed yet is unknown, not an error.
fn read_owner(mut lock: &File) -> Owner {
    let mut text = String::new();
    let read = lock.read_to_string(&mut text);
    read.ok()
        .and_then(|_| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

fn tail(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES_MAX)))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_owner_is_told_who_the_first_is() {
        let data = tempfile::tempdir().unwrap();
        let first = Home::open(data.path()).unwrap();
        first
            .sign(Some("http://127.0.0.1:8080".to_owned()))
            .unwrap();
        let error = Home::open(data.path()).unwrap_err();
        assert_eq!(error.code(), "NSV0003");
        let text = error.to_string();
        assert!(
            text.contains(&format!("process {}", std::process::id())),
            "{text}"
        );
        assert!(text.contains("http://127.0.0.1:8080"), "{text}");
        drop(first);
        Home::open(data.path()).unwrap();
    }

    #[test]
    fn a_torn_record_is_no_record() {
        let data = tempfile::tempdir().unwrap();
        let home = Home::open(data.path()).unwrap();
        std::fs::write(home.record_path(), "{\"pid\":12").unwrap();
        assert_eq!(home.record(), None);
    }

    #[test]
    fn last_words_are_those_of_one_process_only() {
        let data = tempfile::tempdir().unwrap();
        let home = Home::open(data.path()).unwrap();
        std::fs::write(home.log(), "[7] old\n[8] new\n").unwrap();
        assert_eq!(home.last_words(8), "[8] new");
        assert_eq!(home.last_words(9), "(none)");
    }
}
