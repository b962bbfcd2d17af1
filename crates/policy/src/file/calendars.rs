//! `calendars.toml`: when desks work, and the files of holidays that it names.

mod dates;
mod hours;
mod modes;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use posthouse_domain::sla::{Calendar, Error, Mode};

use crate::diagnostic::Code;
use crate::file::calendars::dates::Dates;
use crate::ics::{self, Holidays};
use crate::read::{Table, Value};
use crate::report::{Report, Spot, suggestion};
use crate::source::Files;

pub(crate) const KEYS: &[&str] = &["calendar", "mode"];

const CALENDAR_KEYS: &[&str] = &[
    "title",
    "always",
    "zone",
    "every_day",
    "weekdays",
    "weekend",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
    "holidays",
    "holidays_from",
    "seasons",
    "exceptions",
    "claims", // compared by the linter
];

/// The files of holidays of a bundle: each is read when a calendar first names it.
pub(crate) struct HolidayFiles<'d> {
    texts: BTreeMap<&'d str, &'d str>,
    read: RefCell<BTreeMap<&'d str, Holidays>>,
}

impl<'d> HolidayFiles<'d> {
    pub(crate) fn of(files: &Files<'d>) -> Self {
        let texts = files.iter().filter(|(name, _)| ics::is_ics(name));
        Self {
            texts: texts.map(|(name, text)| (*name, *text)).collect(),
            read: RefCell::default(),
        }
    }

    /// The dates of a file; `None` when there is no such file.
    fn dates(&self, report: &Report<'_>, name: &str) -> Option<Vec<Date>> {
        let (name, text) = self.texts.get_key_value(name)?;
        let mut read = self.read.borrow_mut();
        let holidays = read
            .entry(name)
            .or_insert_with(|| ics::read(report, name, text));
        Some(holidays.keys().copied().collect())
    }

    /// Reports the bundle's `own` files of holidays that no calendar names.
    pub(crate) fn report_unused<'o>(
        &self,
        report: &Report<'_>,
        own: impl Iterator<Item = &'o str>,
    ) {
        let read = self.read.borrow();
        for name in own.filter(|name| ics::is_ics(name) && !read.contains_key(name)) {
            let message = "no calendar names this file";
            let hint = Some(format!("write holidays_from = \"{name}\" in a calendar"));
            report.add(Code::FileUnused, &Spot::file(name), message, hint);
        }
    }
}

/// The calendars by name. One with errors is there all the same, so that no reference to it
/// is reported in addition.
pub(crate) fn read(file: Table<'_>, holidays: &HolidayFiles<'_>) -> BTreeMap<String, Calendar> {
    let named = file.named("calendar", CALENDAR_KEYS);
    let names: BTreeSet<&str> = named.iter().map(|(name, ..)| *name).collect();
    let modes = modes::read(file, &names);
    let mut calendars = BTreeMap::new();
    for (name, spot, table) in named {
        check_identifier(table, name, &spot);
        let before = file.report().errors();
        let calendar = read_one(name, table, holidays).unwrap_or_else(|| Calendar::always(name));
        let sound = file.report().errors() == before;
        if sound && !calendar.opens_at_all() {
            let message = format!("calendar `{name}` never opens");
            let hint = Some("give it hours, for example every_day = [\"09:00-18:00\"]".to_owned());
            file.report().add(Code::NeverOpens, &spot, message, hint);
        }
        let of_this: Vec<Mode> = modes.iter().filter_map(|mode| mode.of(name)).collect();
        if sound && calendar.is_always() && !of_this.is_empty() {
            let message = format!("a mode names calendar `{name}`, which never closes anyway");
            file.report().add(Code::OutOfRange, &spot, message, None);
        }
        calendars.insert(name.to_owned(), calendar.with_modes(&of_this));
    }
    calendars
}

/// Conditions write `open.NAME`, so a calendar's name has no dash, which would be a minus.
fn check_identifier(table: Table<'_>, name: &str, spot: &Spot<'_>) {
    if name.contains('-') || name.starts_with(|c: char| c.is_ascii_digit()) {
        let message = format!("`{name}` cannot be written as `open.{name}` in a condition");
        let hint = Some("use `_` instead of `-`, and begin with a letter".to_owned());
        table.report().add(Code::NameInvalid, spot, message, hint);
    }
}

fn read_one(name: &str, table: Table<'_>, files: &HolidayFiles<'_>) -> Option<Calendar> {
    if let Some(title) = table.get("title") {
        title.text();
    }
    if table.get("always").and_then(|value| value.boolean()) == Some(true) {
        refuse_besides_always(table);
        return Some(Calendar::always(name));
    }
    let week = hours::week(table, None);
    let mut holidays = holidays(table.get("holidays"));
    holidays.extend(holidays_from(table.get("holidays_from"), files));
    let mut dates = Dates::default();
    let exceptions = dates.exceptions(table.get("exceptions"));
    let seasons = dates.seasons(table.get("seasons"), &week);
    let zone = table.need("zone")?;
    let zone_name = zone.text()?;
    Calendar::new(name, zone_name, &week, &holidays, &exceptions)
        .map(|calendar| calendar.with_seasons(&seasons))
        .map_err(|error| report_calendar(zone, &error))
        .ok()
}

/// A calendar that is always open has no hours: who writes both meant one of them.
fn refuse_besides_always(table: Table<'_>) {
    for (key, spot, _) in table.entries() {
        if !["always", "title", "claims"].contains(&key) {
            let message = format!("`{key}` has no effect beside `always = true`");
            table.report().add(
                Code::KeyUnknown,
                &spot,
                message,
                Some("leave out one".to_owned()),
            );
        }
    }
}

/// What else can be wrong with a calendar was found where it is written.
fn report_calendar(zone: Value<'_>, error: &Error) {
    let (message, hint) = match error {
        Error::UnknownZone { zone } => (
            format!("there is no time zone `{zone}`"),
            Some("write an IANA name, such as Asia/Shanghai or Europe/Berlin".to_owned()),
        ),
        other => (format!("failed to {other}"), None),
    };
    zone.add(Code::Calendar, message, hint);
}

fn holidays(value: Option<Value<'_>>) -> BTreeSet<Date> {
    let dates = value.and_then(|value| value.array()).unwrap_or_default();
    dates.into_iter().filter_map(|date| date.date()).collect()
}

/// The dates of one file, or of a list of files.
fn holidays_from(value: Option<Value<'_>>, files: &HolidayFiles<'_>) -> BTreeSet<Date> {
    let Some(value) = value else {
        return BTreeSet::new();
    };
    let names = if value.is_text() {
        value.text().map(|name| vec![(name, value)])
    } else {
        value.texts()
    };
    let mut dates = BTreeSet::new();
    for (name, item) in names.unwrap_or_default() {
        match files.dates(item.report(), name) {
            Some(of_file) => dates.extend(of_file),
            None => report_file(name, item, files),
        }
    }
    dates
}

fn report_file(name: &str, item: Value<'_>, files: &HolidayFiles<'_>) {
    let hint = suggestion(name, files.texts.keys().copied()).unwrap_or_else(|| {
        let (folder, suffix) = (ics::FOLDER, ics::SUFFIX);
        format!("put it into the bundle as {folder}NAME{suffix}")
    });
    let message = format!("the bundle has no file `{name}`");
    item.add(Code::ReferenceUnknown, message, Some(hint));
}
