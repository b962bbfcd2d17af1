//! Labels: what was found out about a ticket, what was asked back, what people corrected, and
//! which incident a ticket belongs to.

use serde::{Deserialize, Serialize};

use super::{Features, Sentiment, Severity};
use crate::ids::TicketId;

/// The ticket was labelled; one per classification round (per cause).
///
/// Whether the classifier abstained is in the features, where rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classified {
    /// The labels, within everything rules may look at.
    pub features: Features,
    /// What the category asks for and the text does not give.
    pub missing: Vec<String>,
    /// How sure, in thousandths.
    pub confidence_permille: u16,
    /// What decided: the taxonomy's version and the model's content address.
    pub model: String,
    /// Why each label was chosen.
    pub reasons: Vec<Reason>,
    /// Where the text holds personal data or secrets.
    pub personal: Vec<PersonalSpan>,
    /// Tickets that say nearly the same, the most similar first.
    pub similar: Vec<SimilarTicket>,
    /// What speaks of urgency or risk.
    pub signals: Vec<Signal>,
}

/// Why one label was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The label: `category`, `severity`, …
    pub field: String,
    /// The value it got.
    pub value: String,
    /// The part that decided: `words`, `default`, `declared`, `abstained`, `rule:NAME`,
    /// `model:…`.
    pub rule: String,
    /// What in the ticket it saw.
    pub evidence: String,
}

/// A place where a text holds personal data or a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalSpan {
    /// What it is: `PHONE`, `EMAIL_ADDRESS`, `API_KEY`, …
    pub kind: String,
    /// The text it stands in: `subject`, `body`, or `reply` with the number of the reply.
    pub field: String,
    /// Where it begins, in code points of that text.
    pub start: u32,
    /// Where it ends, in code points of that text; the first one after it.
    pub end: u32,
}

/// A ticket that says nearly the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimilarTicket {
    /// The ticket.
    pub ticket: TicketId,
    /// Its number.
    pub number: String,
    /// How similar, in thousandths.
    pub score_permille: u16,
}

/// Something that speaks of urgency or risk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// What it speaks of: a key of the taxonomy.
    pub key: String,
    /// What in the ticket says so.
    pub evidence: String,
}

/// The customer is asked for what is missing; one per classification round (per cause).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InfoRequested {
    /// The language of the questions, BCP 47.
    pub language: String,
    /// What the customer reads: all questions, with a word before and after.
    pub text: String,
    /// The questions one by one, in the order of the text.
    pub questions: Vec<Question>,
    /// Whether the ticket counts as waiting for the customer, for its clocks, until an answer.
    pub pauses_clocks: bool,
}

/// One question about one missing piece of information.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The piece of information: a key of the taxonomy.
    pub key: String,
    /// The question.
    pub text: String,
    /// Answers to choose from; empty where the customer has to write.
    pub choices: Vec<String>,
}

/// A person says what the labels are. They hold from there on, whatever is concluded later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corrected {
    /// The labels that were wrong, as they are.
    pub labels: Labels,
    /// Why; may be empty.
    pub note: String,
}

/// Some labels of a ticket; what is `None` is not spoken of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// What it is about.
    pub category: Option<String>,
    /// What the customer wants.
    pub kind: Option<String>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// How the customer sounds.
    pub sentiment: Option<Sentiment>,
    /// The language of the text, BCP 47.
    pub language: Option<String>,
    /// All tags.
    pub tags: Option<Vec<String>>,
}

/// The ticket belongs to an incident that many report; one per incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    /// The incident, which is a ticket.
    pub incident: TicketId,
    /// Its number.
    pub number: String,
    /// How similar this ticket is to the others, in thousandths.
    pub score_permille: u16,
    /// The rule of the policy that decided.
    pub rule: String,
}

/// The ticket does not belong to the incident after all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfolded {
    /// The incident; `None` for whichever it was folded into.
    pub incident: Option<TicketId>,
    /// Why; may be empty.
    pub reason: String,
}

impl Labels {
    /// Whether nothing is spoken of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes over what `later` speaks of.
    pub fn take(&mut self, later: &Self) {
        take(&mut self.category, &later.category);
        take(&mut self.kind, &later.kind);
        take(&mut self.severity, &later.severity);
        take(&mut self.sentiment, &later.sentiment);
        take(&mut self.language, &later.language);
        take(&mut self.tags, &later.tags);
    }

    /// Sets what is spoken of. Where the category is, nobody has to guess it any more.
    pub fn set_on(&self, features: &mut Features) {
        if let Some(category) = &self.category {
            features.category.clone_from(category);
            features.abstained = false;
        }
        if let Some(kind) = &self.kind {
            features.kind.clone_from(kind);
        }
        features.severity = self.severity.or(features.severity);
        features.sentiment = self.sentiment.or(features.sentiment);
        if let Some(language) = &self.language {
            features.language.clone_from(language);
        }
        if let Some(tags) = &self.tags {
            features.tags.clone_from(tags);
        }
    }
}

fn take<T: Clone>(old: &mut Option<T>, later: &Option<T>) {
    if later.is_some() {
        old.clone_from(later);
    }
}
