//! What is found out about a ticket, as far as it moves clocks and queues: questions and
//! corrections.

use posthouse_auditor::Outside;
use posthouse_wire::v1;
use posthouse_wire::v1::ticket_fact::Body;
use posthouse_wire::v1::{ActorKind, Severity, State, Target};
use uuid::Uuid;

use crate::convicts::convicted;
use crate::log::{Log, Ticket, due, moved, ms};

const FIRST: Target = Target::FirstResponse;
const RESOLUTION: Target = Target::Resolution;

fn watched(until: f64) -> Outside {
    Outside {
        settled_at_ms: ms(until),
        ..Outside::default()
    }
}

fn triaged() -> (Log, Ticket, Uuid) {
    let mut log = Log::new();
    let (ticket, opened) = log.open(0.0, Severity::P2);
    let targets = vec![
        due(FIRST, 0, 0.0, 1.0, 3_600.0),
        due(RESOLUTION, 0, 0.0, 8.0, 28_800.0),
    ];
    let classified = log.triage(ticket, 1.0, (opened, 0.0), targets);
    (log, ticket, classified)
}

fn question(pauses_clocks: bool) -> Body {
    Body::InfoRequested(v1::InfoRequested {
        language: "en".to_owned(),
        pauses_clocks,
        ..v1::InfoRequested::default()
    })
}

/// A question, ten minutes without an answer, and the deadline that follows from them.
fn asked(pauses_clocks: bool) -> Log {
    let (mut log, ticket, classified) = triaged();
    log.concluded(ticket, 1.3, (classified, 0.0), question(pauses_clocks));
    let reply = log.reply(ticket, 601.3, ActorKind::Customer, false);
    let targets = vec![
        due(FIRST, 0, 0.0, 1.0, 3_600.0),
        moved(due(RESOLUTION, 0, 0.0, 8.0, 29_400.0), 28_800.0),
    ];
    log.time(ticket, 601.4, (reply, 601.3), State::Queued, targets);
    log.in_order()
}

#[test]
fn a_question_that_holds_up_clocks() {
    assert_eq!(asked(true).audit(&watched(1_000.0)).first_violation(), None);
    let report = asked(false).audit(&watched(1_000.0));
    convicted(&report, 4, "though nothing moved them");
}

#[test]
fn a_round_asks_once() {
    let (mut log, ticket, classified) = triaged();
    let first = log.concluded(ticket, 1.3, (classified, 0.0), question(false));
    let place = log.places("info_requested")[0];
    let mut again = log.entries[place].clone();
    again.stored_at = ms(2.0);
    log.entries.push(again);
    let report = log.audit(&watched(10.0));
    assert_eq!(report.first_violation(), None, "the same again is void");
    let other = Uuid::from_u128(first.as_u128() ^ 1);
    let last = log.entries.len() - 1;
    log.at(last).fact_id = other.to_string();
    log.entries[last].message_id = Some(other.to_string());
    convicted(
        &log.audit(&watched(10.0)),
        2,
        "twice, under different identities",
    );
}

#[test]
fn a_corrected_severity_moves_clocks_and_queue() {
    let (mut log, ticket, _) = triaged();
    let body = Body::Corrected(v1::Corrected {
        labels: Some(v1::Labels {
            severity: Severity::P0.into(),
            ..v1::Labels::default()
        }),
        note: String::new(),
    });
    let corrected = log.said(ticket, 100.0, ActorKind::Agent, body);
    let without = log.clone().audit(&watched(140.0));
    convicted(&without, 1, "no `routed` follows from the corrected");
    log.route(ticket, 100.1, (corrected, 100.0), State::Queued, 0);
    let targets = vec![
        moved(due(FIRST, 0, 0.0, 1.0 / 12.0, 300.0), 3_600.0),
        moved(due(RESOLUTION, 0, 0.0, 1.0, 3_600.0), 28_800.0),
    ];
    log.time(ticket, 100.2, (corrected, 100.0), State::Queued, targets);
    assert_eq!(log.audit(&watched(140.0)).first_violation(), None);
}
