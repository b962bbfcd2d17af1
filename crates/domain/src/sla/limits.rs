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

/// About how many ended targets a forecast remembers; older ones fade.
pub const FORECAST_MEMORY: u32 = 128;

/// For how many targets the prior counts, until real ones have ended.
pub const FORECAST_PRIOR: u32 = 8;

/// Buckets of a histogram of working times: four to a doubling, from a second to over a year.
pub const FORECAST_BUCKETS: usize = 100;

/// About how many ended targets a forecast remembers of each situation.
pub const FORECAST_LIKES_MEMORY: u32 = 64;

/// Most instants at which an SLA policy asks for a forecast about a target.
pub const FORECAST_CHECKS_MAX: usize = 8;

/// Most levels of risk that an SLA policy tells of.
pub const FORECAST_LEVELS_MAX: usize = 4;

/// Most steps of a ladder.
pub const LADDER_STEPS_MAX: usize = 20;

/// Most repeats of a ladder after its first pass.
pub const LADDER_REPEATS_MAX: u32 = 20;

/// The longest delay of a step, and the longest wait before a repeat, in milliseconds: 30 days.
pub const LADDER_DELAY_MS_MAX: i64 = 30 * 24 * 60 * 60 * 1_000;

/// The largest amount of a compensation rule, of a monthly fee, and of what accrues, in whole
/// units.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// The largest share of a monthly fee, in percent: a hundred fees.
pub const FEE_PERCENT_MAX: i64 = 10_000;
