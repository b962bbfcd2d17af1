//! Deadlines in business days: the same time of day, that many working dates later.
//!
//! A business day is a date on which a shift opens. Work at two in the night belongs to the
//! date on which its shift opened, so one business day after Saturday 02:00 of Friday's night
//! shift is 02:00 of the next night shift, not a Monday morning on which nobody is there.
//!
//! # Invariants
//!
//! - A start in closed time begins at the next opening.
//! - The time of day is kept even where that date's shifts are shorter; a skipped time is the
//!   end of its gap, a repeated one its first showing.
//! - A date that the zone skipped altogether is no business day.
//! - A pause moves the deadline by its working time.
//! - A mode, in which a desk never closes, makes no business day of a date that is none.

use super::{Pause, in_order};
use crate::sla::calendar::{Calendar, DAY_MS, cover};
use crate::sla::error::Error;
use crate::sla::limits::{BUSINESS_DAYS_MAX, HORIZON_DAYS};
use crate::time::Timestamp;

impl Calendar {
    /// Returns the instant `days` business days after `start`, at the same time of day.
    ///
    /// # Units
    ///
    /// `days`: business days, 1 to [`BUSINESS_DAYS_MAX`].
    ///
    /// # Errors
    ///
    /// - [`Error::BusinessDaysOutOfRange`] outside those bounds.
    /// - [`Error::NoWorkingTime`] when the calendar opens on too few dates within
    ///   [`HORIZON_DAYS`] days. Operators see `SLA0003`.
    ///
    /// # Source
    ///
    /// Worked examples: `tests/golden/deadlines.txt`.
    pub fn due_in_business_days(
        &self,
        start: Timestamp,
        days: u32,
        pauses: &[Pause],
    ) -> Result<Timestamp, Error> {
        if !(1..=BUSINESS_DAYS_MAX).contains(&days) {
            return Err(Error::BusinessDaysOutOfRange { days });
        }
        let none = || self.no_working_time(start);
        let begun = self.next_opening(start).ok_or_else(none)?;
        let (date, time_ms) = self.business_date(begun);
        let due_date = self.business_days_later(date, days).ok_or_else(none)?;
        let due = self.zone().first_instant_at(due_date * DAY_MS + time_ms);
        self.moved_by(pauses, begun, Timestamp::from_millis(due))
    }

    /// The date to whose shift the open instant `at` belongs, and the milliseconds since
    /// that date's midnight: more than a day for the part of a shift after midnight. What only
    /// a mode opens belongs to the date on which it is.
    fn business_date(&self, at: Timestamp) -> (i64, i64) {
        let wall = at.as_millis() + self.zone().stretch_at(at.as_millis()).offset_ms;
        let (date, time_ms) = (wall.div_euclid(DAY_MS), wall.rem_euclid(DAY_MS));
        let of_yesterday = !cover(self.hours_on(date), time_ms)
            && cover(self.hours_on(date - 1), time_ms + DAY_MS);
        if of_yesterday {
            (date - 1, time_ms + DAY_MS)
        } else {
            (date, time_ms)
        }
    }

    fn business_days_later(&self, date: i64, days: u32) -> Option<i64> {
        (date + 1..=date + HORIZON_DAYS)
            .filter(|date| self.is_business_day(*date))
            .nth(usize::try_from(days - 1).ok()?)
    }

    /// Whether a shift of the date has any instants: those of a skipped date have none.
    fn is_business_day(&self, date: i64) -> bool {
        let instant = |ms: i64| self.zone().first_instant_at(date * DAY_MS + ms);
        self.hours_on(date)
            .iter()
            .any(|span| instant(span.open_ms) < instant(span.close_ms))
    }

    /// Moves `due` by the working time that was paused since `begun`.
    fn moved_by(
        &self,
        pauses: &[Pause],
        begun: Timestamp,
        due: Timestamp,
    ) -> Result<Timestamp, Error> {
        let pauses = in_order(pauses);
        let working_ms = self.working_ms_between(begun, due);
        if self.running_ms_between(begun, due, &pauses) == working_ms {
            return Ok(due);
        }
        self.used_up(begun, working_ms, &pauses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_days_have_bounds() {
        let calendar = Calendar::always("24x7");
        let start = Timestamp::from_millis(0);
        for days in [0, BUSINESS_DAYS_MAX + 1] {
            let refused = Err(Error::BusinessDaysOutOfRange { days });
            assert_eq!(calendar.due_in_business_days(start, days, &[]), refused);
        }
        let year = i64::from(BUSINESS_DAYS_MAX) * DAY_MS;
        assert_eq!(
            calendar.due_in_business_days(start, BUSINESS_DAYS_MAX, &[]),
            Ok(start.plus_millis(year))
        );
    }
}
