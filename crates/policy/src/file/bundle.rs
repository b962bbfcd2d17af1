//! `bundle.toml`: what the bundle is called and the words that its other files use.

use posthouse_domain::ticket::Severity;

use crate::diagnostic::Code;
use crate::file::Names;
use crate::read::{Table, Value};
use crate::report::suggestion;
use crate::shipped::SHIPPED;

pub(crate) const KEYS: &[&str] = &[
    "format",
    "name",
    "title",
    "description",
    "extends",
    "severity_default",
    "tiers",
    "channels",
];

/// The newest format that this program reads.
const FORMAT: i64 = 1;

/// The head of a bundle.
pub(crate) struct Bundle {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) severity_default: Severity,
    pub(crate) tiers: Vec<String>,
    pub(crate) channels: Vec<String>,
}

pub(crate) fn read(file: Table<'_>) -> Bundle {
    check_format(file);
    check_extends(file);
    let mut names = Names::default();
    Bundle {
        name: super::unique_name(file, "name", &mut names),
        title: file.need_text("title").unwrap_or_default().to_owned(),
        description: optional_text(file, "description"),
        severity_default: file
            .need("severity_default")
            .and_then(|value| value.word())
            .unwrap_or(Severity::P3),
        tiers: keys(file.need("tiers")),
        channels: keys(file.need("channels")),
    }
}

fn check_format(file: Table<'_>) {
    if let Some(format) = file.need("format") {
        format.integer(FORMAT, FORMAT);
    }
}

fn check_extends(file: Table<'_>) {
    let Some(value) = file.get("extends") else {
        return;
    };
    let Some(name) = value.text() else { return };
    if !SHIPPED.contains(&name) {
        let hint = suggestion(name, SHIPPED.iter().copied());
        value.add(
            Code::ReferenceUnknown,
            format!("there is no shipped bundle `{name}`"),
            hint,
        );
    }
}

fn optional_text(file: Table<'_>, key: &str) -> String {
    file.get(key)
        .and_then(|value| value.text())
        .unwrap_or_default()
        .to_owned()
}

/// A list of names, each once.
fn keys(value: Option<Value<'_>>) -> Vec<String> {
    let mut names = Names::default();
    let texts = value.and_then(|value| value.texts()).unwrap_or_default();
    for (name, item) in &texts {
        names.take(item.report(), name, &item.spot());
    }
    texts.into_iter().map(|(name, _)| name.to_owned()).collect()
}
