//! McNemar's test: whether chance explains that one of two models is right more often than the
//! other on the same tickets.
//!
//! Only the tickets on which exactly one of them is right say anything. Were the two equally
//! good, each of those would be a fair coin; the p-value is how probable it is that fair coins
//! fall at least as unevenly.
//!
//! # Source
//!
//! Q. McNemar, *Psychometrika* 12 (1947); the exact, two-sided form by the binomial distribution,
//! which needs no large numbers.

use serde::Serialize;

/// How two models, `a` and `b`, fared on the same tickets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Contest {
    /// Both were right.
    pub(crate) both_right: u64,
    /// Only `a` was right.
    pub(crate) only_a: u64,
    /// Only `b` was right.
    pub(crate) only_b: u64,
    /// Both were wrong.
    pub(crate) both_wrong: u64,
}

impl Contest {
    /// One more ticket.
    pub(crate) const fn count(&mut self, a_is_right: bool, b_is_right: bool) {
        match (a_is_right, b_is_right) {
            (true, true) => self.both_right += 1,
            (true, false) => self.only_a += 1,
            (false, true) => self.only_b += 1,
            (false, false) => self.both_wrong += 1,
        }
    }

    /// How many tickets there were.
    pub(crate) const fn tickets(&self) -> u64 {
        self.both_right + self.only_a + self.only_b + self.both_wrong
    }

    /// The share of tickets on which `a` was right; 0 where there are none.
    pub(crate) fn accuracy_a(&self) -> f64 {
        share(self.both_right + self.only_a, self.tickets())
    }

    /// The share of tickets on which `b` was right; 0 where there are none.
    pub(crate) fn accuracy_b(&self) -> f64 {
        share(self.both_right + self.only_b, self.tickets())
    }

    /// Whether `b` was right less often than `a`.
    pub(crate) const fn b_is_worse(&self) -> bool {
        self.only_b < self.only_a
    }

    /// How probable so uneven an outcome is if both are equally good, from 0 to 1.
    pub(crate) fn p_value(&self) -> f64 {
        let (fewer, more) = (self.only_a.min(self.only_b), self.only_a.max(self.only_b));
        if fewer == more {
            return 1.0;
        }
        // The tail is summed from its largest term down, each from the one before, relative to
        // the largest: no factorial is ever formed, and terms too small to count end the sum.
        let (mut term, mut sum, mut k) = (1.0, 1.0, fewer);
        while k > 0 && term > f64::EPSILON * sum {
            term *= number(k) / number(fewer + more - k + 1);
            sum += term;
            k -= 1;
        }
        let largest =
            ln_choose(fewer + more, fewer) - number(fewer + more) * std::f64::consts::LN_2;
        (2.0 * sum * largest.exp()).min(1.0)
    }
}

/// The logarithm of the number of ways to choose `k` of `n`.
fn ln_choose(n: u64, k: u64) -> f64 {
    (1..=k).map(|i| (number(n - k + i) / number(i)).ln()).sum()
}

fn share(part: u64, of: u64) -> f64 {
    number(part) / number(of.max(1))
}

/// A count as a number to calculate with. Counts of tickets are far below 2^53.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of tickets are far below 2^53"
)]
const fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(only_a: u64, only_b: u64) -> f64 {
        Contest {
            only_a,
            only_b,
            ..Contest::default()
        }
        .p_value()
    }

    fn is_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    /// Sums that fit on paper: of `n` coins at most `k` fall the rarer way, either way round.
    #[test]
    fn small_contests_by_hand() {
        is_near(p(0, 0), 1.0);
        is_near(p(3, 3), 1.0);
        is_near(p(1, 0), 1.0);
        is_near(p(5, 0), 2.0 / 32.0);
        is_near(p(0, 6), 2.0 / 64.0);
        is_near(p(1, 7), 2.0 * (1.0 + 8.0) / 256.0);
        is_near(p(2, 10), 2.0 * (1.0 + 12.0 + 66.0) / 4096.0);
        is_near(p(10, 2), p(2, 10));
    }

    #[test]
    fn large_contests_neither_overflow_nor_vanish_early() {
        // A thousand standard deviations and none at all.
        assert!(p(1_000_000, 0) < 1e-300);
        let even = p(100_000, 100_001);
        assert!((0.99..=1.0).contains(&even), "{even}");
        // Twice the tail of a normal distribution from 2.0 - continuity correction on.
        let two = p(4_900, 5_100);
        assert!((0.045..0.048).contains(&two), "{two}");
    }

    #[test]
    fn counts_become_shares() {
        let mut contest = Contest::default();
        for (a, b) in [(true, true), (true, false), (true, false), (false, true)] {
            contest.count(a, b);
        }
        is_near(contest.accuracy_a(), 0.75);
        is_near(contest.accuracy_b(), 0.5);
        assert!(contest.b_is_worse());
        is_near(Contest::default().accuracy_a(), 0.0);
    }
}
