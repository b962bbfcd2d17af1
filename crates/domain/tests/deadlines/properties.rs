//! The laws of deadlines, on random calendars around clock changes.

use std::collections::BTreeSet;

use posthouse_domain::sla::{Calendar, Kind, Pause, WorkingTime};
use posthouse_domain::time::Timestamp;
use proptest::prelude::*;

use crate::strategies::{DAY_MS, Plan, near_ms, pauses, pauses_ms, plan};

fn due(calendar: &Calendar, start: Timestamp, target_ms: i64, pauses: &[Pause]) -> Timestamp {
    let target = WorkingTime::from_millis(target_ms).unwrap();
    calendar.due(start, target, pauses).unwrap()
}

fn target_ms() -> impl Strategy<Value = i64> {
    1_i64..3 * DAY_MS
}

proptest! {
    #[test]
    fn without_pauses_the_working_time_is_the_target(
        plan in plan(), start in near_ms(), target in target_ms(),
    ) {
        let calendar = plan.calendar();
        let start = plan.anchor.plus_millis(start);
        let due = due(&calendar, start, target, &[]);
        prop_assert_eq!(calendar.working_ms_between(start, due), target);
        // It is the first such instant: the moment before still worked.
        prop_assert!(calendar.is_open(due.plus_millis(-1)));
    }

    #[test]
    fn a_pause_moves_a_deadline_by_its_working_time(
        plan in plan(),
        start in near_ms(),
        target in target_ms(),
        place in 0.0_f64..1.0,
        length in 0_i64..4 * DAY_MS,
    ) {
        let calendar = plan.calendar();
        let start = plan.anchor.plus_millis(start);
        let before = due(&calendar, start, target, &[]);
        let wall_ms = before.millis_since(start);
        #[expect(clippy::cast_possible_truncation, reason = "a share of a span lies inside it")]
        let from = start.plus_millis((wall_ms as f64 * place) as i64);
        let to = from.plus_millis(length);
        let after = due(&calendar, start, target, &[Pause::new(from, to).unwrap()]);
        let paused_ms = calendar.working_ms_between(from, to);
        prop_assert_eq!(calendar.working_ms_between(before, after), paused_ms);
        prop_assert_eq!(after > before, paused_ms > 0);
        prop_assert!(after >= before);
    }

    #[test]
    fn however_many_pauses_the_running_time_is_the_target(
        plan in plan(), start in near_ms(), target in target_ms(), raw in pauses_ms(),
    ) {
        let calendar = plan.calendar();
        let start = plan.anchor.plus_millis(start);
        let pauses = pauses(&plan, &raw, 1);
        let due = due(&calendar, start, target, &pauses);
        prop_assert_eq!(calendar.running_ms_between(start, due, &pauses), target);
        let mut reversed = pauses;
        reversed.reverse();
        prop_assert_eq!(calendar.running_ms_between(start, due, &reversed), target);
    }

    #[test]
    fn a_later_start_or_longer_target_is_never_due_earlier(
        plan in plan(),
        start in near_ms(),
        target in target_ms(),
        later in 0_i64..DAY_MS,
        longer in 0_i64..DAY_MS,
        raw in pauses_ms(),
    ) {
        let calendar = plan.calendar();
        let start = plan.anchor.plus_millis(start);
        let pauses = pauses(&plan, &raw, 1);
        let base = due(&calendar, start, target, &pauses);
        prop_assert!(due(&calendar, start.plus_millis(later), target, &pauses) >= base);
        prop_assert!(due(&calendar, start, target + longer, &pauses) >= base);
        prop_assert_eq!(due(&calendar, start, target + longer, &pauses) > base, longer > 0);
    }

    #[test]
    fn the_next_opening_is_open_and_nothing_opens_before_it(
        plan in plan(), at in near_ms(),
    ) {
        let calendar = plan.calendar();
        let at = plan.anchor.plus_millis(at);
        let opening = calendar.next_opening(at).unwrap();
        prop_assert!(calendar.is_open(opening));
        prop_assert_eq!(calendar.working_ms_between(at, opening), 0);
        prop_assert_eq!(calendar.is_open(at), opening == at);
    }

    #[test]
    fn working_time_adds_up(plan in plan(), edges in prop::array::uniform3(near_ms())) {
        let calendar = plan.calendar();
        let mut edges = edges.map(|ms| plan.anchor.plus_millis(ms));
        edges.sort_unstable();
        let [from, between, to] = edges;
        prop_assert_eq!(
            calendar.working_ms_between(from, between) + calendar.working_ms_between(between, to),
            calendar.working_ms_between(from, to)
        );
    }

    #[test]
    fn pauses_move_business_days_by_their_working_time(
        plan in plan(), start in near_ms(), days in 1_u32..10, raw in pauses_ms(),
    ) {
        let calendar = plan.calendar();
        let start = plan.anchor.plus_millis(start);
        let pauses = pauses(&plan, &raw, 1);
        // A calendar may open in skipped hours only, on too few dates, and then says so.
        let Ok(before) = calendar.due_in_business_days(start, days, &[]) else {
            return Ok(());
        };
        let after = calendar.due_in_business_days(start, days, &pauses).unwrap();
        prop_assert!(after >= before);
        prop_assert_eq!(
            calendar.running_ms_between(start, after, &pauses),
            calendar.working_ms_between(start, before)
        );
    }

    #[test]
    fn spans_have_no_gaps_and_add_up(plan in plan(), edges in prop::array::uniform2(near_ms())) {
        let calendar = plan.calendar();
        let mut edges = edges.map(|ms| plan.anchor.plus_millis(ms));
        edges.sort_unstable();
        let [from, to] = edges;
        let (mut at, mut open_ms, mut last) = (from, 0, None);
        for (begin, end, kind) in calendar.spans(from, to) {
            prop_assert_eq!(begin, at);
            prop_assert!(begin < end);
            prop_assert_ne!(last, Some(kind));
            prop_assert_eq!(calendar.is_open(begin), kind == Kind::Open);
            prop_assert_eq!(calendar.is_open(end.plus_millis(-1)), kind == Kind::Open);
            open_ms += if kind == Kind::Open { end.millis_since(begin) } else { 0 };
            (at, last) = (end, Some(kind));
        }
        prop_assert_eq!(at, to);
        prop_assert_eq!(open_ms, calendar.working_ms_between(from, to));
    }

    #[test]
    fn what_a_holiday_takes_away_is_open_without_it(
        plan in plan(), edges in prop::array::uniform2(near_ms()),
    ) {
        let calendar = plan.calendar();
        let unholy = Plan { holidays: BTreeSet::new(), ..plan.clone() }.calendar();
        let mut edges = edges.map(|ms| plan.anchor.plus_millis(ms));
        edges.sort_unstable();
        for (from, to, kind) in calendar.spans(edges[0], edges[1]) {
            let open_ms = unholy.working_ms_between(from, to);
            let all_ms = to.millis_since(from);
            prop_assert_eq!(open_ms, if kind == Kind::Closed { 0 } else { all_ms });
        }
    }

    /// A pause of no time, far ahead, moves nothing, but no week is passed over before it.
    #[test]
    fn passing_over_weeks_changes_nothing(
        plan in plan(), start in near_ms(), target in 1_i64..60 * DAY_MS,
    ) {
        let calendar = plan.calendar();
        let start = plan.anchor.plus_millis(start);
        let far = start.plus_millis(i64::MAX / 2);
        let ahead = [Pause::new(far, far).unwrap()];
        let target = WorkingTime::from_millis(target).unwrap();
        let due = calendar.due(start, target, &[]);
        prop_assert_eq!(&due, &calendar.due(start, target, &ahead));
        let to = start.plus_millis(200 * DAY_MS);
        prop_assert_eq!(
            calendar.working_ms_between(start, to),
            calendar.running_ms_between(start, to, &ahead)
        );
    }
}
