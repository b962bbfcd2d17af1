//! Calendars that can be read and still contradict their source, their zone or themselves.

use posthouse_domain::sla::Calendar;

use super::{Subject, tried_from};
use crate::diagnostic::Code;
use crate::read::{Table, Value};

/// What a bundle's source says of a calendar, for comparison: `claims = { always = true }`.
const CLAIMS: &[&str] = &["always", "summer_time"];

const WEEKDAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri"];
const WEEKEND: &[&str] = &["sat", "sun"];

const HOUR_MS: i64 = 60 * 60 * 1_000;
const WEEK_HOURS: i64 = 7 * 24;

/// A year, in which every zone that changes its clocks does so.
const YEAR_MS: i64 = 366 * 24 * HOUR_MS;

/// Reports what is wrong with the calendars.
pub(super) fn check(subject: &Subject<'_>) {
    let Some(group) = subject
        .files
        .calendars
        .and_then(|file| file.get("calendar"))
    else {
        return;
    };
    let Some(group) = group.any_table() else {
        return;
    };
    for (name, _, value) in group.entries() {
        let Some(table) = value.any_table() else {
            continue;
        };
        check_hours_count(table);
        if let Some(calendar) = subject.slas.calendars.get(name) {
            check_claims(table, calendar);
        }
    }
}

/// Hours of every day that each day replaces by its own count on none.
fn check_hours_count(table: Table<'_>) {
    let has = |key: &str| table.get(key).is_some();
    let all = |days: &[&str]| days.iter().all(|day| has(day));
    let of_weekdays = has("weekdays") || all(WEEKDAYS);
    let of_weekend = has("weekend") || all(WEEKEND);
    for (key, replaced, by) in [
        ("every_day", of_weekdays && of_weekend, "the closer keys"),
        ("weekdays", all(WEEKDAYS), "the hours of single days"),
        ("weekend", all(WEEKEND), "the hours of single days"),
    ] {
        let Some(value) = table.get(key).filter(|_| replaced) else {
            continue;
        };
        let message = format!("`{key}` counts on no day: {by} replace it");
        let hint = "leave it out, or leave out one of the others".to_owned();
        value.add(Code::HoursUnreachable, message, Some(hint));
    }
}

fn check_claims(table: Table<'_>, calendar: &Calendar) {
    let Some(claims) = table.get("claims").and_then(|value| value.table(CLAIMS)) else {
        return;
    };
    if let Some(value) = claims.get("always") {
        check_always(value, calendar);
    }
    if let Some(value) = claims.get("summer_time") {
        check_summer_time(value, calendar);
    }
}

fn check_always(value: Value<'_>, calendar: &Calendar) {
    if value.boolean() != Some(true) || calendar.is_always() {
        return;
    }
    let from = tried_from();
    let week = from.plus_millis(WEEK_HOURS * HOUR_MS);
    let open = calendar.working_ms_between(from, week) / HOUR_MS;
    let message = format!(
        "the source claims service around the clock, and gives hours that are {open} of \
         {WEEK_HOURS} a week"
    );
    let hint = "the hours hold; ask which of the two was meant".to_owned();
    value.add(Code::ClaimContradicted, message, Some(hint));
}

fn check_summer_time(value: Value<'_>, calendar: &Calendar) {
    let zone = calendar.time_zone();
    let until = tried_from().plus_millis(YEAR_MS).to_jiff();
    let changes = zone
        .following(tried_from().to_jiff())
        .next()
        .is_some_and(|change| change.timestamp() < until);
    let name = zone.iana_name().unwrap_or("this zone");
    let (message, hint) = match value.boolean() {
        Some(true) if !changes => (
            format!("the source speaks of summer time, and {name} has none"),
            "the hours hold all year; hours for a time of the year are a season",
        ),
        Some(false) if changes => (
            format!("the source gives one offset all year, and {name} has summer time"),
            "the wall clock of the zone counts, so the offset is right in summer too",
        ),
        _ => return,
    };
    value.add(Code::SummerTime, message, Some(hint.to_owned()));
}
