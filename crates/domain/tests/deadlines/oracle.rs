//! A second opinion: counts minute by minute what the wall clock shows, as slowly as it is
//! plain. It shares no arithmetic with the code under test.

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use posthouse_domain::sla::{Interval, Pause, WorkingTime};
use posthouse_domain::time::Timestamp;
use proptest::prelude::*;

use crate::strategies::{DAY_MS, MINUTE_MS, Plan, near_ms, pauses, pauses_ms, plan};

/// How far the oracle counts before it gives up.
const PATIENCE_MS: i64 = 25 * DAY_MS;

struct Oracle<'a> {
    plan: &'a Plan,
    zone: TimeZone,
}

impl<'a> Oracle<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            zone: TimeZoneDatabase::bundled().get(plan.zone).unwrap(),
        }
    }

    fn is_open(&self, at: Timestamp) -> bool {
        self.works_usually(at) || self.in_a_mode(at)
    }

    fn in_a_mode(&self, at: Timestamp) -> bool {
        let mut modes = self.plan.modes.iter();
        modes.any(|mode| mode.from <= at && mode.to.is_none_or(|to| at < to))
    }

    fn works_usually(&self, at: Timestamp) -> bool {
        let wall = self.zone.to_datetime(at.to_jiff());
        let yesterday = wall.yesterday().unwrap();
        let minute = minute_of(wall);
        self.shifts_on(wall).iter().any(|shift| {
            minute >= shift.open_minute() && (minute < shift.close_minute() || overnight(*shift))
        }) || self
            .shifts_on(yesterday)
            .iter()
            .any(|shift| overnight(*shift) && minute < shift.close_minute())
    }

    fn shifts_on(&self, wall: DateTime) -> &[Interval] {
        let date = wall.date();
        if let Some(own) = self
            .plan
            .exceptions
            .iter()
            .find(|exception| exception.date == date)
        {
            return &own.hours;
        }
        if self.plan.holidays.contains(&date) {
            return &[];
        }
        let monday_zero = date.weekday().to_monday_zero_offset();
        let season = self.plan.season.as_ref();
        let season = season.filter(|(from, to, _)| (*from..=*to).contains(&date));
        let week = season.map_or(&self.plan.week, |(_, _, week)| week);
        &week[usize::try_from(monday_zero).unwrap()]
    }

    /// `None` when patience ends first.
    fn due(&self, start: Timestamp, minutes: i64, pauses: &[Pause]) -> Option<Timestamp> {
        let mut left = minutes;
        let mut now = start;
        while now.millis_since(start) < PATIENCE_MS {
            let paused = pauses
                .iter()
                .any(|pause| pause.from() <= now && now < pause.to());
            if self.is_open(now) && !paused {
                left -= 1;
            }
            now = now.plus_millis(MINUTE_MS);
            if left == 0 {
                return Some(now);
            }
        }
        None
    }

    fn working_ms_between(&self, from: Timestamp, to: Timestamp) -> i64 {
        let mut now = from;
        let mut working_ms = 0;
        while now < to {
            working_ms += if self.is_open(now) { MINUTE_MS } else { 0 };
            now = now.plus_millis(MINUTE_MS);
        }
        working_ms
    }
}

fn overnight(shift: Interval) -> bool {
    shift.close_minute() <= shift.open_minute()
}

fn minute_of(wall: DateTime) -> u16 {
    u16::try_from(i32::from(wall.hour()) * 60 + i32::from(wall.minute())).unwrap()
}

proptest! {
    #[test]
    fn agrees_on_deadlines(
        plan in plan(),
        start in near_ms(),
        minutes in 1_i64..5_000,
        raw in pauses_ms(),
    ) {
        let start = plan.anchor.plus_millis(start.div_euclid(MINUTE_MS) * MINUTE_MS);
        let pauses = pauses(&plan, &raw, MINUTE_MS);
        let target = WorkingTime::from_minutes(minutes).unwrap();
        let due = plan.calendar().due(start, target, &pauses);
        match Oracle::new(&plan).due(start, minutes, &pauses) {
            Some(expected) => prop_assert_eq!(due, Ok(expected)),
            None => prop_assert!(!due.is_ok_and(|due| due.millis_since(start) <= PATIENCE_MS)),
        }
    }

    #[test]
    fn agrees_on_what_is_open(plan in plan(), from in near_ms(), minutes in 0_i64..10_000) {
        let from = plan.anchor.plus_millis(from.div_euclid(MINUTE_MS) * MINUTE_MS);
        let to = from.plus_millis(minutes * MINUTE_MS);
        let (calendar, oracle) = (plan.calendar(), Oracle::new(&plan));
        prop_assert_eq!(
            calendar.working_ms_between(from, to),
            oracle.working_ms_between(from, to)
        );
        prop_assert_eq!(calendar.is_open(from), oracle.is_open(from));
    }
}
