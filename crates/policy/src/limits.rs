//! Every bound of a bundle, with its unit.

/// Largest file of a bundle, in bytes.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Most files of a bundle.
pub const FILES_MAX: usize = 32;
/// Longest condition, in bytes of UTF-8.
pub const CONDITION_BYTES_MAX: usize = 4_096;
/// Longest message of the parser of conditions, in characters.
pub const SYNTAX_CHARS_MAX: usize = 200;
/// Most characters of a condition, outside of quotes, that operate or open a bracket. It bounds
/// the parser's recursion.
pub const CONDITION_MARKS_MAX: usize = 400;
/// Deepest nesting of a condition. It bounds the interpreter's recursion, for which a thread of
/// 2 MiB has to be enough even without optimisation.
pub const CONDITION_DEPTH_MAX: usize = 48;
/// Longest key or name, in bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// Most diagnostics of one bundle; what comes after is likely an echo of what came before.
pub const DIAGNOSTICS_MAX: usize = 200;
/// Most rules of one list, and so the longest walk for one ticket.
pub const RULES_MAX: usize = 1_000;
/// The shortest promise that a person could keep, in milliseconds of working time: a minute.
pub const PROMISE_MS_MIN: i64 = 60 * 1_000;
/// The longest that an answer may take on the wall, in days.
pub const RESPONSE_DAYS_MAX: i64 = 30;
/// The longest that a resolution may take on the wall, in days.
pub const RESOLUTION_DAYS_MAX: i64 = 180;
/// Over how many days a ladder is tried at load for times at which it reaches nobody.
pub const LADDER_TRIED_DAYS: i64 = 14;
/// Most warnings of one SLA policy.
pub const WARNINGS_MAX: usize = 10;
/// Most ways to tell one person.
pub const CONTACTS_MAX: usize = 16;
/// Most times that a rule tells again.
pub const REPEATS_MAX: i64 = 100;
/// Most digits to which a ticket number is filled up.
pub const NUMBER_DIGITS_MAX: i64 = 12;
/// Most attempts to reach a receiver.
pub const ATTEMPTS_MAX: i64 = 100;
/// The longest wait between two attempts, and the longest attempt, in milliseconds: a day.
pub const WAIT_MS_MAX: i64 = 24 * 60 * 60 * 1_000;
/// Longest question to a customer, and longest text before or after all of them, in bytes.
pub const QUESTION_BYTES_MAX: usize = 1_000;
/// The heaviest word of a taxonomy, for or against its label.
pub const WORD_WEIGHT_MAX: i64 = 100;
/// Deepest nesting of the components of a file of holidays: calendar, event, alarm, and to spare.
pub const ICS_DEPTH_MAX: usize = 8;
/// Most days of one holiday event.
pub const HOLIDAY_DAYS_MAX: i64 = 366;
/// Most holidays of one file, every recurrence counted.
pub const HOLIDAYS_MAX: usize = 10_000;
/// The last year for which yearly recurrences of holidays are written out.
pub const HOLIDAY_YEAR_MAX: i16 = 2100;
/// Most dates of one exception or season of a calendar.
pub const SEASON_DAYS_MAX: i64 = 366;
/// The longest time in the file of storms, in milliseconds: a week.
pub const STORM_MS_MAX: i64 = 7 * 24 * 60 * 60 * 1_000;
/// The largest count in the file of storms.
pub const STORM_NUMBER_MAX: i64 = 10_000;
/// Most words of one place.
pub const STORM_WORDS_MAX: usize = 100;
/// Most digits of an entry code.
pub const ENTRY_DIGITS_MAX: i64 = 32;
/// Most failed rounds in a row that a robot may be given.
pub const ROBOT_ROUNDS_MAX: i64 = 100;
/// Most words by which a customer asks for a person.
pub const ROBOT_WORDS_MAX: usize = 200;
/// Most steps of an overflow after its beginning.
pub const OVERFLOW_STEPS_MAX: usize = 16;
/// The highest proficiency, in permille.
pub const PROFICIENCY_MAX: i64 = 1_000;
/// Most centres that a step of an overflow names.
pub const STEP_CENTRES_MAX: i64 = 1_000;
/// Most combinations of known words that one condition is tried with at load.
pub const COMBINATIONS_MAX: usize = 4_096;
/// Most trials of conditions against combinations, over all rules of a bundle.
pub const TRIALS_MAX: usize = 100_000;
/// Most agents of a roster.
pub const AGENTS_MAX: usize = 20_000;
/// The largest capacity or load, in thousandths of a person. Robots do a lot at once.
pub const CAPACITY_MAX: i64 = 1_000_000;
/// The longest time of dispatch, in milliseconds: a week.
pub const DISPATCH_MS_MAX: i64 = 7 * 24 * 60 * 60 * 1_000;
/// The largest count of dispatch.
pub const DISPATCH_COUNT_MAX: i64 = 10_000;
/// The largest cost of a breach.
pub const COST_MAX: i64 = 10_000;
/// Over how many days shifts are tried at load for hours in which their centre is open.
pub const SHIFT_TRIED_DAYS: i64 = 14;
/// Most mailboxes or secrets of one receiver.
pub const RECEIVER_ITEMS_MAX: usize = 50;
