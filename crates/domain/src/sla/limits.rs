//! Every bound of deadline arithmetic, with its unit in its name.

/// How far a deadline is searched for, in days after its start or after the end of its
/// last pause, whichever is later: ten years.
///
/// Beyond it a calendar opens too little to keep the promise, and that is an error of the
/// calendar rather than a date to wait for.
pub const HORIZON_DAYS: i64 = 3_653;

/// The longest target, in milliseconds of working time: a leap year without a pause.
pub const TARGET_MS_MAX: i64 = 366 * 24 * 60 * 60 * 1_000;

/// The longest target in business days.
pub const BUSINESS_DAYS_MAX: u32 = 366;

/// The last minute of the day at which a shift may open: 23:59.
pub const OPEN_MINUTE_MAX: u16 = 24 * 60 - 1;

/// The last minute of the day at which a shift may close: 24:00.
pub const CLOSE_MINUTE_MAX: u16 = 24 * 60;
