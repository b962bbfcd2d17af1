//! Every bound of the desk, with its unit.

use std::time::Duration;

/// Most deliveries of a stream handed on at once.
pub const CHUNK_DELIVERIES_MAX: usize = 256;
/// Most chunks that wait to be put into a batch.
pub const CHUNKS_MAX: usize = 16;
/// Most deliveries written in one transaction, give or take a chunk.
pub const BATCH_DELIVERIES_MAX: usize = 2_000;
/// Longest wait for more deliveries to be written together. A ticket's first facts follow each
/// other within tens of milliseconds, and its row is written once for each transaction.
pub const BATCH_WAIT: Duration = Duration::from_millis(50);
/// Most batches that wait for the writer.
pub const BATCHES_MAX: usize = 2;
/// Most events that a slow listener may be behind before it loses some.
pub const EVENTS_MAX: usize = 1_024;
/// Most connections that read at once.
pub const READERS_MAX: usize = 4;
/// Longest wait for a connection to read with.
pub const READER_WAIT: Duration = Duration::from_secs(5);
/// How long a reader waits for a lock of the database.
pub const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Most statements that a connection keeps prepared.
pub const STATEMENTS_MAX: usize = 64;
/// How much of the database a connection keeps in memory, in KiB.
pub const CACHE_KIB: u32 = 32 * 1024;
/// Largest database that is checked page by page when it is opened, in bytes: larger ones would
/// hold up the start, and a damaged page is noticed when it is read.
pub const CHECKED_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Most texts made searchable in one transaction.
pub const TEXTS_PER_STEP_MAX: usize = 500;
/// How often texts are made searchable while facts come in: taking those in goes first, and a
/// question brings the index up to date itself.
pub const TEXTS_EVERY_WHEN_BUSY: Duration = Duration::from_secs(5);
/// How often texts are made searchable in the background.
pub const TEXTS_EVERY: Duration = Duration::from_millis(500);
/// Most tickets or dead letters on a page.
pub const PAGE_MAX: usize = 500;
/// Tickets or dead letters on a page when nobody says how many.
pub const PAGE_DEFAULT: usize = 50;
/// Most agents listed.
pub const AGENTS_MAX: usize = 5_000;
/// Longest query, in bytes.
pub const QUERY_BYTES_MAX: usize = 4_096;
/// Most values in a filter, all fields together.
pub const VALUES_MAX: usize = 64;
/// Most words looked for in texts at once.
pub const TEXT_WORDS_MAX: usize = 8;
/// Most facts of one ticket that are shown; the earliest come first.
pub const FACTS_SHOWN_MAX: usize = 10_000;
/// Most questions answered at once over the bus.
pub const QUESTIONS_MAX: usize = 8;
/// The first wait before something that failed is tried again.
pub const RETRY_FIRST: Duration = Duration::from_millis(100);
/// The longest wait before something that failed is tried again.
pub const RETRY_MAX: Duration = Duration::from_secs(5);
/// Most listeners to the live stream of facts.
pub const LISTENERS_MAX: usize = 64;
