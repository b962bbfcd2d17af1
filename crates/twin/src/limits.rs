//! Every bound of the twin, with its unit.

/// Bytes of a scenario file, each of those that it extends included.
pub const SCENARIO_BYTES_MAX: usize = 4 << 20;

/// Files in a chain of `extends`.
pub const EXTENDS_MAX: usize = 8;

/// Hours that a scenario may last, warm-up included.
pub const HOURS_MAX: f64 = 30.0 * 366.0 * 24.0;

/// Tickets that a run may draw.
pub const TICKETS_MAX: usize = 20_000_000;

/// Agents that a run may staff.
pub const AGENTS_MAX: usize = 100_000;

/// Days after the measured span in which tickets are followed to their end. What is still open
/// then counts as broken on every promise that has passed.
pub const FOLLOW_DAYS: i64 = 14;

/// Share by which a derived total may differ from the one that a scenario says, from 0 to 1.
pub const TOTALS_TOLERANCE: f64 = 0.001;

/// Share by which the sum of shares may differ from one.
pub const SHARES_TOLERANCE: f64 = 0.001;

/// Hours for which tickets go on to come after the measured span, so that those that count are
/// not alone at their end.
pub const COOL_DOWN_HOURS: i64 = 24;

/// Minutes of a shift, and of an offset from UTC of either sign: two days.
pub const MINUTES_MAX: i64 = 2 * 24 * 60;
