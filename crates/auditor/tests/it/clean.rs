//! A log in which everything is as it should be.

use posthouse_auditor::{Accepted, Outside, Received, Report};
use posthouse_wire::v1::{ActorKind, Severity, State, Target};

use crate::log::{Log, closed, due, moved, ms, reopened, resolved};

/// When the whole story is over, in seconds.
pub(crate) const END: f64 = 100_000.0;

/// A ticket's whole life: answered, waited for, resumed, warned, breached, resolved, reopened,
/// resolved in time, closed; and somebody was told of it.
pub(crate) fn story() -> Log {
    let mut log = Log::new();
    let (first, resolution) = (Target::FirstResponse, Target::Resolution);
    let (ticket, opened) = log.open(0.0, Severity::P2);
    let targets = vec![
        due(first, 0, 0.0, 1.0, 3_600.0),
        due(resolution, 0, 0.0, 8.0, 28_800.0),
    ];
    let classified = log.triage(ticket, 1.0, (opened, 0.0), targets);
    let request = log.request(ticket, 1.4, (opened, 0.0), State::New);
    log.notified(ticket, 1.6, (request, 1.4));
    // The agent asks at 600 s; the customer answers two hours later, so the resolution is due
    // two hours later, and so is its warning.
    log.reply(ticket, 600.0, ActorKind::Agent, true);
    let answer = log.reply(ticket, 7_800.0, ActorKind::Customer, false);
    let targets = vec![
        due(first, 0, 0.0, 1.0, 3_600.0),
        moved(due(resolution, 0, 0.0, 8.0, 36_000.0), 28_800.0),
    ];
    log.time(
        ticket,
        7_800.1,
        (answer, 7_800.0),
        State::InProgress,
        targets,
    );
    log.ring(ticket, 21_600.4, classified, 50, (21_600.0, 36_000.0));
    log.ring(ticket, 36_000.4, classified, 100, (36_000.0, 36_000.0));
    log.said(ticket, 40_000.0, ActorKind::Agent, resolved());
    let again = log.said(ticket, 50_000.0, ActorKind::Customer, reopened());
    log.route(ticket, 50_000.1, (again, 50_000.0), State::Queued, 1);
    let targets = vec![
        due(first, 1, 50_000.0, 1.0, 53_600.0),
        due(resolution, 1, 50_000.0, 8.0, 78_800.0),
    ];
    log.time(ticket, 50_000.2, (again, 50_000.0), State::Queued, targets);
    log.said(ticket, 50_100.0, ActorKind::Agent, resolved());
    log.said(ticket, 51_000.0, ActorKind::Customer, closed());
    log.in_order()
}

/// What the outside knows of [`story`].
pub(crate) fn outside(log: &mut Log) -> Outside {
    let ticket_id = log.first("opened").ticket_id.clone();
    let accepted = |key: &str, kind: &str| Accepted {
        key: key.to_owned(),
        ticket_id: ticket_id.clone(),
        number: "T-1".to_owned(),
        kind: kind.to_owned(),
        at_ms: ms(0.0),
    };
    let received = Received {
        id: log.first("notification_requested").fact_id.clone(),
        receiver: "ops".to_owned(),
        at_ms: ms(1.5),
        marked_duplicate: false,
    };
    Outside {
        sent: 7,
        accepted: vec![
            accepted("k-1", "opened"),
            accepted("k-2", "replied"),
            accepted("k-3", "replied"),
            accepted("k-4", "resolved"),
            // Answered twice: the same command.
            accepted("k-4", "resolved"),
            accepted("k-5", "reopened"),
            accepted("k-6", "resolved"),
            accepted("k-7", "closed"),
        ],
        received: vec![received],
        excused: Vec::new(),
        listens: true,
        settled_at_ms: ms(END),
    }
}

pub(crate) fn audit(mut log: Log) -> Report {
    let outside = outside(&mut log);
    log.audit(&outside)
}

#[test]
fn a_clean_log_passes() {
    let report = audit(story());
    assert_eq!(report.first_violation(), None);
    assert!(!report.is_broken());
    assert_eq!((report.tickets, report.facts, report.void), (1, 17, 0));
    assert_eq!((report.sent, report.accepted, report.received), (7, 7, 1));
    assert_eq!(report.unjudged, 0);
    for invariant in &report.invariants {
        let is_idle = matches!(invariant.number, 5..=7);
        assert_eq!(invariant.checked == 0, is_idle, "{invariant:?}");
    }
}

#[test]
fn a_log_that_nobody_watched_passes() {
    let report = story().audit(&Outside::default());
    assert_eq!(report.first_violation(), None);
    assert_eq!(report.late_deadlines, 0);
}

#[test]
fn an_empty_log_proves_nothing() {
    let report = Log::new().audit(&Outside::default());
    assert!(!report.is_broken());
    assert_eq!(report.invariants[0].checked, 0);
    assert_eq!(report.invariants[3].checked, 0);
}

#[test]
fn repeats_are_void_and_harmless() {
    let mut log = story();
    for kind in [
        "opened",
        "routed",
        "timed",
        "target_breached",
        "notified",
        "resolved",
    ] {
        let place = log.places(kind)[0];
        let mut repeat = log.entries[place].clone();
        repeat.stored_at = ms(60_000.0);
        log.entries.push(repeat);
    }
    let report = audit(log);
    assert_eq!(report.first_violation(), None);
    assert_eq!((report.void, report.doubled), (6, 0));
    let zombies = &report.invariants[4];
    assert_eq!((zombies.number, zombies.checked), (5, 4));
}

#[test]
fn a_report_reads_back() {
    let report = audit(story());
    let text = serde_json::to_string(&report).unwrap();
    assert!(
        text.starts_with(
            r#"{"tickets":1,"facts":17,"orphans":0,"missing":0,"doubled":0,"void":0,"#
        )
    );
    let read: Report = serde_json::from_str(&text).unwrap();
    assert_eq!(read, report);
}
