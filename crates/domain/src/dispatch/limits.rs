//! Every bound of dispatch, with its unit.

/// Most refusals that are remembered of one agent; the oldest is forgotten first, and its ticket
/// may be offered to them again. It bounds how far a decision looks past the head of a class.
pub const REFUSALS_MAX: usize = 64;
/// How many kinds of demand without any ticket are kept for the next one, besides as many as have
/// tickets. Beyond that they are swept away.
pub const IDLE_DEMANDS_MAX: usize = 1_024;
/// How far ahead the end of a shift is looked for, in milliseconds: two days.
pub const SHIFT_AHEAD_MS: i64 = 2 * 24 * 60 * 60 * 1_000;
