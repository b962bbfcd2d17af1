//! Every bound of the local server manager, with its unit.

use std::time::Duration;

/// How long `nats-server --version` may take: the first run of a cold binary reads 20 MB.
pub const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one run of pip may take, slow links included.
pub const PIP_TIMEOUT: Duration = Duration::from_secs(180);

/// How long to wait for another process that is fetching into the same cache: two runs of pip.
pub const FETCH_LOCK_TIMEOUT: Duration = Duration::from_secs(360);

/// How long a start may take by default. A server that reads a large store back opens its port
/// last: 1.6 million messages took 6.5 s, so this allows for some thirty million.
pub const READY_TIMEOUT: Duration = Duration::from_secs(120);

/// How long a server that claims to run may take to send its INFO line or a monitoring page.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a server may take to end after SIGTERM before it gets SIGKILL.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a process may linger after SIGKILL before we call it unstoppable.
pub const KILL_TIMEOUT: Duration = Duration::from_secs(5);

/// Pause between two looks at something that cannot wake us (a ports file, a foreign process).
pub const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Longest INFO line read, in bytes. Real ones are below one kilobyte.
pub const INFO_BYTES_MAX: u64 = 64 * 1024;

/// Longest monitoring page read, in bytes.
pub const PAGE_BYTES_MAX: u64 = 256 * 1024;

/// How much of the end of a log an error looks at, in bytes.
pub const TAIL_BYTES_MAX: u64 = 8 * 1024;

/// How many lines of a log an error shows.
pub const TAIL_LINES_MAX: usize = 12;

/// Size at which the server's log is rotated, in bytes.
pub const LOG_BYTES_MAX: u64 = 10 * 1024 * 1024;

/// How many log files are kept, the current one included.
pub const LOG_FILES_MAX: u32 = 4;

/// Default ceiling of all file streams, in bytes. It reserves nothing.
pub const FILE_STORE_BYTES_MAX: u64 = 256 * 1024 * 1024 * 1024;

/// Default ceiling of all memory streams, in bytes. It reserves nothing.
pub const MEMORY_STORE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// First pause before a dead server is started again.
pub const RESTART_DELAY_MIN: Duration = Duration::from_millis(100);

/// Longest pause before a dead server is started again.
pub const RESTART_DELAY_MAX: Duration = Duration::from_secs(10);

/// How many restarts in a row may fail or be short-lived, by default, before supervision gives up.
pub const RESTARTS_MAX: usize = 10;

/// A server that lived this long is healthy again: its earlier deaths are forgiven.
pub const STABLE_AFTER: Duration = Duration::from_secs(60);
