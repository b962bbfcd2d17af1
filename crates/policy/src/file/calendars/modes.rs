//! `[[mode]]`: spans in which calendars never close.
//!
//! A major incident is declared, and later ended, by applying the bundle with and without an
//! end: the activation stands in the log, so that a replay opens the same desks at the same
//! place. Modes have instants, because they must not give working time in hindsight.

use std::collections::BTreeSet;

use posthouse_domain::sla::Mode;

use crate::diagnostic::Code;
use crate::file::{Names, check_count, unique_name};
use crate::read::Table;

const MODE_KEYS: &[&str] = &["name", "title", "from", "to", "calendars"];

/// A mode and the calendars that it opens.
pub(super) struct Declared<'d> {
    mode: Mode,
    calendars: BTreeSet<&'d str>,
}

impl Declared<'_> {
    /// The mode, as far as the calendar of this name is concerned.
    pub(super) fn of(&self, calendar: &str) -> Option<Mode> {
        self.calendars.contains(calendar).then_some(self.mode)
    }
}

pub(super) fn read<'d>(file: Table<'d>, known: &BTreeSet<&str>) -> Vec<Declared<'d>> {
    let tables = file.list("mode", MODE_KEYS);
    check_count(&tables);
    let mut names = Names::default();
    tables
        .into_iter()
        .filter_map(|table| {
            unique_name(table, "name", &mut names);
            if let Some(title) = table.get("title") {
                title.text();
            }
            let calendars = calendars(table, known);
            Some(Declared {
                mode: span(table)?,
                calendars: calendars?,
            })
        })
        .collect()
}

fn span(table: Table<'_>) -> Option<Mode> {
    let to = table.get("to");
    let from = table.need("from").and_then(|value| value.instant());
    let to = match to {
        Some(value) => Some((value.instant()?, value)),
        None => None,
    };
    let from = from?;
    if let Some((end, value)) = to.filter(|(end, _)| *end <= from) {
        let message = format!("the mode ends at {end}, before it begins at {from}");
        value.add(Code::Calendar, message, None);
        return None;
    }
    Some(Mode {
        from,
        to: to.map(|(end, _)| end),
    })
}

fn calendars<'d>(table: Table<'d>, known: &BTreeSet<&str>) -> Option<BTreeSet<&'d str>> {
    let items = table.need("calendars")?.array()?;
    if items.is_empty() {
        let message = "the mode opens no calendar";
        table
            .report()
            .add(Code::KeyMissing, &table.spot(), message, None);
    }
    let known = || Some(known.iter().copied());
    Some(
        items
            .into_iter()
            .filter_map(|item| item.reference("calendar", known()))
            .collect(),
    )
}
