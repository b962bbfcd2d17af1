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
//! - In a mode a desk is open to the millisecond, whatever its hours; a mode makes no business day.

mod business_days;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::hours::Hours;
use crate::limits::HORIZON_DAYS;

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// A time that does not count: from and to, in milliseconds.
pub(crate) type Pause = (i64, i64);

/// When a desk works.
#[derive(Debug)]
pub(crate) struct Calendar {
    /// None when it never closes.
    hours: Option<Hours>,
    /// Spans in which it never closes.
    modes: Vec<(i64, i64)>,
    /// Open spans by day since 1970 in UTC, as far as they were looked up.
    days: BTreeMap<i64, Vec<(i64, i64)>>,
}

impl Calendar {
    /// A calendar of those hours; of none, it never closes.
    pub(crate) fn new(hours: Option<Hours>, mut modes: Vec<(i64, i64)>) -> Self {
        modes.sort_unstable();
        let days = BTreeMap::new();
        Self { hours, modes, days }
    }

    /// The instant at which `target_ms` of open time that is not paused have passed since
    /// `start`; nothing when that takes longer than the horizon. Pauses in order.
    pub(crate) fn used_up(&mut self, start: i64, target_ms: i64, pauses: &[Pause]) -> Option<i64> {
        let settled = pauses.last().map_or(start, |(_, to)| start.max(*to));
        let horizon = settled.saturating_add(HORIZON_DAYS * DAY_MS);
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

    /// Open time between two instants that is not paused, in milliseconds.
    pub(crate) fn open_ms(&mut self, from: i64, to: i64, pauses: &[Pause]) -> i64 {
        let mut sum = 0;
        for day in from.div_euclid(DAY_MS)..=to.div_euclid(DAY_MS) {
            for &(begin, end) in self.day(day) {
                let left = without(begin.max(from), end.min(to), pauses);
                sum += left.iter().map(|(from, to)| to - from).sum::<i64>();
            }
        }
        sum
    }

    /// The first open instant at or after `at`, within the horizon.
    pub(crate) fn next_opening(&mut self, at: i64) -> Option<i64> {
        let first = at.div_euclid(DAY_MS);
        for day in first..=first + HORIZON_DAYS {
            let open = self.day(day).iter().find(|(_, to)| *to > at);
            if let Some((from, _)) = open {
                return Some(at.max(*from));
            }
        }
        None
    }

    /// The open spans of a day in UTC.
    fn day(&mut self, day: i64) -> &[(i64, i64)] {
        let (hours, modes) = (self.hours.as_ref(), &self.modes);
        self.days.entry(day).or_insert_with(|| {
            let (begin, end) = (day * DAY_MS, (day + 1) * DAY_MS);
            let Some(hours) = hours else {
                return vec![(begin, end)];
            };
            let mut spans = open_in(hours, begin);
            for &(from, to) in modes {
                spans.push((from.max(begin), to.min(end)));
            }
            joined(spans)
        })
    }
}

/// The open spans of the day in UTC that begins at `begin`, minutes put together.
fn open_in(hours: &Hours, begin: i64) -> Vec<(i64, i64)> {
    let minutes = (0..24 * 60).map(|minute| begin + minute * MINUTE_MS);
    let open = minutes.filter(|from| {
        let at = Timestamp::from_millisecond(*from);
        at.is_ok_and(|at| hours.are_open(hours.zone.to_datetime(at)))
    });
    joined(open.map(|from| (from, from + MINUTE_MS)).collect())
}

/// Spans in order, those that touch put together, those of no time left out.
fn joined(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.retain(|(from, to)| from < to);
    spans.sort_unstable();
    let mut all: Vec<(i64, i64)> = Vec::new();
    for (from, to) in spans {
        match all.last_mut() {
            Some((_, end)) if *end >= from => *end = to.max(*end),
            _ => all.push((from, to)),
        }
    }
    all
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hours::Text;

    fn calendar(text: &str) -> Calendar {
        let text = toml::from_str(text).unwrap();
        Calendar::new(Hours::read(&text, &BTreeMap::new()).unwrap(), Vec::new())
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
        let why = |text: &str| {
            let text = toml::from_str(text).unwrap();
            Hours::read(&text, &BTreeMap::new()).unwrap_err()
        };
        assert!(why("zone = \"Mars/Olympus\"").contains("Mars"));
        assert!(why("zone = \"UTC\"\nmon = [\"nine to five\"]").contains("nine to five"));
    }

    #[test]
    fn seasons_exceptions_and_modes() {
        // In summer afternoons are free, but Fridays are as usual; the holiday stays one.
        let summer = "zone = \"UTC\"\nweekdays = [\"09:00-17:00\"]\nfri = [\"09:00-12:00\"]\n\
            holidays = [2026-07-14]\n\
            seasons = [{ from = 2026-07-01, to = 2026-08-31, mon = [\"09:00-10:00\"], tue = [\"09:00-11:00\"] }]\n\
            exceptions = [{ from = 2026-07-18, to = 2026-07-19, hours = [\"10:00-11:00\"] }]";
        let found = |start: &str, hours: i64| due(summer, start, hours * 60, &[]);
        assert_eq!(found("2026-07-13T00:00:00Z", 2), "2026-07-15T10:00:00Z");
        assert_eq!(found("2026-07-17T09:00:00Z", 5), "2026-07-19T11:00:00Z");
        assert_eq!(found("2026-08-31T09:30:00Z", 1), "2026-09-01T09:30:00Z");
        // In a mode it never closes.
        let text = toml::from_str(summer).unwrap();
        let hours = Hours::read(&text, &BTreeMap::new()).unwrap();
        let mode = (at("2026-07-14T00:00:30Z"), at("2026-07-14T01:00:00Z"));
        let mut desk = Calendar::new(hours, vec![mode]);
        let start = at("2026-07-13T10:00:00Z");
        let found = desk.used_up(start, 10_000, &[]);
        assert_eq!(found, Some(mode.0 + 10_000));
        assert_eq!(desk.next_opening(start), Some(mode.0));
        let until = at("2026-07-16T00:00:00Z");
        assert_eq!(
            desk.open_ms(start, until, &[(mode.1, until)]),
            mode.1 - mode.0
        );
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
