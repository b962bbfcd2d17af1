//! Which shifts a date has: its exception, else none on a holiday, else its season's, else the
//! week's.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::hours::{DAY_MS, Exception, Hours, Season, Span, Week, day_number};
use crate::sla::error::Error;

/// The shifts of every date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Days {
    week: Hours7,
    /// Working time of a week without changed clocks and without days of its own.
    week_ms: i64,
    /// First and last date, and the week between; the first that holds a date counts.
    seasons: Box<[(i64, i64, Hours7)]>,
    /// Dates that follow neither week nor season, by day number, in order.
    special: Box<[(i64, Special)]>,
}

/// The shifts of seven weekdays, Monday first.
type Hours7 = [Hours; 7];

/// What is special about a date.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Special {
    Holiday,
    Exception(Hours),
}

/// Whether holidays take their shifts away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sla) enum Holidays {
    /// They do: how the desk really works.
    Kept,
    /// As if there were none: what a holiday takes away is the difference.
    Ignored,
}

impl Days {
    /// An exception outranks a holiday.
    pub(super) fn new(
        week: &Week,
        holidays: &BTreeSet<Date>,
        exceptions: &[Exception],
    ) -> Result<Self, Error> {
        let week = week.hours();
        let week_ms = week_ms(&week);
        Ok(Self {
            week,
            week_ms,
            seasons: Box::default(),
            special: special_dates(holidays, exceptions)?,
        })
    }

    /// The days that never close.
    pub(super) fn always() -> Self {
        let week = Week::every_day(&[super::Interval::ALL_DAY]);
        Self::new(&week, &BTreeSet::new(), &[]).expect("no two of no exceptions share a date")
    }

    pub(super) fn set_seasons(&mut self, seasons: &[Season]) {
        let season = |season: &Season| {
            let (from, to) = (day_number(season.from), day_number(season.to));
            (from, to, season.week.hours())
        };
        self.seasons = seasons.iter().map(season).collect();
    }

    /// The shifts that open on the date with number `day`.
    pub(super) fn on(&self, day: i64, holidays: Holidays) -> &[Span] {
        if let Ok(found) = self.special.binary_search_by_key(&day, |(on, _)| *on) {
            match &self.special[found].1 {
                Special::Exception(hours) => return hours.spans(),
                Special::Holiday if holidays == Holidays::Kept => return &[],
                Special::Holiday => {}
            }
        }
        let holds = |(from, to, _): &&(i64, i64, Hours7)| (*from..=*to).contains(&day);
        let season = self.seasons.iter().find(holds);
        season.map_or(&self.week, |(_, _, week)| week)[weekday(day)].spans()
    }

    /// Working time of a week without changed clocks and without days of its own.
    pub(super) const fn week_ms(&self) -> i64 {
        self.week_ms
    }

    /// The first date from `day` on that does not follow the week.
    pub(super) fn regular_until(&self, day: i64) -> i64 {
        let next = self.special.partition_point(|(on, _)| *on < day);
        let special = self.special.get(next).map_or(i64::MAX, |(on, _)| *on);
        let seasons = self.seasons.iter().filter(|(_, to, _)| *to >= day);
        let season = seasons.map(|(from, ..)| day.max(*from)).min();
        special.min(season.unwrap_or(i64::MAX))
    }

    /// Whether they leave no moment closed.
    pub(super) fn fill_all_time(&self) -> bool {
        self.each().all(fill_the_day)
    }

    /// Whether there is any shift at all.
    pub(super) fn open_at_all(&self) -> bool {
        self.each().any(|spans| !spans.is_empty())
    }

    /// The shifts of every sort of date.
    fn each(&self) -> impl Iterator<Item = &[Span]> {
        let seasons = self.seasons.iter().flat_map(|(_, _, week)| week);
        let special = self.special.iter().map(|(_, special)| match special {
            Special::Holiday => &[],
            Special::Exception(hours) => hours.spans(),
        });
        let usual = self.week.iter().chain(seasons).map(Hours::spans);
        usual.chain(special)
    }
}

fn special_dates(
    holidays: &BTreeSet<Date>,
    exceptions: &[Exception],
) -> Result<Box<[(i64, Special)]>, Error> {
    let mut own = BTreeMap::new();
    for exception in exceptions {
        let special = Special::Exception(Hours::merged(&exception.hours));
        if own.insert(day_number(exception.date), special).is_some() {
            return Err(Error::ExceptionTwice {
                date: exception.date,
            });
        }
    }
    for holiday in holidays {
        own.entry(day_number(*holiday)).or_insert(Special::Holiday);
    }
    Ok(own.into_iter().collect())
}

/// Whether the shifts of a date leave no moment of it closed.
fn fill_the_day(spans: &[Span]) -> bool {
    spans
        .first()
        .is_some_and(|span| span.open_ms == 0 && span.close_ms >= DAY_MS)
}

/// The place of a date in the week, Monday first.
fn weekday(day: i64) -> usize {
    /// 1970-01-01, day 0, was a Thursday.
    const DAY_ZERO: i64 = 3;
    place(day + DAY_ZERO)
}

/// A count of days from a Monday as a place in the week.
fn place(day: i64) -> usize {
    usize::try_from(day.rem_euclid(7)).expect("a remainder is not negative")
}

/// The working time of any seven days in a row, shifts past midnight counted once.
fn week_ms(week: &Hours7) -> i64 {
    let mut done = i64::MIN;
    let mut total = 0;
    // The Sunday before reaches into the Monday; what runs out of the last Sunday comes in there.
    for day in -1..7 {
        for span in week[place(day)].spans() {
            let from = (day * DAY_MS + span.open_ms).max(done).max(0);
            let to = (day * DAY_MS + span.close_ms).min(7 * DAY_MS);
            total += (to - from).max(0);
            done = done.max(to);
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sla::Interval;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn shift(open: &str, close: &str) -> Interval {
        Interval::parse(open, close).unwrap()
    }

    #[test]
    fn knows_the_weekday_of_a_date() {
        assert_eq!(weekday(day_number(date("1970-01-01"))), 3);
        assert_eq!(weekday(day_number(date("1969-12-28"))), 6);
        assert_eq!(weekday(day_number(date("2026-11-23"))), 0);
    }

    #[test]
    fn a_week_counts_each_moment_once() {
        let hour = 60 * 60 * 1_000;
        let office = Week::weekdays(&[shift("09:00", "12:00"), shift("13:00", "17:00")]);
        assert_eq!(week_ms(&office.hours()), 35 * hour);
        let nights = Week::every_day(&[shift("20:00", "08:00")]);
        assert_eq!(week_ms(&nights.hours()), 84 * hour);
        let whole = Week::every_day(&[shift("08:00", "08:00")]);
        assert_eq!(week_ms(&whole.hours()), 7 * DAY_MS);
        let over = Week {
            sun: vec![shift("22:00", "06:00")],
            mon: vec![shift("04:00", "08:00")],
            ..Week::default()
        };
        assert_eq!(week_ms(&over.hours()), 10 * hour);
    }

    #[test]
    fn the_next_date_of_its_own_is_found() {
        let holidays = BTreeSet::from([date("2026-05-01")]);
        let mut days = Days::new(&Week::default(), &holidays, &[]).unwrap();
        let day = |text: &str| day_number(date(text));
        assert_eq!(days.regular_until(day("2026-04-01")), day("2026-05-01"));
        assert_eq!(days.regular_until(day("2026-05-02")), i64::MAX);
        days.set_seasons(&[Season {
            from: date("2026-04-10"),
            to: date("2026-04-20"),
            week: Week::default(),
        }]);
        assert_eq!(days.regular_until(day("2026-04-01")), day("2026-04-10"));
        assert_eq!(days.regular_until(day("2026-04-15")), day("2026-04-15"));
        assert_eq!(days.regular_until(day("2026-04-21")), day("2026-05-01"));
    }
}
