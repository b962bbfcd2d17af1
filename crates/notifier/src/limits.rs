//! Every bound of the notifier, with its unit.

/// Longest part of an answer kept as a receipt or an error, in characters.
pub const RECEIPT_CHARS_MAX: usize = 300;
/// Most requests for which it is remembered which attempts were answered.
pub const ANSWERED_MAX: usize = 10_000;
/// Most bytes of an answer that are read.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Most attempts of one receiver under way at once: one that never answers leaves room for the
/// others.
pub const RECEIVER_ERRANDS_MAX: usize = 16;
/// Most receivers whose ready requests are looked at in one step; the others are next.
pub const RECEIVERS_PER_STEP_MAX: usize = 64;
/// How long to wait for the outcome of an attempt whose receiver the policy lacks, in
/// milliseconds. Nothing is posted then, so only the log has to answer.
pub const NO_RECEIVER_PATIENCE_MS: i64 = 10_000;
/// How long a request with an outcome is remembered, so that a repeat is not told again, in
/// milliseconds: as long as regions keep their facts (requirements, R82), because what comes
/// again comes from there.
pub const SETTLED_KEPT_MS: i64 = 180 * 24 * 60 * 60 * 1_000;
