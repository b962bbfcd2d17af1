//! The solver: lines that part each label's texts from all others, as wide of both as can be.
//!
//! A linear support vector machine with squared hinge loss for every output, by dual coordinate
//! descent (Hsieh, Chang, Lin, Keerthi, Sundararajan 2008, algorithm 1). All outputs are solved
//! side by side: they see the rows in the same order, so a row's features are fetched once for
//! all of them, and weights lie row by row as they will in the artefact.
//!
//! # Invariants
//!
//! - Equal problem, cost and seed give equal weights: sums are formed in one order, and nothing
//!   here needs more than addition, multiplication and division.
//! - At most [`PASSES_MAX`] passes over the rows.

use std::ops::Range;

use crate::bag::Feature;
use crate::number::wide;
use crate::random::Random;

/// Passes over the rows, at most; most problems are solved in half of them.
const PASSES_MAX: usize = 30;
/// Solved when no condition of optimality is violated by more than this.
const TOLERANCE: f32 = 0.1;

/// Rows of features, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    features: Vec<Feature>,
    ends: Vec<usize>,
}

impl Rows {
    pub(crate) fn push(&mut self, features: &[Feature]) {
        self.features.extend_from_slice(features);
        self.ends.push(self.features.len());
    }

    pub(crate) const fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, row: usize) -> &[Feature] {
        &self.features[self.range(row)]
    }

    fn range(&self, row: usize) -> Range<usize> {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[row]
    }
}

/// What is to be learnt.
#[derive(Debug)]
pub(crate) struct Problem<'r> {
    pub(crate) rows: &'r Rows,
    /// How many n-grams there are.
    pub(crate) grams: usize,
    pub(crate) outputs: usize,
    /// For each row, for each output: 1 on this side of the line, -1 on the other, 0 on neither.
    pub(crate) sides: &'r [i8],
    /// The C of the machine.
    pub(crate) cost: f32,
    pub(crate) seed: u64,
}

/// Lines: for each n-gram, for each output, its weight.
#[derive(Debug)]
pub(crate) struct Lines {
    pub(crate) outputs: usize,
    pub(crate) weights: Vec<f32>,
    pub(crate) biases: Vec<f32>,
}

impl Lines {
    /// Sums of a row at all outputs.
    pub(crate) fn sums(&self, features: &[Feature], sums: &mut [f32]) {
        sums.copy_from_slice(&self.biases);
        for feature in features {
            let weights = &self.weights[wide(feature.row) * self.outputs..][..self.outputs];
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += feature.value * weight;
            }
        }
    }

    /// Moves each line by its delta along a row.
    fn shift(&mut self, features: &[Feature], deltas: &[f32], moved: &[usize]) {
        for (bias, delta) in self.biases.iter_mut().zip(deltas) {
            *bias += delta;
        }
        // Late in training few lines move, and touching the others would only cost time.
        let is_sparse = moved.len() * 4 < self.outputs;
        for feature in features {
            let weights = &mut self.weights[wide(feature.row) * self.outputs..][..self.outputs];
            if is_sparse {
                for &output in moved {
                    weights[output] += feature.value * deltas[output];
                }
            } else {
                for (weight, delta) in weights.iter_mut().zip(deltas) {
                    *weight += feature.value * delta;
                }
            }
        }
    }
}

/// Solves a problem on the rows `among`.
pub(crate) fn solve(problem: &Problem<'_>, among: &[usize]) -> Lines {
    let outputs = problem.outputs;
    let mut lines = Lines {
        outputs,
        weights: vec![0.0; problem.grams * outputs],
        biases: vec![0.0; outputs],
    };
    let mut walk = Walk {
        problem,
        duals: vec![0.0; problem.rows.len() * outputs],
        sums: vec![0.0; outputs],
        deltas: vec![0.0; outputs],
        moved: Vec::with_capacity(outputs),
    };
    let mut order = among.to_vec();
    let mut random = Random::new(problem.seed);
    for _ in 0..PASSES_MAX {
        random.shuffle(&mut order);
        let mut violation = 0.0_f32;
        for &row in &order {
            violation = violation.max(walk.step(row, &mut lines));
        }
        if violation < TOLERANCE {
            break;
        }
    }
    lines
}

struct Walk<'p> {
    problem: &'p Problem<'p>,
    /// The dual variable of each row and output: how hard the row pushes that line.
    duals: Vec<f32>,
    sums: Vec<f32>,
    deltas: Vec<f32>,
    moved: Vec<usize>,
}

impl Walk<'_> {
    /// Lets a row push all lines as far as is best for it, and tells by how much the worst of
    /// them was wrong.
    fn step(&mut self, row: usize, lines: &mut Lines) -> f32 {
        let features = self.problem.rows.get(row);
        lines.sums(features, &mut self.sums);
        let here = row * self.problem.outputs..(row + 1) * self.problem.outputs;
        let sides = &self.problem.sides[here.clone()];
        let duals = &mut self.duals[here];
        let softness = 0.5 / self.problem.cost;
        let length: f32 = features.iter().map(|it| it.value * it.value).sum();
        let curvature = length + 1.0 + softness;
        let mut violation = 0.0_f32;
        self.moved.clear();
        for output in 0..sides.len() {
            let side = f32::from(sides[output]);
            let gradient = side * self.sums[output] - 1.0 + softness * duals[output];
            self.deltas[output] = 0.0;
            let at_rest = duals[output] <= 0.0 && gradient >= 0.0;
            if side == 0.0 || at_rest {
                continue;
            }
            violation = violation.max(gradient.abs());
            let dual = (duals[output] - gradient / curvature).max(0.0);
            self.deltas[output] = (dual - duals[output]) * side;
            duals[output] = dual;
            self.moved.push(output);
        }
        if !self.moved.is_empty() {
            lines.shift(features, &self.deltas, &self.moved);
        }
        violation
    }
}
