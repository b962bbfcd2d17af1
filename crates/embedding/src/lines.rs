//! Lines: a multinomial logistic regression over vectors.
//!
//! One line per label; the margins of a vector, through a softmax, are probabilities. Learnt by
//! stochastic gradient descent, one row at a time in an order that a seed gives, with a step that
//! shrinks to nothing and weights that are held small (Bishop 2006, “Pattern recognition and
//! machine learning”, 4.3.4). Vectors have length one, so that one step suits all embedders.

use posthouse_model::Random;
use serde::{Deserialize, Serialize};

use crate::number::{real, single};

/// How often every row is seen.
const ROUNDS: usize = 15;
/// The first step; it shrinks linearly. For rows of length one, descent is stable below 4.
const STEP: f64 = 3.0;
/// How little large weights cost, against all rows together: the C of a logistic regression.
const COST: f64 = 30.0;
/// A probability that is off by less moves no line.
const OFF_MIN: f32 = 1e-4;
/// Products that are summed side by side: an order of summing that is the same everywhere and
/// that processors can do at once.
const LANES: usize = 8;

/// A line for each label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lines {
    width: usize,
    /// Label by label.
    weights: Vec<f32>,
    biases: Vec<f32>,
}

/// Vectors and the labels that are right for them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'r> {
    pub(crate) vectors: &'r [Vec<f32>],
    pub(crate) labels: &'r [usize],
}

impl Lines {
    fn flat(labels: usize, width: usize) -> Self {
        Self {
            width,
            weights: vec![0.0; labels * width],
            biases: vec![0.0; labels],
        }
    }

    /// How many labels there are.
    #[must_use]
    pub fn labels(&self) -> usize {
        self.biases.len()
    }

    /// Whether all numbers are there for vectors of that width, and are numbers.
    pub(crate) fn is_sound(&self, width: usize) -> bool {
        let numbers = self.weights.iter().chain(&self.biases);
        self.width == width
            && self.weights.len() == self.labels() * width
            && numbers.into_iter().all(|it| it.is_finite())
    }

    /// The margins of all labels.
    #[must_use]
    pub fn margins(&self, vector: &[f32]) -> Vec<f32> {
        let lines = self.weights.chunks_exact(self.width.max(1));
        lines
            .zip(&self.biases)
            .map(|(line, bias)| dot(line, vector) + bias)
            .collect()
    }

    /// Learns from those of the rows that `chosen` names.
    pub(crate) fn learn(rows: Rows<'_>, chosen: &[usize], labels: usize, seed: u64) -> Self {
        let width = rows.vectors.first().map_or(0, Vec::len);
        let mut lines = Self::flat(labels, width);
        let mut order = chosen.to_vec();
        let mut random = Random::new(seed);
        let steps = real(ROUNDS * order.len());
        let mut done = 0;
        for _ in 0..ROUNDS {
            random.shuffle(&mut order);
            for row in &order {
                let step = single(STEP * (1.0 - real(done) / steps));
                lines.correct(&rows.vectors[*row], rows.labels[*row], step);
                done += 1;
            }
            // What every step would have taken from the weights, taken at once.
            let shrink = STEP * (1.0 - real(done) / steps) / COST;
            lines.shrink(single(libm::exp(-shrink)));
        }
        lines
    }

    /// Moves all lines towards the right answer to one row.
    fn correct(&mut self, vector: &[f32], right: usize, step: f32) {
        let mut off = self.margins(vector);
        softmax(&mut off);
        off[right] -= 1.0;
        let lines = self.weights.chunks_exact_mut(self.width.max(1));
        for ((line, bias), off) in lines.zip(&mut self.biases).zip(off) {
            if off.abs() < OFF_MIN {
                continue;
            }
            let by = step * off;
            *bias -= by * 0.1;
            for (weight, value) in line.iter_mut().zip(vector) {
                *weight -= by * value;
            }
        }
    }

    fn shrink(&mut self, by: f32) {
        self.weights.iter_mut().for_each(|weight| *weight *= by);
    }
}

/// Turns margins into probabilities.
pub(crate) fn softmax(margins: &mut [f32]) {
    let most = margins.iter().copied().fold(f32::MIN, f32::max);
    let mut sum = 0.0;
    for margin in margins.iter_mut() {
        *margin = libm::expf(*margin - most);
        sum += *margin;
    }
    margins.iter_mut().for_each(|margin| *margin /= sum);
}

fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (lefts, rights) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let rest: f32 = lefts
        .remainder()
        .iter()
        .zip(rights.remainder())
        .map(|(left, right)| left * right)
        .sum();
    for (left, right) in lefts.zip(rights) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corners() -> (Vec<Vec<f32>>, Vec<usize>) {
        let mut random = Random::new(3);
        let mut noise = || f32::from(u8::try_from(random.number() >> 56).unwrap()) / 1_000.0;
        (0..90)
            .map(|row| {
                let label = row % 3;
                let mut vector: Vec<f32> = (0..11).map(|_| noise()).collect();
                vector[label] += 1.0;
                let length = dot(&vector, &vector).sqrt();
                vector.iter_mut().for_each(|it| *it /= length);
                (vector, label)
            })
            .unzip()
    }

    #[test]
    fn lines_part_what_can_be_parted() {
        let (vectors, labels) = corners();
        let rows = Rows {
            vectors: &vectors,
            labels: &labels,
        };
        let chosen: Vec<usize> = (0..60).collect();
        let lines = Lines::learn(rows, &chosen, 3, 1);
        assert!(lines.is_sound(11) && !lines.is_sound(12));
        for row in 60..90 {
            let mut margins = lines.margins(&vectors[row]);
            softmax(&mut margins);
            assert!(margins[labels[row]] > 0.8, "row {row}: {margins:?}");
        }
    }

    #[test]
    fn equal_rows_and_seed_give_equal_lines() {
        let (vectors, labels) = corners();
        let rows = Rows {
            vectors: &vectors,
            labels: &labels,
        };
        let chosen: Vec<usize> = (0..90).collect();
        let learn = |seed| Lines::learn(rows, &chosen, 3, seed);
        assert_eq!(learn(5), learn(5));
        assert_ne!(learn(5), learn(6));
    }

    #[test]
    fn products_are_summed_whole() {
        let left: Vec<f32> = (1_u8..=19).map(f32::from).collect();
        let ones = vec![1.0; 19];
        assert!((dot(&left, &ones) - 190.0).abs() < 1e-4);
    }

    #[test]
    fn probabilities_add_up_however_far_apart_margins_are() {
        let mut margins = [900.0, -900.0, 899.0];
        softmax(&mut margins);
        assert!((margins.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(margins[0] > margins[2] && margins[1] >= 0.0);
    }
}
