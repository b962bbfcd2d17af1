//! Every bound of the auditor, with its unit in its name.

/// Most examples of one sort in a report.
pub const EXAMPLES_MAX: usize = 20;

/// How late a clock may ring while its partition has an owner, in milliseconds of log time.
/// Invariant 4.
pub const LATE_MS_MAX: i64 = 1_000;

/// How late a clock may ring after a span in which nobody could have rung it, in milliseconds
/// after the end of that span. Invariant 4: the time that a successor may take.
pub const TAKEOVER_MS_MAX: i64 = 10_000;

/// How far a deadline is looked for, in days: what a calendar must be able to keep.
pub const HORIZON_DAYS: i64 = 3_653;

/// Most requests to tell somebody of one hand-over whose outcomes a ticket's minutes wait for.
pub const REQUESTS_MAX: usize = 16;

/// Most pauses of one clock; once reached, the clock runs on.
pub const PAUSES_MAX: usize = 1_000;
