//! Every bound of telemetry, with its unit.

use std::time::Duration;

/// Most spans that wait to be exported; about a kilobyte each. The next one is dropped.
pub const QUEUE_SPANS_MAX: usize = 16_384;
/// Most spans of one export. A collector takes four megabytes at once, if nobody told it more.
pub const SPANS_PER_EXPORT_MAX: usize = 1_024;
/// How long spans wait for others to be exported with.
pub const EXPORT_EVERY: Duration = Duration::from_secs(1);
/// How long a connection may take to come about.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long one try of an export may take, its connection included.
pub const EXPORT_WITHIN: Duration = Duration::from_secs(10);
/// How often an export is tried again before what it carries is dropped.
pub const RETRIES_MAX: usize = 3;
/// The wait before the first of them; each is twice the one before, and a little more or less.
pub const RETRY_FIRST: Duration = Duration::from_millis(250);
/// The longest wait before one of them, whatever the collector asks for.
pub const RETRY_MAX: Duration = Duration::from_secs(15);
/// How long the end of a process waits for the last exports.
pub const END_WITHIN: Duration = Duration::from_secs(3);
/// Largest answer of a collector that is read, in bytes.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Most headers that go with an export.
pub const HEADERS_MAX: usize = 32;
/// Longest text of a collector that is quoted, in characters.
pub const REASON_CHARS_MAX: usize = 300;
