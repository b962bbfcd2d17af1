//! The life of a desk without gaps: open, closed, or closed by a holiday.

use std::iter::{FusedIterator, Peekable};

use super::Calendar;
use super::days::Holidays;
use super::openings::{Opening, Openings};
use crate::time::Timestamp;

/// What a desk does in a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It works.
    Open,
    /// It would not work on any such date.
    Closed,
    /// It would work, were it not for a holiday. The nights of a holiday are merely closed.
    Holiday,
}

/// The spans of a calendar in order, without gaps; neighbours differ in kind.
pub struct Spans<'a> {
    at: i64,
    until: i64,
    open: Peekable<Openings<'a>>,
    /// What would be open without holidays: all of `open`, and more.
    usual: Peekable<Openings<'a>>,
}

impl<'a> Spans<'a> {
    pub(super) fn new(calendar: &'a Calendar, from: i64, until: i64) -> Self {
        let openings = |holidays| Openings::new(calendar, from, until, holidays).peekable();
        Self {
            at: from,
            until,
            open: openings(Holidays::Kept),
            usual: openings(Holidays::Ignored),
        }
    }

    /// Until when the desk does the same as at `at`, at most.
    fn step(&mut self) -> (i64, Kind) {
        let open = current(&mut self.open, self.at);
        let usual = current(&mut self.usual, self.at);
        let begins = |opening: Option<Opening>| opening.map_or(self.until, |next| next.from);
        match (open, usual) {
            (Some(open), _) if open.from <= self.at => (open.to, Kind::Open),
            (_, Some(usual)) if usual.from <= self.at => {
                (usual.to.min(begins(open)), Kind::Holiday)
            }
            _ => (begins(open).min(begins(usual)), Kind::Closed),
        }
    }
}

/// The first opening that is not over at `at`.
fn current(openings: &mut Peekable<Openings<'_>>, at: i64) -> Option<Opening> {
    while openings.next_if(|opening| opening.to <= at).is_some() {}
    openings.peek().copied()
}

impl Iterator for Spans<'_> {
    type Item = (Timestamp, Timestamp, Kind);

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.until {
            return None;
        }
        let from = self.at;
        let (to, kind) = self.step();
        self.at = to;
        while self.at < self.until {
            let (to, next) = self.step();
            if next != kind {
                break;
            }
            self.at = to;
        }
        let instant = Timestamp::from_millis;
        Some((instant(from), instant(self.at), kind))
    }
}

impl FusedIterator for Spans<'_> {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sla::{Interval, Week};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn told(calendar: &Calendar, from: &str, to: &str) -> Vec<String> {
        let hour = |at: Timestamp| at.to_string()[5..16].to_owned();
        calendar
            .spans(at(from), at(to))
            .map(|(from, to, kind)| format!("{} {} {kind:?}", hour(from), hour(to)))
            .collect()
    }

    #[test]
    fn a_holiday_is_the_work_that_it_takes_away() {
        let week = Week::weekdays(&[Interval::parse("09:00", "17:00").unwrap()]);
        let holidays = BTreeSet::from(["2026-05-01".parse().unwrap()]);
        let office = Calendar::new("office", "UTC", &week, &holidays, &[]).unwrap();
        assert_eq!(
            told(&office, "2026-04-30T12:00:00Z", "2026-05-04T10:00:00Z"),
            [
                "04-30T12:00 04-30T17:00 Open",
                "04-30T17:00 05-01T09:00 Closed",
                "05-01T09:00 05-01T17:00 Holiday",
                "05-01T17:00 05-04T09:00 Closed",
                "05-04T09:00 05-04T10:00 Open",
            ]
        );
        // A holiday on a free weekend takes nothing away.
        let weekend = BTreeSet::from(["2026-05-02".parse().unwrap()]);
        let office = Calendar::new("office", "UTC", &week, &weekend, &[]).unwrap();
        assert_eq!(
            told(&office, "2026-05-02T00:00:00Z", "2026-05-03T00:00:00Z"),
            ["05-02T00:00 05-03T00:00 Closed"]
        );
    }

    #[test]
    fn nights_that_touch_are_one_span() {
        let days = Week::every_day(&[Interval::ALL_DAY]);
        let holidays = BTreeSet::from(["2026-05-03".parse().unwrap()]);
        let calendar = Calendar::new("c", "UTC", &days, &holidays, &[]).unwrap();
        assert_eq!(
            told(&calendar, "2026-05-01T00:00:00Z", "2026-05-05T00:00:00Z"),
            [
                "05-01T00:00 05-03T00:00 Open",
                "05-03T00:00 05-04T00:00 Holiday",
                "05-04T00:00 05-05T00:00 Open",
            ]
        );
        let always = Calendar::always("24x7");
        assert_eq!(
            told(&always, "2026-05-01T00:00:00Z", "2026-05-05T00:00:00Z"),
            ["05-01T00:00 05-05T00:00 Open"]
        );
        assert_eq!(always.spans(Timestamp::MAX, Timestamp::MIN).count(), 0);
    }
}
