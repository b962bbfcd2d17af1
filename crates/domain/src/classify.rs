//! Classification, as data: what the labels are and which words speak for them.
//!
//! The classifier service finds the words and asks the model; this module says what they mean.

mod asking;
mod rule;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ticket::{Sentiment, Severity};

pub use asking::{Ask, Asking, Texts, first_language};
pub use rule::{LabelRule, LabelRules};

/// The labels of an organisation and the words that speak for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxonomy {
    /// What a ticket is about.
    pub categories: Vec<Label<String>>,
    /// What the customer wants: incident, request, question, complaint.
    pub kinds: Vec<Label<String>>,
    /// How bad it is.
    pub severities: Vec<Label<Severity>>,
    /// How the customer sounds.
    pub sentiments: Vec<Label<Sentiment>>,
    /// Free tags; several may hold.
    pub tags: Vec<Label<String>>,
    /// Pieces of information and the patterns by which one sees that the text gives them.
    pub information: Vec<Information>,
    /// The information each category wants, by category.
    pub required: BTreeMap<String, Vec<String>>,
    /// The category of a ticket for which no word speaks.
    pub category_default: String,
    /// The kind of a ticket for which no word speaks.
    pub kind_default: String,
    /// The severity of a ticket for which no word speaks and the customer chose none.
    pub severity_default: Option<Severity>,
    /// Which model votes beside the words.
    pub model: ModelUse,
    /// How customers are asked for what is missing.
    pub asking: Asking,
    /// What speaks of urgency or risk; several may hold.
    pub signals: Vec<Label<String>>,
}

/// From which probability on a model outweighs words that say otherwise, in thousandths, where the
/// policy says nothing: two of three such answers are right.
pub const SURE_PERMILLE: u16 = 650;

/// Which model votes beside the words, and how sure it has to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUse {
    /// `default` for the one that is part of the program, or the content address of another;
    /// `None` where words alone decide.
    pub name: Option<String>,
    /// A model that is asked beside it without effect, to be compared with it; named as it is.
    pub challenger: Option<String>,
    /// A model that is less sure of a label than this abstains from it, in thousandths; besides
    /// where it says itself that it does not know.
    pub abstain_below_permille: u16,
    /// From which probability on, in thousandths, it outweighs words that say otherwise, by label
    /// (`category`, `kind`, `sentiment`); [`SURE_PERMILLE`] where nothing is said.
    pub sure_permille: BTreeMap<String, u16>,
}

/// A label and the words that speak for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label<K> {
    /// The label.
    pub key: K,
    /// The words, in any language; matched without regard to case, whole words where the
    /// script separates words.
    pub words: Vec<Word>,
}

/// A word or phrase and how strongly it speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// The word or phrase, lower case.
    pub text: String,
    /// How strongly it speaks for (positive) or against (negative) the label.
    pub weight: i32,
}

/// A piece of information and the patterns by which one sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Information {
    /// Its key: `time`, `region`, `error_message`, `resource_id`, …
    pub key: String,
    /// Regular expressions; one that matches is enough.
    pub patterns: Vec<String>,
    /// What to ask where it is missing, by language, BCP 47; empty where nobody is asked.
    pub questions: BTreeMap<String, Ask>,
}
