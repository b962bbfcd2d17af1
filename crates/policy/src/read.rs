//! Reading TOML with positions: every value knows where it stands, every problem is noted and
//! reading goes on.
//!
//! A reader returns `None` when the value is missing or wrong; the problem is in the report
//! then, so callers only decide how to go on.

mod amounts;
mod promises;
mod times;

use std::ops::Range;
use std::str::FromStr;

use posthouse_domain::ticket::UnknownWord;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::Code;
use crate::limits::NAME_BYTES_MAX;
use crate::report::{Report, Spot, suggestion};

/// Parses a file; its syntax errors are reported and what could be read is returned.
pub(crate) fn parse<'d>(report: &Report<'d>, file: &str, text: &'d str) -> Spanned<DeTable<'d>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let spot = Spot {
            file,
            span: error.span(),
        };
        report.add(Code::NotToml, &spot, error.message().trim_end(), None);
    }
    table
}

/// A value and its place.
#[derive(Clone, Copy)]
pub(crate) struct Value<'d> {
    report: &'d Report<'d>,
    file: &'d str,
    value: &'d Spanned<DeValue<'d>>,
}

/// A table and its place.
#[derive(Clone, Copy)]
pub(crate) struct Table<'d> {
    report: &'d Report<'d>,
    file: &'d str,
    table: &'d DeTable<'d>,
    /// The bytes of its header; the file's start for the file itself.
    start: usize,
    end: usize,
}

impl<'d> Table<'d> {
    /// The whole of a parsed file, of which only `known` keys may be there.
    pub(crate) fn whole(
        report: &'d Report<'d>,
        file: &'d str,
        table: &'d Spanned<DeTable<'d>>,
        known: &[&str],
    ) -> Self {
        let table = Self {
            report,
            file,
            table: table.get_ref(),
            start: 0,
            end: 0,
        };
        table.check_keys(known);
        table
    }

    pub(crate) fn report(&self) -> &'d Report<'d> {
        self.report
    }

    /// Where a diagnostic about the whole table points.
    pub(crate) fn spot(&self) -> Spot<'d> {
        Spot {
            file: self.file,
            span: Some(self.start..self.end),
        }
    }

    fn check_keys(&self, known: &[&str]) {
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let spot = Spot {
                    file: self.file,
                    span: Some(key.span()),
                };
                let hint = suggestion(name, known.iter().copied());
                self.report.add(
                    Code::KeyUnknown,
                    &spot,
                    format!("there is no key `{name}`"),
                    hint,
                );
            }
        }
    }

    /// The value of a key that may be left out.
    pub(crate) fn get(&self, key: &str) -> Option<Value<'d>> {
        let value = self.table.get(key)?;
        Some(Value {
            report: self.report,
            file: self.file,
            value,
        })
    }

    /// The value of a key that must be there.
    pub(crate) fn need(&self, key: &str) -> Option<Value<'d>> {
        let value = self.get(key);
        if value.is_none() {
            let message = format!("the key `{key}` is missing");
            self.report
                .add(Code::KeyMissing, &self.spot(), message, None);
        }
        value
    }

    /// A text that must be there.
    pub(crate) fn need_text(&self, key: &str) -> Option<&'d str> {
        self.need(key)?.text()
    }

    /// Its keys with their places, and their values.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'d str, Spot<'d>, Value<'d>)> + 'd {
        let Self {
            report,
            file,
            table,
            ..
        } = *self;
        table.iter().map(move |(key, value)| {
            let spot = Spot {
                file,
                span: Some(key.span()),
            };
            (
                key.get_ref().as_ref(),
                spot,
                Value {
                    report,
                    file,
                    value,
                },
            )
        })
    }

    /// The tables `[key.NAME]`, by name, in the order of the names.
    pub(crate) fn named(
        &self,
        key: &str,
        known: &'static [&'static str],
    ) -> Vec<(&'d str, Spot<'d>, Table<'d>)> {
        let Some(group) = self.get(key).and_then(|value| value.any_table()) else {
            return Vec::new();
        };
        let mut named = Vec::new();
        for (name, spot, value) in group.entries() {
            check_name(self.report, name, &spot);
            if let Some(table) = value.table(known) {
                named.push((name, spot, table));
            }
        }
        named
    }

    /// The tables `[[key]]`, in the order of the file.
    pub(crate) fn list(&self, key: &str, known: &[&str]) -> Vec<Table<'d>> {
        let values = self
            .get(key)
            .and_then(|value| value.array())
            .unwrap_or_default();
        values
            .into_iter()
            .filter_map(|value| value.table(known))
            .collect()
    }
}

impl<'d> Value<'d> {
    pub(crate) fn report(&self) -> &'d Report<'d> {
        self.report
    }

    pub(crate) fn spot(&self) -> Spot<'d> {
        Spot {
            file: self.file,
            span: Some(self.value.span()),
        }
    }

    /// The bytes of the value in its file, quotes included.
    pub(crate) fn span(&self) -> Range<usize> {
        self.value.span()
    }

    /// The value as it is written in its file, quotes included.
    pub(crate) fn verbatim(&self) -> &'d str {
        self.report
            .text(self.file)
            .get(self.span())
            .unwrap_or_default()
    }

    pub(crate) fn file(&self) -> &'d str {
        self.file
    }

    pub(crate) fn add(&self, code: Code, message: impl Into<String>, hint: Option<String>) {
        self.report.add(code, &self.spot(), message, hint);
    }

    fn wrong_type(&self, want: &str) {
        let got = match self.value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.add(Code::WrongType, format!("want {want}, got {got}"), None);
    }

    pub(crate) fn text(&self) -> Option<&'d str> {
        let text = self.value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type("a text");
        }
        text
    }

    pub(crate) fn is_text(&self) -> bool {
        self.value.get_ref().is_str()
    }

    pub(crate) fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    pub(crate) fn boolean(&self) -> Option<bool> {
        let value = self.value.get_ref().as_bool();
        if value.is_none() {
            self.wrong_type("true or false");
        }
        value
    }

    pub(crate) fn array(&self) -> Option<Vec<Self>> {
        let Some(items) = self.value.get_ref().as_array() else {
            self.wrong_type("a list");
            return None;
        };
        Some(items.iter().map(|value| Self { value, ..*self }).collect())
    }

    /// A list of texts; items that are none are reported and left out.
    pub(crate) fn texts(&self) -> Option<Vec<(&'d str, Self)>> {
        let items = self.array()?;
        Some(
            items
                .into_iter()
                .filter_map(|item| Some((item.text()?, item)))
                .collect(),
        )
    }

    /// A whole number in `min..=max`.
    pub(crate) fn integer(&self, min: i64, max: i64) -> Option<i64> {
        let Some(number) = self.value.get_ref().as_integer() else {
            self.wrong_type("a whole number");
            return None;
        };
        let digits = number.as_str();
        let number = i64::from_str_radix(digits, number.radix()).ok();
        let in_range = number.filter(|number| (min..=max).contains(number));
        if in_range.is_none() {
            let message = format!("{digits} is not from {min} to {max}");
            self.add(Code::OutOfRange, message, None);
        }
        in_range
    }

    /// A table with `known` keys.
    pub(crate) fn table(&self, known: &[&str]) -> Option<Table<'d>> {
        let table = self.any_table()?;
        table.check_keys(known);
        Some(table)
    }

    /// A table whose keys are names.
    pub(crate) fn any_table(&self) -> Option<Table<'d>> {
        let Some(table) = self.value.get_ref().as_table() else {
            self.wrong_type("a table");
            return None;
        };
        let Range { start, end } = self.value.span();
        Some(Table {
            report: self.report,
            file: self.file,
            table,
            start,
            end,
        })
    }

    /// A word of the domain, such as a severity or a state.
    pub(crate) fn word<T: FromStr<Err = UnknownWord>>(&self) -> Option<T> {
        let text = self.text()?;
        match text.parse() {
            Ok(word) => Some(word),
            Err(unknown) => {
                self.add_unknown(&unknown);
                None
            }
        }
    }

    fn add_unknown(&self, unknown: &UnknownWord) {
        report_unknown(self.report, &self.spot(), unknown);
    }

    /// A reference to one of the `known` names. Where these could not be read they are `None`,
    /// and any name will do: the true cause is reported already.
    pub(crate) fn reference<'k>(
        &self,
        what: &str,
        known: Option<impl Iterator<Item = &'k str> + Clone>,
    ) -> Option<&'d str> {
        let name = self.text()?;
        let Some(mut names) = known else {
            return Some(name);
        };
        let candidates = names.clone();
        if names.any(|known| known == name) {
            return Some(name);
        }
        let hint = suggestion(name, candidates);
        self.add(
            Code::ReferenceUnknown,
            format!("there is no {what} `{name}`"),
            hint,
        );
        None
    }
}

/// Reads a word of the domain that is a key.
pub(crate) fn word_of_key<T: FromStr<Err = UnknownWord>>(
    report: &Report<'_>,
    key: &str,
    spot: &Spot<'_>,
) -> Option<T> {
    key.parse()
        .map_err(|unknown| report_unknown(report, spot, &unknown))
        .ok()
}

fn report_unknown(report: &Report<'_>, spot: &Spot<'_>, unknown: &UnknownWord) {
    let message = format!("there is no {} `{}`", unknown.what, unknown.word);
    let hint = suggestion(&unknown.word, unknown.known.split(", "));
    report.add(Code::WordUnknown, spot, message, hint);
}

/// Checks a key or name: it becomes part of subjects, of queue names, of file names.
pub(crate) fn check_name(report: &Report<'_>, name: &str, spot: &Spot<'_>) {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !starts_well || !name.chars().all(allowed) || name.len() > NAME_BYTES_MAX {
        let hint = format!("use a-z, 0-9, `_` and `-`, at most {NAME_BYTES_MAX} of them");
        let shown: String = name.chars().take(NAME_BYTES_MAX).collect();
        report.add(
            Code::NameInvalid,
            spot,
            format!("`{shown}` is no name"),
            Some(hint),
        );
    }
}
