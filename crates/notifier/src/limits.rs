//! Every bound of the notifier, with its unit.

/// Longest part of an answer kept as a receipt or an error, in characters.
pub const RECEIPT_CHARS_MAX: usize = 300;
/// Most requests for which it is remembered which attempts were answered.
pub const ANSWERED_MAX: usize = 10_000;
/// Most bytes of an answer that are read.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024;
