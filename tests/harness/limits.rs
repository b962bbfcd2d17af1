//! Every bound of the tests. They say when to give up, not how fast it should be: a shared
//! machine with two cores and a debug build must get through.

use std::time::Duration;

/// How long a process may take to be up and ready, a first download of the server included.
pub const START_WITHIN: Duration = Duration::from_secs(150);
/// How long a command of the operator may take.
pub const COMMAND_WITHIN: Duration = Duration::from_secs(60);
/// How long one HTTP request may take.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How long a ticket, or some thousand of them, may be on the road.
pub const CARRIED_WITHIN: Duration = Duration::from_secs(90);
/// How long a process may take to end after SIGTERM: the promise that operators are given.
pub const DRAIN_WITHIN: Duration = Duration::from_secs(15);
/// How long the system may take to bury a process that was killed.
pub const BURIED_WITHIN: Duration = Duration::from_secs(10);
/// How often something that cannot wake us is looked at.
pub const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How much of what a process said a failure shows, in lines.
pub const LAST_LINES: usize = 60;
