//! The shifts of a day, as people write them and as the walk reads them.

use jiff::civil::{Date, Time, date};

use crate::sla::error::Error;
use crate::sla::limits::{CLOSE_MINUTE_MAX, OPEN_MINUTE_MAX};

const MINUTE_MS: i64 = 60_000;

/// Milliseconds of a day on the wall clock, which knows no skipped hours.
pub(in crate::sla) const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// A shift on the wall clock. It belongs to the date on which it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    open_minute: u16,
    close_minute: u16,
}

impl Interval {
    /// 00:00 to 24:00.
    pub const ALL_DAY: Self = Self {
        open_minute: 0,
        close_minute: CLOSE_MINUTE_MAX,
    };

    /// A shift from `open_minute` (included) to `close_minute` (excluded).
    ///
    /// A closing at or before the opening is one on the next date: 20:00 to 08:00 is a night,
    /// 08:00 to 08:00 is twenty-four hours.
    ///
    /// # Units
    ///
    /// Minutes after midnight: `open_minute` 0 to 1439, `close_minute` 0 to 1440.
    ///
    /// # Errors
    ///
    /// [`Error::IntervalOutOfRange`] outside those bounds.
    pub const fn new(open_minute: u16, close_minute: u16) -> Result<Self, Error> {
        if open_minute > OPEN_MINUTE_MAX || close_minute > CLOSE_MINUTE_MAX {
            return Err(Error::IntervalOutOfRange {
                open_minute,
                close_minute,
            });
        }
        Ok(Self {
            open_minute,
            close_minute,
        })
    }

    /// Reads a shift from its two times of day, such as `20:00` and `08:00`.
    ///
    /// # Errors
    ///
    /// - [`Error::TimeOfDayUnreadable`] when one is not [`minute_of_day`].
    /// - [`Error::IntervalOutOfRange`] for an opening at 24:00.
    pub fn parse(open: &str, close: &str) -> Result<Self, Error> {
        Self::new(minute_of_day(open)?, minute_of_day(close)?)
    }

    /// Minutes after midnight at which it opens.
    #[must_use]
    pub const fn open_minute(self) -> u16 {
        self.open_minute
    }

    /// Minutes after midnight at which it closes: on the next date when this is not after
    /// the opening.
    #[must_use]
    pub const fn close_minute(self) -> u16 {
        self.close_minute
    }

    fn span(self) -> Span {
        let next_date = if self.close_minute <= self.open_minute {
            DAY_MS
        } else {
            0
        };
        Span {
            open_ms: i64::from(self.open_minute) * MINUTE_MS,
            close_ms: i64::from(self.close_minute) * MINUTE_MS + next_date,
        }
    }
}

/// Reads `HH:MM`, from `00:00` to `24:00`, as minutes after midnight.
///
/// # Errors
///
/// [`Error::TimeOfDayUnreadable`] for any other text.
pub fn minute_of_day(text: &str) -> Result<u16, Error> {
    if text == "24:00" {
        return Ok(CLOSE_MINUTE_MAX);
    }
    let unreadable = || Error::TimeOfDayUnreadable {
        text: text.to_owned(),
    };
    let time = Time::strptime("%H:%M", text).map_err(|_| unreadable())?;
    u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).map_err(|_| unreadable())
}

/// The shifts of every weekday. An empty day is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the weekdays")]
pub struct Week {
    pub mon: Vec<Interval>,
    pub tue: Vec<Interval>,
    pub wed: Vec<Interval>,
    pub thu: Vec<Interval>,
    pub fri: Vec<Interval>,
    pub sat: Vec<Interval>,
    pub sun: Vec<Interval>,
}

impl Week {
    /// The same shifts on all seven days.
    #[must_use]
    pub fn every_day(shifts: &[Interval]) -> Self {
        Self {
            sat: shifts.to_vec(),
            sun: shifts.to_vec(),
            ..Self::weekdays(shifts)
        }
    }

    /// The same shifts from Monday to Friday, and a free weekend.
    #[must_use]
    pub fn weekdays(shifts: &[Interval]) -> Self {
        Self {
            mon: shifts.to_vec(),
            tue: shifts.to_vec(),
            wed: shifts.to_vec(),
            thu: shifts.to_vec(),
            fri: shifts.to_vec(),
            ..Self::default()
        }
    }

    /// The shifts as the walk reads them, Monday first.
    pub(super) fn hours(&self) -> [Hours; 7] {
        [
            &self.mon, &self.tue, &self.wed, &self.thu, &self.fri, &self.sat, &self.sun,
        ]
        .map(|shifts| Hours::merged(shifts))
    }
}

/// Dates with a week of their own, such as shorter days in Ramadan or a busy autumn. Holidays
/// stay holidays in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Season {
    /// The first date.
    pub from: Date,
    /// The last date; a season that ends before it begins has none.
    pub to: Date,
    /// The shifts of its weekdays, all of them: an empty day is closed.
    pub week: Week,
}

/// A date with shifts of its own instead of the week's. None at all is a closed day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The date on which the shifts open.
    pub date: Date,
    /// The shifts, in any order; [`Interval::ALL_DAY`] is 24-hour mode.
    pub hours: Vec<Interval>,
}

/// A shift in milliseconds after the midnight of its date; it may end on the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sla) struct Span {
    pub(in crate::sla) open_ms: i64,
    pub(in crate::sla) close_ms: i64,
}

/// The shifts that open on a date: in order, apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sla) struct Hours(Box<[Span]>);

impl Hours {
    /// Sorts shifts and joins those that overlap or touch.
    pub(super) fn merged(shifts: &[Interval]) -> Self {
        let mut spans: Vec<Span> = shifts.iter().map(|shift| shift.span()).collect();
        spans.sort_unstable();
        spans.dedup_by(|next, kept| {
            let joined = next.open_ms <= kept.close_ms;
            if joined {
                kept.close_ms = kept.close_ms.max(next.close_ms);
            }
            joined
        });
        Self(spans.into())
    }

    pub(in crate::sla) fn spans(&self) -> &[Span] {
        &self.0
    }
}

/// Whether one of the shifts is at work `ms` after the date's midnight.
pub(in crate::sla) fn cover(spans: &[Span], ms: i64) -> bool {
    spans
        .iter()
        .any(|span| span.open_ms <= ms && ms < span.close_ms)
}

/// Days since 1970-01-01, which is how the walk counts dates.
pub(in crate::sla) fn day_number(day: Date) -> i64 {
    date(1970, 1, 1).duration_until(day).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_of_day() {
        assert_eq!(minute_of_day("00:00"), Ok(0));
        assert_eq!(minute_of_day("13:30"), Ok(810));
        assert_eq!(minute_of_day("24:00"), Ok(1440));
        for text in [
            "", "24:01", "25:00", "12:60", "noon", "12", "12:00:30", "-1:00", "１2:00",
        ] {
            let unreadable = Error::TimeOfDayUnreadable {
                text: text.to_owned(),
            };
            assert_eq!(minute_of_day(text), Err(unreadable));
        }
    }

    #[test]
    fn refuses_shifts_outside_the_day() {
        assert!(Interval::new(1439, 1440).is_ok());
        assert!(Interval::new(1440, 60).is_err());
        assert!(Interval::new(0, 1441).is_err());
        assert!(Interval::parse("24:00", "08:00").is_err());
    }

    #[test]
    fn joins_shifts_that_overlap_or_touch() {
        let shift = |open: &str, close: &str| Interval::parse(open, close).unwrap();
        let merged = Hours::merged(&[
            shift("22:00", "06:00"),
            shift("09:00", "12:00"),
            shift("12:00", "13:00"),
            shift("10:00", "11:00"),
            shift("14:00", "15:00"),
        ]);
        let minutes: Vec<_> = merged
            .spans()
            .iter()
            .map(|span| (span.open_ms / MINUTE_MS, span.close_ms / MINUTE_MS))
            .collect();
        assert_eq!(minutes, [(540, 780), (840, 900), (1320, 1800)]);
        assert!(cover(merged.spans(), 540 * MINUTE_MS));
        assert!(!cover(merged.spans(), 780 * MINUTE_MS));
    }

    #[test]
    fn equal_times_are_a_day_and_midnight_is_an_end() {
        let whole = Hours::merged(&[Interval::parse("08:00", "08:00").unwrap()]);
        assert_eq!(whole.spans()[0].close_ms - whole.spans()[0].open_ms, DAY_MS);
        let zero = Hours::merged(&[Interval::parse("09:00", "00:00").unwrap()]);
        assert_eq!(
            zero,
            Hours::merged(&[Interval::parse("09:00", "24:00").unwrap()])
        );
    }

    #[test]
    fn counts_dates_from_1970() {
        assert_eq!(day_number(date(1970, 1, 1)), 0);
        assert_eq!(day_number(date(1969, 12, 31)), -1);
        assert_eq!(day_number(date(2026, 11, 22)), 20_779);
    }
}
