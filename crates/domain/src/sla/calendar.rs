//! Calendars: when a desk works.
//!
//! A calendar is a week of shifts on the wall clock of one time zone, less its holidays, with
//! exceptions for single dates (a short Friday, 24 hours during a major event). A shift
//! belongs to the date on which it opens, also the part of it that runs past midnight, so a
//! holiday removes the night that begins on it and keeps the night that ends on it.
//!
//! The calendar is open at an instant when the wall clock shows a time inside a shift. From
//! that one sentence follow the rules for changed clocks: a skipped hour does not exist, a
//! repeated hour counts twice, an opening inside a skipped hour moves to the end of the gap.
//!
//! It refuses to know today's date, to read the host's zones and to fetch holidays.
//!
//! # Invariants
//!
//! - Overlapping and adjacent shifts count once.
//! - Openings are found lazily, day by day and without allocating; a calendar that never
//!   closes skips the walk.

mod hours;
mod openings;
mod zone;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use hours::Hours;
pub(super) use hours::{DAY_MS, day_number};
pub use hours::{Exception, Interval, Week, minute_of_day};
pub(super) use openings::{Opening, Openings};
use zone::Zone;

use super::error::Error;
use super::limits::HORIZON_DAYS;
use crate::time::Timestamp;

/// When a desk works: weekly shifts in a zone, holidays and exceptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    name: String,
    zone: Zone,
    /// Monday first.
    week: [Hours; 7],
    /// Dates that do not follow the week, by day number, in order.
    special: Box<[(i64, Hours)]>,
    /// Never closes, in summer, winter or between: instants can simply be added to.
    always: bool,
}

impl Calendar {
    /// Builds a calendar from wall-clock shifts in the zone with the IANA name `zone`.
    ///
    /// Shifts that open on one of the `holidays` do not exist. A date with an exception has
    /// the shifts of the exception, whether or not it is also a holiday.
    ///
    /// # Errors
    ///
    /// - [`Error::UnknownZone`] when the bundled database has no zone of that name.
    /// - [`Error::ExceptionTwice`] when two exceptions name one date.
    pub fn new(
        name: impl Into<String>,
        zone: &str,
        week: &Week,
        holidays: &BTreeSet<Date>,
        exceptions: &[Exception],
    ) -> Result<Self, Error> {
        let week = [
            Hours::merged(&week.mon),
            Hours::merged(&week.tue),
            Hours::merged(&week.wed),
            Hours::merged(&week.thu),
            Hours::merged(&week.fri),
            Hours::merged(&week.sat),
            Hours::merged(&week.sun),
        ];
        let special = special_dates(holidays, exceptions)?;
        let always = week
            .iter()
            .chain(special.iter().map(|(_, hours)| hours))
            .all(Hours::fill_the_day);
        Ok(Self {
            name: name.into(),
            zone: Zone::named(zone)?,
            week,
            special,
            always,
        })
    }

    /// The calendar that never closes. Its wall clock, where one is shown, is UTC.
    #[must_use]
    pub fn always(name: impl Into<String>) -> Self {
        let all_day = Hours::merged(&[Interval::ALL_DAY]);
        Self {
            name: name.into(),
            zone: Zone::utc(),
            week: std::array::from_fn(|_| all_day.clone()),
            special: Box::default(),
            always: true,
        }
    }

    /// The name by which policies refer to it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The zone whose wall clock it follows.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        self.zone.as_jiff()
    }

    /// Whether it never closes.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.always
    }

    /// Whether it has any shift at all, in the week or as an exception.
    #[must_use]
    pub fn opens_at_all(&self) -> bool {
        let mut all = self
            .week
            .iter()
            .chain(self.special.iter().map(|(_, hours)| hours));
        all.any(|hours| !hours.spans().is_empty())
    }

    /// Whether the desk works at `at`.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        let at = at.as_millis();
        self.openings(at, at + 1).next().is_some()
    }

    /// The first open instant at or after `at`; `at` itself when the desk is open.
    ///
    /// `None` when the calendar stays closed for [`HORIZON_DAYS`] days.
    #[must_use]
    pub fn next_opening(&self, at: Timestamp) -> Option<Timestamp> {
        let until = horizon_after(at);
        let opening = self.openings(at.as_millis(), until).next()?;
        Some(Timestamp::from_millis(opening.from))
    }

    /// Working milliseconds between two instants; closed time does not count.
    ///
    /// Zero when `to` is not after `from`.
    #[must_use]
    pub fn working_ms_between(&self, from: Timestamp, to: Timestamp) -> i64 {
        self.openings(from.as_millis(), to.as_millis())
            .map(Opening::ms)
            .sum()
    }

    /// The open stretches of time in `from..until` (UTC milliseconds), in order.
    pub(super) fn openings(&self, from: i64, until: i64) -> Openings<'_> {
        Openings::new(self, from, until)
    }

    /// The shifts that open on the date with number `day`.
    pub(super) fn hours_on(&self, day: i64) -> &Hours {
        match self
            .special
            .binary_search_by_key(&day, |(special, _)| *special)
        {
            Ok(found) => &self.special[found].1,
            Err(_) => &self.week[weekday(day)],
        }
    }

    /// The zone, for conversions between wall clock and instants.
    pub(super) fn zone(&self) -> &Zone {
        &self.zone
    }
}

/// The end of the search that begins at `at`, in UTC milliseconds.
pub(super) fn horizon_after(at: Timestamp) -> i64 {
    at.plus_millis(HORIZON_DAYS * DAY_MS).as_millis()
}

/// The dates that do not follow the week; an exception outranks a holiday.
fn special_dates(
    holidays: &BTreeSet<Date>,
    exceptions: &[Exception],
) -> Result<Box<[(i64, Hours)]>, Error> {
    let mut own = BTreeMap::new();
    for exception in exceptions {
        let hours = Hours::merged(&exception.hours);
        if own.insert(day_number(exception.date), hours).is_some() {
            return Err(Error::ExceptionTwice {
                date: exception.date,
            });
        }
    }
    for holiday in holidays {
        own.entry(day_number(*holiday)).or_default();
    }
    Ok(own.into_iter().collect())
}

/// The place of a date in the week, Monday first.
fn weekday(day: i64) -> usize {
    /// 1970-01-01, day 0, was a Thursday.
    const DAY_ZERO: i64 = 3;
    usize::try_from((day + DAY_ZERO).rem_euclid(7)).expect("a remainder is not negative")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn nights() -> Week {
        Week::every_day(&[Interval::new(20 * 60, 8 * 60).unwrap()])
    }

    #[test]
    fn knows_the_weekday_of_a_date() {
        assert_eq!(weekday(day_number(date("1970-01-01"))), 3);
        assert_eq!(weekday(day_number(date("1969-12-28"))), 6);
        assert_eq!(weekday(day_number(date("2026-11-23"))), 0);
    }

    #[test]
    fn a_holiday_removes_the_night_that_begins_on_it_only() {
        let holidays = BTreeSet::from([date("2026-05-01")]);
        let calendar = Calendar::new("nights", "Europe/Berlin", &nights(), &holidays, &[]).unwrap();
        assert!(calendar.is_open(at("2026-05-01T07:59:59+02:00")));
        assert!(!calendar.is_open(at("2026-05-01T20:00:00+02:00")));
        assert!(!calendar.is_open(at("2026-05-02T07:00:00+02:00")));
        assert_eq!(
            calendar.next_opening(at("2026-05-01T08:00:00+02:00")),
            Some(at("2026-05-02T20:00:00+02:00"))
        );
    }

    #[test]
    fn an_exception_outranks_the_week_and_a_holiday() {
        let day = date("2026-05-01");
        let event = Exception {
            date: day,
            hours: vec![Interval::ALL_DAY],
        };
        let holidays = BTreeSet::from([day]);
        let calendar = Calendar::new(
            "event",
            "Asia/Shanghai",
            &Week::default(),
            &holidays,
            &[event],
        )
        .unwrap();
        let (midnight, next) = (
            at("2026-05-01T00:00:00+08:00"),
            at("2026-05-02T00:00:00+08:00"),
        );
        assert_eq!(
            calendar.next_opening(at("2026-01-01T00:00:00Z")),
            Some(midnight)
        );
        assert_eq!(calendar.working_ms_between(midnight, next), DAY_MS);
        assert_eq!(calendar.next_opening(next), None);
    }

    #[test]
    fn two_exceptions_on_a_date_are_refused() {
        let event = Exception {
            date: date("2026-05-01"),
            hours: vec![],
        };
        let refused = Calendar::new(
            "twice",
            "UTC",
            &Week::default(),
            &BTreeSet::new(),
            &[event.clone(), event],
        );
        assert_eq!(
            refused,
            Err(Error::ExceptionTwice {
                date: date("2026-05-01")
            })
        );
    }

    #[test]
    fn only_a_calendar_without_any_gap_is_always_open() {
        let all_day = Week::every_day(&[Interval::ALL_DAY]);
        let none = BTreeSet::new();
        let build = |week: &Week, holidays: &BTreeSet<Date>| {
            Calendar::new("c", "Europe/Berlin", week, holidays, &[]).unwrap()
        };
        assert!(build(&all_day, &none).is_always());
        assert!(!build(&all_day, &BTreeSet::from([date("2026-05-01")])).is_always());
        assert!(!build(&nights(), &none).is_always());
        assert!(Calendar::always("24x7").is_always());
        let halves = Week::every_day(&[
            Interval::new(12 * 60, 24 * 60).unwrap(),
            Interval::new(0, 12 * 60).unwrap(),
        ]);
        assert!(build(&halves, &none).is_always());
    }

    #[test]
    fn a_calendar_without_shifts_never_opens() {
        let closed =
            Calendar::new("closed", "UTC", &Week::default(), &BTreeSet::new(), &[]).unwrap();
        assert!(!closed.opens_at_all());
        assert_eq!(closed.next_opening(at("2026-01-01T00:00:00Z")), None);
        assert_eq!(
            closed.working_ms_between(Timestamp::from_millis(0), Timestamp::MAX),
            0
        );
        assert!(Calendar::always("24x7").opens_at_all());
    }

    #[test]
    fn time_does_not_run_backwards() {
        let calendar = Calendar::always("24x7");
        let (early, late) = (at("2026-01-01T00:00:00Z"), at("2026-01-01T00:00:01Z"));
        assert_eq!(calendar.working_ms_between(early, late), 1_000);
        assert_eq!(calendar.working_ms_between(late, early), 0);
    }

    #[test]
    fn an_unknown_zone_is_named() {
        let refused = Calendar::new("c", "Mars/Olympus", &Week::default(), &BTreeSet::new(), &[]);
        assert_eq!(
            refused,
            Err(Error::UnknownZone {
                zone: "Mars/Olympus".into()
            })
        );
    }
}
