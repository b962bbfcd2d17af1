//! What customers are asked for what their tickets lack: questions by language.

use std::collections::BTreeMap;

use posthouse_domain::classify::{Ask, Asking, Texts};
use posthouse_domain::limits::{CHOICES_MAX, KEY_BYTES_MAX};

use crate::diagnostic::Code;
use crate::limits::QUESTION_BYTES_MAX;
use crate::read::{Table, Value};

const QUESTION_KEYS: &[&str] = &["text", "choices"];

/// What holds for all questions.
pub(super) fn read(file: Table<'_>) -> Asking {
    let pauses_clocks = file
        .get("asks_pause_clocks")
        .and_then(|value| value.boolean());
    Asking {
        pauses_clocks: pauses_clocks.unwrap_or(false),
        before: texts(file, "ask_before"),
        after: texts(file, "ask_after"),
    }
}

/// The questions of one piece of information, by language.
pub(super) fn questions(table: Table<'_>) -> BTreeMap<String, Ask> {
    let by_language = table.get("questions").and_then(|value| value.any_table());
    let Some(by_language) = by_language else {
        return BTreeMap::new();
    };
    by_language
        .entries()
        .filter_map(|(language, _, value)| Some((language.to_owned(), ask(value)?)))
        .collect()
}

/// A question: a text alone, or with answers to choose from.
fn ask(value: Value<'_>) -> Option<Ask> {
    if value.is_text() {
        let text = text(value)?;
        return Some(Ask {
            text,
            choices: Vec::new(),
        });
    }
    let table = value.table(QUESTION_KEYS)?;
    Some(Ask {
        text: table.need("text").and_then(text)?,
        choices: table.get("choices").map(choices).unwrap_or_default(),
    })
}

fn choices(value: Value<'_>) -> Vec<String> {
    let choices = value.texts().unwrap_or_default();
    if choices.len() > CHOICES_MAX {
        let message = format!("more than {CHOICES_MAX} answers to choose from");
        value.add(Code::OutOfRange, message, None);
    }
    for (choice, item) in &choices {
        if choice.trim().is_empty() || choice.len() > KEY_BYTES_MAX {
            let message = format!("an answer has 1 to {KEY_BYTES_MAX} bytes");
            item.add(Code::OutOfRange, message, None);
        }
    }
    let texts = choices.into_iter();
    texts.map(|(choice, _)| choice.to_owned()).collect()
}

fn texts(file: Table<'_>, key: &str) -> Texts {
    let Some(by_language) = file.get(key).and_then(|value| value.any_table()) else {
        return Texts::new();
    };
    by_language
        .entries()
        .filter_map(|(language, _, value)| Some((language.to_owned(), text(value)?)))
        .collect()
}

fn text(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    if text.trim().is_empty() || text.len() > QUESTION_BYTES_MAX {
        let message = format!("a question has 1 to {QUESTION_BYTES_MAX} bytes");
        value.add(Code::OutOfRange, message, None);
        return None;
    }
    Some(text.to_owned())
}
