//! Corpora: labelled rows, as training and evaluation take them.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::artefact::hex;
use crate::header::Choice;
use crate::text::Text;

/// What a row says to one head's question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// Nothing: the row takes no part in that head.
    Missing,
    /// One label.
    One(String),
    /// Any number of labels.
    Many(Vec<String>),
    /// The text comes from outside: none of the labels holds, and the head should abstain.
    Outside,
}

/// A labelled text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its headline; may be empty.
    pub subject: String,
    /// All that follows.
    pub body: String,
    /// For each field of the corpus, its label.
    pub labels: Vec<Label>,
}

impl Row {
    /// Its text.
    #[must_use]
    pub fn text(&self) -> Text<'_> {
        Text {
            subject: &self.subject,
            body: &self.body,
        }
    }
}

/// Labelled rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corpus {
    /// The fields that rows are labelled with, such as `category`.
    pub fields: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

impl Corpus {
    /// SHA-256 of fields and rows, in hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> String {
        let mut digest = Sha256::new();
        let mut text = |text: &str| {
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text);
        };
        self.fields.iter().for_each(|field| text(field));
        for row in &self.rows {
            text(&row.subject);
            text(&row.body);
            for label in &row.labels {
                match label {
                    Label::Missing => text("0"),
                    Label::Outside => text("1"),
                    Label::One(label) => {
                        text("2");
                        text(label);
                    }
                    Label::Many(labels) => {
                        text(&format!("3 {}", labels.len()));
                        labels.iter().for_each(|label| text(label));
                    }
                }
            }
        }
        hex(&digest.finalize())
    }

    /// How many labels of a field hold for a row: many, if any row says so.
    #[must_use]
    pub fn choice(&self, field: usize) -> Choice {
        let is_many = |row: &Row| matches!(row.labels.get(field), Some(Label::Many(_)));
        if self.rows.iter().any(is_many) {
            Choice::Many
        } else {
            Choice::One
        }
    }

    /// The labels of a field, sorted, each with the number of rows that have it.
    #[must_use]
    pub fn counts(&self, field: usize) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for row in &self.rows {
            for label in row.labels.get(field).map_or(&[][..], Label::as_slice) {
                *counts.entry(label.as_str()).or_insert(0) += 1;
            }
        }
        counts
    }
}

impl Label {
    /// The labels that hold.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::Missing | Self::Outside => &[],
            Self::One(label) => std::slice::from_ref(label),
            Self::Many(labels) => labels,
        }
    }
}
