//! `taxonomy.toml`: the labels of tickets and the words that speak for them.

mod asking;
mod model;
mod rules;

use std::collections::BTreeMap;

use posthouse_domain::classify::{Information, Label, Taxonomy, Word};
use posthouse_domain::ticket::{Sentiment, Severity};
use regex::Regex;

use crate::diagnostic::Code;
use crate::file::{Names, unique_name};
use crate::limits::WORD_WEIGHT_MAX;
use crate::read::{Table, Value};

pub(crate) use rules::rules;

pub(crate) const KEYS: &[&str] = &[
    "category_default",
    "kind_default",
    "category",
    "kind",
    "severity",
    "sentiment",
    "tag",
    "information",
    "model",
    "rule",
    "signal",
    "asks_pause_clocks",
    "ask_before",
    "ask_after",
];

const CATEGORY_KEYS: &[&str] = &["key", "words", "requires"];
const LABEL_KEYS: &[&str] = &["key", "words"];
const INFORMATION_KEYS: &[&str] = &["key", "patterns", "questions"];

pub(crate) fn read(file: Table<'_>, severity_default: Severity) -> Taxonomy {
    let information = information(file);
    let (categories, required) = categories(file, &information);
    let kinds = named_labels(file, "kind");
    Taxonomy {
        category_default: default(file, "category_default", "category", &categories),
        kind_default: default(file, "kind_default", "kind", &kinds),
        severity_default: Some(severity_default),
        severities: worded_labels(file, "severity", |value| value.word::<Severity>()),
        sentiments: worded_labels(file, "sentiment", |value| value.word::<Sentiment>()),
        tags: named_labels(file, "tag"),
        signals: named_labels(file, "signal"),
        categories,
        kinds,
        information,
        required,
        model: model::read(file),
        asking: asking::read(file),
    }
}

fn information(file: Table<'_>) -> Vec<Information> {
    let mut names = Names::default();
    let tables = file.list("information", INFORMATION_KEYS);
    let read = |table: Table<'_>| table.need("patterns").map(patterns).unwrap_or_default();
    let one = |table| Information {
        key: unique_name(table, "key", &mut names),
        patterns: read(table),
        questions: asking::questions(table),
    };
    tables.into_iter().map(one).collect()
}

/// Regular expressions; what is none is reported.
fn patterns(value: Value<'_>) -> Vec<String> {
    let texts = value.texts().unwrap_or_default();
    texts
        .into_iter()
        .filter_map(|(text, item)| pattern(text, item))
        .collect()
}

fn pattern(text: &str, item: Value<'_>) -> Option<String> {
    match Regex::new(text) {
        Ok(_) => Some(text.to_owned()),
        Err(error) => {
            // The error is drawn over several lines; its last one says what is wrong.
            let error = error.to_string();
            let what = error
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ");
            let hint = "write patterns in '…', where a backslash stays a backslash".to_owned();
            item.add(
                Code::Pattern,
                format!("the pattern cannot be read: {what}"),
                Some(hint),
            );
            None
        }
    }
}

type Required = BTreeMap<String, Vec<String>>;

fn categories(file: Table<'_>, information: &[Information]) -> (Vec<Label<String>>, Required) {
    let mut names = Names::default();
    let mut required = Required::new();
    let mut labels = Vec::new();
    for table in file.list("category", CATEGORY_KEYS) {
        let label = Label {
            key: unique_name(table, "key", &mut names),
            words: words(table),
        };
        let wanted = table
            .get("requires")
            .and_then(|value| value.array())
            .unwrap_or_default();
        let known = Some(information.iter().map(|piece| piece.key.as_str()));
        let wanted: Vec<String> = wanted
            .into_iter()
            .filter_map(|item| item.reference("information", known.clone()))
            .map(str::to_owned)
            .collect();
        if !wanted.is_empty() {
            required.insert(label.key.clone(), wanted);
        }
        labels.push(label);
    }
    (labels, required)
}

fn named_labels(file: Table<'_>, group: &str) -> Vec<Label<String>> {
    let mut names = Names::default();
    let tables = file.list(group, LABEL_KEYS);
    let one = |table| Label {
        key: unique_name(table, "key", &mut names),
        words: words(table),
    };
    tables.into_iter().map(one).collect()
}

/// Labels whose keys are words of the domain.
fn worded_labels<K: Copy + PartialEq>(
    file: Table<'_>,
    group: &str,
    read: impl Fn(Value<'_>) -> Option<K>,
) -> Vec<Label<K>> {
    let mut labels: Vec<Label<K>> = Vec::new();
    for table in file.list(group, LABEL_KEYS) {
        let words = words(table);
        let Some(value) = table.need("key") else {
            continue;
        };
        let Some(key) = read(value) else { continue };
        if labels.iter().any(|label| label.key == key) {
            let name = value.text().unwrap_or_default();
            value.add(Code::NameTwice, format!("there are two `{name}`"), None);
        }
        labels.push(Label { key, words });
    }
    labels
}

fn words(table: Table<'_>) -> Vec<Word> {
    let items = table
        .need("words")
        .and_then(|value| value.array())
        .unwrap_or_default();
    items.into_iter().flat_map(weighted).collect()
}

/// A word alone, of weight 1, or one or several with their weight.
fn weighted(value: Value<'_>) -> Vec<Word> {
    if !value.is_table() {
        return word_text(value)
            .map(|text| Word { text, weight: 1 })
            .into_iter()
            .collect();
    }
    let Some(table) = value.table(&["text", "texts", "weight"]) else {
        return Vec::new();
    };
    let Some(weight) = weight(table) else {
        return Vec::new();
    };
    let texts = match table.get("texts") {
        Some(texts) => texts.array().unwrap_or_default(),
        None => table.need("text").into_iter().collect(),
    };
    texts
        .into_iter()
        .filter_map(word_text)
        .map(|text| Word { text, weight })
        .collect()
}

fn weight(table: Table<'_>) -> Option<i32> {
    let weight = table.need("weight")?;
    let number = weight.integer(-WORD_WEIGHT_MAX, WORD_WEIGHT_MAX)?;
    if number == 0 {
        weight.add(
            Code::OutOfRange,
            "a word of weight 0 speaks for nothing",
            None,
        );
    }
    Some(i32::try_from(number).expect("the bound is small"))
}

fn word_text(value: Value<'_>) -> Option<String> {
    let text = value.text()?.trim().to_lowercase();
    if text.is_empty() {
        value.add(Code::OutOfRange, "an empty word is in every text", None);
        return None;
    }
    Some(text)
}

/// The label of tickets for which no word speaks.
fn default(file: Table<'_>, key: &str, what: &str, labels: &[Label<String>]) -> String {
    let known = Some(labels.iter().map(|label| label.key.as_str()));
    let label = file
        .need(key)
        .and_then(|value| value.reference(what, known));
    label.unwrap_or_default().to_owned()
}
