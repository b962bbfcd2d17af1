//! Offers, answers and tickets taken back, as the judge's own model has them.

use posthouse_auditor::{Accepted, Outside, Report};
use posthouse_wire::v1;
use posthouse_wire::v1::destination::Place;
use posthouse_wire::v1::ticket_fact::Body;
use posthouse_wire::v1::{ActorKind, Presence, RequeueReason, Severity, State, Target};
use uuid::Uuid;

use crate::convicts::convicted;
use crate::log::{Log, Ticket, due, features, ms};

/// When what happened is over, in seconds.
const END: f64 = 1_000.0;

/// A ticket that waits in the queue `c/L1/s/l` from 2 s on, and the fact that put it there.
fn queued() -> (Log, Ticket, Uuid) {
    let mut log = Log::new();
    let (ticket, opened) = log.open(0.0, Severity::P2);
    let targets = vec![
        due(Target::FirstResponse, 0, 0.0, 1.0, 3_600.0),
        due(Target::Resolution, 0, 0.0, 8.0, 28_800.0),
    ];
    let classified = log.triage(ticket, 1.0, (opened, 0.0), targets);
    let body = Body::Routed(v1::Routed {
        queue: Some(queue()),
        features: features(State::Queued, 0),
        step: 1,
        ..v1::Routed::default()
    });
    let first = crate::log::derive("router", classified, "routed", 0);
    let routed = log.concluded(ticket, 2.0, (first, 1.1), body);
    (log, ticket, routed)
}

fn queue() -> v1::Queue {
    let word = |text: &str| text.to_owned();
    v1::Queue {
        centre: word("c"),
        level: word("L1"),
        skill: word("s"),
        language: word("l"),
    }
}

fn offered(agent: &str, round: u32) -> Body {
    Body::Offered(v1::Offered {
        agent: agent.to_owned(),
        queue: Some(queue()),
        round,
        features: features(State::Queued, 0),
        ..v1::Offered::default()
    })
}

fn accepted(agent: &str, offer: Uuid) -> Body {
    Body::Accepted(v1::Accepted {
        agent: agent.to_owned(),
        offer_id: offer.to_string(),
    })
}

fn assigned(agent: &str) -> Body {
    Body::Assigned(v1::Assigned {
        agent: agent.to_owned(),
    })
}

fn requeued(agent: &str, round: u32) -> Body {
    Body::Requeued(v1::Requeued {
        agent: agent.to_owned(),
        reason: RequeueReason::TimedOut.into(),
        round,
    })
}

fn watched() -> Outside {
    Outside {
        settled_at_ms: ms(END),
        ..Outside::default()
    }
}

fn audit(log: Log) -> Report {
    log.in_order().audit(&watched())
}

#[test]
fn offers_come_one_after_the_other_until_one_is_taken() {
    let (mut log, ticket, routed) = queued();
    let first = log.concluded(ticket, 3.0, (routed, 2.0), offered("li", 1));
    let lapsed = log.concluded(ticket, 33.0, (first, 33.0), requeued("li", 1));
    let second = log.concluded(ticket, 34.0, (lapsed, 33.0), offered("anna", 2));
    let taken = log.said(ticket, 40.0, ActorKind::Agent, accepted("anna", second));
    log.concluded(ticket, 41.0, (taken, 40.0), assigned("anna"));
    let report = audit(log);
    assert_eq!((report.first_violation(), report.void), (None, 0));
}

#[test]
fn what_speaks_of_no_offer_that_stands_is_void() {
    for late in [
        accepted("li", Uuid::from_u128(7)),
        accepted("anna", Uuid::from_u128(8)),
    ] {
        let (mut log, ticket, routed) = queued();
        log.concluded(ticket, 3.0, (routed, 2.0), offered("li", 1));
        log.said(ticket, 4.0, ActorKind::Agent, late);
        assert_eq!(audit(log).void, 1);
    }
    let (mut log, ticket, routed) = queued();
    let offer = log.concluded(ticket, 3.0, (routed, 2.0), offered("li", 1));
    let taken = log.said(ticket, 4.0, ActorKind::Agent, accepted("li", offer));
    log.concluded(ticket, 5.0, (offer, 3.0), requeued("li", 1));
    log.concluded(ticket, 6.0, (taken, 4.0), assigned("anna"));
    assert_eq!(
        audit(log).void,
        2,
        "taken back too late, and given to somebody else"
    );
}

#[test]
fn one_fact_leads_to_one_offer() {
    let (mut log, ticket, routed) = queued();
    log.concluded(ticket, 3.0, (routed, 2.0), offered("li", 1));
    let place = log.places("offered")[0];
    let mut entry = log.entries[place].clone();
    entry.stored_at = ms(5.0);
    entry.message_id = None;
    log.entries.push(entry);
    log.at(place + 1).fact_id = Uuid::from_u128(0xbad).to_string();
    let report = audit(log);
    assert_eq!((report.doubled, report.misnamed), (1, 1), "{report:#?}");
}

#[test]
fn a_ticket_that_is_sent_on_gets_a_queue() {
    let (mut log, ticket, _) = queued();
    let body = Body::Transferred(v1::Transferred {
        to: Some(v1::Destination {
            place: Some(Place::Level("L2".to_owned())),
        }),
        reason: String::new(),
    });
    let sent_on = log.said(ticket, 3.0, ActorKind::Agent, body);
    let report = audit(log.clone());
    convicted(&report, 1, "no `routed` follows from the transferred");
    log.route(ticket, 4.0, (sent_on, 3.0), State::Triaged, 0);
    assert_eq!(audit(log).first_violation(), None);
}

#[test]
fn what_agents_say_is_in_no_tickets_trail() {
    let (mut log, _, _) = queued();
    let before = audit(log.clone());
    let agent = Ticket(Uuid::from_u128(0xa9e));
    let body = Body::AgentChanged(v1::AgentChanged {
        agent: "li".to_owned(),
        change: Presence::Ready.into(),
        reason: String::new(),
    });
    let said = log.said(agent, 3.0, ActorKind::Agent, body.clone());
    log.concluded(agent, 300.0, (said, 300.0), body);
    let report = audit(log.clone());
    assert_eq!(report.first_violation(), None);
    assert_eq!(
        (report.tickets, report.orphans, report.facts),
        (before.tickets, before.orphans, before.facts + 2)
    );
    let key = "k-1".to_owned();
    let lost = Accepted {
        key,
        ticket_id: agent.0.to_string(),
        number: String::new(),
        kind: "agent_changed".to_owned(),
        at_ms: ms(3.0),
    };
    let mut outside = watched();
    outside.accepted = (0..3)
        .map(|n| Accepted {
            key: format!("k-{n}"),
            ..lost.clone()
        })
        .collect();
    let report = log.in_order().audit(&outside);
    convicted(&report, 1, "accepted 3, in the log 2");
}
