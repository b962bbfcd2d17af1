//! A challenger beside the model that decides: asked the same, heard by nobody but the metrics.
//!
//! Two models agree on a head when both abstain, or both pick the same label; on a head that may
//! pick many, when they pick the same ones. A head that only one of them has says nothing.

use std::collections::BTreeSet;

use posthouse_domain::classify::ModelUse;
use posthouse_model::{Choice, Head, Model, Prediction, Text};

use crate::models::Models;

/// A challenger and the model that decides.
#[derive(Debug)]
pub struct Shadow {
    decides: Model,
    challenges: Model,
}

impl Shadow {
    /// The two that a policy names; `None` where it names no challenger, or one of them is not
    /// kept any more: then the engine says so, and nobody misses the comparison.
    #[must_use]
    pub fn of(chosen: &ModelUse, models: &Models) -> Option<Self> {
        Some(Self {
            decides: models.get(chosen.name.as_deref()?).ok()?,
            challenges: models.get(chosen.challenger.as_deref()?).ok()?,
        })
    }

    /// On which heads the two agree about a text; see [`agreement`].
    #[must_use]
    pub fn agreement(&self, text: &Text<'_>) -> Vec<(&str, bool)> {
        agreement(&self.decides, &self.challenges, text)
    }
}

/// On which heads two models agree about a text, head by head in the order of the first one.
#[must_use]
pub fn agreement<'m>(first: &'m Model, second: &Model, text: &Text<'_>) -> Vec<(&'m str, bool)> {
    let (one, other) = (first.predict(text), second.predict(text));
    first
        .heads()
        .iter()
        .filter(|head| second.head(&head.name).is_some())
        .map(|head| (head.name.as_str(), agree(head, &one, &other)))
        .collect()
}

fn agree(head: &Head, one: &Prediction<'_>, other: &Prediction<'_>) -> bool {
    match head.choice {
        Choice::One => picked(one, &head.name) == picked(other, &head.name),
        Choice::Many => marked(one, &head.name) == marked(other, &head.name),
    }
}

/// The label that a head picked; `None` where it abstained.
fn picked<'p>(prediction: &'p Prediction<'_>, head: &str) -> Option<&'p str> {
    let answer = prediction.answer(head)?;
    (!answer.abstained).then_some(answer.label)
}

fn marked<'p>(prediction: &'p Prediction<'_>, head: &'p str) -> BTreeSet<&'p str> {
    prediction.marks(head).map(|mark| mark.label).collect()
}
