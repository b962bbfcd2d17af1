//! Every bound of a store, with its unit.

/// Bytes of a table's name.
pub const TABLE_NAME_BYTES_MAX: usize = 32;

/// Tables of one store.
pub const TABLES_MAX: usize = 64;

/// Bytes of a key, without the table's name.
pub const KEY_BYTES_MAX: usize = 1_024;

/// Bytes of a value. Above about 128 KiB a page, sled writes it to a file of its own, so rows
/// of this size are possible but not cheap.
pub const VALUE_BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// Changes in one batch.
pub const BATCH_ROWS_MAX: usize = 65_536;

/// Bytes of all keys and values of one batch.
pub const BATCH_BYTES_MAX: usize = 64 * 1_024 * 1_024;

/// Rows of one scan.
pub const SCAN_ROWS_MAX: usize = 65_536;

/// Smallest page cache of a store on disk, in bytes. Below it sled reads pages back that it
/// has just written.
pub const CACHE_BYTES_LEAST: u64 = 1_024 * 1_024;

/// Page cache of a store on disk unless set otherwise, in bytes. A process may hold two dozen
/// stores.
pub const CACHE_BYTES_DEFAULT: u64 = 8 * 1_024 * 1_024;

/// Largest page cache of a store on disk, in bytes.
pub const CACHE_BYTES_MAX: u64 = 4 * 1_024 * 1_024 * 1_024;

/// Milliseconds between background flushes unless set otherwise: what a kill may cost.
pub const FLUSH_EVERY_MS_DEFAULT: u64 = 500;

/// Shortest pause between background flushes, in milliseconds.
pub const FLUSH_EVERY_MS_LEAST: u64 = 10;

/// Longest pause between background flushes, in milliseconds.
pub const FLUSH_EVERY_MS_MAX: u64 = 60_000;

/// Milliseconds that opening may take, replay of sled's log and check of rows included, before
/// the folder counts as unreadable.
pub const OPEN_MS_MAX: u64 = 120_000;

/// Rows read when a store is opened, to find damage then rather than in the middle of work.
/// About a second's worth; damage behind them is found when it is read.
pub const OPEN_CHECK_ROWS_MAX: usize = 1_000_000;

/// Openings in a row that the process did not survive before the folder counts as unreadable.
pub const OPEN_ATTEMPTS_MAX: u32 = 3;

/// Milliseconds that dropping a store waits for its files to be closed.
pub const CLOSE_MS_MAX: u64 = 10_000;

/// Folders set aside per store; beyond it the oldest is removed.
pub const QUARANTINES_KEPT: usize = 3;

/// Rows removed at once while a store is cleared.
pub const CLEAR_ROWS_PER_BATCH: usize = 8_192;

/// Bytes kept of a message from sled; a panic of its may print a whole tree.
pub const WHY_BYTES_MAX: usize = 1_024;

/// Bytes read of the small files beside the data (stamp, suspicion, attempts).
pub const NOTE_BYTES_MAX: u64 = 4_096;
