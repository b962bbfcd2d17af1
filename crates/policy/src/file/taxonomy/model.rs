//! `[model]`: which model votes beside the words.

use posthouse_domain::classify::ModelUse;

use crate::diagnostic::Code;
use crate::read::{Table, Value};

const MODEL_KEYS: &[&str] = &["name", "challenger", "abstain_below"];

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
    let abstain_below = table
        .get("abstain_below")
        .and_then(|value| value.integer(0, 1_000))
        .unwrap_or(0);
    ModelUse {
        name: table.need("name").and_then(name),
        challenger: table.get("challenger").and_then(name),
        abstain_below_permille: u16::try_from(abstain_below).expect("the bound is small"),
    }
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
