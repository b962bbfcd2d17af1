//! Scores: how good forecasts were, once it is known what came.

use serde::{Deserialize, Serialize};

use super::Told;

/// Running sums of squared errors, from which the Brier score follows: the mean squared error
/// of probabilities, 0 for an oracle, 0.25 for whoever always says one half.
///
/// One for each kind of promise and each partition; they add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// How many forecasts were scored.
    pub forecasts: u64,
    /// The sum of their squared errors, in millionths.
    pub squared: u64,
    /// The sum of the naive forecasts' squared errors, in millionths.
    pub naive_squared: u64,
}

impl Score {
    /// A target ended, kept or missed: the forecasts made about it are scored. Those about a
    /// target that was withdrawn are dropped, since nothing came of it.
    pub(super) fn ended(&mut self, told: &[Told], missed: bool) {
        for told in told {
            self.forecasts = self.forecasts.saturating_add(1);
            self.squared = self.squared.saturating_add(squared(told.permille, missed));
            self.naive_squared = self
                .naive_squared
                .saturating_add(squared(told.naive_permille, missed));
        }
    }

    /// The sums of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            forecasts: self.forecasts.saturating_add(other.forecasts),
            squared: self.squared.saturating_add(other.squared),
            naive_squared: self.naive_squared.saturating_add(other.naive_squared),
        }
    }

    /// The Brier score, in millionths; `None` before the first forecast was scored.
    #[must_use]
    pub const fn brier_millionths(&self) -> Option<u64> {
        self.squared.checked_div(self.forecasts)
    }

    /// The Brier score of the naive forecasts about the same targets, in millionths.
    #[must_use]
    pub const fn naive_brier_millionths(&self) -> Option<u64> {
        self.naive_squared.checked_div(self.forecasts)
    }
}

fn squared(permille: u16, missed: bool) -> u64 {
    let came = if missed { 1_000 } else { 0 };
    let error = u64::from(permille.abs_diff(came));
    error * error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sure_and_right_costs_nothing_and_sure_and_wrong_costs_one() {
        let told = |permille, naive_permille| Told {
            permille,
            naive_permille,
            ..Told::default()
        };
        let mut score = Score::default();
        assert_eq!(score.brier_millionths(), None);
        score.ended(&[told(1_000, 500), told(900, 500)], true);
        assert_eq!(score.forecasts, 2);
        assert_eq!(score.brier_millionths(), Some(5_000));
        assert_eq!(score.naive_brier_millionths(), Some(250_000));
        score.ended(&[told(1_000, 0)], false);
        assert_eq!(score.brier_millionths(), Some((10_000 + 1_000_000) / 3));
    }
}
