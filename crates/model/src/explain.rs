//! Explanations: which n-grams of a text weighed most.
//!
//! A linear model adds up, so the share of each n-gram in a margin is exact: its value in the
//! text, times its weight. N-grams overlap; one that lies within another that is shown already
//! would say nothing new and is left out.

use std::collections::BTreeMap;

use crate::bag::{self, Scratch};
use crate::fold::Source;
use crate::grams::Gram;
use crate::limits;
use crate::model::{self, Model};
use crate::number::wide;
use crate::text::{Part, Text};

/// An n-gram of a text and what it added to a margin.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    /// The part of the text in which it first occurs.
    pub part: Part,
    /// Its first character there, in code points.
    pub start: usize,
    /// The character after its last, in code points.
    pub end: usize,
    /// The text between.
    pub text: String,
    /// What all its occurrences added to the margin.
    pub weight: f32,
}

/// Why a head holds a label likely or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The label that is explained.
    pub label: String,
    /// Its margin: where the line begins, and all that is weighed.
    pub margin: f32,
    /// Where the line begins.
    pub bias: f32,
    /// The score below which the head abstains; of a head that may pick many, the margin from
    /// which the label holds.
    pub threshold: f32,
    /// The n-grams that spoke for it most, the strongest first.
    pub toward: Vec<Weighed>,
    /// The n-grams that spoke against it most, the strongest first.
    pub against: Vec<Weighed>,
}

impl Model {
    /// Explains a label of a head: the likeliest, unless one is named. At most `most` n-grams
    /// speak on either side, and [`limits::EXPLAINED_MAX`].
    ///
    /// `None` when the model has no such head, or the head no such label.
    #[must_use]
    pub fn explain(
        &self,
        text: &Text<'_>,
        head: &str,
        label: Option<&str>,
        most: usize,
    ) -> Option<Explanation> {
        let head = self.head(head)?;
        let mut scratch = Scratch::default();
        self.read(text, &mut scratch);
        let margins = Self::margins(head, &scratch.sums);
        let number = match label {
            Some(label) => head.labels.iter().position(|it| it == label)?,
            None => model::best(margins),
        };
        let output = wide(head.first) + number;
        let shares = self.shares(&scratch, output);
        let most = most.min(limits::EXPLAINED_MAX);
        let mut strongest: Vec<&(f32, Gram)> = shares.values().collect();
        strongest.sort_by(|left, right| right.0.total_cmp(&left.0));
        let shown =
            |grams: &mut dyn Iterator<Item = &&(f32, Gram)>| weighed(text, &scratch, grams, most);
        Some(Explanation {
            label: head.labels[number].clone(),
            margin: margins[number],
            bias: self.header().biases[output],
            threshold: head
                .thresholds
                .get(number)
                .copied()
                .unwrap_or(head.threshold),
            toward: shown(&mut strongest.iter().take_while(|it| it.0 > 0.0)),
            against: shown(&mut strongest.iter().rev().take_while(|it| it.0 < 0.0)),
        })
    }

    /// For each known n-gram of the text that was read last: what it adds to an output's sum,
    /// and where it first occurs.
    fn shares(&self, scratch: &Scratch, output: usize) -> BTreeMap<u32, (f32, Gram)> {
        let scale = self.header().scales[output];
        let mut values = BTreeMap::new();
        for feature in &scratch.features {
            let weight = self.weights(feature.row)[output].cast_signed();
            values.insert(feature.row, f32::from(weight) * scale * feature.value);
        }
        let mut shares = BTreeMap::new();
        bag::occurrences(scratch.folded(), self.places(), |row, gram| {
            if let Some(share) = values.get(&row) {
                shares.entry(row).or_insert((*share, gram));
            }
        });
        shares
    }
}

/// The first `most` of the n-grams that lie in none before them.
fn weighed(
    text: &Text<'_>,
    scratch: &Scratch,
    grams: &mut dyn Iterator<Item = &&(f32, Gram)>,
    most: usize,
) -> Vec<Weighed> {
    let mut spans: Vec<Source> = Vec::new();
    let mut shown = Vec::new();
    for (weight, gram) in grams {
        if shown.len() == most {
            break;
        }
        let span = span(scratch, gram);
        let is_within =
            |it: &Source| it.part == span.part && it.start <= span.start && span.end <= it.end;
        if !spans.iter().any(is_within) {
            spans.push(span);
            shown.push(at(text, span, *weight));
        }
    }
    shown
}

/// The bytes of a part that an n-gram covers.
fn span(scratch: &Scratch, gram: &Gram) -> Source {
    let sources = &scratch.folded().sources;
    let (first, last) = (sources[wide(gram.first)], sources[wide(gram.last)]);
    Source {
        end: last.end,
        ..first
    }
}

fn at(text: &Text<'_>, span: Source, weight: f32) -> Weighed {
    let part = text.part(span.part);
    let (start, end) = (wide(span.start), wide(span.end));
    let covered = &part[start..end];
    let before = part[..start].chars().count();
    Weighed {
        part: span.part,
        start: before,
        end: before + covered.chars().count(),
        text: covered.to_owned(),
        weight,
    }
}
