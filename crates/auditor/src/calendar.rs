//! Calendars, minute by minute.
//!
//! A desk is open in a minute when the wall clock of its zone shows, at the beginning of the
//! minute, a time inside a shift. That sentence is all there is to it: every minute is looked
//! up by itself, nothing is computed from openings and closings, and so summer time, nights and
//! holidays need no rules. It is slow, which is why days that were looked up are kept.
//!
//! # Invariants
//!
//! - A shift belongs to the date on which it opens: a holiday removes the night that begins on
//!   it and keeps the one that ends on it.
//! - Hours of an exception outrank a holiday, and both outrank the week.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::Deserialize;

use crate::limits::HORIZON_DAYS;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// A time that does not count: from and to, in milliseconds.
pub(crate) type Pause = (i64, i64);
/// A shift: the minutes after midnight at which it opens and closes; after the next midnight
/// when it closes above 1440.
type Shift = (i64, i64);

/// The text of a calendar, as `calendars.toml` has it. A key that is not known means rules that
/// are not known, so such a calendar is not judged by.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    #[serde(rename = "title")]
    _title: Option<String>,
    #[serde(default)]
    always: bool,
    zone: Option<String>,
    every_day: Option<Vec<String>>,
    weekdays: Option<Vec<String>>,
    weekend: Option<Vec<String>>,
    mon: Option<Vec<String>>,
    tue: Option<Vec<String>>,
    wed: Option<Vec<String>>,
    thu: Option<Vec<String>>,
    fri: Option<Vec<String>>,
    sat: Option<Vec<String>>,
    sun: Option<Vec<String>>,
    #[serde(default)]
    holidays: Vec<toml::Value>,
    #[serde(default)]
    exceptions: Vec<ExceptionText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptionText {
    date: toml::Value,
    hours: Vec<String>,
}

/// When a desk works.
#[derive(Debug)]
pub(crate) struct Calendar {
    /// None when it never closes.
    hours: Option<Hours>,
    /// Open spans by day since 1970 in UTC, as far as they were looked up.
    days: BTreeMap<i64, Vec<(i64, i64)>>,
}

#[derive(Debug)]
struct Hours {
    zone: TimeZone,
    /// Monday first.
    week: [Vec<Shift>; 7],
    special: BTreeMap<Date, Vec<Shift>>,
}

impl Calendar {
    /// Reads a calendar.
    ///
    /// # Errors
    ///
    /// What is not understood, in words.
    pub(crate) fn read(text: &Text) -> Result<Self, String> {
        let hours = if text.always {
            None
        } else {
            Some(Hours::read(text)?)
        };
        let days = BTreeMap::new();
        Ok(Self { hours, days })
    }

    /// The instant at which `target_ms` of open time that is not paused have passed since
    /// `start`; nothing when that takes longer than the horizon. Pauses in order.
    pub(crate) fn used_up(&mut self, start: i64, target_ms: i64, pauses: &[Pause]) -> Option<i64> {
        let settled = pauses.last().map_or(start, |(_, to)| start.max(*to));
        let horizon = settled + HORIZON_DAYS * DAY_MS;
        let mut left = target_ms;
        for day in start.div_euclid(DAY_MS)..=horizon.div_euclid(DAY_MS) {
            for &(from, to) in self.day(day) {
                for (from, to) in without(from.max(start), to.min(horizon), pauses) {
                    if left <= to - from {
                        return Some(from + left);
                    }
                    left -= to - from;
                }
            }
        }
        None
    }

    /// The open spans of a day in UTC.
    fn day(&mut self, day: i64) -> &[(i64, i64)] {
        let hours = self.hours.as_ref();
        self.days.entry(day).or_insert_with(|| {
            let begin = day * DAY_MS;
            hours.map_or_else(
                || vec![(begin, begin + DAY_MS)],
                |hours| hours.open_in(begin),
            )
        })
    }
}

impl Hours {
    fn read(text: &Text) -> Result<Self, String> {
        let zone = text.zone.as_deref().ok_or("it has no zone")?;
        let zone = TimeZoneDatabase::bundled()
            .get(zone)
            .map_err(|error| error.to_string())?;
        let every_day = text.every_day.as_ref();
        let usual = text.weekdays.as_ref().or(every_day);
        let free = text.weekend.as_ref().or(every_day);
        let shifts = |day: &Option<Vec<String>>, else_: Option<&Vec<String>>| {
            let texts = day.as_ref().or(else_).map_or(&[][..], Vec::as_slice);
            shifts(texts)
        };
        let mut special = BTreeMap::new();
        for holiday in &text.holidays {
            special.insert(date(holiday)?, Vec::new());
        }
        for exception in &text.exceptions {
            special.insert(date(&exception.date)?, self::shifts(&exception.hours)?);
        }
        let week = [
            shifts(&text.mon, usual)?,
            shifts(&text.tue, usual)?,
            shifts(&text.wed, usual)?,
            shifts(&text.thu, usual)?,
            shifts(&text.fri, usual)?,
            shifts(&text.sat, free)?,
            shifts(&text.sun, free)?,
        ];
        Ok(Self {
            zone,
            week,
            special,
        })
    }

    /// The open spans of the day in UTC that begins at `begin`, minutes put together.
    fn open_in(&self, begin: i64) -> Vec<(i64, i64)> {
        let mut spans: Vec<(i64, i64)> = Vec::new();
        for minute in 0..24 * 60 {
            let from = begin + minute * MINUTE_MS;
            if !self.is_open(from) {
                continue;
            }
            match spans.last_mut() {
                Some((_, to)) if *to == from => *to += MINUTE_MS,
                _ => spans.push((from, from + MINUTE_MS)),
            }
        }
        spans
    }

    fn is_open(&self, at: i64) -> bool {
        let Ok(at) = Timestamp::from_millisecond(at) else {
            return false;
        };
        let wall = self.zone.to_datetime(at);
        let minute = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
        let covers = |date: Date, minute: i64| {
            self.of(date)
                .iter()
                .any(|(open, close)| (*open..*close).contains(&minute))
        };
        covers(wall.date(), minute)
            || wall
                .date()
                .yesterday()
                .is_ok_and(|date| covers(date, minute + 24 * 60))
    }

    fn of(&self, date: Date) -> &[Shift] {
        let day = match date.weekday() {
            Weekday::Monday => 0,
            Weekday::Tuesday => 1,
            Weekday::Wednesday => 2,
            Weekday::Thursday => 3,
            Weekday::Friday => 4,
            Weekday::Saturday => 5,
            Weekday::Sunday => 6,
        };
        self.special.get(&date).unwrap_or(&self.week[day])
    }
}

/// What pauses leave of a span. Pauses in order, apart from each other.
fn without(from: i64, to: i64, pauses: &[Pause]) -> Vec<(i64, i64)> {
    let mut left = Vec::new();
    let mut from = from;
    for &(begin, end) in pauses {
        if end <= from || begin >= to {
            continue;
        }
        if begin > from {
            left.push((from, begin));
        }
        from = from.max(end);
    }
    if from < to {
        left.push((from, to));
    }
    left
}

/// Reads `09:00-18:00`; a closing at or before the opening is on the next date.
fn shifts(texts: &[String]) -> Result<Vec<Shift>, String> {
    let minute = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        Some(hour.parse::<i64>().ok()? * 60 + minute.parse::<i64>().ok()?)
    };
    texts
        .iter()
        .map(|text| {
            let read = text
                .split_once('-')
                .and_then(|(open, close)| Some((minute(open)?, minute(close)?)));
            let (open, close) = read.ok_or_else(|| format!("`{text}` are no hours"))?;
            let next_date = if close <= open { 24 * 60 } else { 0 };
            Ok((open, close + next_date))
        })
        .collect()
}

fn date(value: &toml::Value) -> Result<Date, String> {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    text.parse().map_err(|error: jiff::Error| error.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn calendar(text: &str) -> Calendar {
        Calendar::read(&toml::from_str(text).unwrap()).unwrap()
    }

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn due(calendar: &str, start: &str, minutes: i64, pauses: &[(&str, &str)]) -> String {
        let pauses: Vec<Pause> = pauses.iter().map(|(a, b)| (at(a), at(b))).collect();
        let due = self::calendar(calendar).used_up(at(start), minutes * MINUTE_MS, &pauses);
        due.map_or_else(
            || "never".to_owned(),
            |ms| Timestamp::from_millisecond(ms).unwrap().to_string(),
        )
    }

    const OFFICE: &str = "zone = \"Europe/Berlin\"\nweekdays = [\"09:00-12:00\", \"13:00-18:00\"]\n\
        holidays = [2026-05-01]\nexceptions = [{ date = 2026-05-02, hours = [\"10:00-12:00\"] }]";
    const NIGHT: &str = "zone = \"Europe/Berlin\"\nevery_day = [\"22:00-06:00\"]\n\
        holidays = [2026-05-01]";

    /// Worked out by hand, with a paper calendar of 2026. Berlin is at +01:00 in winter and at
    /// +02:00 from 29 March, 02:00 to 25 October, 03:00.
    #[test]
    fn worked_examples() {
        // Thursday 17:00, two hours: one is left at closing, Friday is the 1st of May, on the
        // 2nd the exception opens at 10:00.
        let found = due(OFFICE, "2026-04-30T17:00:00+02:00", 120, &[]);
        assert_eq!(found, "2026-05-02T09:00:00Z");
        // Monday 11:30, one hour: half before lunch, half after it.
        let found = due(OFFICE, "2026-04-27T11:30:00+02:00", 60, &[]);
        assert_eq!(found, "2026-04-27T11:30:00Z");
        // Used up exactly at closing is due at closing.
        let found = due(OFFICE, "2026-04-27T17:00:00+02:00", 60, &[]);
        assert_eq!(found, "2026-04-27T16:00:00Z");
        // Saturday at noon begins on Monday at nine.
        let found = due(OFFICE, "2026-04-25T12:00:00+02:00", 15, &[]);
        assert_eq!(found, "2026-04-27T07:15:00Z");
        // Paused from 10:00 to 14:00, in which the desk was open for three hours.
        let pause = [("2026-04-27T10:00:00+02:00", "2026-04-27T14:00:00+02:00")];
        let found = due(OFFICE, "2026-04-27T09:00:00+02:00", 120, &pause);
        assert_eq!(found, "2026-04-27T13:00:00Z");
        // A pause that begins at the deadline comes too late.
        let pause = [("2026-04-27T10:00:00+02:00", "2026-04-27T11:00:00+02:00")];
        let found = due(OFFICE, "2026-04-27T09:00:00+02:00", 60, &pause);
        assert_eq!(found, "2026-04-27T08:00:00Z");
    }

    #[test]
    fn nights_holidays_and_changed_clocks() {
        // The night that begins on the holiday is gone, the one that ends on it is not: from
        // 30 April 23:00 seven hours to 06:00, then one more on the evening of the 2nd.
        let found = due(NIGHT, "2026-04-30T23:00:00+02:00", 8 * 60, &[]);
        assert_eq!(found, "2026-05-02T21:00:00Z");
        // The night of the 28th of March has seven hours, that of the 24th of October nine.
        let found = due(NIGHT, "2026-03-28T22:00:00+01:00", 7 * 60, &[]);
        assert_eq!(found, "2026-03-29T04:00:00Z");
        let found = due(NIGHT, "2026-10-24T22:00:00+02:00", 9 * 60, &[]);
        assert_eq!(found, "2026-10-25T05:00:00Z");
        // A shift that opens in the skipped hour opens when the hour is over.
        let gap = "zone = \"Europe/Berlin\"\nevery_day = [\"02:30-04:00\"]";
        let found = due(gap, "2026-03-29T00:00:00+01:00", 60, &[]);
        assert_eq!(found, "2026-03-29T02:00:00Z");
    }

    #[test]
    fn what_never_opens_is_never_due() {
        let once =
            "zone = \"UTC\"\nexceptions = [{ date = 2026-01-01, hours = [\"00:00-24:00\"] }]";
        let whole = due(once, "2025-12-31T00:00:00Z", 24 * 60, &[]);
        assert_eq!(whole, "2026-01-02T00:00:00Z");
        let found = due(once, "2025-12-31T00:00:00Z", 24 * 60 + 1, &[]);
        assert_eq!(found, "never");
    }

    #[test]
    fn a_key_that_is_not_known_is_refused() {
        let read = toml::from_str::<Text>("zone = \"UTC\"\nbreaks = []");
        assert!(read.is_err());
        let text = toml::from_str("zone = \"Mars/Olympus\"").unwrap();
        assert!(Calendar::read(&text).unwrap_err().contains("Mars"));
        let text = toml::from_str("zone = \"UTC\"\nmon = [\"nine to five\"]").unwrap();
        assert!(Calendar::read(&text).unwrap_err().contains("nine to five"));
    }

    proptest! {
        /// Around the clock, working time is time: a pause moves the deadline by its length.
        #[test]
        fn always_open_is_plain_time(start in 0_i64..4_000_000_000_000, target in 1_i64..1_000_000_000, gap in 0_i64..1_000_000, pause in 0_i64..1_000_000) {
            let mut always = calendar("always = true");
            prop_assert_eq!(always.used_up(start, target, &[]), Some(start + target));
            let pauses = [(start + gap, start + gap + pause)];
            let moved = if gap < target { pause } else { 0 };
            prop_assert_eq!(always.used_up(start, target, &pauses), Some(start + target + moved));
        }

        /// Two halves, one after the other, are a whole.
        #[test]
        fn targets_add_up(start in 1_760_000_000_000_i64..1_830_000_000_000, one in 1_i64..50_000_000, other in 1_i64..50_000_000) {
            let mut office = calendar(OFFICE);
            let whole = office.used_up(start, one + other, &[]);
            let half = office.used_up(start, one, &[]).unwrap();
            prop_assert_eq!(office.used_up(half, other, &[]), whole);
        }
    }
}
