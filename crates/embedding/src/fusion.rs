//! Fusion: two opinions as one.
//!
//! Each label's margin by the model and its margin by the embedder are weighed by two numbers and
//! added; a softmax over the labels makes probabilities of them. The two weights are those under
//! which what was right was as likely as can be, over answers to rows that neither had learnt
//! (stacking, Wolpert 1992). Two numbers cannot overfit, and they calibrate as they weigh.

use serde::{Deserialize, Serialize};

use crate::number::single;

/// Most steps of the search; it doubles its digits with each, so few are needed.
const STEPS_MAX: usize = 30;
/// Below this, a step changes nothing.
const STEP_MIN: f64 = 1e-9;
/// Keeps the search from running away where all rows are answered right anyway.
const RIDGE: f64 = 1e-3;

/// How much each of two opinions weighs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fusion {
    /// Weight of a margin of the linear model.
    pub linear: f32,
    /// Weight of a margin over the embedding.
    pub embedding: f32,
}

/// What both say of one row, and which label is right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard<'h> {
    pub(crate) linear: &'h [f32],
    pub(crate) embedding: &'h [f32],
    pub(crate) right: usize,
}

/// The slope and curvature of the loss at one place.
#[derive(Clone, Copy, Debug, Default)]
struct Slope {
    loss: f64,
    down: [f64; 2],
    /// The symmetric curvature: of the first weight, of both, of the second.
    bend: [f64; 3],
}

impl Fusion {
    /// The margins of both as one.
    #[must_use]
    pub fn margins(&self, linear: &[f32], embedding: &[f32]) -> Vec<f32> {
        linear
            .iter()
            .zip(embedding)
            .map(|(linear, embedding)| self.linear * linear + self.embedding * embedding)
            .collect()
    }

    /// Finds the weights by Newton's method; the loss has one valley. A step that would climb is
    /// halved until it does not.
    pub(crate) fn fit(rows: &[Heard<'_>]) -> Self {
        let mut at = [1.0, 1.0];
        let mut slope = Slope::at(rows, at);
        for _ in 0..STEPS_MAX {
            let Some(mut step) = slope.step() else { break };
            let mut next = [at[0] + step[0], at[1] + step[1]];
            let mut found = Slope::at(rows, next);
            while found.loss > slope.loss && step[0].abs() + step[1].abs() > STEP_MIN {
                step = step.map(|it| it / 2.0);
                next = [at[0] + step[0], at[1] + step[1]];
                found = Slope::at(rows, next);
            }
            if found.loss > slope.loss {
                break;
            }
            (at, slope) = (next, found);
            if step[0].abs() + step[1].abs() <= STEP_MIN {
                break;
            }
        }
        Self {
            linear: single(at[0]),
            embedding: single(at[1]),
        }
    }
}

impl Slope {
    fn at(rows: &[Heard<'_>], at: [f64; 2]) -> Self {
        let mut slope = Self {
            loss: RIDGE * (at[0] * at[0] + at[1] * at[1]) / 2.0,
            down: at.map(|it| -RIDGE * it),
            bend: [RIDGE, 0.0, RIDGE],
        };
        rows.iter().for_each(|row| slope.add(row, at));
        slope
    }

    fn add(&mut self, row: &Heard<'_>, at: [f64; 2]) {
        let of = |label: usize| {
            let pair = [row.linear[label], row.embedding[label]].map(f64::from);
            (pair, at[0] * pair[0] + at[1] * pair[1])
        };
        let (right, right_sum) = of(row.right);
        let (mut all, mut mean, mut square) = (0.0, [0.0; 2], [0.0; 3]);
        // Relative to the right label, no number is too large but where all is lost anyway.
        for label in 0..row.linear.len() {
            let (pair, sum) = of(label);
            let odds = libm::exp((sum - right_sum).min(300.0));
            all += odds;
            mean = [mean[0] + odds * pair[0], mean[1] + odds * pair[1]];
            square[0] += odds * pair[0] * pair[0];
            square[1] += odds * pair[0] * pair[1];
            square[2] += odds * pair[1] * pair[1];
        }
        let mean = mean.map(|it| it / all);
        self.loss += libm::log(all);
        self.down[0] += right[0] - mean[0];
        self.down[1] += right[1] - mean[1];
        self.bend[0] += square[0] / all - mean[0] * mean[0];
        self.bend[1] += square[1] / all - mean[0] * mean[1];
        self.bend[2] += square[2] / all - mean[1] * mean[1];
    }

    /// The step to where the valley's bottom would be, were it a parabola.
    fn step(&self) -> Option<[f64; 2]> {
        let [first, both, second] = self.bend;
        let determinant = first * second - both * both;
        (determinant > 0.0).then(|| {
            [
                (second * self.down[0] - both * self.down[1]) / determinant,
                (first * self.down[1] - both * self.down[0]) / determinant,
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use posthouse_model::Random;

    use super::*;

    /// Rows whose right label is drawn with the odds that `weights` give to two margins.
    fn drawn(weights: [f32; 2]) -> Vec<(Vec<f32>, Vec<f32>, usize)> {
        let mut random = Random::new(11);
        let mut uniform =
            move || f32::from(u16::try_from(random.number() >> 48).unwrap()) / 65_536.0;
        (0..4_000)
            .map(|_| {
                let linear: Vec<f32> = (0..4).map(|_| uniform() * 4.0 - 2.0).collect();
                let embedding: Vec<f32> = (0..4).map(|_| uniform() * 4.0 - 2.0).collect();
                let fusion = Fusion {
                    linear: weights[0],
                    embedding: weights[1],
                };
                let mut odds = fusion.margins(&linear, &embedding);
                crate::lines::softmax(&mut odds);
                let mut left = uniform();
                let right = odds.iter().position(|odds| {
                    left -= odds;
                    left < 0.0
                });
                (linear, embedding, right.unwrap_or(3))
            })
            .collect()
    }

    fn fit(rows: &[(Vec<f32>, Vec<f32>, usize)]) -> Fusion {
        let heard: Vec<Heard<'_>> = rows
            .iter()
            .map(|(linear, embedding, right)| Heard {
                linear,
                embedding,
                right: *right,
            })
            .collect();
        Fusion::fit(&heard)
    }

    #[test]
    fn the_weights_that_made_the_rows_are_found() {
        let found = fit(&drawn([0.5, 1.5]));
        assert!((found.linear - 0.5).abs() < 0.1, "{found:?}");
        assert!((found.embedding - 1.5).abs() < 0.15, "{found:?}");
    }

    #[test]
    fn an_opinion_that_knows_nothing_weighs_nothing() {
        let found = fit(&drawn([1.2, 0.0]));
        assert!(found.embedding.abs() < 0.06, "{found:?}");
    }

    #[test]
    fn rows_that_are_all_right_end_the_search() {
        let rows = vec![(vec![1.0, -1.0], vec![1.0, -1.0], 0); 50];
        let found = fit(&rows);
        assert!(found.linear.is_finite() && found.linear > 0.0, "{found:?}");
        assert!(fit(&[]).linear.is_finite());
    }
}
