//! Rates: how long promises of one kind took lately, as a histogram that forgets.
//!
//! Buckets are four to a doubling of time, so a bucket is never wider than a quarter of its
//! lower bound. Weights are whole numbers, in [`ONE`]ths of a promise.

use serde::{Deserialize, Serialize};

use super::likes::Likes;
use super::limits::{FORECAST_BUCKETS, FORECAST_MEMORY, FORECAST_PRIOR, TARGET_MS_MAX};
use super::{Score, Told};

/// The weight of a promise that just ended.
const ONE: u32 = 1 << 16;
/// Probabilities are computed in so many parts.
const PARTS: u128 = 1 << 32;
/// Buckets of a doubling, and the length of the first ones, as powers of two: 4, and 1,024 ms.
const SPLIT_BITS: u32 = 2;
const UNIT_BITS: u32 = 10;

/// How long promises of one kind took lately, by those that ended.
///
/// One for each target and severity, and each partition. It changes by facts only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// Weight of the promises that were kept, by the working time they took.
    kept: Vec<u32>,
    /// Weight of those that ended with more time needed, by the working time seen.
    outlasted: Vec<u32>,
    /// Weight of those that were kept or missed, and of the missed among them.
    ended: u32,
    missed: u32,
    /// What became of those that were asked about.
    likes: Likes,
    score: Score,
}

impl Rates {
    /// A promise was kept after so much working time; `told` was said about it before.
    pub fn kept(&mut self, lasted_ms: i64, told: &[Told]) {
        self.fade();
        self.tell(told, false);
        add(&mut self.kept, bucket(lasted_ms));
        self.ended = self.ended.saturating_add(ONE);
    }

    /// A promise was missed: it lasts longer than its target; `told` was said about it before.
    pub fn missed(&mut self, target_ms: i64, told: &[Told]) {
        self.fade();
        self.tell(told, true);
        add(&mut self.outlasted, bucket(target_ms));
        self.ended = self.ended.saturating_add(ONE);
        self.missed = self.missed.saturating_add(ONE);
    }

    /// A promise was withdrawn after so much working time: neither kept nor missed, but it
    /// lasted so long.
    pub fn withdrawn(&mut self, lasted_ms: i64) {
        self.fade();
        add(&mut self.outlasted, bucket(lasted_ms));
    }

    /// How many ended promises it rests on; those of long ago count for less than one.
    #[must_use]
    pub const fn observed(&self) -> u32 {
        self.ended / ONE
    }

    /// How good the forecasts about promises of this kind were so far.
    #[must_use]
    pub const fn score(&self) -> Score {
        self.score
    }

    /// The share of missed ones among those that ended, in thousandths, with the prior's one in
    /// five while there are few.
    pub(super) fn missed_permille(&self) -> u16 {
        let prior = u64::from(FORECAST_PRIOR * ONE);
        let missed = u64::from(self.missed) + prior / 5;
        permille(
            u128::from(missed),
            u128::from(self.ended) + u128::from(prior),
        )
    }

    pub(super) const fn likes(&self) -> &Likes {
        &self.likes
    }

    /// Of the promises that last longer than `elapsed_ms`, the share that also outlasts what is
    /// left, in thousandths.
    pub(super) fn outlasting_permille(&self, elapsed_ms: i64, left_ms: i64) -> u16 {
        let from_ms = elapsed_ms.clamp(0, TARGET_MS_MAX);
        let to_ms = from_ms.saturating_add(left_ms).clamp(0, TARGET_MS_MAX);
        if to_ms <= from_ms {
            return 1_000;
        }
        let mut share = PARTS;
        let mut at_risk = self.weight_from(bucket(from_ms));
        for index in bucket(from_ms)..=bucket(to_ms) {
            let (lower, upper) = (lower_ms(index), lower_ms(index + 1));
            let kept = u128::from(weight(&self.kept, index));
            let outlasted = u128::from(weight(&self.outlasted, index));
            let prior = prior_weight(lower, to_ms);
            let prior_kept = prior - prior_weight(upper, to_ms);
            // Those seen no longer in this bucket count as if they had outlasted it: a missed
            // promise stands in the bucket of its target, which it did outlast.
            let (all, ends) = (at_risk + prior, kept + prior_kept);
            // Within a bucket promises end evenly.
            let width = millis(upper - lower);
            let begin = millis(from_ms.clamp(lower, upper) - lower);
            let end = millis(to_ms.clamp(lower, upper) - lower).max(begin);
            let before = all * width - ends * begin;
            let after = all * width - ends * end;
            share = share * after / before.max(1);
            at_risk = at_risk.saturating_sub(kept + outlasted);
        }
        permille(share, PARTS)
    }

    fn tell(&mut self, told: &[Told], missed: bool) {
        self.likes.ended(told, missed);
        self.score.ended(told, missed);
    }

    fn weight_from(&self, index: usize) -> u128 {
        let from = |weights: &[u32]| -> u128 {
            let rest = weights.get(index..).unwrap_or_default();
            rest.iter().map(|weight| u128::from(*weight)).sum()
        };
        from(&self.kept) + from(&self.outlasted)
    }

    /// Everything so far counts a little less.
    fn fade(&mut self) {
        let weights = self.kept.iter_mut().chain(&mut self.outlasted);
        for weight in weights.chain([&mut self.ended, &mut self.missed]) {
            *weight -= weight.div_ceil(FORECAST_MEMORY);
        }
    }
}

fn add(weights: &mut Vec<u32>, index: usize) {
    if weights.len() <= index {
        weights.resize(index + 1, 0);
    }
    weights[index] = weights[index].saturating_add(ONE);
}

fn weight(weights: &[u32], index: usize) -> u32 {
    weights.get(index).copied().unwrap_or_default()
}

/// The prior's weight of promises that last longer than `ms`: `1 / (1 + (ms/m)²)` of it, where m
/// is half of the target.
fn prior_weight(ms: i64, target_ms: i64) -> u128 {
    let (median, ms) = (millis(target_ms / 2).max(1), millis(ms));
    let squared = median * median;
    u128::from(FORECAST_PRIOR * ONE) * squared / (squared + ms * ms)
}

fn millis(ms: i64) -> u128 {
    u128::try_from(ms).unwrap_or_default()
}

/// The bucket of a working time; what is too long for any is in the last.
fn bucket(ms: i64) -> usize {
    let units = u64::try_from(ms).unwrap_or_default() >> UNIT_BITS;
    let doublings = units.checked_ilog2().unwrap_or_default();
    if doublings < SPLIT_BITS {
        return usize::try_from(units).unwrap_or_default();
    }
    let part = (units >> (doublings - SPLIT_BITS)) & ((1 << SPLIT_BITS) - 1);
    let first = u64::from(doublings - SPLIT_BITS + 1) << SPLIT_BITS;
    usize::try_from(first + part).map_or(FORECAST_BUCKETS - 1, |index| {
        index.min(FORECAST_BUCKETS - 1)
    })
}

/// The shortest working time of a bucket, in milliseconds.
fn lower_ms(index: usize) -> i64 {
    let index = i64::try_from(index).unwrap_or_default();
    let (doublings, part) = (index >> SPLIT_BITS, index & ((1 << SPLIT_BITS) - 1));
    if doublings == 0 {
        return part << UNIT_BITS;
    }
    ((1 << SPLIT_BITS) + part) << (doublings - 1) << UNIT_BITS
}

fn permille(part: u128, whole: u128) -> u16 {
    let rounded = (part * 1_000 + whole / 2) / whole.max(1);
    u16::try_from(rounded.min(1_000)).unwrap_or(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    #[test]
    fn buckets_are_beside_each_other_and_hold_what_they_say() {
        for index in 0..FORECAST_BUCKETS {
            let (lower, upper) = (lower_ms(index), lower_ms(index + 1));
            assert_eq!(bucket(lower), index);
            assert!(upper > lower);
            if index + 1 < FORECAST_BUCKETS {
                assert_eq!(bucket(upper - 1), index);
                assert_eq!(bucket(upper), index + 1);
            }
        }
        assert!(
            bucket(TARGET_MS_MAX) < FORECAST_BUCKETS - 1,
            "the longest target fits"
        );
        assert_eq!(bucket(i64::MAX), FORECAST_BUCKETS - 1);
        assert_eq!(bucket(-5), 0);
    }

    #[test]
    fn without_any_promise_one_in_five_is_missed() {
        let rates = Rates::default();
        let share = rates.outlasting_permille(0, 60 * MINUTE);
        assert!((195..=205).contains(&share), "{share}");
        assert_eq!(rates.missed_permille(), 200);
    }

    #[test]
    fn the_longer_it_lasts_with_the_same_target_the_worse() {
        let mut rates = Rates::default();
        (1..=100).for_each(|minutes| rates.kept(minutes * MINUTE / 2, &[]));
        let shares: Vec<u16> = (0..60)
            .map(|used| rates.outlasting_permille(used * MINUTE, (60 - used) * MINUTE))
            .collect();
        assert!(shares.is_sorted(), "{shares:?}");
        assert!(shares[0] < 40, "all but the prior's were kept: {shares:?}");
        assert!(shares[59] > 800, "hardly any was kept so late: {shares:?}");
    }

    #[test]
    fn what_is_observed_outweighs_the_prior_and_the_recent_the_old() {
        let mut rates = Rates::default();
        (0..500).for_each(|_| rates.kept(10 * MINUTE, &[]));
        assert!(rates.outlasting_permille(0, 60 * MINUTE) < 20);
        assert!(rates.missed_permille() < 20);
        assert!(rates.observed() < FORECAST_MEMORY);
        (0..500).for_each(|_| rates.missed(60 * MINUTE, &[]));
        assert!(rates.outlasting_permille(0, 60 * MINUTE) > 900);
        assert!(rates.missed_permille() > 900);
    }

    /// Half end after 10 minutes, the others are missed after 30. Nothing is known of them
    /// beyond that, so the share that outlasts an hour comes from the prior alone.
    #[test]
    fn a_missed_promise_tells_that_it_lasted_longer() {
        let mut rates = Rates::default();
        for _ in 0..200 {
            rates.kept(10 * MINUTE, &[]);
            rates.missed(30 * MINUTE, &[]);
        }
        let share = rates.outlasting_permille(0, 30 * MINUTE);
        assert!((440..=520).contains(&share), "{share}");
        let surely = rates.outlasting_permille(15 * MINUTE, 15 * MINUTE);
        assert!(
            surely > 900,
            "those that outlasted 15 minutes were missed: {surely}"
        );
    }

    #[test]
    fn no_time_left_is_a_breach_and_nonsense_is_none() {
        let mut rates = Rates::default();
        rates.kept(MINUTE, &[]);
        assert_eq!(rates.outlasting_permille(9 * MINUTE, 0), 1_000);
        assert_eq!(rates.outlasting_permille(9 * MINUTE, -MINUTE), 1_000);
        assert_eq!(rates.outlasting_permille(-1, 0), 1_000);
        assert!(rates.outlasting_permille(0, i64::MAX) < 1_000);
    }

    #[test]
    fn it_stays_small_whatever_it_is_told() {
        let mut rates = Rates::default();
        for number in 0..20_000_i64 {
            rates.kept(number.wrapping_mul(7_919_191) % TARGET_MS_MAX, &[]);
            rates.missed(number * 1_000_003, &[]);
            rates.withdrawn(number * 17);
        }
        let bytes = postcard::to_stdvec(&rates).unwrap();
        assert!(bytes.len() < 1_024, "{} bytes", bytes.len());
        assert_eq!(postcard::from_bytes::<Rates>(&bytes).unwrap(), rates);
    }
}
