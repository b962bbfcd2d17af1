//! What changes between two bundles, key by key.
//!
//! Tables of a list are told apart by their `name` or `key`, not by their place, so a rule that
//! is put in front of others is one addition and not a change of every rule behind it. Where
//! the order itself changes, that is a difference of its own: the first matching rule decides.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use toml::{Table, Value};

use crate::ics;
use crate::source::Source;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The file.
    pub file: String,
    /// The key, with dots: `rule.security.level`; empty for the file as a whole.
    pub key: String,
    /// What became of it.
    pub change: Change,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new, with this value.
    Added(String),
    /// It is gone; this was its value.
    Removed(String),
    /// It has another value.
    Changed {
        /// The value it had.
        from: String,
        /// The value it has.
        to: String,
    },
}

/// What changes from bundle `a` to bundle `b`, inherited files included, by file and key.
///
/// Comments and the spelling of values are no differences, although they change the version.
#[must_use]
pub fn diff(a: &Source, b: &Source) -> Vec<Difference> {
    let (old, new) = (Flat::of(a), Flat::of(b));
    let places: BTreeSet<&Place> = old.values.keys().chain(new.values.keys()).collect();
    let values = places.into_iter().filter_map(|place| {
        Some((
            place,
            value_change(old.values.get(place), new.values.get(place))?,
        ))
    });
    let orders = old
        .orders
        .iter()
        .filter_map(|(place, before)| Some((place, order_change(before, new.orders.get(place)?)?)));
    let mut all: Vec<Difference> = values.chain(orders).map(Difference::at).collect();
    all.sort_by(|a, b| (&a.file, &a.key).cmp(&(&b.file, &b.key)));
    all
}

/// A file and a key in it.
type Place = (String, String);

impl Difference {
    fn at(((file, key), change): (&Place, Change)) -> Self {
        Self {
            file: file.clone(),
            key: key.clone(),
            change,
        }
    }
}

fn value_change(old: Option<&String>, new: Option<&String>) -> Option<Change> {
    match (old, new) {
        (None, Some(new)) => Some(Change::Added(new.clone())),
        (Some(old), None) => Some(Change::Removed(old.clone())),
        (Some(old), Some(new)) if old != new => Some(Change::Changed {
            from: old.clone(),
            to: new.clone(),
        }),
        _ => None,
    }
}

/// Whether what both lists have stands in another order.
fn order_change(old: &[String], new: &[String]) -> Option<Change> {
    let shared = |list: &[String], other: &[String]| -> Vec<String> {
        list.iter()
            .filter(|name| other.contains(name))
            .cloned()
            .collect()
    };
    let (before, after) = (shared(old, new), shared(new, old));
    (before != after).then(|| Change::Changed {
        from: before.join(", "),
        to: after.join(", "),
    })
}

/// All values of a bundle by place, and the order of its lists of named tables.
#[derive(Default)]
struct Flat {
    values: BTreeMap<Place, String>,
    orders: BTreeMap<Place, Vec<String>>,
}

impl Flat {
    fn of(source: &Source) -> Self {
        let mut flat = Self::default();
        for (file, text) in source.effective() {
            if ics::is_ics(file) {
                flat.add_holidays(file, text);
                continue;
            }
            match text.parse::<Table>() {
                Ok(table) => flat.add(file, "", &Value::Table(table)),
                Err(_) => {
                    flat.values
                        .insert((file.to_owned(), String::new()), "not TOML".to_owned());
                }
            }
        }
        flat
    }

    /// Holidays are told by date; a file that cannot be read, as a whole.
    fn add_holidays(&mut self, file: &str, text: &str) {
        let holidays = ics::dates(file, text);
        let unreadable = holidays.is_none();
        for (date, title) in holidays.unwrap_or_default() {
            let place = (file.to_owned(), date.to_string());
            self.values.insert(place, format!("{title:?}"));
        }
        if unreadable {
            let place = (file.to_owned(), String::new());
            self.values.insert(place, "not iCalendar".to_owned());
        }
    }

    fn add(&mut self, file: &str, key: &str, value: &Value) {
        match value {
            Value::Table(table) => {
                for (name, value) in table {
                    self.add(file, &joined(key, name), value);
                }
            }
            Value::Array(items) => match names_of(items) {
                Some(names) => self.add_named(file, key, &names, items),
                None => self.add_leaf(file, key, value),
            },
            leaf => self.add_leaf(file, key, leaf),
        }
    }

    fn add_named(&mut self, file: &str, key: &str, names: &[&str], items: &[Value]) {
        for (name, item) in names.iter().zip(items) {
            self.add(file, &joined(key, name), item);
        }
        let order = names.iter().map(|name| (*name).to_owned()).collect();
        self.orders
            .insert((file.to_owned(), joined(key, "(order)")), order);
    }

    fn add_leaf(&mut self, file: &str, key: &str, leaf: &Value) {
        self.values
            .insert((file.to_owned(), key.to_owned()), leaf.to_string());
    }
}

/// What the tables of a list call themselves, when they all do, each differently.
fn names_of(items: &[Value]) -> Option<Vec<&str>> {
    let names: Vec<&str> = items.iter().map(name_of).collect::<Option<_>>()?;
    let unique: BTreeSet<&str> = names.iter().copied().collect();
    (!names.is_empty() && unique.len() == names.len()).then_some(names)
}

fn name_of(item: &Value) -> Option<&str> {
    item.get("name").or_else(|| item.get("key"))?.as_str()
}

fn joined(key: &str, name: &str) -> String {
    if key.is_empty() {
        name.to_owned()
    } else {
        format!("{key}.{name}")
    }
}

impl fmt::Display for Difference {
    /// One line: `~ sla.toml sla.major.resolution.P1: "4h" -> "6h"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, key, change } = self;
        match change {
            Change::Added(to) => write!(f, "+ {file} {key}: {to}"),
            Change::Removed(from) => write!(f, "- {file} {key}: {from}"),
            Change::Changed { from, to } => write!(f, "~ {file} {key}: {from} -> {to}"),
        }
    }
}
