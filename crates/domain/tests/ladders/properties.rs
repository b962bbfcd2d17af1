//! What holds for every ladder and every way of looking at the clock.

use std::collections::BTreeSet;

use posthouse_domain::sla::ladder::{Climb, Ladder, holes};
use proptest::prelude::*;

use super::*;

fn step() -> impl Strategy<Value = (i64, u8, u8, bool)> {
    (0..90_i64, 0..3_u8, 0..3_u8, any::<bool>())
}

/// A ladder with any steps, hours and repeats, of at most a day a pass.
fn any_ladder() -> impl Strategy<Value = Ladder> {
    let steps = prop::collection::vec(step(), 1..6);
    (steps, 0..4_u32, 1..200_i64).prop_map(|(steps, repeats, wait)| {
        let mut after = 0;
        let steps = steps.into_iter().map(|(delay, to, hours, waits)| {
            after += delay;
            let step = level(["L1", "L2", "duty"][usize::from(to)], after);
            let step = match hours {
                0 => step,
                1 => during("day", step),
                _ => during("night", step),
            };
            if waits { waiting(step) } else { step }
        });
        Ladder {
            steps: steps.collect(),
            repeats,
            repeat_after_ms: wait * MINUTE_MS,
            ..ladder("l", Vec::new())
        }
    })
}

/// Minutes between looks at the clock; some are long gaps.
fn looks() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(prop_oneof![1..5_i64, 1..60_i64, 60..900_i64], 1..60)
}

/// All rungs, when the clock is looked at after these waits and then to the end.
fn climb(ladders: &Ladders, start: i64, looks: &[i64]) -> (Climbs, Vec<Rung>) {
    let begin = minutes_after(NOON, start);
    let mut climbs = breached_at(&begin.to_string(), ladders);
    let mut now = begin;
    let mut rungs = Vec::new();
    for minutes in looks {
        now = now.plus_millis(minutes * MINUTE_MS);
        rungs.extend(rung_by(&mut climbs, now, ladders));
    }
    while let Some(next) = climbs.next_ring() {
        now = now.max(next.plus_millis(1));
        rungs.extend(rung_by(&mut climbs, now, ladders));
    }
    (climbs, rungs)
}

proptest! {
    #[test]
    fn each_step_is_taken_once_and_in_order(
        ladder in any_ladder(), start in 0..1440_i64, looks in looks(),
    ) {
        let ladders = ladders(vec![ladder]);
        let (_, rungs) = climb(&ladders, start, &looks);
        for pair in rungs.windows(2) {
            prop_assert!(pair[0].step < pair[1].step);
            prop_assert!(pair[0].at <= pair[1].at);
        }
        let most = ladders.ladders[0].steps.len() * (ladders.ladders[0].repeats as usize + 1);
        prop_assert!(rungs.len() <= most);
    }

    #[test]
    fn no_step_comes_before_its_delay_or_outside_its_hours(
        ladder in any_ladder(), start in 0..1440_i64, looks in looks(),
    ) {
        let begin = minutes_after(NOON, start);
        let ladders = ladders(vec![ladder]);
        let (_, rungs) = climb(&ladders, start, &looks);
        let (steps, calendars) = (&ladders.ladders[0].steps, calendars());
        for rung in &rungs {
            let fits = |step: &Step| {
                let open = step.hours.as_ref().is_none_or(|name| calendars[name].is_open(rung.at));
                step.to == rung.to && open && begin.plus_millis(step.after_ms) <= rung.at
            };
            prop_assert!(steps.iter().any(fits), "{rung:?}");
        }
    }

    #[test]
    fn every_climb_reaches_somebody(ladder in any_ladder(), start in 0..1440_i64) {
        let ladders = ladders(vec![ladder]);
        let (climbs, rungs) = climb(&ladders, start, &[]);
        prop_assert!(!rungs.is_empty());
        prop_assert_eq!(climbs.next_ring(), None);
    }

    #[test]
    fn gaps_change_which_steps_are_told_but_nobody_is_left_out(
        ladder in any_ladder(), start in 0..1440_i64, looks in looks(),
    ) {
        let ladders = ladders(vec![ladder]);
        let (steady, seen) = climb(&ladders, start, &[]);
        let (gappy, told) = climb(&ladders, start, &looks);
        let keys = |rungs: &[Rung]| rungs.iter().map(|rung| rung.to.clone()).collect::<BTreeSet<_>>();
        prop_assert_eq!(keys(&seen), keys(&told));
        prop_assert_eq!(steady, gappy);
        let steady: BTreeSet<_> = seen.iter().map(|rung| (rung.step, rung.at, &rung.to)).collect();
        for rung in &told {
            prop_assert!(steady.contains(&(rung.step, rung.at, &rung.to)));
        }
    }

    #[test]
    fn an_answer_ends_it_whenever_it_comes(
        ladder in any_ladder(), start in 0..1440_i64, wait in 0..600_i64,
    ) {
        let ladders = ladders(vec![ladder]);
        let begin = minutes_after(NOON, start);
        let mut climbs = breached_at(&begin.to_string(), &ladders);
        let now = begin.plus_millis(wait * MINUTE_MS);
        rung_by(&mut climbs, now, &ladders);
        climbs.answered(now);
        prop_assert_eq!(climbs.next_ring(), None);
        prop_assert!(rung_by(&mut climbs, Timestamp::MAX, &ladders).is_empty());
    }

    #[test]
    fn what_is_stored_and_read_again_goes_on_alike(
        ladder in any_ladder(), start in 0..1440_i64, wait in 0..600_i64,
    ) {
        let ladders = ladders(vec![ladder]);
        let begin = minutes_after(NOON, start);
        let mut climbs = breached_at(&begin.to_string(), &ladders);
        rung_by(&mut climbs, begin.plus_millis(wait * MINUTE_MS), &ladders);
        let stored = postcard::to_allocvec(climbs.as_slice()).unwrap();
        let again: Vec<Climb> = postcard::from_bytes(&stored).unwrap();
        prop_assert_eq!(climbs.as_slice(), &again[..]);
    }

    /// A climb that begins outside of the holes takes its first step when one is planned; one that
    /// begins in a hole does not.
    #[test]
    fn the_proof_agrees_with_the_climb(ladder in any_ladder(), start in 0..1440_i64) {
        let mut ladder = ladder;
        for step in &mut ladder.steps {
            step.closed = Closed::Skip;
        }
        let begin = minutes_after(NOON, start);
        let (calendars, always) = (calendars(), Calendar::always("always"));
        let found = holes(&ladder, &calendars, |_| vec![&always], begin, begin.plus_millis(1));
        let ladders = ladders(vec![ladder]);
        let (_, rungs) = climb(&ladders, start, &[]);
        let ladder = &ladders.ladders[0];
        let planned = (0..=ladder.repeats).flat_map(|pass| {
            let pass_ms = i64::from(pass) * ladder.pass_ms();
            let at = move |step: &Step| begin.plus_millis(pass_ms + step.after_ms);
            ladder.steps.iter().map(move |step| (step, at(step)))
        });
        let in_time = planned.filter(|(_, at)| *at == rungs[0].at).any(|(step, at)| {
            step.hours.as_ref().is_none_or(|name| calendars[name].is_open(at))
        });
        prop_assert_eq!(found.is_empty(), in_time);
    }
}
