//! `[model]`: which model votes beside the words.

use std::collections::BTreeMap;

use posthouse_domain::classify::ModelUse;

use crate::diagnostic::Code;
use crate::read::{Table, Value};

const MODEL_KEYS: &[&str] = &["name", "challenger", "abstain_below", "sure"];
/// Labels for which it can be said how sure a model has to be.
const SURE_KEYS: &[&str] = &["category", "kind", "sentiment"];

/// The model that is part of the program.
const DEFAULT: &str = "default";
/// No model: words alone decide.
const NONE: &str = "none";
/// Digits of a content address, a SHA-256.
const ADDRESS_DIGITS: usize = 64;

/// Without the table, no model is asked: a bundle that knows only words stays as it was.
pub(super) fn read(file: Table<'_>) -> ModelUse {
    let table = file.get("model").and_then(|value| value.table(MODEL_KEYS));
    let Some(table) = table else {
        return ModelUse::default();
    };
    ModelUse {
        name: table.need("name").and_then(name),
        challenger: table.get("challenger").and_then(name),
        abstain_below_permille: table.get("abstain_below").and_then(permille).unwrap_or(0),
        sure_permille: sure(table),
    }
}

/// From which probability on the model outweighs words, by label.
fn sure(table: Table<'_>) -> BTreeMap<String, u16> {
    let sure = table.get("sure").and_then(|value| value.table(SURE_KEYS));
    let mut by_label = BTreeMap::new();
    if let Some(sure) = sure {
        for (label, _, value) in sure.entries() {
            by_label.extend(permille(value).map(|sure| (label.to_owned(), sure)));
        }
    }
    by_label
}

fn permille(value: Value<'_>) -> Option<u16> {
    let number = value.integer(0, 1_000)?;
    Some(u16::try_from(number).expect("the bound is small"))
}

fn name(value: Value<'_>) -> Option<String> {
    let name = value.text()?;
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_address = name.len() == ADDRESS_DIGITS && name.bytes().all(is_digit);
    match name {
        NONE => None,
        DEFAULT => Some(name.to_owned()),
        _ if is_address => Some(name.to_owned()),
        _ => {
            let hint = format!(
                "`{DEFAULT}`, `{NONE}`, or the {ADDRESS_DIGITS} digits that \
                 `posthouse classifier push` prints"
            );
            value.add(Code::ReferenceUnknown, "that names no model", Some(hint));
            None
        }
    }
}
