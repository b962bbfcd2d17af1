//! Conversions between kinds of number that this crate needs, each with the reason it is safe.

/// A count or an offset; no text or table here comes near four thousand million.
#[expect(
    clippy::cast_possible_truncation,
    reason = "texts and tables are bounded far below u32::MAX; see limits"
)]
pub(crate) const fn narrow(value: usize) -> u32 {
    value as u32
}

/// An index that was a count before.
pub(crate) const fn wide(value: u32) -> usize {
    value as usize
}

/// A count as a number to reckon with. Counts here are exact in 53 bits.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) const fn real(value: usize) -> f64 {
    value as f64
}

/// The nearest single-precision number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "single precision is what weights and probabilities are kept in"
)]
pub(crate) const fn single(value: f64) -> f32 {
    value as f32
}

/// The nearest whole number that an `i8` can hold, but for -128: weights are symmetric.
#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to the range of the type"
)]
pub(crate) fn weight(value: f32) -> i8 {
    value.round().clamp(-127.0, 127.0) as i8
}

/// The nearest whole number that a `u8` can hold.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of the type"
)]
pub(crate) fn code(value: f64) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// The part of `count` that `share` is, rounded down.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count is a count"
)]
pub(crate) fn part(count: usize, share: f64) -> usize {
    (real(count) * share.clamp(0.0, 1.0)) as usize
}
