//! `exp(-x)` in whole numbers, so that it is the same on every machine.
//!
//! `exp(-x) = exp(-n) * exp(-i/256) * (1 - f)` with the whole part, 256ths and what is left of
//! `x`; the last factor by a straight line between two entries of the table, which keeps the
//! whole falling. The tables are made by the compiler, by repeated multiplication.

/// One, in the fixed point of results: 62 bits behind the point.
pub(super) const ONE: u64 = 1 << 62;

/// How many bits of `x` are behind the point.
pub(super) const X_BITS: u32 = 16;

/// From here on the result is nothing.
const WHOLE_MAX: usize = 43;

/// `exp(-1/256)` and `exp(-1)` with 62 bits behind the point (the series of the exponential
/// function, computed to 40 digits).
const STEP: u64 = 4_593_706_758_521_714_574;
const WHOLE: u64 = 1_696_544_475_317_221_318;

/// `exp(-i/256)`.
const FINE: [u64; 257] = powers(STEP);
/// `exp(-n)`.
const COARSE: [u64; WHOLE_MAX + 1] = powers(WHOLE);

const fn powers<const N: usize>(base: u64) -> [u64; N] {
    let mut all = [ONE; N];
    let mut at = 1;
    while at < N {
        all[at] = times(all[at - 1], base);
        at += 1;
    }
    all
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the product of two numbers of at most one is at most one"
)]
const fn times(a: u64, b: u64) -> u64 {
    ((a as u128 * b as u128) >> 62) as u64
}

/// `exp(-x)` for an `x` with [`X_BITS`] bits behind the point; the result has 62.
pub(super) fn exp_neg(x: u64) -> u64 {
    let whole = usize::try_from(x >> X_BITS).unwrap_or(usize::MAX);
    let Some(coarse) = COARSE.get(whole) else {
        return 0;
    };
    let part = x & ((1 << X_BITS) - 1);
    let at = usize::try_from(part >> 8).expect("it is below 256");
    let (from, to) = (FINE[at], FINE[at + 1]);
    let fine = from - ((from - to) >> 8) * (part & 0xff);
    times(*coarse, fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "a comparison to eight digits")]
    fn is_the_exponential_function() {
        for x in (0..(20 << X_BITS)).step_by(37) {
            let want = (-(x as f64) / f64::from(1_u32 << X_BITS)).exp();
            let got = exp_neg(x) as f64 / ONE as f64;
            assert!((got / want - 1.0).abs() < 2e-6, "{x}: {got} for {want}");
        }
        assert_eq!(exp_neg(0), ONE);
        assert_eq!(exp_neg(u64::MAX), 0);
    }

    #[test]
    fn never_rises() {
        let mut before = ONE;
        for x in 0..(45 << X_BITS) {
            let now = exp_neg(x);
            assert!(now <= before, "at {x}");
            before = now;
        }
    }
}
