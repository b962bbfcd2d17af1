//! What users of other systems complained of, each as a test that it does not happen here.

use std::collections::BTreeSet;

use posthouse_domain::Timestamp;
use posthouse_domain::sla::{Calendar, Interval, PauseRule, Promise, Slas, Target, Warning, Week};
use posthouse_domain::ticket::{Progress, Severity, State};
use posthouse_testkit::builders::START;

use crate::life::{Act, Life, MINUTE_MS, bundle, sla, timed};

const HOUR_MS: i64 = 60 * MINUTE_MS;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// P2 only, around the clock.
fn promising(promises: &[(Target, i64)]) -> Slas {
    let promises: Vec<_> = promises
        .iter()
        .map(|(target, minutes)| (*target, Severity::P2, *minutes))
        .collect();
    bundle(
        sla("usual", "always", &[], &promises),
        [Calendar::always("always")],
    )
}

/// From nine to five with an hour for lunch, on weekdays that are no holidays, in Berlin.
fn office() -> Calendar {
    let shifts = [
        Interval::parse("09:00", "12:00").unwrap(),
        Interval::parse("13:00", "17:00").unwrap(),
    ];
    let holidays = BTreeSet::from(["2026-12-25".parse().unwrap()]);
    Calendar::new(
        "office",
        "Europe/Berlin",
        &Week::weekdays(&shifts),
        &holidays,
        &[],
    )
    .unwrap()
}

/// Resolution within `minutes` of office time; waiting for the customer pauses it.
fn in_the_office(minutes: i64, warnings: &[u8]) -> Slas {
    let promises = [(Target::Resolution, Severity::P2, minutes)];
    bundle(sla("office", "office", warnings, &promises), [office()])
}

/// The same where also a vendor pauses, and nobody else.
fn with_reasons(minutes: i64) -> Slas {
    let mut slas = in_the_office(minutes, &[]);
    let vendor = PauseRule {
        state: State::WaitingOnThirdParty,
        reasons: vec!["vendor".to_owned()],
    };
    slas.slas[0].pauses = [(Target::Resolution, vec![vendor])].into();
    slas
}

/// zammad/zammad#5177: the update clock beat a first-response clock that was longer.
#[test]
fn zammad_5177_an_update_that_is_due_earlier_hides_no_first_response() {
    let slas = promising(&[(Target::FirstResponse, 480), (Target::Update, 60)]);
    let mut life = Life::new(vec![slas], START);
    life.after(61 * MINUTE_MS, &Act::Tick);
    assert_eq!(life.rings(), [(Target::Update, 1, 100)]);
    assert_eq!(
        life.due(Target::FirstResponse),
        Some(START.plus_millis(8 * HOUR_MS))
    );
    life.after(7 * HOUR_MS, &Act::Tick);
    assert_eq!(
        life.rings().len(),
        2,
        "the first response is missed for itself"
    );
}

/// zammad/zammad#3140: a clock ran on after an agent had answered.
#[test]
fn zammad_3140_no_response_clock_runs_after_an_answer() {
    let slas = promising(&[(Target::FirstResponse, 60), (Target::NextResponse, 60)]);
    let mut life = Life::new(vec![slas], START);
    life.in_work(Severity::P2);
    life.after(HOUR_MS / 2, &Act::Answer(false));
    assert_eq!(life.watched.next_ring(), None);
    life.after(99 * HOUR_MS, &Act::CustomerReplies);
    life.after(HOUR_MS / 2, &Act::CustomerReplies);
    let due = START.plus_millis(HOUR_MS / 2 + 100 * HOUR_MS);
    assert_eq!(
        life.due(Target::NextResponse),
        Some(due),
        "from the first question on"
    );
    life.after(0, &Act::Answer(false));
    assert_eq!(life.watched.next_ring(), None);
    life.after(99 * HOUR_MS, &Act::Tick);
    assert_eq!(life.rings(), []);
}

/// zammad/zammad#1620: internal notes counted as answers, or did not, depending on the clock.
#[test]
fn zammad_1620_a_note_to_colleagues_is_no_answer() {
    let slas = promising(&[
        (Target::FirstResponse, 60),
        (Target::NextResponse, 60),
        (Target::Update, 60),
    ]);
    let mut life = Life::new(vec![slas], START);
    life.in_work(Severity::P2);
    let note = Act::ProgressFor(Progress::InProgress, "asked the network people");
    life.after(MINUTE_MS, &note);
    life.after(60 * MINUTE_MS, &Act::Tick);
    assert_eq!(
        life.rings(),
        [(Target::FirstResponse, 0, 100), (Target::Update, 1, 100)]
    );
}

/// zammad/zammad#4432, glpi-project/glpi PR #22678: reminders and escalations came at midnight.
#[test]
fn zammad_4432_nothing_rings_while_the_desk_is_closed() {
    let office = office();
    for minute in (0..48 * 60).step_by(7) {
        let start = START.plus_millis(minute * MINUTE_MS);
        let mut life = Life::new(vec![in_the_office(600, &[10, 50, 75, 90])], start);
        while let Some(next) = life.watched.next_ring() {
            // The very end of a shift is still its last instant.
            let before = next.plus_millis(-1);
            assert!(office.is_open(before), "{next} is outside of the hours");
            life.ring(next.plus_millis(1));
        }
    }
}

/// glpi-project/glpi PR #22678: a deadline in days fell on midnight.
#[test]
fn glpi_22678_days_end_at_the_time_of_day_at_which_they_began() {
    let mut slas = in_the_office(0, &[]);
    slas.slas[0].promises = [((Target::Resolution, Severity::P2), Promise::BusinessDays(3))].into();
    // Wednesday before Christmas, half past ten: Thursday, Monday, Tuesday.
    let life = Life::new(vec![slas], at("2026-12-23T10:30:00+01:00"));
    assert_eq!(
        life.due(Target::Resolution),
        Some(at("2026-12-29T10:30:00+01:00"))
    );
}

/// chatwoot/chatwoot#10178: the next-response clock ran on after the conversation was resolved.
#[test]
fn chatwoot_10178_no_clock_runs_after_the_end() {
    let slas = promising(&[
        (Target::NextResponse, 60),
        (Target::Update, 60),
        (Target::Resolution, 600),
    ]);
    let mut life = Life::new(vec![slas], START);
    life.in_work(Severity::P2);
    life.after(MINUTE_MS, &Act::Answer(false));
    life.after(MINUTE_MS, &Act::CustomerReplies);
    life.after(MINUTE_MS, &Act::Resolve);
    assert_eq!(life.watched.next_ring(), None);
    life.after(MINUTE_MS, &Act::CustomerReplies);
    assert_eq!(life.watched.next_ring(), None, "thanks are no question");
    life.after(99 * HOUR_MS, &Act::Tick);
    assert_eq!(life.rings(), []);
}

/// chatwoot/chatwoot#14009, frappe/helpdesk#2212: one interval a day only, so lunch counted.
#[test]
fn chatwoot_14009_lunch_does_not_count() {
    let life = Life::new(
        vec![in_the_office(120, &[])],
        at("2026-11-23T11:00:00+01:00"),
    );
    assert_eq!(
        life.due(Target::Resolution),
        Some(at("2026-11-23T14:00:00+01:00"))
    );
}

/// chatwoot/chatwoot#6467: holidays counted.
#[test]
fn chatwoot_6467_holidays_do_not_count() {
    let life = Life::new(
        vec![in_the_office(120, &[])],
        at("2026-12-24T16:00:00+01:00"),
    );
    assert_eq!(
        life.due(Target::Resolution),
        Some(at("2026-12-28T10:00:00+01:00")),
        "Christmas and a weekend lie between"
    );
}

/// abhinavxd/libredesk: time below a minute was dropped.
#[test]
fn libredesk_time_below_a_minute_counts_to_the_millisecond() {
    let mut slas = in_the_office(0, &[50]);
    slas.slas[0].promises = [((Target::Resolution, Severity::P2), Promise::Working(90_500))].into();
    let mut life = Life::new(vec![slas], at("2026-11-23T11:59:30.250+01:00"));
    life.in_work(Severity::P2);
    assert_eq!(
        life.due(Target::Resolution),
        Some(at("2026-11-23T13:01:00.750+01:00"))
    );
    life.after(1, &Act::Answer(true));
    life.after(1_234, &Act::CustomerReplies);
    assert_eq!(
        life.due(Target::Resolution),
        Some(at("2026-11-23T13:01:01.984+01:00"))
    );
}

/// glpi-project/glpi#6902, #15605: the time a ticket had waited was lost when its SLA changed.
#[test]
fn glpi_6902_and_15605_waited_time_survives_another_sla() {
    let two = |minutes| {
        let promises = [
            (Target::Resolution, Severity::P2, minutes),
            (Target::Resolution, Severity::P1, minutes / 2),
        ];
        bundle(
            sla("usual", "always", &[], &promises),
            [Calendar::always("always")],
        )
    };
    let mut other = two(1_200);
    other.slas[0].name = "other".to_owned();
    let mut life = Life::new(vec![two(600), other], START);
    life.in_work(Severity::P2);
    life.after(HOUR_MS, &Act::Answer(true));
    life.after(3 * HOUR_MS, &Act::CustomerReplies);
    let three = 3 * HOUR_MS;
    let due = |hours| Some(START.plus_millis(hours * HOUR_MS + three));
    assert_eq!(life.due(Target::Resolution), due(10));
    let concluded = life.after(0, &Act::Classify(Severity::P1));
    assert_eq!(life.due(Target::Resolution), due(5), "another severity");
    let told = timed(&concluded).unwrap();
    assert_eq!(told.why, "severity P2 to P1");
    assert_eq!(
        told.targets[0].previous_due_at,
        due(10),
        "what it was before is told"
    );
    life.after(0, &Act::Bundle(1));
    let concluded = life.after(0, &Act::Classify(Severity::P1));
    assert_eq!(life.due(Target::Resolution), due(10), "another policy");
    assert_eq!(timed(&concluded).unwrap().why, "policy usual to other");
    // Also while it waits: what is waited counts once, by the rules of the policy at the end.
    life.after(HOUR_MS, &Act::Answer(true));
    life.after(HOUR_MS, &Act::Classify(Severity::P2));
    life.after(HOUR_MS, &Act::CustomerReplies);
    assert_eq!(life.due(Target::Resolution), due(22));
}

/// glpi-project/glpi#24481: a ticket that was pending was missed and escalated.
#[test]
fn glpi_24481_nothing_is_missed_while_a_clock_stands() {
    let mut life = Life::new(vec![in_the_office(120, &[50])], START);
    life.in_work(Severity::P2);
    life.after(MINUTE_MS, &Act::Answer(true));
    life.after(90 * 24 * HOUR_MS, &Act::Tick);
    assert_eq!(life.rings(), []);
    assert_eq!(life.watched.next_ring(), None);
}

/// glpi-project/glpi#14492: pending reasons ignored the calendar.
#[test]
fn glpi_14492_a_pause_moves_a_deadline_by_its_working_time_only() {
    let start = at("2026-11-23T09:00:00+01:00");
    let mut life = Life::new(vec![with_reasons(8 * 60)], start);
    life.in_work(Severity::P2);
    life.after(
        7 * HOUR_MS,
        &Act::ProgressFor(Progress::WaitingOnThirdParty, "Vendor: a part"),
    );
    // From four until five, and from nine until ten on the next day: two hours of work.
    life.after(18 * HOUR_MS, &Act::Progress(Progress::InProgress));
    assert_eq!(
        life.due(Target::Resolution),
        Some(at("2026-11-24T12:00:00+01:00"))
    );
}

/// A reason that the policy does not name pauses nothing.
#[test]
fn only_the_reasons_of_the_policy_pause() {
    let start = at("2026-11-23T09:00:00+01:00");
    let mut life = Life::new(vec![with_reasons(60)], start);
    life.in_work(Severity::P2);
    let due = life.due(Target::Resolution);
    life.after(
        MINUTE_MS,
        &Act::ProgressFor(Progress::WaitingOnThirdParty, "a colleague"),
    );
    assert!(life.watched.next_ring().is_some(), "it runs");
    life.after(
        MINUTE_MS,
        &Act::ProgressFor(Progress::WaitingOnThirdParty, "vendor"),
    );
    assert_eq!(life.watched.next_ring(), None, "it stands");
    life.after(MINUTE_MS, &Act::Progress(Progress::InProgress));
    let moved = due.unwrap().plus_millis(MINUTE_MS);
    assert_eq!(life.due(Target::Resolution), Some(moved));
}

/// frappe/helpdesk#1675: the resolution was not computed anew when the priority changed.
#[test]
fn frappe_1675_another_severity_is_another_deadline() {
    let promises = [
        (Target::Resolution, Severity::P1, 60),
        (Target::Resolution, Severity::P2, 600),
    ];
    let slas = bundle(
        sla("usual", "always", &[], &promises),
        [Calendar::always("always")],
    );
    let mut life = Life::new(vec![slas], START);
    life.after(MINUTE_MS, &Act::Classify(Severity::P1));
    assert_eq!(
        life.due(Target::Resolution),
        Some(START.plus_millis(HOUR_MS))
    );
    life.after(MINUTE_MS, &Act::Classify(Severity::P2));
    assert_eq!(
        life.due(Target::Resolution),
        Some(START.plus_millis(10 * HOUR_MS))
    );
}

/// frappe/erpnext#47884: time on hold was added to the creation time, so the clock began later.
#[test]
fn frappe_47884_waiting_does_not_move_the_beginning() {
    let mut life = Life::new(vec![promising(&[(Target::Resolution, 600)])], START);
    life.in_work(Severity::P2);
    life.after(HOUR_MS, &Act::Answer(true));
    let concluded = life.after(HOUR_MS, &Act::CustomerReplies);
    let told = timed(&concluded).unwrap();
    assert_eq!(told.targets[0].started_at, START);
    assert_eq!(told.why, "the customer wrote; resumed");
}

/// Each time the customer writes after an answer is a clock of its own, and each is missed alone.
#[test]
fn each_question_has_its_own_clock() {
    let mut life = Life::new(vec![promising(&[(Target::NextResponse, 60)])], START);
    life.in_work(Severity::P2);
    for _ in 0..3 {
        life.after(MINUTE_MS, &Act::Answer(false));
        life.after(MINUTE_MS, &Act::CustomerReplies);
        life.after(2 * HOUR_MS, &Act::CustomerReplies);
    }
    let missed = |round| (Target::NextResponse, round, 100);
    assert_eq!(life.rings(), [missed(1), missed(2), missed(3)]);
}

/// Warnings by an amount of time left, beside percents.
#[test]
fn warnings_come_at_amounts_before_the_deadline_too() {
    let mut slas = promising(&[(Target::Resolution, 120)]);
    slas.slas[0].warnings = vec![
        Warning::Percent(50),
        Warning::Before(15 * MINUTE_MS),
        // Longer than the promise: it cannot be given.
        Warning::Before(3 * HOUR_MS),
    ];
    let mut life = Life::new(vec![slas], START);
    life.after(3 * HOUR_MS, &Act::Tick);
    let percents: Vec<u8> = life.rings().iter().map(|ring| ring.2).collect();
    assert_eq!(percents, [50, 87, 100]);
}
