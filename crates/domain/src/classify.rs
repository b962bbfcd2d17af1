//! Classification, as data: what the labels are and which words speak for them.
//!
//! The classifier service finds the words; this module says what they mean.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ticket::{Sentiment, Severity};

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
}
