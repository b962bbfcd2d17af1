//! Dates that do not follow the week: exceptions and seasons.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use posthouse_domain::sla::{Exception, Season, Week};

use super::hours::{self, WEEK_KEYS};
use crate::diagnostic::Code;
use crate::limits::SEASON_DAYS_MAX;
use crate::read::{Table, Value};

const EXCEPTION_KEYS: &[&str] = &["title", "date", "from", "to", "hours"];
const SEASON_KEYS: &[&str] = &[
    "title",
    "from",
    "to",
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
];

/// The dates that are taken, so that no two exceptions and no two seasons claim one.
#[derive(Default)]
pub(super) struct Dates {
    excepted: BTreeSet<Date>,
    in_season: BTreeSet<Date>,
}

impl Dates {
    /// Single dates and spans of dates with hours of their own.
    pub(super) fn exceptions(&mut self, value: Option<Value<'_>>) -> Vec<Exception> {
        let items = value.and_then(|value| value.array()).unwrap_or_default();
        items
            .into_iter()
            .flat_map(|item| self.exception(item).unwrap_or_default())
            .collect()
    }

    fn exception(&mut self, value: Value<'_>) -> Option<Vec<Exception>> {
        let table = titled(value, EXCEPTION_KEYS)?;
        let hours = table.need("hours").map(hours::shifts);
        let dates = match (table.get("date"), table.get("from"), table.get("to")) {
            (Some(date), None, None) => vec![date.date()?],
            (None, Some(_), _) | (None, _, Some(_)) => span(table)?,
            (None, None, None) => {
                table.need("date");
                return None;
            }
            (Some(date), ..) => {
                let message = "an exception has a date, or from and to";
                date.add(Code::Calendar, message, None);
                return None;
            }
        };
        let dates = take(&mut self.excepted, value, dates, "exception");
        let hours = hours?;
        let exception = |date| Exception {
            date,
            hours: hours.clone(),
        };
        Some(dates.into_iter().map(exception).collect())
    }

    /// Spans of dates with a week of their own. What it leaves out is as usual.
    pub(super) fn seasons(&mut self, value: Option<Value<'_>>, usual: &Week) -> Vec<Season> {
        let items = value.and_then(|value| value.array()).unwrap_or_default();
        items
            .into_iter()
            .filter_map(|item| self.season(item, usual))
            .collect()
    }

    fn season(&mut self, value: Value<'_>, usual: &Week) -> Option<Season> {
        let table = titled(value, SEASON_KEYS)?;
        if WEEK_KEYS.iter().all(|key| table.get(key).is_none()) {
            let message = "a season has hours of its own";
            let hint = Some("for example weekdays = [\"09:00-15:00\"]".to_owned());
            value.add(Code::KeyMissing, message, hint);
        }
        let week = hours::week(table, Some(usual));
        let dates = span(table)?;
        let (from, to) = (*dates.first()?, *dates.last()?);
        take(&mut self.in_season, value, dates, "season");
        Some(Season { from, to, week })
    }
}

fn titled<'d>(value: Value<'d>, keys: &[&str]) -> Option<Table<'d>> {
    let table = value.table(keys)?;
    if let Some(title) = table.get("title") {
        title.text();
    }
    Some(table)
}

/// All dates from `from` to `to`, both included.
fn span(table: Table<'_>) -> Option<Vec<Date>> {
    let (from, to) = (table.need("from"), table.need("to"));
    let (from, to_date) = (from?.date()?, to?.date()?);
    let days = i64::from((to_date - from).get_days()) + 1;
    if !(1..=SEASON_DAYS_MAX).contains(&days) {
        let message = format!(
            "{from} to {to_date} are {days} days, which is not from 1 to {SEASON_DAYS_MAX}"
        );
        to?.add(Code::Calendar, message, None);
        return None;
    }
    let later = (0..days).filter_map(|day| from.checked_add(day.days()).ok());
    Some(later.collect())
}

/// Takes the dates that are free and returns them; reports the first that is taken already.
fn take(taken: &mut BTreeSet<Date>, value: Value<'_>, dates: Vec<Date>, what: &str) -> Vec<Date> {
    let (free, twice): (Vec<_>, Vec<_>) = dates.into_iter().partition(|date| taken.insert(*date));
    if let Some(date) = twice.first() {
        let message = format!("there is another {what} for {date}");
        value.add(Code::Calendar, message, None);
    }
    free
}
