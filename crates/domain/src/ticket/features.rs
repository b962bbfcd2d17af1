//! What rules may look at: the measured and chosen properties of a ticket.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::State;
use crate::time::Timestamp;

/// Free properties that the sender attached, by name.
pub type Attributes = BTreeMap<String, String>;

/// How bad it is, measured: P0 is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Production is down, data is being lost, an attack is under way.
    P0,
    /// A major function is degraded.
    P1,
    /// Limited impact, or there is a way around.
    P2,
    /// A question, a wish, nothing broken.
    P3,
}

/// How the customer sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Sentiment {
    /// Angry or disappointed.
    Negative,
    /// Neither.
    Neutral,
    /// Pleased.
    Positive,
}

/// Everything that routing rules, SLA policies and receivers may look at.
///
/// Derived facts carry it along, so that a reader of one fact needs no look-up. The values are
/// those that held when the fact was appended. Empty text means "not known".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// The ticket's number as people see it.
    pub number: String,
    /// The first characters of the subject, at most [`crate::limits::EXCERPT_CHARS_MAX`].
    pub excerpt: String,
    /// The customer's key.
    pub customer: String,
    /// The customer's tier: a key of the policy.
    pub tier: String,
    /// The customer's region: a key of the policy.
    pub region: String,
    /// The way the ticket came: a key of the policy.
    pub channel: String,
    /// The product concerned, as the sender named it.
    pub product: String,
    /// The language of the text, BCP 47 (`zh`, `en`, …).
    pub language: String,
    /// Measured severity; before classification what the customer chose, if anything.
    pub severity: Option<Severity>,
    /// Category: a key of the taxonomy.
    pub category: String,
    /// Kind: a key of the taxonomy (`incident`, `request`, `question`, `complaint`).
    pub kind: String,
    /// How the customer sounds.
    pub sentiment: Option<Sentiment>,
    /// Tags of the taxonomy.
    pub tags: Vec<String>,
    /// Free properties that the sender attached.
    pub attributes: Attributes,
    /// When the ticket was accepted.
    pub opened_at: Timestamp,
    /// How often it was reopened.
    pub reopens: u32,
    /// The queue it stands in, as text, once it was routed.
    pub queue: String,
    /// Its state.
    pub state: State,
    /// What speaks of urgency or risk: keys of the taxonomy, in their order.
    pub signals: Vec<String>,
    /// Whether the classifier was not sure enough of the category to decide.
    pub abstained: bool,
    /// The identity of the incident that it is folded into, as text; empty for none.
    pub incident: String,
}

/// A word that is not among those that are known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read {what} `{word}`: want one of {known}")]
pub struct UnknownWord {
    /// What was to be read.
    pub what: &'static str,
    /// The word that was found, cut to 64 characters.
    pub word: String,
    /// The words that are known, separated by commas.
    pub known: String,
}

impl UnknownWord {
    /// Finds the item that is written `text` among `all`.
    ///
    /// # Errors
    ///
    /// An [`UnknownWord`] that names `what`, the word and the known ones.
    pub fn find<T: Copy>(
        what: &'static str,
        text: &str,
        all: &[T],
        word_of: impl Fn(T) -> &'static str,
    ) -> Result<T, Self> {
        all.iter()
            .copied()
            .find(|item| word_of(*item) == text)
            .ok_or_else(|| Self {
                what,
                word: crate::shown::shown(text),
                known: all
                    .iter()
                    .map(|item| word_of(*item))
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }
}

impl Severity {
    /// All severities, the worst first.
    pub const ALL: [Self; 4] = [Self::P0, Self::P1, Self::P2, Self::P3];

    /// The word for it in messages and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P0 => "P0",
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
        }
    }
}

impl Sentiment {
    /// All sentiments.
    pub const ALL: [Self; 3] = [Self::Negative, Self::Neutral, Self::Positive];

    /// The word for it in messages and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Negative => "neg",
            Self::Neutral => "neutral",
            Self::Positive => "pos",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Sentiment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("severity", text, &Self::ALL, Self::as_str)
    }
}

impl FromStr for Sentiment {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("sentiment", text, &Self::ALL, Self::as_str)
    }
}
