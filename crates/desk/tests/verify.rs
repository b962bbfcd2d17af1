//! The log is read to the auditor whole: every stream, every partition, and who asks over HTTP
//! gets the report. What the auditor finds is its own affair, and tested there.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::Request;
use common::{Story, World, ask};
use posthouse_auditor::Report;
use posthouse_bus::Bus;
use posthouse_domain::FactId;
use posthouse_domain::ids::Uuid;
use posthouse_domain::ticket::{Body, Fact, State};
use serde_json::json;

async fn report(world: &World) -> Report {
    let bus: Arc<dyn Bus> = Arc::new(world.bus.client());
    posthouse_desk::verify(&bus, &world.topology).await.unwrap()
}

/// A ticket's facts with the identities that services give them, and the state that they see.
fn as_services_do(story: &Story) -> Vec<Fact> {
    let mut renamed = BTreeMap::new();
    let mut facts = story.facts.clone();
    for fact in &mut facts {
        let Some(cause) = fact.cause else { continue };
        let cause = *renamed.get(&cause).unwrap_or(&cause);
        let rule = match &mut fact.body {
            Body::NotificationRequested(body) => {
                body.features.state = State::New;
                format!("notify {}", body.receiver)
            }
            Body::Notified(_) => "outcome".to_owned(),
            Body::Timed(body) => {
                body.features.state = State::Triaged;
                "timed".to_owned()
            }
            body => body.kind().to_string(),
        };
        let id = FactId::derive(&fact.actor.name, cause, &rule, 0);
        renamed.insert(fact.id, id);
        (fact.id, fact.cause) = (id, Some(cause));
    }
    facts
}

/// The same fact under another identity.
fn stranger(fact: &Fact) -> Fact {
    let id = FactId(Uuid::from_u128(fact.id.0.as_u128() ^ 0xbad));
    Fact { id, ..fact.clone() }
}

#[tokio::test]
async fn a_sound_log_is_sound() {
    let world = World::new("r1").await;
    for n in 0..10 {
        let facts = as_services_do(&Story::whole("r1", n));
        world.tell_all(&facts).await;
        world.tell_again(&facts[2]).await;
    }
    let report = report(&world).await;
    assert_eq!(report.first_violation(), None);
    assert_eq!((report.tickets, report.facts, report.void), (10, 70, 10));
    assert_eq!(report.examples.void[0].what, "routed is stored again");
    assert_eq!(report.unjudged, 10, "no policy was activated");
}

#[tokio::test]
async fn planted_faults_are_found() {
    let world = World::new("r1").await;
    // Doubled: each kind of effect once more, under another identity.
    let facts = as_services_do(&Story::whole("r1", 1));
    world.tell_all(&facts).await;
    for fact in &facts {
        world.tell(&stranger(fact)).await;
    }
    // Orphans: facts of a ticket before its opening.
    let orphan = as_services_do(&Story::whole("r1", 2));
    world.tell_all(&orphan[1..3]).await;
    for fact in &orphan {
        world.tell_again(fact).await;
    }
    // Missing: everything; an outcome.
    world.tell_all(&Story::open("r1", 3, |_| {}).facts).await;
    world
        .tell_all(&as_services_do(&Story::whole("r1", 4))[..5])
        .await;
    let report = report(&world).await;
    let found = (
        report.tickets,
        report.orphans,
        report.doubled,
        report.misnamed,
        report.missing,
    );
    assert_eq!(found, (4, 2, 6, 5, 4), "{report:#?}");
    assert!(report.is_broken());
}

#[tokio::test]
async fn it_is_reached_over_http() {
    let worlds = [World::new("r1").await, World::new("r2").await];
    let running = [worlds[0].desk(None).await, worlds[1].desk(None).await];
    worlds[0]
        .tell_all(&as_services_do(&Story::whole("r1", 1)))
        .await;
    worlds[1]
        .tell_all(&Story::open("r2", 2, |_| {}).facts)
        .await;
    worlds[1]
        .raw("ph.r2.00.opened".to_owned(), vec![0xff])
        .await;
    let router = posthouse_desk::router(&[running[0].desk.clone(), running[1].desk.clone()]);
    let (status, report) = ask(&router, Request::post("/v1/verify")).await;
    assert_eq!(status, 200);
    for (name, count) in [
        ("tickets", 2),
        ("facts", 7),
        ("orphans", 0),
        ("missing", 3),
        ("doubled", 0),
        ("void", 0),
        ("unreadable", 1),
        ("bad_letters", 1),
    ] {
        assert_eq!(report[name], json!(count), "{name}");
    }
    let violations: Vec<_> = report["invariants"].as_array().unwrap().iter().collect();
    assert_eq!(violations.len(), 7);
    assert_eq!(
        (&violations[0]["number"], &violations[0]["violations"]),
        (&json!(1), &json!(3))
    );
    for running in running {
        running.stop().await;
    }
}
