//! What can go wrong at the desk, and whether asking again can help.

use thiserror::Error as ThisError;

/// What went wrong.
#[derive(Debug, ThisError)]
pub enum Error {
    /// The database cannot be read or written: a full disk, a missing permission. May be retried.
    #[error("{doing}: {source}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The database file is damaged. It is moved aside and rebuilt from the log.
    #[error("read the database: it is damaged: {0}")]
    Damaged(String),
    /// The folder or file of the database cannot be used.
    #[error("{doing} {path}: {source}")]
    File {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bus does not give what the desk needs.
    #[error("read the log: {0}")]
    Bus(#[from] posthouse_bus::Error),
    /// All readers are at work, or the database is being rebuilt. May be retried.
    #[error("read the database: {0}")]
    Busy(&'static str),
    /// The writer, or something else that never ends by itself, ended.
    #[error("run the desk: {0}")]
    Stopped(String),
}

impl Error {
    /// All codes, in order. Each has a page in `docs/errors`.
    pub const CODES: [&'static str; 6] = [
        "DSK0001", "DSK0002", "DSK0003", "DSK0004", "DSK0005", "DSK0006",
    ];

    /// The stable code that operators see.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Database { .. } => "DSK0001",
            Self::Damaged(_) => "DSK0002",
            Self::File { .. } => "DSK0003",
            Self::Bus(_) => "DSK0004",
            Self::Busy(_) => "DSK0005",
            Self::Stopped(_) => "DSK0006",
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::Database { .. } | Self::Busy(_) => true,
            Self::Bus(error) => error.may_retry(),
            Self::Damaged(_) | Self::File { .. } | Self::Stopped(_) => false,
        }
    }
}

/// Names what was being done when SQLite failed, and tells damage from bad luck. A row that is
/// there already is damage too: the fold never writes a place twice.
pub(crate) trait Doing<T> {
    /// The same result with `doing` in its error.
    fn doing(self, doing: &'static str) -> Result<T, Error>;
}

impl<T> Doing<T> for Result<T, rusqlite::Error> {
    fn doing(self, doing: &'static str) -> Result<T, Error> {
        self.map_err(|source| match source.sqlite_error_code() {
            Some(
                rusqlite::ErrorCode::DatabaseCorrupt
                | rusqlite::ErrorCode::NotADatabase
                | rusqlite::ErrorCode::ConstraintViolation,
            ) => Error::Damaged(format!("{doing}: {source}")),
            _ => Error::Database { doing, source },
        })
    }
}

impl<T> Doing<T> for Result<T, postcard::Error> {
    fn doing(self, doing: &'static str) -> Result<T, Error> {
        self.map_err(|source| Error::Damaged(format!("{doing}: {source}")))
    }
}
