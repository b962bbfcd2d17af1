//! Clocks: what the judge recomputes, and what it says of those that did something else.

use posthouse_auditor::{Outside, Report};
use posthouse_wire::v1;
use posthouse_wire::v1::ticket_fact::Body;
use posthouse_wire::v1::{ActorKind, Progress, Severity, State, Target};

use crate::clean::{END, audit, outside, story};
use crate::convicts::convicted;
use crate::log::{Log, activation, due, features, instant, moved, ms, progressed, resolved};

const FIRST: Target = Target::FirstResponse;
const RESOLUTION: Target = Target::Resolution;

fn watched(until: f64) -> Outside {
    Outside {
        settled_at_ms: ms(until),
        ..Outside::default()
    }
}

/// A P2 ticket, opened and triaged.
fn triaged() -> (Log, crate::log::Ticket, uuid::Uuid) {
    let mut log = Log::new();
    let (ticket, opened) = log.open(0.0, Severity::P2);
    let targets = vec![
        due(FIRST, 0, 0.0, 1.0, 3_600.0),
        due(RESOLUTION, 0, 0.0, 8.0, 28_800.0),
    ];
    let classified = log.triage(ticket, 1.0, (opened, 0.0), targets);
    (log, ticket, classified)
}

#[test]
fn a_deadline_that_is_told_wrong() {
    for nth in 0..3 {
        let mut log = story();
        let place = log.places("timed")[nth];
        if let Some(Body::Timed(body)) = &mut log.at(place).body {
            body.targets[1].due_at.as_mut().unwrap().seconds += 1;
        }
        let report = audit(log);
        assert_eq!(report.wrong_deadlines, 1, "{nth}: {report:#?}");
        convicted(&report, 4, "from scratch they are");
    }
}

#[test]
fn targets_that_nothing_moved() {
    let mut log = story();
    let place = log.places("replied")[0];
    let asked = log.at(place).clone();
    let ticket = crate::log::Ticket(asked.ticket_id.parse().unwrap());
    let targets = vec![
        due(FIRST, 0, 0.0, 1.0, 3_600.0),
        due(RESOLUTION, 0, 0.0, 8.0, 28_800.0),
    ];
    let cause = (asked.fact_id.parse().unwrap(), 600.0);
    log.time(ticket, 600.1, cause, State::WaitingOnCustomer, targets);
    convicted(&audit(log.in_order()), 4, "though nothing moved them");
}

#[test]
fn a_clock_that_never_rings() {
    for (kind, said) in [
        ("target_warned", "resolution of cycle 0 warned at 50 %"),
        ("target_breached", "resolution of cycle 0 breached"),
    ] {
        let mut log = story();
        let place = log.places(kind)[0];
        log.entries.remove(place);
        let report = audit(log.clone());
        assert_eq!(report.late_deadlines, 1, "{kind}");
        convicted(&report, 4, said);
        // It is a finding of a log that nobody watched, too: the log itself has seen the time.
        convicted(&log.audit(&Outside::default()), 4, "but is not in the log");
    }
}

#[test]
fn what_is_not_due_yet_may_still_come() {
    let (log, ..) = triaged();
    assert_eq!(log.audit(&watched(1_800.9)).first_violation(), None);
    let late = |until: f64| log.audit(&watched(until)).late_deadlines;
    assert_eq!((late(1_801.0), late(3_600.9)), (1, 1), "the warning");
    let report = log.audit(&watched(3_602.0));
    assert_eq!(report.late_deadlines, 2);
    convicted(&report, 4, "first_response of cycle 0 breached");
}

#[test]
fn a_clock_that_rings_late() {
    let late = |excused: Vec<(i64, i64)>| {
        let mut log = story();
        let place = log.places("target_breached")[0];
        log.entries[place].stored_at = ms(36_012.0);
        let outside = Outside {
            excused,
            ..outside(&mut log)
        };
        log.audit(&outside)
    };
    let report = late(Vec::new());
    assert_eq!(report.late_deadlines, 1);
    convicted(&report, 4, "12000 ms late");
    // Nobody could have rung it until ten seconds before it rang.
    assert_eq!(
        late(vec![(ms(35_000.0), ms(36_002.5))]).first_violation(),
        None
    );
    convicted(&late(vec![(ms(35_000.0), ms(36_001.0))]), 4, "late");
    convicted(&late(vec![(ms(36_005.0), ms(36_012.0))]), 4, "late");
}

#[test]
fn late_where_nobody_watched_is_counted_and_no_violation() {
    let mut log = story();
    let place = log.places("target_breached")[0];
    log.entries[place].stored_at = ms(36_900.0);
    let report = log.audit(&Outside::default());
    assert_eq!((report.late_deadlines, report.is_broken()), (1, false));
}

#[test]
fn a_clock_that_rings_early() {
    let mut log = story();
    let place = log.places("target_breached")[0];
    log.entries[place].stored_at = ms(36_000.0);
    convicted(&audit(log), 4, "0 ms before its time had passed");
}

#[test]
fn a_ring_of_another_instant_or_cause() {
    let mut log = story();
    log.first("target_breached").occurred_at = instant(ms(36_000.1));
    convicted(&audit(log), 4, "from scratch it is");
    let mut log = story();
    if let Some(Body::TargetWarned(body)) = &mut log.first("target_warned").body {
        body.due_at = instant(ms(28_800.0));
    }
    convicted(&audit(log), 4, "from scratch it is");
}

/// An answer in time, and a breach of the first response all the same.
#[test]
fn a_ring_of_a_clock_that_had_stopped() {
    let (mut log, ticket, classified) = triaged();
    log.reply(ticket, 600.0, ActorKind::Agent, false);
    let body = Body::TargetBreached(v1::TargetBreached {
        target: FIRST.into(),
        cycle: 0,
        due_at: instant(ms(3_600.0)),
        features: features(State::InProgress, 0),
        minutes: None,
    });
    log.concluded(ticket, 3_600.5, (classified, 3_600.0), body);
    let report = log.audit(&watched(4_000.0));
    assert_eq!(report.wrong_deadlines, 1);
    convicted(&report, 4, "though its clock had stopped");
}

#[test]
fn an_answer_in_the_very_millisecond_is_in_time() {
    let (mut log, ticket, _) = triaged();
    // Its warning of half an hour is due, the breach is not.
    let classified = log.first("classified").fact_id.parse().unwrap();
    let body = Body::TargetWarned(v1::TargetWarned {
        target: FIRST.into(),
        cycle: 0,
        percent: 50,
        before_ms: 0,
        due_at: instant(ms(3_600.0)),
        features: features(State::Queued, 0),
    });
    log.concluded(ticket, 1_800.5, (classified, 1_800.0), body);
    log.reply(ticket, 3_600.0, ActorKind::Agent, false);
    assert_eq!(log.audit(&watched(5_000.0)).first_violation(), None);
    // A millisecond later it is too late, and the breach must be there.
    let place = log.places("replied")[0];
    log.entries[place].stored_at += 1;
    convicted(
        &log.audit(&watched(5_000.0)),
        4,
        "first_response of cycle 0 breached",
    );
}

/// The severity was worse than the customer thought, and its deadline has passed by then.
#[test]
fn a_promise_that_gets_shorter() {
    let mut log = Log::new();
    let (ticket, opened) = log.open(0.0, Severity::P2);
    let targets = vec![
        moved(due(FIRST, 0, 0.0, 1.0 / 12.0, 300.0), 3_600.0),
        moved(due(RESOLUTION, 0, 0.0, 1.0, 3_600.0), 28_800.0),
    ];
    let classified = log.triage(ticket, 400.0, (opened, 0.0), targets);
    if let Some(Body::Classified(body)) = &mut log.first("classified").body {
        body.features.as_mut().unwrap().severity = Severity::P0.into();
    }
    // The clock rings before the routing that stands behind it, whoever was quicker to write.
    let breach = |state: State| {
        let mut log = log.clone();
        let body = Body::TargetBreached(v1::TargetBreached {
            target: FIRST.into(),
            cycle: 0,
            due_at: instant(ms(300.0)),
            features: features(state, 0),
            minutes: None,
        });
        log.concluded(ticket, 400.5, (classified, 300.0), body);
        log.audit(&watched(1_000.0))
    };
    assert_eq!(breach(State::Triaged).first_violation(), None);
    convicted(
        &breach(State::Queued),
        3,
        "another state than the log had it in",
    );
    // It could not ring before it was set, so a second after that is in time.
    assert_eq!(log.audit(&watched(401.0)).late_deadlines, 1);
    assert_eq!(log.audit(&watched(400.9)).late_deadlines, 0);
}

/// The classifier was away; the promise of the opening rings meanwhile, by an entry that no fact
/// names.
#[test]
fn a_ring_before_anything_is_told() {
    let ring = |due_s: f64| {
        let mut log = Log::new();
        log.sla = format!(
            "[[sla]]\nname = \"gold\"\nwhen = 'ticket.tier == \"gold\"'\ncalendar = \"always\"\n\
             first_response = {{ P2 = \"10m\" }}\n{}",
            crate::log::SLA
        );
        let (ticket, opened) = log.open(0.0, Severity::P2);
        let body = Body::TargetBreached(v1::TargetBreached {
            target: FIRST.into(),
            cycle: 0,
            due_at: instant(ms(due_s)),
            features: features(State::New, 0),
            minutes: None,
        });
        log.concluded(ticket, due_s + 0.5, (opened, due_s), body);
        let targets = vec![
            due(FIRST, 0, 0.0, 1.0, 3_600.0),
            due(RESOLUTION, 0, 0.0, 8.0, 28_800.0),
        ];
        log.triage(ticket, 1_000.0, (opened, 0.0), targets);
        log
    };
    // Missed as gold it stays missed, whatever is told later.
    let mut log = ring(600.0);
    if let Some(Body::Timed(body)) = &mut log.first("timed").body {
        body.targets[0].target_ms = 600_000;
        body.targets[0].sla = "gold".to_owned();
        body.targets[0].due_at = instant(ms(600.0));
    }
    assert_eq!(log.audit(&watched(1_200.0)).first_violation(), None);
    assert!(ring(700.0).audit(&watched(1_200.0)).is_broken());
}

#[test]
fn waiting_on_somebody_the_policy_does_not_wait_for() {
    let (mut log, ticket, classified) = triaged();
    log.reply(ticket, 600.0, ActorKind::Agent, false);
    let to = Progress::WaitingOnThirdParty;
    log.said(ticket, 700.0, ActorKind::Agent, progressed(to));
    log.said(ticket, 14_500.0, ActorKind::Agent, resolved());
    let warn = |log: &Log, state: State| {
        let mut log = log.clone();
        let body = Body::TargetWarned(v1::TargetWarned {
            target: RESOLUTION.into(),
            cycle: 0,
            percent: 50,
            before_ms: 0,
            due_at: instant(ms(28_800.0)),
            features: features(state, 0),
        });
        log.concluded(ticket, 14_400.5, (classified, 14_400.0), body);
        log.in_order().audit(&watched(END))
    };
    assert_eq!(
        warn(&log, State::WaitingOnThirdParty).first_violation(),
        None
    );
    log.sla = log
        .sla
        .replace("waiting_on_customer", "waiting_on_third_party");
    convicted(&warn(&log, State::WaitingOnThirdParty), 4, "stood still");
}

#[test]
fn office_hours_are_walked() {
    // The log begins on a Friday at 09:00 in Berlin. Eight hours are that day, and 30 minutes
    // more are Monday's.
    let monday = 3.0 * 86_400.0 + 1_800.0;
    let audit = |due_s: f64| {
        let mut log = Log::new();
        log.sla = log
            .sla
            .replace("\"8h\"", "\"8h30m\"")
            .replace("always", "office");
        let (ticket, opened) = log.open(0.0, Severity::P2);
        let mut targets = vec![
            due(FIRST, 0, 0.0, 1.0, 3_600.0),
            due(RESOLUTION, 0, 0.0, 8.5, due_s),
        ];
        for target in &mut targets {
            target.calendar = "office".to_owned();
        }
        log.triage(ticket, 1.0, (opened, 0.0), targets);
        log.audit(&watched(60.0))
    };
    assert_eq!(audit(monday).first_violation(), None);
    convicted(&audit(8.5 * 3_600.0), 4, "from scratch they are");
}

#[test]
fn a_policy_that_is_not_known_is_not_judged() {
    for sla in [
        "[[sla]]\nname = \"rest\"\ncalendar = \"always\"\nladder = []",
        "no toml",
    ] {
        let mut log = story();
        log.sla = sla.to_owned();
        let place = log.places("target_breached")[0];
        log.entries.remove(place);
        let report: Report = audit(log);
        assert_eq!(report.first_violation(), None);
        assert_eq!((report.unjudged, report.invariants[3].checked), (1, 0));
    }
}

/// A mode moved the deadlines where it was activated. The new ones are not judged, but whether
/// there was such an activation is.
#[test]
fn deadlines_that_a_mode_moved() {
    let log = |cause_s| {
        let (mut log, ticket, _) = triaged();
        log.activate(60.0);
        let targets = vec![
            moved(due(FIRST, 0, 0.0, 1.0, 1_800.0), 3_600.0),
            moved(due(RESOLUTION, 0, 0.0, 8.0, 14_400.0), 28_800.0),
        ];
        let cause = (activation(cause_s, ticket), 60.0);
        log.time(ticket, 60.1, cause, State::Queued, targets);
        log.audit(&watched(120.0))
    };
    let report = log(60.0);
    assert_eq!((report.first_violation(), report.unjudged), (None, 1));
    let report = log(59.0);
    assert_eq!((report.out_of_order, report.wrong_deadlines), (1, 1));
    assert_eq!(report.unjudged, 0);
}

#[test]
fn an_entry_that_the_policy_does_not_have() {
    let mut log = story();
    if let Some(Body::Timed(body)) = &mut log.first("timed").body {
        body.sla = "platinum".to_owned();
    }
    convicted(&audit(log), 4, "`platinum`, which its policy does not have");
}
