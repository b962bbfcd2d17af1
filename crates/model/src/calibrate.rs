//! Calibration: margins as probabilities that can be believed.
//!
//! A margin is a distance, not a probability. Divided by one temperature per head, chosen so that
//! what did happen was as likely as can be, margins become odds (Guo et al. 2017, “On calibration
//! of modern neural networks”). One number cannot overfit, and it changes no order.

use crate::number::{real, single};

/// Temperatures that are tried: from almost certain to almost indifferent.
const TEMPERATURES: (f64, f64) = (0.02, 20.0);
/// Steps of the search; each leaves 62 % of the range, so this many leave nothing.
const STEPS: usize = 40;

/// The probability of the label at `index`: `exp(margin / temperature)`, over the sum of all.
pub(crate) fn softmax(margins: &[f32], temperature: f32, index: usize) -> f32 {
    let temperature = f64::from(temperature);
    let of = f64::from(margins[index]);
    let sum: f64 = margins
        .iter()
        .map(|margin| libm::exp((f64::from(*margin) - of) / temperature))
        .sum();
    single(1.0 / sum)
}

/// The probability of a label that stands for itself: one half at margin zero.
pub(crate) fn logistic(margin: f32, temperature: f32) -> f32 {
    single(1.0 / (1.0 + libm::exp(-f64::from(margin) / f64::from(temperature))))
}

/// The temperature at which `loss` is least, by golden section over its logarithm: the loss of
/// temperature scaling has one valley.
pub(crate) fn temperature(loss: impl Fn(f64) -> f64) -> f32 {
    let golden = (libm::sqrt(5.0) - 1.0) / 2.0;
    let (mut low, mut high) = (libm::log(TEMPERATURES.0), libm::log(TEMPERATURES.1));
    let at = |place: f64| loss(libm::exp(place));
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut left_loss, mut right_loss) = (at(left), at(right));
    for _ in 0..STEPS {
        if left_loss <= right_loss {
            (high, right, right_loss) = (right, left, left_loss);
            left = high - golden * (high - low);
            left_loss = at(left);
        } else {
            (low, left, left_loss) = (left, right, right_loss);
            right = low + golden * (high - low);
            right_loss = at(right);
        }
    }
    single(libm::exp((low + high) / 2.0))
}

/// Minus the logarithm of [`softmax`], without the rounding.
pub(crate) fn surprise(margins: &[f32], temperature: f64, index: usize) -> f64 {
    let of = f64::from(margins[index]);
    let sum: f64 = margins
        .iter()
        .map(|margin| libm::exp((f64::from(*margin) - of) / temperature))
        .sum();
    libm::log(sum)
}

/// Minus the logarithm of [`logistic`], or of its complement, without the rounding.
pub(crate) fn surprise_of_one(margin: f32, temperature: f64, holds: bool) -> f64 {
    let signed = if holds { margin } else { -margin };
    libm::log1p(libm::exp(-f64::from(signed) / temperature))
}

/// Fewest rows that a curve is drawn through.
const CURVE_ROWS_MIN: usize = 1_000;
/// Rows in each group.
const CURVE_ROWS_PER_POINT: usize = 100;
/// Most points of a curve.
const CURVE_POINTS_MAX: usize = 20;

/// A rising curve from probabilities to the shares of answers that were right: its points.
/// Without any, probabilities stay as they are.
pub(crate) fn curve(mut answers: Vec<(f32, bool)>) -> Vec<(f32, f32)> {
    if answers.len() < CURVE_ROWS_MIN {
        return Vec::new();
    }
    answers.sort_by(|left, right| left.0.total_cmp(&right.0));
    let points = (answers.len() / CURVE_ROWS_PER_POINT).min(CURVE_POINTS_MAX);
    let mut pools: Vec<Pool> = Vec::new();
    for group in answers.chunks(answers.len().div_ceil(points)) {
        let mut pool = Pool::of(group);
        // What comes later may not be lower.
        while let Some(before) = pools.pop_if(|before| before.height() >= pool.height()) {
            pool = before.with(&pool);
        }
        pools.push(pool);
    }
    pools.iter().map(Pool::point).collect()
}

/// Where a curve takes a probability: straight lines between its points, and to 0 and 1.
pub(crate) fn along(curve: &[(f32, f32)], probability: f32) -> f32 {
    if curve.is_empty() {
        return probability;
    }
    let after = curve.partition_point(|point| point.0 < probability);
    let (from, low) = after
        .checked_sub(1)
        .map_or((0.0, 0.0), |before| curve[before]);
    let (to, high) = curve.get(after).copied().unwrap_or((1.0, 1.0));
    if to <= from {
        return high;
    }
    low + (high - low) * ((probability - from) / (to - from)).clamp(0.0, 1.0)
}

/// Answers of about one probability.
#[derive(Clone, Copy, Debug)]
struct Pool {
    probabilities: f64,
    right: usize,
    rows: usize,
}

impl Pool {
    fn of(group: &[(f32, bool)]) -> Self {
        Self {
            probabilities: group.iter().map(|it| f64::from(it.0)).sum(),
            right: group.iter().filter(|it| it.1).count(),
            rows: group.len(),
        }
    }

    fn with(self, other: &Self) -> Self {
        Self {
            probabilities: self.probabilities + other.probabilities,
            right: self.right + other.right,
            rows: self.rows + other.rows,
        }
    }

    fn height(&self) -> f64 {
        real(self.right) / real(self.rows)
    }

    fn point(&self) -> (f32, f32) {
        let at = self.probabilities / real(self.rows);
        (single(at), single(self.height()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likelihoods_of_all_labels_are_one() {
        let margins = [0.3, -1.2, 0.9, 0.0];
        let sum: f32 = (0..4).map(|label| softmax(&margins, 0.4, label)).sum();
        assert!((sum - 1.0).abs() < 1e-6);
        assert!((logistic(0.0, 0.4) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn no_margin_is_too_great() {
        assert!((softmax(&[f32::MAX, f32::MIN], 0.02, 0) - 1.0).abs() < 1e-6);
        assert!(softmax(&[f32::MAX, f32::MIN], 0.02, 1) < 1e-6);
        assert!(logistic(f32::MIN, 0.02) < 1e-6);
    }

    /// The valley of `(ln t - ln 3)^2` is at 3.
    #[test]
    fn the_lowest_loss_is_found() {
        let found = temperature(|it| {
            let distance = libm::log(it) - libm::log(3.0);
            distance * distance
        });
        assert!((found - 3.0).abs() < 1e-3, "{found}");
    }

    /// Answers that are right half as often as they say.
    #[test]
    fn a_curve_tells_how_often_answers_are_right() {
        let answers = (0..2_000_u16).map(|row| {
            let probability = f32::from(row % 100) / 100.0;
            (
                probability,
                f32::from(row / 100 % 20) / 20.0 < probability / 2.0,
            )
        });
        let curve = curve(answers.collect());
        assert!((2..=CURVE_POINTS_MAX).contains(&curve.len()), "{curve:?}");
        for asked in [0.2, 0.5, 0.8] {
            let told = along(&curve, asked);
            assert!((told - asked / 2.0).abs() < 0.06, "{asked} {told}");
        }
        assert!(curve.is_sorted_by(|left, right| left.0 < right.0 && left.1 < right.1));
    }

    #[test]
    fn a_curve_rises_and_stays_within_bounds() {
        let answers = (0..3_000_u16).map(|row| (f32::from(row % 97) / 97.0, row % 7 < 3));
        let curve = curve(answers.collect());
        let told: Vec<f32> = (0..=100_u8)
            .map(|percent| along(&curve, f32::from(percent) / 100.0))
            .collect();
        assert!(told.is_sorted(), "{told:?}");
        assert!(told.iter().all(|it| (0.0..=1.0).contains(it)), "{told:?}");
    }

    #[test]
    fn few_rows_draw_no_curve() {
        assert!(curve(vec![(0.5, true); 999]).is_empty());
        assert!((along(&[], 0.3) - 0.3).abs() < f32::EPSILON);
    }
}
