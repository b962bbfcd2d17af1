//! `calendars.toml`: when desks work.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use posthouse_domain::sla::{Calendar, Error, Exception, Interval, Week};

use crate::diagnostic::Code;
use crate::read::{Table, Value};
use crate::report::Spot;

pub(crate) const KEYS: &[&str] = &["calendar"];

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
    "exceptions",
];

/// The calendars by name. One with errors is there all the same, so that no reference to it
/// is reported in addition.
pub(crate) fn read(file: Table<'_>) -> BTreeMap<String, Calendar> {
    let mut calendars = BTreeMap::new();
    for (name, spot, table) in file.named("calendar", CALENDAR_KEYS) {
        check_identifier(table, name, &spot);
        let before = file.report().errors();
        let calendar = read_one(name, table).unwrap_or_else(|| Calendar::always(name));
        if file.report().errors() == before && !calendar.opens_at_all() {
            let message = format!("calendar `{name}` never opens");
            let hint = Some("give it hours, for example every_day = [\"09:00-18:00\"]".to_owned());
            file.report().add(Code::NeverOpens, &spot, message, hint);
        }
        calendars.insert(name.to_owned(), calendar);
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

fn read_one(name: &str, table: Table<'_>) -> Option<Calendar> {
    if let Some(title) = table.get("title") {
        title.text();
    }
    if table.get("always").and_then(|value| value.boolean()) == Some(true) {
        refuse_besides_always(table);
        return Some(Calendar::always(name));
    }
    let week = week(table);
    let holidays = holidays(table.get("holidays"));
    let exceptions = exceptions(table.get("exceptions"));
    let zone = table.need("zone")?;
    let zone_name = zone.text()?;
    Calendar::new(name, zone_name, &week, &holidays, &exceptions)
        .map_err(|error| report_calendar(table, zone, &error))
        .ok()
}

/// A calendar that is always open has no hours: who writes both meant one of them.
fn refuse_besides_always(table: Table<'_>) {
    for (key, spot, _) in table.entries() {
        if key != "always" && key != "title" {
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

fn report_calendar(table: Table<'_>, zone: Value<'_>, error: &Error) {
    match error {
        Error::UnknownZone { zone: name } => {
            let hint = "write an IANA name, such as Asia/Shanghai or Europe/Berlin".to_owned();
            zone.add(
                Code::Calendar,
                format!("there is no time zone `{name}`"),
                Some(hint),
            );
        }
        other => {
            let spot = table
                .get("exceptions")
                .map_or_else(|| table.spot(), |value| value.spot());
            table
                .report()
                .add(Code::Calendar, &spot, format!("failed to {other}"), None);
        }
    }
}

/// The week: a weekday's own hours, else those of weekdays or weekend, else those of every day.
fn week(table: Table<'_>) -> Week {
    let hours = |key: &str| table.get(key).map(shifts);
    let every_day = hours("every_day").unwrap_or_default();
    let weekdays = hours("weekdays").unwrap_or_else(|| every_day.clone());
    let weekend = hours("weekend").unwrap_or(every_day);
    let day = |key: &str, usual: &Vec<Interval>| hours(key).unwrap_or_else(|| usual.clone());
    Week {
        mon: day("mon", &weekdays),
        tue: day("tue", &weekdays),
        wed: day("wed", &weekdays),
        thu: day("thu", &weekdays),
        fri: day("fri", &weekdays),
        sat: day("sat", &weekend),
        sun: day("sun", &weekend),
    }
}

fn shifts(value: Value<'_>) -> Vec<Interval> {
    let texts = value.texts().unwrap_or_default();
    texts
        .into_iter()
        .filter_map(|(text, item)| shift(text, item))
        .collect()
}

/// `09:00-18:00`; a closing at or before the opening is on the next day.
fn shift(text: &str, item: Value<'_>) -> Option<Interval> {
    let shift = text
        .split_once('-')
        .and_then(|(open, close)| Interval::parse(open.trim(), close.trim()).ok());
    if shift.is_none() {
        let hint = "write opening and closing as HH:MM-HH:MM, such as \"09:00-18:00\", \
                    \"00:00-24:00\" or, past midnight, \"20:00-08:00\"";
        item.add(
            Code::Calendar,
            format!("`{text}` are no hours"),
            Some(hint.to_owned()),
        );
    }
    shift
}

fn holidays(value: Option<Value<'_>>) -> BTreeSet<Date> {
    let dates = value.and_then(|value| value.array()).unwrap_or_default();
    dates.into_iter().filter_map(|date| date.date()).collect()
}

fn exceptions(value: Option<Value<'_>>) -> Vec<Exception> {
    let items = value.and_then(|value| value.array()).unwrap_or_default();
    items.into_iter().filter_map(exception).collect()
}

fn exception(value: Value<'_>) -> Option<Exception> {
    let table = value.table(&["date", "hours"])?;
    let hours = table.need("hours").map(shifts);
    Some(Exception {
        date: table.need("date")?.date()?,
        hours: hours?,
    })
}
