//! The header of an artefact: what a model knows about itself.

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::number::wide;

/// How many labels of a head hold for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Exactly one, or none when the head abstains.
    One,
    /// Any number: each label stands for itself.
    Many,
}

/// How a head did on rows that it was not trained on, in turn: each row is judged by a model that
/// was trained on the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Labelled rows.
    pub rows: u32,
    /// Share of rows that are labelled as they should be.
    pub accuracy: f32,
    /// Mean over labels of the harmonic mean of precision and recall.
    pub macro_f1: f32,
    /// Expected calibration error, in fifteen equal ranges of probability.
    pub ece: f32,
}

/// One question that a model answers of each text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The field of training data that it learnt from, such as `category`.
    pub name: String,
    /// How many of its labels hold.
    pub choice: Choice,
    /// Its labels, sorted.
    pub labels: Vec<String>,
    /// The output of its first label; the others follow.
    pub first: u32,
    /// The output that tells texts from outside, if it was shown any.
    pub background: Option<u32>,
    /// What margins are divided by before they become probabilities.
    pub temperature: f32,
    /// Points of the rising curve that takes a probability to the share of answers that were
    /// right; none where there were too few rows to draw one.
    pub curve: Vec<(f32, f32)>,
    /// Below this score, it abstains.
    pub threshold: f32,
    /// Of [`Choice::Many`]: the margin from which each label holds.
    pub thresholds: Vec<f32>,
    /// Of [`Choice::Many`]: every row of training had a label, so every text gets one.
    pub is_never_empty: bool,
    /// How it did in training.
    pub quality: Quality,
}

/// What a model was trained from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Data {
    /// Rows of training.
    pub rows: u32,
    /// SHA-256 of the rows as they were read, in hexadecimal digits.
    pub sha256: String,
}

/// What a model knows about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the way that texts are read.
    pub features: u32,
    /// How many n-grams it knows.
    pub grams: u32,
    /// How many outputs all heads have together.
    pub outputs: u32,
    /// What it was trained from.
    pub data: Data,
    /// What ordered the rows in training.
    pub seed: u64,
    /// Cost of an error against that of a large weight, the C of a support vector machine.
    pub cost: f32,
    /// Share of texts from inside that may be taken for ones from outside.
    pub budget: f32,
    /// Its heads.
    pub heads: Vec<Head>,
    /// For each output, what one step of a weight is worth.
    pub scales: Vec<f32>,
    /// For each output, where it begins.
    pub biases: Vec<f32>,
}

impl Header {
    /// Says what is wrong, if anything is: every index is in range, every number is one.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let outputs = wide(self.outputs);
        if wide(self.grams) > limits::GRAMS_MAX || self.heads.len() > limits::HEADS_MAX {
            return Err("it speaks of too much");
        }
        if self.scales.len() != outputs || self.biases.len() != outputs {
            return Err("not every output has a scale and a bias");
        }
        if !self
            .scales
            .iter()
            .chain(&self.biases)
            .all(|it| it.is_finite())
        {
            return Err("a scale or a bias is no number");
        }
        self.heads.iter().try_for_each(|head| head.check(outputs))
    }
}

impl Head {
    fn check(&self, outputs: usize) -> Result<(), &'static str> {
        if self.labels.is_empty() || wide(self.first).saturating_add(self.labels.len()) > outputs {
            return Err("a head has no outputs");
        }
        if self
            .background
            .is_some_and(|output| wide(output) >= outputs)
        {
            return Err("a head has no background");
        }
        if !(self.temperature.is_finite() && self.temperature > 0.0 && self.threshold.is_finite()) {
            return Err("a head has no temperature or threshold");
        }
        let is_share = |it: &(f32, f32)| (0.0..=1.0).contains(&it.0) && (0.0..=1.0).contains(&it.1);
        if !self.curve.iter().all(is_share) {
            return Err("a head's curve leaves the range of probabilities");
        }
        let thresholds = match self.choice {
            Choice::One => 0,
            Choice::Many => self.labels.len(),
        };
        if self.thresholds.len() != thresholds || !self.thresholds.iter().all(|it| it.is_finite()) {
            return Err("not every label of a head has a threshold");
        }
        Ok(())
    }
}
