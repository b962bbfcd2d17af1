//! The model as one part among others: what it says of a ticket, in the taxonomy's labels.

use std::sync::Arc;

use posthouse_domain::classify::{ModelUse, SURE_PERMILLE};
use posthouse_domain::limits::BODY_BYTES_MAX;
use posthouse_model::{Model, Prediction, Revise, Text};

use crate::combine::Vote;

/// Most digits of a model's identity that a reason shows.
const NAME_DIGITS: usize = 12;

/// A model that votes.
#[derive(Debug)]
pub(crate) struct Voter {
    model: Model,
    /// `model:` and the first digits of its identity.
    name: String,
    /// How sure it has to be.
    terms: ModelUse,
    /// Who is asked where the model is unsure; nobody in a service.
    second: Option<Arc<dyn Revise>>,
}

/// What a model says of one ticket.
pub(crate) struct Votes<'v> {
    voter: &'v Voter,
    prediction: Prediction<'v>,
}

impl Voter {
    pub(crate) fn new(model: Model, terms: ModelUse) -> Self {
        let id = model.id();
        let name = format!("model:{}", id.get(..NAME_DIGITS).unwrap_or(id));
        Self {
            model,
            name,
            terms,
            second: None,
        }
    }

    /// The same with somebody who is asked where the model is unsure.
    pub(crate) fn with_second(self, second: Arc<dyn Revise>) -> Self {
        Self {
            second: Some(second),
            ..self
        }
    }

    pub(crate) const fn model(&self) -> &Model {
        &self.model
    }

    /// Asks the model about a ticket; what was written later belongs to the body.
    pub(crate) fn hear(&self, subject: &str, body: &str, later: &[&str]) -> Votes<'_> {
        let mut whole = String::new();
        let body = if later.is_empty() {
            body
        } else {
            whole.push_str(body);
            for text in later {
                whole.push('\n');
                whole.push_str(text);
                if whole.len() > BODY_BYTES_MAX {
                    break;
                }
            }
            whole.as_str()
        };
        let text = Text { subject, body };
        let mut prediction = self.model.predict(&text);
        if let Some(second) = &self.second {
            second.revise(&self.model, &text, &mut prediction);
        }
        Votes {
            voter: self,
            prediction,
        }
    }
}

impl Votes<'_> {
    /// What the head of that name says, with the name of who said it; nothing where there is no such
    /// head, or it names a label that is not known here.
    pub(crate) fn one(&self, head: &str, is_known: impl Fn(&str) -> bool) -> Option<(&str, Vote)> {
        let answer = self.prediction.answer(head)?;
        if !is_known(answer.label) {
            return None;
        }
        let permille = permille(answer.probability);
        let terms = &self.voter.terms;
        let sure = terms.sure_permille.get(head).copied();
        let vote = Vote {
            label: answer.label.to_owned(),
            permille,
            abstained: answer.abstained || permille < terms.abstain_below_permille,
            sure: permille >= sure.unwrap_or(SURE_PERMILLE),
        };
        let second = self.voter.second.as_deref().filter(|_| answer.revised);
        Some((second.map_or(self.voter.name.as_str(), Revise::name), vote))
    }

    /// The labels that hold of a head that may pick many.
    pub(crate) fn many(&self, head: &str, is_known: impl Fn(&str) -> bool) -> (&str, Vec<Vote>) {
        let marks = self.prediction.marks(head);
        let known = marks.filter(|mark| is_known(mark.label));
        let votes = known.map(|mark| Vote {
            label: mark.label.to_owned(),
            permille: permille(mark.probability),
            abstained: false,
            sure: true,
        });
        (&self.voter.name, votes.collect())
    }
}

/// A probability in thousandths.
fn permille(probability: f32) -> u16 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number from 0 to 1000; what is none becomes 0"
    )]
    let permille = (probability.clamp(0.0, 1.0) * 1_000.0) as u16;
    permille
}
