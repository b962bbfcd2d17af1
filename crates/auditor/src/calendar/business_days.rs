//! Deadlines in business days: the same time of day, that many dates later on which a shift opens.
//!
//! # Invariants
//!
//! - Work after midnight belongs to the date on which its shift opened.
//! - A skipped time is the end of its gap, a repeated one its first showing.
//! - A pause moves the deadline by its working time.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};

use super::{Calendar, DAY_MS, Pause};
use crate::hours::Hours;
use crate::limits::HORIZON_DAYS;

impl Calendar {
    /// The instant `days` business days after `start`; nothing beyond the horizon. Pauses in order.
    pub(crate) fn business_days(&mut self, start: i64, days: u32, pauses: &[Pause]) -> Option<i64> {
        let begun = self.next_opening(start)?;
        let due = match &self.hours {
            None => begun + i64::from(days) * DAY_MS,
            Some(hours) => later(hours, begun, days)?,
        };
        let working_ms = self.open_ms(begun, due, &[]);
        if self.open_ms(begun, due, pauses) == working_ms {
            return Some(due);
        }
        self.used_up(begun, working_ms, pauses)
    }
}

/// The same time of day on the `days`th business day after the one that `begun` belongs to.
fn later(hours: &Hours, begun: i64, days: u32) -> Option<i64> {
    let wall = hours
        .zone
        .to_datetime(Timestamp::from_millisecond(begun).ok()?);
    let is_of_yesterday = !hours.covers(wall.date(), wall) && hours.is_night_of_yesterday(wall);
    let mut date = wall.date();
    if is_of_yesterday {
        date = date.yesterday().ok()?;
    }
    let mut left = days;
    for _ in 0..HORIZON_DAYS {
        date = date.tomorrow().ok()?;
        left -= u32::from(is_business_day(hours, date));
        if left == 0 {
            let date = if is_of_yesterday {
                date.tomorrow().ok()?
            } else {
                date
            };
            return first_instant(&hours.zone, date.to_datetime(wall.time()));
        }
    }
    None
}

/// Whether a shift of the date has any instants: those of a skipped date have none.
fn is_business_day(hours: &Hours, date: jiff::civil::Date) -> bool {
    let instant = |minute: i64| {
        let wall = date.at(0, 0, 0, 0).checked_add(Span::new().minutes(minute));
        first_instant(&hours.zone, wall.ok()?)
    };
    let shifts = hours.of(date);
    shifts
        .iter()
        .any(|(open, close)| instant(*open) < instant(*close))
}

/// The first instant at which the wall clock shows that time or a later one.
fn first_instant(zone: &TimeZone, wall: DateTime) -> Option<i64> {
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    let is_skipped = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
    let instant = if is_skipped {
        let after = ambiguous.later().ok()?;
        let next = after.checked_add(Span::new().milliseconds(1)).ok()?;
        zone.preceding(next).next()?.timestamp()
    } else {
        ambiguous.earlier().ok()?
    };
    Some(instant.as_millisecond())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn due(calendar: &str, start: &str, days: u32, pauses: &[(&str, &str)]) -> String {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        let hours = Hours::read(&toml::from_str(calendar).unwrap(), &BTreeMap::new()).unwrap();
        let pauses: Vec<Pause> = pauses.iter().map(|(a, b)| (at(a), at(b))).collect();
        let due = Calendar::new(hours, Vec::new()).business_days(at(start), days, &pauses);
        Timestamp::from_millisecond(due.unwrap())
            .unwrap()
            .to_string()
    }

    const OFFICE: &str =
        "zone = \"Europe/Berlin\"\nweekdays = [\"09:00-17:00\"]\nholidays = [2026-05-01]";

    /// Worked out by hand, with a paper calendar of 2026.
    #[test]
    fn worked_examples() {
        // Thursday 16:00; Friday is the 1st of May, so Monday.
        assert_eq!(
            due(OFFICE, "2026-04-30T14:00:00Z", 1, &[]),
            "2026-05-04T14:00:00Z"
        );
        // Saturday begins on Monday at nine.
        assert_eq!(
            due(OFFICE, "2026-04-25T12:00:00Z", 5, &[]),
            "2026-05-05T07:00:00Z"
        );
        // An hour of work is paused, and one of the night is nothing.
        let pauses = [
            ("2026-04-28T08:00:00Z", "2026-04-28T09:00:00Z"),
            ("2026-04-28T18:00:00Z", "2026-04-28T19:00:00Z"),
        ];
        let found = due(OFFICE, "2026-04-27T14:30:00Z", 2, &pauses);
        assert_eq!(found, "2026-04-30T07:30:00Z");
        assert_eq!(
            due("always = true", "2026-04-25T12:00:00Z", 2, &[]),
            "2026-04-27T12:00:00Z"
        );
    }

    #[test]
    fn nights_and_changed_clocks() {
        let night = "zone = \"Europe/Berlin\"\nweekdays = [\"20:00-08:00\"]";
        // Saturday 02:00 is still Friday: the next night is Monday's, and ends on Tuesday.
        assert_eq!(
            due(night, "2026-04-25T00:00:00Z", 1, &[]),
            "2026-04-28T00:00:00Z"
        );
        // 02:30 does not exist on the 29th of March, and is there twice on the 25th of October.
        let every = "zone = \"Europe/Berlin\"\nevery_day = [\"00:00-24:00\"]";
        assert_eq!(
            due(every, "2026-03-28T01:30:00Z", 1, &[]),
            "2026-03-29T01:00:00Z"
        );
        assert_eq!(
            due(every, "2026-10-24T00:30:00Z", 1, &[]),
            "2026-10-25T00:30:00Z"
        );
    }
}
