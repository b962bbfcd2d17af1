//! Every bound of a chaos run, with its unit.

use std::time::Duration;

/// How long a process or server may take to be ready after a start.
pub(crate) const START_WITHIN: Duration = Duration::from_secs(60);
/// How long a process may take to end after SIGTERM: the promise that operators are given.
pub(crate) const DRAIN_WITHIN: Duration = Duration::from_secs(15);
/// How long the system may take to bury a process that was killed.
pub(crate) const BURIED_WITHIN: Duration = Duration::from_secs(10);
/// How long a command of the operator may take.
pub(crate) const COMMAND_WITHIN: Duration = Duration::from_secs(30);
/// How long the region may take to be settled once faults have stopped and the last deadline is
/// over.
pub(crate) const SETTLED_WITHIN: Duration = Duration::from_secs(120);
/// How long the log holds nothing new but ticks when it is quiet.
pub(crate) const QUIET_FOR: Duration = Duration::from_secs(4);
/// How often something that cannot wake us is looked at.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often the log is read on while it settles.
pub(crate) const LOOK_AT_LOG_EVERY: Duration = Duration::from_secs(1);
/// How long one answer of the bus is waited for.
pub(crate) const BUS_WITHIN: Duration = Duration::from_secs(5);
/// How often the servers' pulse is felt.
pub(crate) const PULSE_EVERY: Duration = Duration::from_millis(250);
/// From when on the servers count as slow: a clock that rings waits for two messages in a row to be
/// stored, and may take a second.
pub(crate) const PULSE_SLOW: Duration = Duration::from_millis(300);
/// How long one HTTP request may take.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(12);
/// How long something is tried again before it is given up as not accepted.
pub(crate) const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);
/// Pause between two tries.
pub(crate) const TRY_AGAIN_AFTER: Duration = Duration::from_millis(300);
/// How often a step of a ticket's life is tried that its state does not allow yet.
pub(crate) const NOT_YET_MAX: usize = 20;
/// Tickets that are alive at once; more are not opened.
pub(crate) const LIVES_MAX: usize = 2_000;
/// Bytes that a link carries at once.
pub(crate) const CHUNK_BYTES: usize = 16 * 1024;
/// Largest piece of a trickle, in bytes.
pub(crate) const TRICKLE_BYTES_MAX: usize = 256;
/// Pause between two pieces of a trickle.
pub(crate) const TRICKLE_PAUSE: Duration = Duration::from_millis(1);
/// Room on the small disk of a process, in bytes.
pub(crate) const MEMBER_DISK_BYTES: u64 = 96 * 1024 * 1024;
/// Room on the small disk of a server, in bytes.
pub(crate) const SERVER_DISK_BYTES: u64 = 512 * 1024 * 1024;
/// How much of what a process said is shown, in lines.
pub(crate) const LAST_LINES: usize = 40;
/// Most findings of one sort that are shown.
pub(crate) const EXAMPLES_MAX: usize = 10;
