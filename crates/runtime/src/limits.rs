//! Every bound of the worker loop, with its unit.

use std::time::Duration;

/// Most inputs of a partition whose outputs may be on their way at once.
pub const INPUTS_IN_FLIGHT_MAX: usize = 8_192;
/// Most inputs whose changes go into one commit.
pub const COMMIT_INPUTS_MAX: usize = 4_096;
/// Most rows that the inputs of one commit change. Tens of thousands of clocks of a partition may
/// ring in one instant; they are committed in parts, each well within what a store takes at once.
pub const COMMIT_WRITES_MAX: usize = posthouse_store::limits::BATCH_ROWS_MAX / 4;
/// Longest wait for more to commit together. A ticket's first facts follow each other within
/// tens of milliseconds, so waiting a little writes its row once instead of three times.
pub const COMMIT_WAIT: Duration = Duration::from_millis(200);
/// Most timers that ring in one step.
pub const RINGS_PER_STEP_MAX: usize = 256;
/// Most errands of a partition under way at once.
pub const ERRANDS_MAX: usize = 64;
/// Most spans that a span about many messages links to; the others are in its count.
pub const LINKS_PER_SPAN_MAX: usize = 128;
/// Most requests of a partition whose trace is remembered until their errands begin.
pub const REQUESTS_TRACED_MAX: usize = 4_096;
/// How long after a request its errand still belongs to the request's trace, in milliseconds by
/// the log's time; one that waited longer begins a trace of its own.
pub const ERRAND_AT_ONCE_MS: i64 = 60_000;
/// Most kinds of fact that a span names as what was decided.
pub const DECISION_KINDS_MAX: usize = 8;
/// Rows of a store that a view reads at once while it looks behind deleted ones.
pub const VIEW_ROWS_PER_PAGE: usize = 256;
/// How often a view is saved where a successor can find it.
pub const SNAPSHOT_EVERY: Duration = Duration::from_secs(60);
/// How many messages of its stream a view may be behind the end of the log and still be brought
/// up without a snapshot: replaying them takes well under a second.
pub const REPLAY_MAX: u64 = 10_000;
/// Most rows read from a store at once while a snapshot is taken.
pub const SNAPSHOT_ROWS_PER_SCAN: usize = 8_192;
/// Largest snapshot, in bytes; a view that outgrows it is rebuilt from the log instead.
pub const SNAPSHOT_BYTES_MAX: usize = 512 * 1024 * 1024;
/// How long an idle partition may go without an owner before it is woken.
pub const WAKE_EVERY: Duration = Duration::from_secs(3);
/// How long a worker that waits for a timer trusts what its clock said: a clock that was wrong
/// and is set right is noticed within this.
pub const CLOCK_EVERY: Duration = Duration::from_secs(5);
/// How long to wait for a tick that was asked for before asking again.
pub const TICK_WAIT: Duration = Duration::from_secs(1);
/// The first and the longest wait before something that failed is tried again.
pub const RETRY_FIRST: Duration = Duration::from_millis(100);
/// The longest wait before something that failed is tried again.
pub const RETRY_MAX: Duration = Duration::from_secs(5);
/// How long a drain may take before what is left is left to the successor.
pub const DRAIN_MAX: Duration = Duration::from_secs(10);
/// Most policy bundles kept compiled.
pub const POLICIES_MAX: usize = 16;
/// Longest text of an error kept in a dead letter, in characters.
pub const REASON_CHARS_MAX: usize = 500;
/// Most connections to the HTTP door at once; the next one waits until one of them ends.
pub const CONNECTIONS_MAX: usize = 4_096;
/// How long a connection may take to send the headers of a request, or to begin one.
pub const HEADERS_WAIT: Duration = Duration::from_secs(30);
/// Largest head of a request, in bytes.
pub const HEADERS_BYTES_MAX: usize = 64 * 1024;
/// How long to wait when no connection can be accepted, as when file handles run out.
pub const ACCEPT_RETRY: Duration = Duration::from_secs(1);
/// Most of a body that is read and thrown away, so that the caller hears why it was refused.
pub const LINGER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How long a body that was refused is read on.
pub const LINGER_MAX: Duration = Duration::from_secs(5);
