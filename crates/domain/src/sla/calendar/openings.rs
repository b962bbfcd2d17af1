//! The walk: from wall-clock shifts to stretches of real time.
//!
//! It goes stretch by stretch of constant offset and, inside one, date by date. Starting each
//! stretch anew makes the rules for changed clocks fall out: the dates of a gap have no
//! instants, those of a repeated hour are visited twice.

use std::iter::FusedIterator;

use super::Calendar;
use super::hours::{DAY_MS, Hours};
use super::zone::Stretch;

/// Open time: `from..to` in UTC milliseconds, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sla) struct Opening {
    pub(in crate::sla) from: i64,
    pub(in crate::sla) to: i64,
}

impl Opening {
    pub(in crate::sla) const fn ms(self) -> i64 {
        self.to - self.from
    }
}

/// Openings in order, without overlap; neighbours may touch.
pub(in crate::sla) struct Openings<'a> {
    calendar: &'a Calendar,
    /// Everything before is done.
    at: i64,
    until: i64,
    /// `None` when the calendar never closes and no zone need be asked.
    walk: Option<Walk<'a>>,
}

/// Where in the calendar the walk stands.
struct Walk<'a> {
    stretch: Stretch,
    day: i64,
    hours: &'a Hours,
    /// How many of the day's shifts are done.
    done: usize,
}

impl<'a> Openings<'a> {
    pub(super) fn new(calendar: &'a Calendar, from: i64, until: i64) -> Self {
        let walking = !calendar.is_always() && from < until;
        let walk = walking.then(|| Walk::begin(calendar, from, calendar.zone().stretch_at(from)));
        Self {
            calendar,
            at: from,
            until,
            walk,
        }
    }

    /// Leaves out everything before `at`, without visiting the dates between.
    pub(in crate::sla) fn skip_to(&mut self, at: i64) {
        if at <= self.at {
            return;
        }
        self.at = at;
        if let Some(walk) = &mut self.walk {
            walk.go_to(self.calendar, at);
        }
    }
}

impl<'a> Walk<'a> {
    /// Stands on the date before the one of `at`, whose shifts may run past midnight.
    fn begin(calendar: &'a Calendar, at: i64, stretch: Stretch) -> Self {
        let day = (at + stretch.offset_ms).div_euclid(DAY_MS) - 1;
        Self {
            stretch,
            day,
            hours: calendar.hours_on(day),
            done: 0,
        }
    }

    fn go_to(&mut self, calendar: &'a Calendar, at: i64) {
        let same_stretch = at < self.stretch.until;
        let stretch = if same_stretch {
            self.stretch
        } else {
            calendar.zone().stretch_at(at)
        };
        *self = Self::begin(calendar, at, stretch);
    }

    /// The midnight with which the walk's date begins, were the offset always this one.
    const fn midnight(&self) -> i64 {
        self.day * DAY_MS - self.stretch.offset_ms
    }

    /// The next opening of this date after `at` and before `until`.
    fn next_of_day(&mut self, at: i64, until: i64) -> Option<Opening> {
        let until = until.min(self.stretch.until);
        let midnight = self.midnight();
        while let Some(span) = self.hours.spans().get(self.done) {
            self.done += 1;
            let from = at.max(midnight + span.open_ms);
            let to = until.min(midnight + span.close_ms);
            if from < to {
                return Some(Opening { from, to });
            }
        }
        None
    }

    fn next_day(&mut self, calendar: &'a Calendar) {
        self.day += 1;
        self.hours = calendar.hours_on(self.day);
        self.done = 0;
    }
}

impl Iterator for Openings<'_> {
    type Item = Opening;

    fn next(&mut self) -> Option<Opening> {
        while self.at < self.until {
            let Some(walk) = &mut self.walk else {
                let rest = Opening {
                    from: self.at,
                    to: self.until,
                };
                self.at = self.until;
                return Some(rest);
            };
            if let Some(opening) = walk.next_of_day(self.at, self.until) {
                self.at = opening.to;
                return Some(opening);
            }
            walk.next_day(self.calendar);
            let stretch_end = walk.stretch.until;
            if walk.midnight() >= stretch_end.min(self.until) {
                self.at = stretch_end.min(self.until);
                walk.go_to(self.calendar, self.at);
            }
        }
        None
    }
}

impl FusedIterator for Openings<'_> {}
