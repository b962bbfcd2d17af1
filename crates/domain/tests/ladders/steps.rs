//! Steps, delays, hours, repeats, and what stops them.

use posthouse_domain::Timestamp;
use posthouse_domain::sla::Target;
use posthouse_domain::sla::ladder::{Climbs, End, Ladder, Ladders, On, Until};

use super::*;

fn urgent() -> Ladder {
    ladder(
        "urgent",
        vec![level("L2", 0), level("L3", 15), receiver("pager", 30)],
    )
}

#[test]
fn steps_come_at_their_delays_from_the_breach() {
    let ladders = ladders(vec![urgent()]);
    let mut climbs = breached_at(NOON, &ladders);
    assert_eq!(
        story(&mut climbs, &ladders),
        ["23 12:00 L2", "23 12:15 L3", "23 12:30 pager"]
    );
    let end = climbs.as_slice()[0].end;
    assert_eq!(end, Some(End::Exhausted(minutes_after(NOON, 30))));
}

#[test]
fn a_rung_says_who_why_and_by_which_step() {
    let ladders = ladders(vec![urgent()]);
    let mut climbs = breached_at(NOON, &ladders);
    let rungs = rung_by(&mut climbs, minutes_after(NOON, 16), &ladders);
    let second = &rungs[1];
    assert_eq!(
        (second.to.key(), second.to.level(), second.step),
        ("L3", "L3", 2)
    );
    assert_eq!(
        (second.set_by, second.target),
        (cause(), Target::FirstResponse)
    );
    assert_eq!(
        second.reason,
        "first_response missed, step 2 of ladder urgent after 15m, not answered"
    );
    let last = rung_by(&mut climbs, minutes_after(NOON, 31), &ladders).remove(0);
    assert_eq!((last.to.key(), last.to.level()), ("pager", ""));
}

#[test]
fn a_step_rings_strictly_after_its_instant() {
    let ladders = ladders(vec![urgent()]);
    let mut climbs = breached_at(NOON, &ladders);
    assert_eq!(climbs.next_ring(), Some(at(NOON)));
    assert!(rung_by(&mut climbs, at(NOON), &ladders).is_empty());
    assert_eq!(
        rung_by(&mut climbs, at(NOON).plus_millis(1), &ladders).len(),
        1
    );
}

#[test]
fn repeats_begin_anew_after_their_wait_and_count_on() {
    let ladders = ladders(vec![Ladder {
        repeats: 2,
        repeat_after_ms: 20 * MINUTE_MS,
        ..ladder("urgent", vec![level("L2", 0), level("L3", 10)])
    }]);
    let mut climbs = breached_at(NOON, &ladders);
    let expected = [
        "12:00 L2", "12:10 L3", "12:30 L2", "12:40 L3", "13:00 L2", "13:10 L3",
    ];
    assert_eq!(
        story(&mut climbs, &ladders),
        expected.map(|one| format!("23 {one}"))
    );
    assert_eq!(climbs.as_slice()[0].taken, 6);
}

#[test]
fn by_day_the_level_and_by_night_the_duty_manager() {
    let ladders = ladders(vec![ladder(
        "urgent",
        vec![
            during("day", level("L2", 0)),
            during("night", level("duty", 0)),
            during("day", level("L3", 30)),
        ],
    )]);
    let mut by_day = breached_at(NOON, &ladders);
    assert_eq!(story(&mut by_day, &ladders), ["23 12:00 L2", "23 12:30 L3"]);
    let mut by_night = breached_at("2026-11-23T23:00:00Z", &ladders);
    assert_eq!(story(&mut by_night, &ladders), ["23 23:00 duty"]);
    let mut at_dusk = breached_at("2026-11-23T19:45:00Z", &ladders);
    assert_eq!(story(&mut at_dusk, &ladders), ["23 19:45 L2"]);
}

#[test]
fn an_answer_stops_a_climb_and_an_earlier_one_does_not() {
    let ladders = ladders(vec![urgent()]);
    let mut climbs = breached_at(NOON, &ladders);
    climbs.answered(minutes_after(NOON, -1));
    assert_eq!(
        rung_by(&mut climbs, minutes_after(NOON, 1), &ladders).len(),
        1
    );
    climbs.answered(minutes_after(NOON, 1));
    assert_eq!(climbs.next_ring(), None);
    assert!(rung_by(&mut climbs, minutes_after(NOON, 99), &ladders).is_empty());
    assert_eq!(
        climbs.as_slice()[0].end,
        Some(End::Answered(minutes_after(NOON, 1)))
    );
}

#[test]
fn what_stops_a_climb_is_the_ladders_word() {
    type Stop = fn(&mut Climbs, Timestamp);
    let stops: [(&str, Stop); 3] = [
        ("answer", |climbs, now| climbs.answered(now)),
        ("kept", |climbs, now| {
            climbs.kept(Target::FirstResponse, 0, now)
        }),
        ("resolved", |climbs, now| climbs.resolved(now)),
    ];
    let stopped_by = |until: Until| {
        let ladders = ladders(vec![Ladder { until, ..urgent() }]);
        let stops = stops.iter().filter(|(_, stop)| {
            let mut climbs = breached_at(NOON, &ladders);
            stop(&mut climbs, minutes_after(NOON, 1));
            climbs.next_ring().is_none()
        });
        stops.map(|(name, _)| *name).collect::<Vec<_>>()
    };
    assert_eq!(stopped_by(Until::Answer), ["answer", "kept", "resolved"]);
    assert_eq!(stopped_by(Until::Target), ["kept", "resolved"]);
    assert_eq!(stopped_by(Until::Resolution), ["resolved"]);
}

#[test]
fn another_promise_that_is_kept_stops_nothing() {
    let ladders = ladders(vec![urgent()]);
    let mut climbs = breached_at(NOON, &ladders);
    climbs.kept(Target::Resolution, 0, minutes_after(NOON, 1));
    climbs.kept(Target::FirstResponse, 1, minutes_after(NOON, 1));
    climbs.withdrawn(Target::Resolution, 0, minutes_after(NOON, 1));
    assert_eq!(climbs.next_ring(), Some(at(NOON)));
    climbs.withdrawn(Target::FirstResponse, 0, minutes_after(NOON, 1));
    assert_eq!(climbs.next_ring(), None);
}

#[test]
fn a_ladder_is_for_the_warnings_that_it_names() {
    let ladders = ladders(vec![Ladder {
        on: vec![On::Warned(75), On::Breached],
        ..urgent()
    }]);
    let mut climbs = Climbs::default();
    climbs.begin(&warning(50), cause(), at(NOON), &features(), &ladders);
    assert_eq!(climbs, Climbs::default());
    climbs.begin(&warning(75), cause(), at(NOON), &features(), &ladders);
    assert_eq!(climbs.as_slice()[0].on, On::Warned(75));
}

#[test]
fn a_breach_does_not_begin_what_its_warning_began() {
    let ladders = ladders(vec![Ladder {
        on: vec![On::Warned(75), On::Breached],
        ..urgent()
    }]);
    let mut climbs = Climbs::default();
    climbs.begin(&warning(75), cause(), at(NOON), &features(), &ladders);
    rung_by(&mut climbs, minutes_after(NOON, 16), &ladders);
    let before = climbs.clone();
    let missed = breach(Target::FirstResponse);
    climbs.begin(
        &missed,
        cause(),
        minutes_after(NOON, 20),
        &features(),
        &ladders,
    );
    assert_eq!(climbs, before);
    climbs.answered(minutes_after(NOON, 21));
    climbs.begin(
        &missed,
        cause(),
        minutes_after(NOON, 22),
        &features(),
        &ladders,
    );
    let again = rung_by(&mut climbs, minutes_after(NOON, 23), &ladders);
    assert_eq!(
        (again.len(), again[0].step, again[0].to.key()),
        (1, 3, "L2")
    );
}

#[test]
fn a_gap_tells_each_destination_once() {
    let ladders = ladders(vec![Ladder {
        repeats: 3,
        repeat_after_ms: 30 * MINUTE_MS,
        ..ladder("urgent", vec![level("L2", 0), level("L3", 30)])
    }]);
    let mut climbs = breached_at(NOON, &ladders);
    let rungs = rung_by(&mut climbs, minutes_after(NOON, 150), &ladders);
    let told: Vec<_> = rungs
        .iter()
        .map(|rung| (rung.to.key(), rung.step))
        .collect();
    assert_eq!(told, [("L3", 4), ("L2", 5)]);
    assert!(
        rungs[0].reason.ends_with("(3 earlier missed)"),
        "{}",
        rungs[0].reason
    );
    assert_eq!(climbs.next_ring(), Some(minutes_after(NOON, 150)));
}

#[test]
fn a_ladder_that_changed_holds_from_the_next_step_on() {
    let old = ladders(vec![urgent()]);
    let mut climbs = breached_at(NOON, &old);
    rung_by(&mut climbs, minutes_after(NOON, 1), &old);
    let new = ladders(vec![ladder(
        "urgent",
        vec![level("L2", 0), level("experts", 5), level("duty", 40)],
    )]);
    assert_eq!(
        story(&mut climbs, &new),
        ["23 12:15 experts", "23 12:40 duty"]
    );
}

#[test]
fn a_ladder_that_became_shorter_is_over() {
    let old = ladders(vec![urgent()]);
    let mut climbs = breached_at(NOON, &old);
    rung_by(&mut climbs, minutes_after(NOON, 16), &old);
    let new = ladders(vec![ladder("urgent", vec![level("L2", 0)])]);
    assert!(story(&mut climbs, &new).is_empty());
    assert_eq!(
        climbs.as_slice()[0].end,
        Some(End::Exhausted(minutes_after(NOON, 30)))
    );
}

#[test]
fn a_ladder_that_is_gone_hands_over_to_the_one_that_is_there() {
    let old = ladders(vec![urgent()]);
    let mut climbs = breached_at(NOON, &old);
    rung_by(&mut climbs, minutes_after(NOON, 1), &old);
    let new = ladders(vec![ladder(
        "renamed",
        vec![level("L2", 0), level("duty", 10)],
    )]);
    assert_eq!(
        story(&mut climbs.clone(), &new),
        ["23 12:15 L2", "23 12:25 duty"]
    );
    assert!(story(&mut climbs, &Ladders::none()).is_empty());
    assert_eq!(
        climbs.as_slice()[0].end,
        Some(End::Withdrawn(minutes_after(NOON, 15)))
    );
}

#[test]
fn a_calendar_that_is_gone_counts_as_open() {
    let ladders = ladders(vec![ladder("urgent", vec![during("gone", level("L2", 0))])]);
    let mut climbs = breached_at(NOON, &ladders);
    assert_eq!(story(&mut climbs, &ladders), ["23 12:00 L2"]);
}

#[test]
fn a_condition_that_fails_escalates_all_the_same() {
    let mut ladders = ladders(vec![urgent()]);
    ladders.conditions = Arc::new(Functions(Vec::new()));
    assert_eq!(breached_at(NOON, &ladders).as_slice().len(), 1);
    let never: fn(&Scope<'_>) -> bool = |_| false;
    ladders.conditions = Arc::new(Functions(vec![never]));
    assert!(breached_at(NOON, &ladders).as_slice().is_empty());
}

#[test]
fn older_cycles_are_forgotten() {
    let ladders = ladders(vec![urgent()]);
    let mut climbs = breached_at(NOON, &ladders);
    climbs.resolved(minutes_after(NOON, 1));
    let Body::TargetBreached(mut missed) = breach(Target::FirstResponse) else {
        unreachable!("it is a breach")
    };
    missed.cycle = 1;
    let body = Body::TargetBreached(missed);
    climbs.begin(
        &body,
        cause(),
        minutes_after(NOON, 60),
        &features(),
        &ladders,
    );
    let all = climbs.as_slice();
    assert_eq!((all.len(), all[0].cycle, all[0].taken), (1, 1, 0));
}
