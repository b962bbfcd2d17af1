//! Lives in which a clock once went wrong, or easily would.

use posthouse_domain::sla::clock::End;
use posthouse_domain::sla::{Calendar, Slas, Target};
use posthouse_domain::ticket::Severity;
use posthouse_testkit::builders::START;

use crate::life::{Act, Life, MINUTE_MS, bundle, bundle_when, sla, timed};

const HOUR_MS: i64 = 60 * MINUTE_MS;

/// P1 is resolved within one hour, P2 within ten, P3 whenever.
fn usual() -> Slas {
    let promises = [
        (Target::Resolution, Severity::P1, 60),
        (Target::Resolution, Severity::P2, 600),
    ];
    bundle(
        sla("usual", "always", &[50, 75], &promises),
        [Calendar::always("always")],
    )
}

#[test]
fn a_warning_is_not_repeated_when_the_severity_falls() {
    let mut life = Life::new(vec![usual()], START);
    life.after(0, &Act::Classify(Severity::P1));
    life.after(31 * MINUTE_MS, &Act::Classify(Severity::P2));
    life.after(20 * HOUR_MS, &Act::Tick);
    let percents: Vec<u8> = life
        .rings()
        .iter()
        .map(|(_, _, percent)| *percent)
        .collect();
    assert_eq!(percents, [50, 75, 100]);
}

#[test]
fn a_promise_that_comes_back_remembers_what_was_said() {
    let mut life = Life::new(vec![usual()], START);
    life.after(0, &Act::Classify(Severity::P1));
    life.after(31 * MINUTE_MS, &Act::Classify(Severity::P3));
    assert_eq!(life.watched.next_ring(), None, "nothing is promised");
    life.after(2 * HOUR_MS, &Act::Classify(Severity::P1));
    life.after(1, &Act::Tick);
    assert_eq!(
        life.rings().len(),
        2,
        "50 % and, now that it is promised again, missed"
    );
    life.after(0, &Act::Classify(Severity::P3));
    life.after(0, &Act::Classify(Severity::P1));
    life.after(9 * HOUR_MS, &Act::Tick);
    assert_eq!(life.rings().len(), 2, "missed once is missed");
}

#[test]
fn a_warning_due_in_the_very_millisecond_of_a_classification_is_given() {
    let mut life = Life::new(vec![usual()], START);
    life.after(0, &Act::Classify(Severity::P1));
    life.after(30 * MINUTE_MS, &Act::Classify(Severity::P1));
    life.after(1, &Act::Tick);
    assert_eq!(life.rings(), [(Target::Resolution, 0, 50)]);
}

#[test]
fn labels_that_come_during_a_pause_keep_the_warnings() {
    let mut life = Life::new(vec![usual()], START);
    life.in_work(Severity::P2);
    life.after(HOUR_MS, &Act::Answer(true));
    life.after(48 * HOUR_MS, &Act::Classify(Severity::P2));
    life.after(0, &Act::CustomerReplies);
    life.after(20 * HOUR_MS, &Act::Tick);
    let percents: Vec<u8> = life
        .rings()
        .iter()
        .map(|(_, _, percent)| *percent)
        .collect();
    assert_eq!(percents, [50, 75, 100]);
}

#[test]
fn a_promise_made_late_passes_over_the_warnings_of_the_past() {
    let mut life = Life::new(vec![usual()], START);
    life.after(0, &Act::Classify(Severity::P3));
    life.after(8 * HOUR_MS, &Act::Classify(Severity::P2));
    life.after(1, &Act::Tick);
    assert_eq!(life.rings(), []);
    assert_eq!(
        life.due(Target::Resolution),
        Some(START.plus_millis(10 * HOUR_MS))
    );
}

#[test]
fn a_promise_made_late_after_a_reopening_counts_from_the_reopening() {
    let mut life = Life::new(vec![usual()], START);
    life.after(0, &Act::Classify(Severity::P3));
    life.after(0, &Act::Resolve);
    life.after(5 * HOUR_MS, &Act::Reopen);
    life.after(HOUR_MS, &Act::Classify(Severity::P2));
    assert_eq!(
        life.due(Target::Resolution),
        Some(START.plus_millis(15 * HOUR_MS))
    );
}

#[test]
fn nothing_is_missed_once_nothing_is_promised() {
    let only_p1 = bundle_when(
        sla(
            "only-p1",
            "always",
            &[50],
            &[(Target::Resolution, Severity::P1, 60)],
        ),
        [Calendar::always("always")],
        |scope| scope.features.severity == Some(Severity::P1),
    );
    let mut life = Life::new(vec![only_p1], START);
    life.after(0, &Act::Classify(Severity::P1));
    let concluded = life.after(MINUTE_MS, &Act::Classify(Severity::P2));
    let told = timed(&concluded).expect("that the promise is gone is told");
    assert_eq!((told.sla.as_str(), told.targets.len()), ("", 0));
    life.after(9 * HOUR_MS, &Act::Tick);
    assert_eq!(life.rings(), []);
}

#[test]
fn a_pause_ends_although_its_policy_is_gone() {
    let other = bundle(
        sla(
            "other",
            "desk",
            &[50],
            &[(Target::Resolution, Severity::P2, 300)],
        ),
        [Calendar::always("desk")],
    );
    let mut life = Life::new(vec![usual(), other], START);
    life.in_work(Severity::P2);
    life.after(HOUR_MS, &Act::Answer(true));
    life.after(HOUR_MS, &Act::Bundle(1));
    let concluded = life.after(HOUR_MS, &Act::CustomerReplies);
    let told = timed(&concluded).expect("the new deadline is told");
    // Five hours by the new policy, and the two that were waited.
    assert_eq!(told.targets[0].due_at, START.plus_millis(7 * HOUR_MS));
    assert_eq!((told.sla.as_str(), told.considered.len()), ("other", 1));
    life.after(9 * HOUR_MS, &Act::Tick);
    assert_eq!(life.rings().len(), 2);
}

#[test]
fn a_resumed_clock_tells_its_new_deadline() {
    let mut life = Life::new(vec![usual()], START);
    life.in_work(Severity::P2);
    assert!(timed(&life.after(HOUR_MS, &Act::Answer(true))).is_none());
    let concluded = life.after(HOUR_MS, &Act::CustomerReplies);
    let told = timed(&concluded).expect("the deadline moved");
    assert_eq!(told.targets[0].due_at, START.plus_millis(11 * HOUR_MS));
    assert!(
        timed(&life.after(0, &Act::CustomerReplies)).is_none(),
        "nothing moved"
    );
}

#[test]
fn kept_in_the_very_millisecond_is_kept() {
    let mut life = Life::new(vec![usual()], START);
    life.after(0, &Act::Classify(Severity::P1));
    life.after(HOUR_MS, &Act::Resolve);
    life.after(HOUR_MS, &Act::Tick);
    assert!(!life.rings().contains(&(Target::Resolution, 0, 100)));
    let kept = End::Kept(START.plus_millis(HOUR_MS));
    assert_eq!(life.watched.clocks[0].end, Some(kept));
}
