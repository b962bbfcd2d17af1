//! Every bound of the router and the dispatcher, with its unit.

/// Most offers that follow from one input at once; what could be offered beyond follows with the
/// next.
pub const OFFERS_PER_STEP_MAX: usize = 64;
/// Most tickets that are taken from an agent who is gone at once; the others follow at once too,
/// in the next step.
pub const TAKEN_BACK_PER_STEP_MAX: usize = 64;
/// For how long a ticket is remembered after its end, in milliseconds: a week. A repeat of its
/// routing that comes later begins nothing.
pub const ENDED_KEPT_MS: i64 = 7 * 24 * 3_600 * 1_000;
/// Rows that are read from the view at once when it is opened.
pub const ROWS_PER_SCAN: usize = 1_024;
