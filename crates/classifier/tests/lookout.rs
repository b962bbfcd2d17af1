//! The lookout at work, in virtual time, on a bus in memory that copies the log as a server does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use std::collections::BTreeSet;

use posthouse_bus::topology::{OwnedSpec, Topology};
use posthouse_classifier::Lookout;
use posthouse_domain::TicketId;
use posthouse_domain::ids::FactId;
use posthouse_domain::ticket::{
    Body, Fact, FactKind, Opened, Resolved, Severity, Ticket, Unfolded,
};
use posthouse_policy::Source;
use posthouse_testkit::builders::{opened, ticket};
use scenario::{Region, Worker};

fn owns(topology: &Topology) -> OwnedSpec {
    topology.lookout_owned()
}

/// So many customers report a failure of the network, within a second.
async fn reported(count: u32) -> (Region, Worker) {
    let bundle = Source::shipped("default").unwrap();
    let mut region = Region::new(owns, &bundle).await;
    let worker = region.start(Lookout::default());
    for number in 1..=count {
        report(&mut region, number).await;
    }
    (region, worker)
}

async fn report(region: &mut Region, number: u32) {
    let by = Opened {
        customer: format!("c-{number}"),
        ..opened("Nothing answers")
    };
    region.open(number, by).await;
    region.classify(number, "network", Severity::P1).await;
}

fn incidents(facts: &[Fact]) -> Vec<(TicketId, Opened)> {
    let incident = |fact: &Fact| match &fact.body {
        Body::Opened(opened) if fact.actor.name == "lookout" => Some((fact.ticket, opened.clone())),
        _ => None,
    };
    facts.iter().filter_map(incident).collect()
}

async fn log(region: &Region) -> Vec<Fact> {
    region
        .facts()
        .await
        .into_iter()
        .map(|(_, fact)| fact)
        .collect()
}

/// The incident that a ticket is folded into, as everybody who folds facts sees it.
async fn incident_of(region: &Region, number: u32) -> String {
    let facts = region.facts().await;
    let own = facts
        .iter()
        .filter(|(_, fact)| fact.ticket == ticket(number));
    let mut folded: Option<Ticket> = None;
    for (stored_at, fact) in own {
        match &mut folded {
            None => folded = Some(Ticket::open(fact, *stored_at).unwrap()),
            Some(ticket) => drop(ticket.apply(fact, *stored_at)),
        }
    }
    folded.unwrap().features.incident
}

#[tokio::test(start_paused = true)]
async fn eight_reports_are_one_incident() {
    let (mut region, worker) = reported(8).await;
    let folded = region.wait_for(&[FactKind::Folded], 8).await;
    let found = incidents(&log(&region).await);
    let [(incident, opened)] = found.as_slice() else {
        panic!("one incident: {found:?}");
    };
    assert_eq!(
        opened.subject,
        "Storm: category network, 8 customers in 5 min"
    );
    assert_eq!(opened.severity, Some(Severity::P1));
    assert!(opened.number.starts_with("EU-S"), "{}", opened.number);
    let tickets: BTreeSet<TicketId> = folded.iter().map(|fact| fact.ticket).collect();
    assert_eq!(tickets, (1..=8).map(ticket).collect());
    for fact in &folded {
        let Body::Folded(body) = &fact.body else {
            unreachable!("it was asked for")
        };
        assert_eq!((&body.incident, &body.number), (incident, &opened.number));
        let rule = format!("folded {incident}");
        assert_eq!(
            fact.id,
            FactId::derive("lookout", fact.cause.unwrap(), &rule, 0)
        );
    }
    assert_eq!(incident_of(&region, 5).await, incident.to_string());
    // The incident is a ticket like others, and none of its own storm.
    region.at("11-23 09:01:00").await;
    report(&mut region, 9).await;
    region.wait_for(&[FactKind::Folded], 9).await;
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn seven_reports_are_none() {
    let (region, worker) = reported(7).await;
    region.at("11-23 09:10:00").await;
    worker.stop().await;
    assert!(incidents(&log(&region).await).is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_takes_over_says_nothing_twice_and_goes_on() {
    let (mut region, worker) = reported(8).await;
    region.wait_for(&[FactKind::Folded], 8).await;
    worker.kill();
    let successor = region.start(Lookout::default());
    region.at("11-23 09:01:00").await;
    report(&mut region, 9).await;
    let folded = region.wait_for(&[FactKind::Folded], 9).await;
    assert_eq!(incidents(&log(&region).await).len(), 1);
    let identities: BTreeSet<FactId> = folded.iter().map(|fact| fact.id).collect();
    assert_eq!(identities.len(), 9);
    successor.stop().await;
    // From its snapshot as from the log.
    let third = region.start(Lookout::default());
    region.at("11-23 09:02:00").await;
    report(&mut region, 10).await;
    region.wait_for(&[FactKind::Folded], 10).await;
    assert_eq!(incidents(&log(&region).await).len(), 1);
    third.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_person_takes_out_stays_out() {
    let (mut region, worker) = reported(8).await;
    region.wait_for(&[FactKind::Folded], 8).await;
    let unfolded = Unfolded {
        incident: None,
        reason: "our own doing".to_owned(),
    };
    region.tell_by_agent(3, Body::Unfolded(unfolded)).await;
    region.at("11-23 09:01:00").await;
    region.classify(3, "network", Severity::P1).await;
    report(&mut region, 9).await;
    region.wait_for(&[FactKind::Folded], 9).await;
    worker.stop().await;
    assert_eq!(incident_of(&region, 3).await, "");
    assert_ne!(incident_of(&region, 4).await, "");
}

#[tokio::test(start_paused = true)]
async fn an_incident_that_is_none_gives_its_tickets_back() {
    let (mut region, worker) = reported(8).await;
    region.wait_for(&[FactKind::Folded], 8).await;
    let (incident, _) = incidents(&log(&region).await)[0].clone();
    let unfolded = Unfolded {
        incident: None,
        reason: "a drill".to_owned(),
    };
    let mut fact = posthouse_testkit::builders::fact(incident, 900, Body::Unfolded(unfolded));
    fact.actor.kind = posthouse_domain::ticket::ActorKind::Agent;
    "a-1".clone_into(&mut fact.actor.name);
    region.publish(&fact).await;
    // The agent's own, and one for each ticket.
    let given_back = region.wait_for(&[FactKind::Unfolded], 9).await;
    let tickets: BTreeSet<TicketId> = given_back[1..].iter().map(|fact| fact.ticket).collect();
    assert_eq!(tickets, (1..=8).map(ticket).collect());
    assert_eq!(incident_of(&region, 5).await, "");
    report(&mut region, 9).await;
    region.at("11-23 09:02:00").await;
    worker.stop().await;
    assert_eq!(incident_of(&region, 9).await, "", "it was none");
}

#[tokio::test(start_paused = true)]
async fn a_resolved_incident_takes_no_more() {
    let (mut region, worker) = reported(8).await;
    region.wait_for(&[FactKind::Folded], 8).await;
    let (incident, _) = incidents(&log(&region).await)[0].clone();
    let resolved = Body::Resolved(Resolved {
        summary: "the route is back".to_owned(),
    });
    let fact = posthouse_testkit::builders::fact(incident, 900, resolved);
    region.publish(&fact).await;
    region.at("11-23 09:01:00").await;
    report(&mut region, 9).await;
    region.at("11-23 09:02:00").await;
    worker.stop().await;
    assert_eq!(incident_of(&region, 9).await, "");
}
