//! Calendars: when a desk works.
//!
//! A calendar is a week of shifts on the wall clock of one time zone, less its holidays, with
//! seasons that have a week of their own (Ramadan), exceptions for single dates (a short
//! Friday), and modes: spans in which it never closes (a major incident). A shift belongs to
//! the date on which it opens, also the part of it that runs past midnight, so a holiday
//! removes the night that begins on it and keeps the night that ends on it.
//!
//! The calendar is open at an instant when the wall clock shows a time inside a shift, or a
//! mode holds. From that sentence follow the rules for changed clocks: a skipped hour does not
//! exist, a repeated hour counts twice, an opening inside a skipped hour moves to the end of
//! the gap.
//!
//! It refuses to know today's date, to read the host's zones and to fetch holidays.
//!
//! # Invariants
//!
//! - Overlapping and adjacent shifts count once.
//! - Openings are found lazily, day by day and without allocating; weeks that look alike are
//!   passed over at once, and a calendar that never closes skips the walk.

mod days;
mod hours;
mod mode;
mod openings;
mod spans;
mod zone;

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use days::{Days, Holidays};
pub(super) use hours::{DAY_MS, cover};
pub use hours::{Exception, Interval, Season, Week, minute_of_day};
pub use mode::Mode;
pub(super) use openings::{Opening, Openings};
pub use spans::{Kind, Spans};
use zone::Zone;

use super::error::Error;
use super::limits::HORIZON_DAYS;
use crate::time::Timestamp;

/// When a desk works: weekly shifts in a zone, and what outranks them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    name: String,
    zone: Zone,
    days: Days,
    /// In order, apart from each other.
    modes: Box<[Opening]>,
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
        let days = Days::new(week, holidays, exceptions)?;
        Ok(Self {
            name: name.into(),
            zone: Zone::named(zone)?,
            always: days.fill_all_time(),
            days,
            modes: Box::default(),
        })
    }

    /// The calendar that never closes. Its wall clock, where one is shown, is UTC.
    #[must_use]
    pub fn always(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            zone: Zone::utc(),
            days: Days::always(),
            modes: Box::default(),
            always: true,
        }
    }

    /// The same calendar with these seasons. Of two that hold one date, the first counts;
    /// holidays and exceptions outrank both.
    #[must_use]
    pub fn with_seasons(mut self, seasons: &[Season]) -> Self {
        self.days.set_seasons(seasons);
        self.always = self.days.fill_all_time();
        self
    }

    /// The same calendar with these modes, in which it never closes.
    #[must_use]
    pub fn with_modes(mut self, modes: &[Mode]) -> Self {
        self.modes = mode::merged(modes);
        self
    }

    /// Its modes: in order, apart from each other.
    pub fn modes(&self) -> impl Iterator<Item = Mode> {
        self.modes.iter().map(mode::of)
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

    /// Whether it has any shift at all, in a week or as an exception. A mode is none: it is
    /// not when a desk usually works.
    #[must_use]
    pub fn opens_at_all(&self) -> bool {
        self.days.open_at_all()
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
        let mut openings = self.openings(from.as_millis(), to.as_millis());
        let mut working_ms = 0;
        loop {
            working_ms += openings.skip_weeks(i64::MAX);
            let Some(opening) = openings.next() else {
                return working_ms;
            };
            working_ms += opening.ms();
        }
    }

    /// What the desk does from `from` to `to`, without gaps: open, closed, on holiday.
    ///
    /// Nothing when `to` is not after `from`. The spans that are [`Kind::Open`] add up to
    /// [`working_ms_between`](Self::working_ms_between).
    #[must_use]
    pub fn spans(&self, from: Timestamp, to: Timestamp) -> Spans<'_> {
        Spans::new(self, from.as_millis(), to.as_millis())
    }

    /// The open stretches of time in `from..until` (UTC milliseconds), in order.
    pub(super) fn openings(&self, from: i64, until: i64) -> Openings<'_> {
        Openings::new(self, from, until, Holidays::Kept)
    }

    /// The shifts that open on the date with number `day`.
    pub(super) fn hours_on(&self, day: i64) -> &[hours::Span] {
        self.days.on(day, Holidays::Kept)
    }

    fn days(&self) -> &Days {
        &self.days
    }

    fn mode_spans(&self) -> &[Opening] {
        &self.modes
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
