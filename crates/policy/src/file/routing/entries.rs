//! `[[entry]]`: what a caller dialled after the hotline says who calls.

use posthouse_domain::route::{Entries, Entry, Matches};

use crate::diagnostic::Code;
use crate::limits::ENTRY_DIGITS_MAX;
use crate::read::{Table, Value, check_name};

pub(crate) const ENTRY_KEYS: &[&str] = &["code", "digits", "segment", "vip", "sector", "scene"];

/// The entry codes, in order.
pub(crate) fn read(file: Table<'_>) -> Entries {
    let mut entries: Vec<Entry> = Vec::new();
    for table in file.list("entry", ENTRY_KEYS) {
        let Some(matches) = matches(table) else {
            continue;
        };
        check_reached(table, &matches, &entries);
        let name = |key: &str| table.get(key).and_then(named).unwrap_or_default();
        entries.push(Entry {
            matches,
            segment: table.need("segment").and_then(named).unwrap_or_default(),
            vip: table
                .get("vip")
                .and_then(|value| value.boolean())
                .unwrap_or(false),
            sector: name("sector"),
            scene: name("scene"),
        });
    }
    Entries(entries)
}

fn matches(table: Table<'_>) -> Option<Matches> {
    match (table.get("code"), table.get("digits")) {
        (Some(_), Some(digits)) => {
            let hint = "write two entries".to_owned();
            let message = "an entry has a code or a count of digits, not both";
            digits.add(Code::KeyUnknown, message, Some(hint));
            None
        }
        (None, Some(digits)) => {
            let digits = digits.integer(1, ENTRY_DIGITS_MAX)?;
            Some(Matches::Digits(
                u8::try_from(digits).expect("the bound is small"),
            ))
        }
        _ => Some(Matches::Code(code(table.need("code")?)?)),
    }
}

fn code(value: Value<'_>) -> Option<String> {
    let code = value.text()?;
    let is_code = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit());
    if !is_code {
        let hint = "write the digits as a text, such as \"95273\"".to_owned();
        value.add(
            Code::NameInvalid,
            format!("`{code}` is no entry code"),
            Some(hint),
        );
        return None;
    }
    Some(code.to_owned())
}

/// Reports an entry whose calls an entry above takes all.
fn check_reached(table: Table<'_>, matches: &Matches, above: &[Entry]) {
    let takes = |entry: &&Entry| match (&entry.matches, matches) {
        (Matches::Digits(digits), Matches::Code(code)) => usize::from(*digits) == code.len(),
        (one, other) => one == other,
    };
    let Some(taken) = above.iter().find(takes) else {
        return;
    };
    let value = table.get("code").or_else(|| table.get("digits"));
    let spot = value.map_or_else(|| table.spot(), |value| value.spot());
    let message = format!(
        "no call reaches this entry: `{}` above takes it",
        taken.segment
    );
    let hint = "move it up, or leave it out".to_owned();
    table
        .report()
        .add(Code::Unreachable, &spot, message, Some(hint));
}

fn named(value: Value<'_>) -> Option<String> {
    let name = value.text()?;
    check_name(value.report(), name, &value.spot());
    Some(name.to_owned())
}
