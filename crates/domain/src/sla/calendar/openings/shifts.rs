//! The walk: from wall-clock shifts to stretches of real time.
//!
//! It goes stretch by stretch of constant offset and, inside one, date by date. Starting each
//! stretch anew makes the rules for changed clocks fall out: the dates of a gap have no
//! instants, those of a repeated hour are visited twice.

use std::iter::FusedIterator;

use super::Opening;
use crate::sla::calendar::Calendar;
use crate::sla::calendar::days::Holidays;
use crate::sla::calendar::hours::{DAY_MS, Span};
use crate::sla::calendar::zone::Stretch;

/// The shifts of a calendar as openings, in order, without overlap; neighbours may touch.
pub(super) struct Shifts<'a> {
    calendar: &'a Calendar,
    holidays: Holidays,
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
    spans: &'a [Span],
    /// How many of the day's shifts are done.
    done: usize,
}

impl<'a> Shifts<'a> {
    pub(super) fn new(calendar: &'a Calendar, from: i64, until: i64, holidays: Holidays) -> Self {
        let mut shifts = Self {
            calendar,
            holidays,
            at: from,
            until,
            walk: None,
        };
        if !calendar.is_always() && from < until {
            shifts.walk = Some(shifts.walk_in(calendar.zone().stretch_at(from)));
        }
        shifts
    }

    /// Leaves out everything before `at`, without visiting the dates between.
    pub(super) fn skip_to(&mut self, at: i64) {
        if at > self.at {
            self.go_to(at);
        }
    }

    fn go_to(&mut self, at: i64) {
        self.at = at;
        if let Some(walk) = &self.walk {
            let stretch = walk.stretch;
            self.walk = Some(self.walk_in(if at < stretch.until {
                stretch
            } else {
                self.calendar.zone().stretch_at(at)
            }));
        }
    }

    /// Leaves out as many whole weeks as have less than `left_ms` of work in all, none of them
    /// with changed clocks or days of their own; returns their work.
    ///
    /// A calendar repeats itself every week, so seven days from any moment hold the same work.
    pub(super) fn skip_weeks(&mut self, left_ms: i64) -> i64 {
        let week_ms = self.calendar.days().week_ms();
        let Some(walk) = &self.walk else { return 0 };
        if left_ms <= week_ms || week_ms == 0 {
            return 0;
        }
        let today = (self.at + walk.stretch.offset_ms).div_euclid(DAY_MS);
        // Yesterday's shifts may run into today.
        let irregular = self.calendar.days().regular_until(today - 1);
        let regular = (irregular.saturating_sub(today + 1)).div_euclid(7);
        let in_time = (walk.stretch.until.min(self.until) - self.at) / (7 * DAY_MS);
        let weeks = ((left_ms - 1) / week_ms).min(regular).min(in_time);
        if weeks <= 0 {
            return 0;
        }
        self.go_to(self.at + weeks * 7 * DAY_MS);
        weeks * week_ms
    }

    /// A walk on the date before the one that holds `at`, whose shifts may run past midnight.
    fn walk_in(&self, stretch: Stretch) -> Walk<'a> {
        let day = (self.at + stretch.offset_ms).div_euclid(DAY_MS) - 1;
        Walk {
            stretch,
            day,
            spans: self.calendar.days().on(day, self.holidays),
            done: 0,
        }
    }
}

impl Walk<'_> {
    /// The midnight with which the walk's date begins, were the offset always this one.
    const fn midnight(&self) -> i64 {
        self.day * DAY_MS - self.stretch.offset_ms
    }

    /// The next opening of this date after `at` and before `until`.
    fn next_of_day(&mut self, at: i64, until: i64) -> Option<Opening> {
        let until = until.min(self.stretch.until);
        let midnight = self.midnight();
        while let Some(span) = self.spans.get(self.done) {
            self.done += 1;
            let from = at.max(midnight + span.open_ms);
            let to = until.min(midnight + span.close_ms);
            if from < to {
                return Some(Opening { from, to });
            }
        }
        None
    }
}

impl Iterator for Shifts<'_> {
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
            walk.day += 1;
            walk.spans = self.calendar.days().on(walk.day, self.holidays);
            walk.done = 0;
            let end = walk.stretch.until.min(self.until);
            if walk.midnight() >= end {
                self.go_to(end);
            }
        }
        None
    }
}

impl FusedIterator for Shifts<'_> {}
