//! Local state that can be thrown away: a port, and sled behind it.
//!
//! A service that owns a partition of the log keeps its view here, together with the commit
//! point (the stream sequence which the view reflects). Losing a store costs time, never
//! truth: the view is folded again from the newest snapshot and the log.
//!
//! The port is [`Store`]: named tables of ordered rows, and batches that are applied to all
//! tables or to none. [`SledStore`] keeps them on disk, [`MemoryStore`] in memory for tests
//! and simulation; one suite, `conformance`, holds both to the same behaviour.
//!
//! It refuses to be a database: no queries, no secondary indexes, no types. Rows are bytes,
//! and whoever writes them knows what they mean. It is the one crate that names sled.
//!
//! # Invariants
//!
//! - After a kill at any instruction a store holds exactly the first *n* batches applied, for
//!   some *n*; after [`Store::flush`] returned, *n* counts at least every batch before it.
//! - A file that sled cannot read ends in a repaired store or an empty one, never in a panic
//!   outside this crate; the unreadable folder is set aside for inspection.
//! - A store that failed in the middle of a write accepts no more work. What it holds in
//!   memory may be half a batch, and half a batch must not be seen.
//! - Every size has a bound in [`limits`].

mod check;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod folder;
mod guard;
mod layout;
pub mod limits;
mod memory;
mod open;
mod sled_store;
mod table;

pub use error::{Error, Op};
pub use memory::MemoryStore;
pub use open::{Found, Opened, Options, Why};
pub use sled_store::SledStore;
pub use table::Table;

/// A key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// One row change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Sets a row, replacing what was there.
    Put {
        /// The table, one of those declared.
        table: Table,
        /// At most [`limits::KEY_BYTES_MAX`] bytes; may be empty.
        key: Vec<u8>,
        /// At most [`limits::VALUE_BYTES_MAX`] bytes; may be empty.
        value: Vec<u8>,
    },
    /// Removes a row; removing what is not there changes nothing.
    Delete {
        /// The table, one of those declared.
        table: Table,
        /// At most [`limits::KEY_BYTES_MAX`] bytes.
        key: Vec<u8>,
    },
}

impl Write {
    /// The table that the change is for.
    #[must_use]
    pub fn table(&self) -> Table {
        match self {
            Self::Put { table, .. } | Self::Delete { table, .. } => *table,
        }
    }

    /// The key of the row that changes.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        match self {
            Self::Put { key, .. } | Self::Delete { key, .. } => key,
        }
    }

    /// The new value, or nothing when the row is removed.
    #[must_use]
    pub fn value(&self) -> Option<&[u8]> {
        match self {
            Self::Put { value, .. } => Some(value),
            Self::Delete { .. } => None,
        }
    }
}

/// Named tables of rows in ascending key order, changed in atomic batches.
///
/// Calls block: a read for microseconds, a batch of 500 rows for two or three milliseconds, a
/// flush for as long as the disk takes. Async callers use a thread for blocking work.
///
/// # Errors
///
/// All methods refuse tables that were not declared ([`Error::UnknownTable`]) and sizes
/// beyond [`limits`] ([`Error::TooLarge`]), before anything is changed. On any other error
/// look at [`Error::is_broken`]: if it says yes, drop the store and open it again.
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Returns the value of a row, or nothing where there is none.
    ///
    /// # Errors
    ///
    /// As of [`Store`].
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Error>;

    /// Returns rows with `key >= from`, and `key < to` if given, ascending, at most `limit`.
    ///
    /// Fewer rows than `limit` mean that there are no more. A batch that is applied meanwhile
    /// may be seen in part: whoever needs one moment of several rows scans from the thread
    /// that applies.
    ///
    /// # Errors
    ///
    /// As of [`Store`]; [`Error::TooLarge`] also when `limit` exceeds
    /// [`limits::SCAN_ROWS_MAX`].
    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error>;

    /// Applies all changes or none, in order: a later change of the same row wins.
    ///
    /// The change is seen at once, and survives a kill from some moment within
    /// `flush_every_ms` on. Batches never overtake each other.
    ///
    /// # Errors
    ///
    /// As of [`Store`].
    fn apply(&self, batch: &[Write]) -> Result<(), Error>;

    /// Returns when everything applied so far survives loss of power.
    ///
    /// # Errors
    ///
    /// As of [`Store`].
    fn flush(&self) -> Result<(), Error>;

    /// Removes all rows of all tables. A kill on the way leaves the store as it was or empty;
    /// a reader on the way sees rows vanish.
    ///
    /// # Errors
    ///
    /// As of [`Store`].
    fn clear(&self) -> Result<(), Error>;

    /// Whether calls return without waiting for a disk, so that async callers need no thread for
    /// them. The same for the life of a store.
    fn answers_at_once(&self) -> bool {
        false
    }

    /// Returns what the store occupies, in bytes; for a store without a disk, its rows' bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the folder cannot be read.
    fn bytes_on_disk(&self) -> Result<u64, Error>;
}
