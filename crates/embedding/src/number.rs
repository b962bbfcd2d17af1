//! Conversions between kinds of number that this crate needs, each with the reason it is safe.

/// A count as a number to reckon with.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) const fn real(value: usize) -> f64 {
    value as f64
}

/// The nearest single-precision number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "single precision is what weights and margins are kept in"
)]
pub(crate) const fn single(value: f64) -> f32 {
    value as f32
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

/// A share in 0 to 1 as whole percent.
pub(crate) fn percent(share: f64) -> usize {
    part(100, share + 0.005)
}
