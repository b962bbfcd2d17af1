//! Every bound of intake, with its unit. What people send is bounded by
//! [`posthouse_domain::limits`]; this is about how much is under way and how long it may take.

use std::time::Duration;

pub use posthouse_bus::limits::INBOX_DELIVERIES_MAX;
use posthouse_domain::limits::{ATTRIBUTES_MAX, KEY_BYTES_MAX, TAGS_MAX};

/// Requests over HTTP that may be under way at once; more get 429.
pub const REQUESTS_MAX: usize = 4_096;
/// Longest `Idempotency-Key`, in bytes.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = KEY_BYTES_MAX;
/// Most names of one JSON object: all attributes, with room for a clear complaint.
pub const OBJECT_NAMES_MAX: usize = 4 * ATTRIBUTES_MAX;
/// Most items of one JSON list: all tags, with room for a clear complaint.
pub const LIST_ITEMS_MAX: usize = 4 * TAGS_MAX;
/// Most problems that one answer tells of.
pub const PROBLEMS_MAX: usize = 32;
/// Longest piece of what was sent that an answer repeats, in characters.
pub const ECHO_CHARS_MAX: usize = 64;
/// What a caller who gets 429 is told to wait, in seconds.
pub const RETRY_AFTER_S: u32 = 2;
/// How old a sender may say that a command is for its own time to be noted.
pub const ASKED_AGO_MAX: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Idempotency records kept; beyond it the oldest go first.
pub const IDEMPOTENCY_RECORDS_MAX: usize = 1_000_000;
/// How often records that are no longer needed are removed.
pub const PURGE_EVERY: Duration = Duration::from_secs(60);
/// Records removed in one batch.
pub const PURGE_ROWS_MAX: usize = 4_096;

/// How long intake goes on asking the read side for a ticket that it does not know yet.
pub const READ_SIDE_LAG: Duration = Duration::from_secs(1);
/// How long it waits before it asks the read side again.
pub const READ_SIDE_PAUSE: Duration = Duration::from_millis(25);
/// How long the opening of a ticket with a key that is not remembered waits for the read side to
/// say whether another intake has opened it.
pub const READ_SIDE_ELSEWHERE: Duration = Duration::from_millis(100);

/// Commands on their way to the disk at once.
pub const OUTBOX_WRITES_WAITING_MAX: usize = 4_096;
/// Commands written with one flush.
pub const OUTBOX_WRITES_PER_FLUSH: usize = 512;
/// Messages of the outbox sent before their receipts are waited for.
pub const FORWARDED_AT_ONCE_MAX: usize = 512;
/// The first wait before something that failed is tried again.
pub const RETRY_FIRST: Duration = Duration::from_millis(50);
/// The longest wait before something that failed is tried again.
pub const RETRY_MAX: Duration = Duration::from_secs(2);
/// How long opening waits for a predecessor to let go of its folder.
pub const STORE_HELD_WAIT: Duration = Duration::from_secs(10);
/// How long the last steps of a clean stop may take.
pub const DRAIN_MAX: Duration = Duration::from_secs(10);

/// How long a command waits for a block of numbers.
pub const LEASE_WAIT: Duration = Duration::from_secs(2);
/// How often a lease is tried when other intakes take blocks at the same moment.
pub const LEASE_ATTEMPTS_MAX: usize = 32;

/// Inbox messages worked on at once.
pub const INBOX_MESSAGES_MAX: usize = 256;
/// How long an inbox message that cannot be dealt with now waits, by attempt.
pub const INBOX_RETRY: [Duration; 4] = [
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(30),
];
/// Longest text of an error kept in a dead letter, in characters.
pub const REASON_CHARS_MAX: usize = 500;
/// How long a link keeps its reader from being told of a ticket, in milliseconds.
pub const SNOOZE_MS: i64 = 60 * 60 * 1_000;
