//! The database: one connection that writes, a few that read.
//!
//! On disk it runs in WAL mode, so readers never wait for the writer; `synchronous = NORMAL`
//! may lose the last transactions when the power fails, and the log gives them back. In memory
//! (tests, small demonstrations) there is one connection, which all take turns with.
//!
//! What it refuses to do: repair. A file that is damaged, of another version or of another log
//! is moved aside, as `<file>.quarantined`, and an empty one takes its place.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use crate::error::{Doing, Error};
use crate::{limits, schema};

/// What a database belongs to. Another region's, or another number of partitions, is another.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The region.
    pub(crate) region: String,
    /// The partitions of its log.
    pub(crate) partitions: u16,
    /// The streams it is filled from, in the order of their numbers.
    pub(crate) streams: Vec<String>,
}

/// An open database.
#[derive(Debug)]
pub(crate) struct Database {
    path: Option<PathBuf>,
    // Readers close before the writer: the last to close folds the WAL into the file, which
    // readers may not.
    idle_readers: Mutex<Vec<Connection>>,
    writer: Mutex<Connection>,
    readers: Semaphore,
}

impl Database {
    /// Opens the database at `path`, or an empty one in memory. What cannot be used is moved
    /// aside, and said so in the log of this process.
    ///
    /// # Errors
    ///
    /// When not even an empty database can be made.
    pub(crate) fn open(path: Option<&Path>, origin: &Origin) -> Result<Self, Error> {
        let Some(path) = path else {
            let connection = Connection::open_in_memory().doing("open a database in memory")?;
            return Self::prepare(connection, None, origin);
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| file_error("create the folder", folder, e))?;
        }
        match why_unusable(path, origin) {
            Ok(None) => {}
            Ok(Some(why)) => quarantine(path, &why)?,
            Err(Error::Damaged(why)) => quarantine(path, &why)?,
            Err(error) => return Err(error),
        }
        let connection = Connection::open(path).doing("open the database")?;
        Self::prepare(connection, Some(path.to_owned()), origin)
    }

    fn prepare(
        mut connection: Connection,
        path: Option<PathBuf>,
        origin: &Origin,
    ) -> Result<Self, Error> {
        tune(&connection).doing("set the database up")?;
        if version(&connection).doing("read the version of the database")? == 0 {
            schema::create(
                &mut connection,
                &origin.region,
                origin.partitions,
                &origin.streams,
            )
            .doing("create the tables")?;
        }
        let readers = if path.is_some() {
            limits::READERS_MAX
        } else {
            1
        };
        Ok(Self {
            path,
            idle_readers: Mutex::default(),
            writer: Mutex::new(connection),
            readers: Semaphore::new(readers),
        })
    }

    /// The connection that writes.
    pub(crate) fn writer(&self) -> MutexGuard<'_, Connection> {
        // A transaction that was under way when its thread panicked was rolled back.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a question, on a thread that may block, as soon as a reader is free.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] when none is within [`limits::READER_WAIT`]; else those of `ask`.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        ask: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = tokio::time::timeout(limits::READER_WAIT, self.readers.acquire())
            .await
            .map_err(|_late| Error::Busy("all readers are at work"))?
            .map_err(|_closed| Error::Busy("it is being rebuilt"))?;
        // The permit goes with the work, which goes on when whoever asked no longer waits.
        permit.forget();
        let database = Arc::clone(self);
        let asked = tokio::task::spawn_blocking(move || {
            let _returned = Permit(&database.readers);
            database.read_here(ask)
        });
        asked
            .await
            .map_err(|error| Error::Stopped(error.to_string()))?
    }

    fn read_here<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let Some(path) = &self.path else {
            return ask(&self.writer());
        };
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open_reader(path).doing("open the database for reading")?,
        };
        let answer = ask(&connection);
        self.idle().push(connection);
        answer
    }

    /// Closes all connections, once those that read are done, so that the file can be moved.
    pub(crate) async fn close(self: Arc<Self>) {
        let all = u32::try_from(limits::READERS_MAX).unwrap_or(1);
        let all = if self.path.is_some() { all } else { 1 };
        drop(self.readers.acquire_many(all).await);
        self.readers.close();
        self.idle().clear();
        if let Ok(memory) = Connection::open_in_memory() {
            *self.writer() = memory;
        }
    }

    /// Where its file is, if it has one.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle_readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A permit that is given back however the work ends.
struct Permit<'a>(&'a Semaphore);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

/// Moves a database aside, in place of the one that was moved there before: one is enough to
/// find out what happened, and the space is bounded.
///
/// # Errors
///
/// When the system refuses.
pub(crate) fn quarantine(path: &Path, why: &str) -> Result<(), Error> {
    tracing::warn!(path = %path.display(), why, "the database is set aside and rebuilt");
    for suffix in ["", "-wal", "-shm"] {
        let from = with_suffix(path, suffix);
        let to = with_suffix(&with_suffix(path, ".quarantined"), suffix);
        let moved = fs::rename(&from, &to);
        match moved {
            Ok(()) => {}
            // Of a database that was closed well there is only the file itself, and what may be
            // beside an earlier one that was set aside does not belong to this one.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                drop(fs::remove_file(&to));
            }
            Err(error) => return Err(file_error("move aside", &from, error)),
        }
    }
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

fn file_error(doing: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::File {
        doing,
        path: path.display().to_string(),
        source,
    }
}

fn tune(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(limits::BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(limits::STATEMENTS_MAX);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -i64::from(limits::CACHE_KIB))
}

fn open_reader(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(limits::BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(limits::STATEMENTS_MAX);
    Ok(connection)
}

fn version(connection: &Connection) -> Result<i32, rusqlite::Error> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Why the file cannot be used, if so; damage may also come as an error.
fn why_unusable(path: &Path, origin: &Origin) -> Result<Option<String>, Error> {
    let size = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file_error("look at", path, error)),
    };
    let connection = Connection::open(path).doing("open the database")?;
    connection
        .busy_timeout(limits::BUSY_WAIT)
        .doing("open the database")?;
    let found = version(&connection).doing("read the version of the database")?;
    if found != schema::VERSION {
        // An empty file is a database that nobody has written to yet.
        let fresh = found == 0 && size == 0;
        return Ok((!fresh).then(|| {
            format!(
                "its tables have version {found}, this program wants {}",
                schema::VERSION
            )
        }));
    }
    if size <= limits::CHECKED_BYTES_MAX {
        let verdict: String = connection
            .query_row("PRAGMA quick_check(1)", (), |row| row.get(0))
            .doing("check the database")?;
        if verdict != "ok" {
            return Ok(Some(verdict));
        }
    }
    Ok(why_strange(&connection, origin))
}

/// Why the database belongs to something else, if it does.
fn why_strange(connection: &Connection, origin: &Origin) -> Option<String> {
    let found = connection.query_row("SELECT region, partitions FROM origin", [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, u16>(1)?))
    });
    let streams: Result<Vec<String>, _> = connection
        .prepare("SELECT name FROM stream ORDER BY number")
        .and_then(|mut rows| rows.query_map([], |row| row.get(0))?.collect());
    match (found, streams) {
        (Ok((region, partitions)), Ok(streams)) => {
            let same = region == origin.region
                && partitions == origin.partitions
                && streams == origin.streams;
            (!same).then(|| {
                format!("it is of region {region} with {partitions} partitions, not of this one")
            })
        }
        (Err(error), _) | (_, Err(error)) => Some(error.to_string()),
    }
}
