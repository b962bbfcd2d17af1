//! Deadlines: the instant at which a target is used up.
//!
//! A policy promises *working* time; people live in *wall* time. This module turns one into
//! the other by walking a [`Calendar`] forward from a start, leaving out the pauses.
//!
//! It reads no clock and keeps no state. Callers pass instants and get a value, which is why
//! a year of weekends is tested in a millisecond.
//!
//! # Invariants
//!
//! - A start in closed time begins at the next opening; a target used up exactly at closing
//!   is due at closing, the stricter promise.
//! - Pausing for `d` working milliseconds moves a deadline by exactly `d` working
//!   milliseconds, however often and over whatever closings.
//! - Without pauses, the working time between start and deadline is the target.
//! - A later start or a longer target never gives an earlier deadline.

mod business_days;
mod running;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, horizon_after};
use super::error::Error;
use super::limits::TARGET_MS_MAX;
use crate::time::Timestamp;
use running::Running;

/// A target: working time in milliseconds, 1 to [`TARGET_MS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkingTime(i64);

impl WorkingTime {
    /// Takes working milliseconds.
    ///
    /// # Errors
    ///
    /// [`Error::TargetOutOfRange`] outside 1 to [`TARGET_MS_MAX`].
    pub const fn from_millis(target_ms: i64) -> Result<Self, Error> {
        if target_ms < 1 || target_ms > TARGET_MS_MAX {
            return Err(Error::TargetOutOfRange { target_ms });
        }
        Ok(Self(target_ms))
    }

    /// Takes working minutes.
    ///
    /// # Errors
    ///
    /// [`Error::TargetOutOfRange`] outside 1 ms to [`TARGET_MS_MAX`].
    pub const fn from_minutes(target_minutes: i64) -> Result<Self, Error> {
        Self::from_millis(target_minutes.saturating_mul(60_000))
    }

    /// Working milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }
}

/// Time that does not count towards a target, such as waiting for the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Edges")]
pub struct Pause {
    from: Timestamp,
    to: Timestamp,
}

/// A pause as it is read, before anybody looked at the order of its edges.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edges {
    from: Timestamp,
    to: Timestamp,
}

impl TryFrom<Edges> for Pause {
    type Error = Error;

    fn try_from(edges: Edges) -> Result<Self, Error> {
        Self::new(edges.from, edges.to)
    }
}

impl Pause {
    /// A pause from `from` (included) to `to` (excluded); one of no time has no effect.
    ///
    /// # Errors
    ///
    /// [`Error::PauseReversed`] when it would end before it begins.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self, Error> {
        if to < from {
            return Err(Error::PauseReversed { from, to });
        }
        Ok(Self { from, to })
    }

    /// When it begins.
    #[must_use]
    pub const fn from(self) -> Timestamp {
        self.from
    }

    /// When it ends.
    #[must_use]
    pub const fn to(self) -> Timestamp {
        self.to
    }
}

impl Calendar {
    /// Returns the instant when `target` of working time has passed since `start`.
    ///
    /// Closed time and paused time do not count. Pauses may be given in any order, may
    /// overlap and may begin before the start. A pause that begins at the deadline comes too
    /// late to move it.
    ///
    /// # Errors
    ///
    /// [`Error::NoWorkingTime`] when the calendar opens too little within
    /// [`HORIZON_DAYS`](super::limits::HORIZON_DAYS) days after the start and the pauses.
    /// Operators see `SLA0003`.
    ///
    /// # Source
    ///
    /// Worked examples: `tests/golden/deadlines.txt`.
    pub fn due(
        &self,
        start: Timestamp,
        target: WorkingTime,
        pauses: &[Pause],
    ) -> Result<Timestamp, Error> {
        self.used_up(start, target.as_millis(), &in_order(pauses))
    }

    /// Working milliseconds between two instants, less those inside a pause.
    ///
    /// Zero when `to` is not after `from`. Pauses as for [`due`](Self::due).
    #[must_use]
    pub fn running_ms_between(&self, from: Timestamp, to: Timestamp, pauses: &[Pause]) -> i64 {
        let pauses = in_order(pauses);
        let openings = self.openings(from.as_millis(), to.as_millis());
        let mut running = Running::new(openings, &pauses);
        let mut running_ms = 0;
        loop {
            running_ms += running.skip_weeks(i64::MAX);
            let Some(opening) = running.next() else {
                return running_ms;
            };
            running_ms += opening.ms();
        }
    }

    /// Walks until `left_ms` working milliseconds are used up; `pauses` in order.
    fn used_up(
        &self,
        start: Timestamp,
        mut left_ms: i64,
        pauses: &[Pause],
    ) -> Result<Timestamp, Error> {
        let settled = pauses
            .iter()
            .map(|pause| pause.to)
            .fold(start, Timestamp::max);
        let openings = self.openings(start.as_millis(), horizon_after(settled));
        let mut running = Running::new(openings, pauses);
        loop {
            left_ms -= running.skip_weeks(left_ms);
            let Some(opening) = running.next() else {
                return Err(self.no_working_time(start));
            };
            if left_ms <= opening.ms() {
                return Ok(Timestamp::from_millis(opening.from + left_ms));
            }
            left_ms -= opening.ms();
        }
    }

    fn no_working_time(&self, start: Timestamp) -> Error {
        Error::NoWorkingTime {
            calendar: self.name().to_owned(),
            start,
        }
    }
}

/// The pauses by their begin; borrowed when they come that way, as a ticket's do.
fn in_order(pauses: &[Pause]) -> Cow<'_, [Pause]> {
    if pauses.is_sorted_by_key(|pause| pause.from) {
        return Cow::Borrowed(pauses);
    }
    let mut sorted = pauses.to_vec();
    sorted.sort_unstable();
    Cow::Owned(sorted)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sla::{Interval, Week};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn minutes(count: i64) -> WorkingTime {
        WorkingTime::from_minutes(count).unwrap()
    }

    #[test]
    fn targets_have_bounds() {
        for refused in [i64::MIN, -1, 0, TARGET_MS_MAX + 1, i64::MAX] {
            let error = Error::TargetOutOfRange { target_ms: refused };
            assert_eq!(WorkingTime::from_millis(refused), Err(error));
        }
        assert!(WorkingTime::from_millis(1).is_ok());
        assert!(WorkingTime::from_millis(TARGET_MS_MAX).is_ok());
        assert!(WorkingTime::from_minutes(i64::MAX).is_err());
    }

    #[test]
    fn a_pause_does_not_end_before_it_begins() {
        let (early, late) = (at("2026-01-01T00:00:00Z"), at("2026-01-01T00:00:01Z"));
        assert!(Pause::new(early, early).is_ok());
        assert_eq!(
            Pause::new(late, early),
            Err(Error::PauseReversed {
                from: late,
                to: early
            })
        );
        let pause = Pause::new(early, late).unwrap();
        let mut json = serde_json::to_value(pause).unwrap();
        assert_eq!(
            serde_json::from_value::<Pause>(json.clone()).unwrap(),
            pause
        );
        json["to"] = "2025-12-31T23:59:59Z".into();
        assert!(serde_json::from_value::<Pause>(json).is_err());
    }

    #[test]
    fn pauses_may_overlap_in_any_order() {
        let calendar = Calendar::always("24x7");
        let start = at("2026-01-01T00:00:00Z");
        let pause = |from: i64, to: i64| {
            Pause::new(start.plus_millis(from), start.plus_millis(to)).unwrap()
        };
        let pauses = [
            pause(500, 600),
            pause(100, 100),
            pause(-50, 10),
            pause(550, 700),
        ];
        let target = WorkingTime::from_millis(1_000).unwrap();
        let due = calendar.due(start, target, &pauses).unwrap();
        assert_eq!(due, start.plus_millis(1_000 + 10 + 200));
        assert_eq!(calendar.running_ms_between(start, due, &pauses), 1_000);
        let inside = [pause(0, 900), pause(100, 200)];
        assert_eq!(
            calendar.due(start, target, &inside),
            Ok(start.plus_millis(1_900))
        );
    }

    #[test]
    fn a_calendar_that_opens_too_little_is_an_error() {
        let start = at("2026-01-01T00:00:00Z");
        let short = [Interval::new(0, 1).unwrap()];
        let week = Week {
            mon: short.to_vec(),
            ..Week::default()
        };
        let calendar = Calendar::new("short", "UTC", &week, &BTreeSet::new(), &[]).unwrap();
        let weeks_in_horizon = super::super::limits::HORIZON_DAYS / 7;
        assert!(calendar.due(start, minutes(weeks_in_horizon), &[]).is_ok());
        assert_eq!(
            calendar.due(start, minutes(weeks_in_horizon + 2), &[]),
            Err(Error::NoWorkingTime {
                calendar: "short".into(),
                start
            })
        );
    }

    #[test]
    fn a_deadline_after_the_last_instant_is_an_error() {
        let calendar = Calendar::always("24x7");
        assert!(calendar.due(Timestamp::MAX, minutes(1), &[]).is_err());
    }
}
