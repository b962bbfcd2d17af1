//! How long a request waits for its outcome, and how long it is remembered once it has one.

use posthouse_domain::notify::Receiver;
use posthouse_domain::{FactId, Timestamp};

use crate::limits;

/// When a request that was settled at `now` is forgotten: at a full hour, so that those of an
/// hour cost one wake-up.
pub(super) fn forgotten_at(now: Timestamp) -> Timestamp {
    const HOUR_MS: i64 = 60 * 60 * 1_000;
    let at = now.plus_millis(limits::SETTLED_KEPT_MS).as_millis();
    Timestamp::from_millis((at.div_euclid(HOUR_MS) + 1) * HOUR_MS)
}

/// How long to wait for the outcome of an attempt before the next, in milliseconds: what the
/// attempt may take, a back-off that doubles with each, and up to a quarter of it more, so that
/// requests that failed together do not come back together.
pub(super) fn patience_ms(receiver: &Receiver, id: FactId, attempt: u32) -> i64 {
    let doublings = attempt.saturating_sub(1).min(20);
    let backoff = (u64::from(receiver.backoff_ms) << doublings).min(receiver.backoff_ms_max.into());
    let jitter = drawn(id, attempt) % (backoff / 4 + 1);
    i64::try_from(backoff + jitter + u64::from(receiver.timeout_ms)).unwrap_or(i64::MAX)
}

/// A number that looks drawn by lot and follows from the identity, so that every owner and every
/// replay waits as long. The wait is part of the view, hence whole numbers and no library whose
/// next version may draw another.
///
/// # Source
///
/// The finaliser of SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014.
fn drawn(id: FactId, attempt: u32) -> u64 {
    let (high, low) = id.0.as_u64_pair();
    let mut z = high ^ low.rotate_left(32) ^ u64::from(attempt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use posthouse_domain::ids::Uuid;

    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let receiver = crate::made::receiver(
            "channel = \"console\"\nbackoff = \"100ms\"\nbackoff_max = \"350ms\"\ntimeout = \"1s\"",
        );
        let least = [1_100, 1_200, 1_350, 1_350, 1_350];
        let wait =
            |number, attempt| patience_ms(&receiver, FactId(Uuid::from_u128(number)), attempt);
        for (attempt, least) in [1, 2, 3, 4, u32::MAX].into_iter().zip(least) {
            let backoff = least - 1_000;
            for number in 0..50 {
                let wait = wait(number, attempt);
                assert!((least..=least + backoff / 4).contains(&wait), "{wait}");
            }
        }
        let waits: std::collections::BTreeSet<_> = (0..50).map(|number| wait(number, 4)).collect();
        assert!(
            waits.len() > 20,
            "they do not come back together: {waits:?}"
        );
        assert_eq!(wait(7, 3), wait(7, 3), "nor by chance");
    }
}
