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
/// The first passes look at all lines; later ones at those that a row still pushes, which are few,
/// but every so often at all of them.
const WHOLE_AT_FIRST: usize = 2;
/// See [`WHOLE_AT_FIRST`].
const WHOLE_EVERY: usize = 4;
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

    /// Sums of a row at some outputs.
    fn sums_at(&self, features: &[Feature], outputs: &[usize], sums: &mut [f32]) {
        for (sum, &output) in sums.iter_mut().zip(outputs) {
            *sum = self.biases[output];
        }
        for feature in features {
            let weights = &self.weights[wide(feature.row) * self.outputs..][..self.outputs];
            for (sum, &output) in sums.iter_mut().zip(outputs) {
                *sum += feature.value * weights[output];
            }
        }
    }

    /// Moves lines by their deltas along a row.
    fn shift(&mut self, features: &[Feature], moved: &[(usize, f32)]) {
        for &(output, delta) in moved {
            self.biases[output] += delta;
        }
        for feature in features {
            let weights = &mut self.weights[wide(feature.row) * self.outputs..][..self.outputs];
            for &(output, delta) in moved {
                weights[output] += feature.value * delta;
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
        restless: vec![Vec::new(); problem.rows.len()],
        everything: (0..outputs).collect(),
        sums: vec![0.0; outputs],
        moved: Vec::with_capacity(outputs),
    };
    let mut order = among.to_vec();
    let mut random = Random::new(problem.seed);
    for pass in 0..PASSES_MAX {
        random.shuffle(&mut order);
        let is_whole = pass < WHOLE_AT_FIRST || pass % WHOLE_EVERY == 0;
        let mut violation = 0.0_f32;
        for &row in &order {
            violation = violation.max(walk.step(row, is_whole, &mut lines));
        }
        if is_whole && violation < TOLERANCE {
            break;
        }
    }
    lines
}

struct Walk<'p> {
    problem: &'p Problem<'p>,
    /// The dual variable of each row and output: how hard the row pushes that line.
    duals: Vec<f32>,
    /// For each row, the outputs whose lines it pushed when it last looked at all.
    restless: Vec<Vec<usize>>,
    everything: Vec<usize>,
    sums: Vec<f32>,
    moved: Vec<(usize, f32)>,
}

impl Walk<'_> {
    /// Lets a row push all lines, or those it pushed before, as far as is best for it; tells by
    /// how much the worst of them was wrong.
    fn step(&mut self, row: usize, is_whole: bool, lines: &mut Lines) -> f32 {
        let features = self.problem.rows.get(row);
        let outputs: &[usize] = if is_whole {
            lines.sums(features, &mut self.sums);
            &self.everything
        } else {
            lines.sums_at(features, &self.restless[row], &mut self.sums);
            &self.restless[row]
        };
        let here = row * self.problem.outputs..(row + 1) * self.problem.outputs;
        let sides = &self.problem.sides[here.clone()];
        let duals = &mut self.duals[here];
        let softness = 0.5 / self.problem.cost;
        let length: f32 = features.iter().map(|it| it.value * it.value).sum();
        let curvature = length + 1.0 + softness;
        let mut violation = 0.0_f32;
        self.moved.clear();
        for (&output, sum) in outputs.iter().zip(&self.sums) {
            let side = f32::from(sides[output]);
            let dual = duals[output];
            let gradient = side * sum - 1.0 + softness * dual;
            if side == 0.0 || (dual <= 0.0 && gradient >= 0.0) {
                continue;
            }
            violation = violation.max(gradient.abs());
            duals[output] = (dual - gradient / curvature).max(0.0);
            self.moved.push((output, (duals[output] - dual) * side));
        }
        lines.shift(features, &self.moved);
        if is_whole {
            self.restless[row].clear();
            let outputs = self.moved.iter().map(|(output, _)| *output);
            self.restless[row].extend(outputs);
        }
        violation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows `(x, 1)` at -2, -1, 1, 2, on the side of their sign.
    fn problem(rows: &mut Rows) -> Vec<i8> {
        let mut sides = Vec::new();
        for value in [-2.0, -1.0, 1.0, 2.0_f32] {
            rows.push(&[Feature { row: 0, value }]);
            let side = if value > 0.0 { 1 } else { -1 };
            sides.extend([side, -side, 0]);
        }
        sides
    }

    fn solved(seed: u64) -> Lines {
        let mut rows = Rows::default();
        let sides = problem(&mut rows);
        let problem = Problem {
            rows: &rows,
            grams: 1,
            outputs: 3,
            sides: &sides,
            cost: 100.0,
            seed,
        };
        solve(&problem, &[0, 1, 2, 3])
    }

    /// With so high a cost the margin is hard: the nearest rows, at -1 and 1, have margin 1.
    #[test]
    fn the_widest_gap_is_found() {
        let lines = solved(1);
        assert!((lines.weights[0] - 1.0).abs() < 0.1, "{lines:?}");
        assert!(lines.biases[0].abs() < 0.1, "{lines:?}");
        let mirrored = lines.weights[0] + lines.weights[1];
        assert!(mirrored.abs() < f32::EPSILON, "{lines:?}");
    }

    #[test]
    fn nobody_moves_a_line_that_no_row_takes_part_in() {
        let lines = solved(1);
        assert!(lines.weights[2] == 0.0 && lines.biases[2] == 0.0);
    }

    #[test]
    fn a_seed_gives_equal_lines() {
        assert_eq!(solved(7).weights, solved(7).weights);
    }
}
