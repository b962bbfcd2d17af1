//! The dates of one event.

use std::collections::BTreeSet;

use icalendar::parser::{Component, Property};
use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::{is_named, recurrence};
use crate::limits::HOLIDAY_DAYS_MAX;

/// What is wrong with an event, and in which of its properties.
pub(super) struct Problem {
    pub(super) property: &'static str,
    pub(super) message: String,
    pub(super) hint: Option<&'static str>,
}

impl Problem {
    pub(super) fn of(property: &'static str, message: impl Into<String>) -> Self {
        Self {
            property,
            message: message.into(),
            hint: None,
        }
    }

    pub(super) fn hint(self, hint: &'static str) -> Self {
        Self {
            hint: Some(hint),
            ..self
        }
    }
}

const TIME_HINT: &str = "a holiday is a whole day, such as DTSTART;VALUE=DATE:20261001; hours \
                         for a date are an exception of the calendar";

/// The title of an event; empty when it has none.
pub(super) fn title<'e>(event: &'e Component<'_>) -> &'e str {
    property(event, "SUMMARY").map_or("", |title| title.val.as_str())
}

/// All dates of an event, every recurrence; none when it is cancelled.
pub(super) fn dates(event: &Component<'_>) -> Result<BTreeSet<Date>, Problem> {
    let status = property(event, "STATUS").map(|status| status.val.as_str());
    if status.is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED")) {
        return Ok(BTreeSet::new());
    }
    if property(event, "RECURRENCE-ID").is_some() {
        let message = "a change to one recurrence of an event is not read";
        return Err(Problem::of("RECURRENCE-ID", message)
            .hint("leave it out with EXDATE and write it as an event of its own"));
    }
    let start = start(event)?;
    let days = days(event, start)?;
    let mut starts = match property(event, "RRULE") {
        Some(rule) => recurrence::starts(rule.val.as_str(), start)?,
        None => BTreeSet::from([start]),
    };
    starts.extend(listed(event, "RDATE")?);
    for left_out in listed(event, "EXDATE")? {
        starts.remove(&left_out);
    }
    let later = |start: Date| (0..days).filter_map(move |day| start.checked_add(day.days()).ok());
    Ok(starts.into_iter().flat_map(later).collect())
}

fn property<'e, 'i>(event: &'e Component<'i>, name: &str) -> Option<&'e Property<'i>> {
    event.properties.iter().find(|one| is_named(one, name))
}

fn start(event: &Component<'_>) -> Result<Date, Problem> {
    let Some(start) = property(event, "DTSTART") else {
        return Err(Problem::of("BEGIN", "the event has no DTSTART")
            .hint("for example DTSTART;VALUE=DATE:20261001"));
    };
    date(start.val.as_str(), "DTSTART")
}

/// How many days an event takes: until DTEND, which it does not include, or for DURATION.
fn days(event: &Component<'_>, start: Date) -> Result<i64, Problem> {
    let (name, days) = match (property(event, "DTEND"), property(event, "DURATION")) {
        (Some(end), _) => {
            let end = date(end.val.as_str(), "DTEND")?;
            ("DTEND", i64::from((end - start).get_days()))
        }
        (None, Some(duration)) => ("DURATION", whole_days(duration.val.as_str())?),
        (None, None) => return Ok(1),
    };
    if !(1..=HOLIDAY_DAYS_MAX).contains(&days) {
        let message =
            format!("the event takes {days} days, which is not from 1 to {HOLIDAY_DAYS_MAX}");
        return Err(Problem::of(name, message)
            .hint("DTEND is the day after the last: one day from 20261001 ends on 20261002"));
    }
    Ok(days)
}

fn whole_days(text: &str) -> Result<i64, Problem> {
    let none = || Problem::of("DURATION", format!("`{text}` are no whole days")).hint(TIME_HINT);
    let span: Span = text.parse().map_err(|_| none())?;
    let (weeks, days) = (span.get_weeks(), span.get_days());
    let whole = Span::new().weeks(weeks).days(days);
    if span.fieldwise() != whole.fieldwise() {
        return Err(none());
    }
    Ok(i64::from(weeks) * 7 + i64::from(days))
}

/// The dates of all properties of a name, several to a line.
fn listed(event: &Component<'_>, name: &'static str) -> Result<Vec<Date>, Problem> {
    let lists = event.properties.iter().filter(|one| is_named(one, name));
    lists
        .flat_map(|list| list.val.as_str().split(','))
        .map(|text| date(text, name))
        .collect()
}

/// A date as iCalendar writes it: `20261001`.
pub(super) fn date(text: &str, property: &'static str) -> Result<Date, Problem> {
    if text.contains(['T', 't']) {
        let message = format!("`{text}` has a time of day");
        return Err(Problem::of(property, message).hint(TIME_HINT));
    }
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let date = Date::strptime("%Y%m%d", text).ok().filter(|_| digits);
    date.ok_or_else(|| Problem::of(property, format!("`{text}` is no date")).hint(TIME_HINT))
}
