//! Verifying finds what was planted, and nothing else.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use axum::http::Request;
use common::{Story, World, ask, start};
use posthouse_desk::VerifyReport;
use posthouse_domain::FactId;
use posthouse_domain::ids::Uuid;
use posthouse_domain::ticket::{ActorKind, Body, Closed, Fact, NotificationFailed, Severity};
use serde_json::json;

async fn report(world: &World) -> VerifyReport {
    posthouse_desk::verify(world.bus.as_ref(), &world.topology)
        .await
        .unwrap()
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
        let story = Story::whole("r1", n);
        world.tell_all(&story.facts).await;
        world.tell_again(&story.facts[2]).await;
    }
    let report = report(&world).await;
    assert!(!report.is_broken(), "{report:?}");
    assert_eq!((report.tickets, report.facts, report.void), (10, 70, 10));
    assert_eq!(report.examples.void[0].what, "routed is stored again");
}

#[tokio::test]
async fn planted_faults_are_found() {
    let world = World::new("r1").await;
    // Doubled: each kind of effect once more, under another identity.
    let mut story = Story::whole("r1", 1);
    let classified = story.facts[1].id;
    story.breach(classified, start().plus_millis(3_601_000));
    world.tell_all(&story.facts).await;
    for fact in story.facts.clone() {
        world.tell(&stranger(&fact)).await;
    }
    // Orphans: facts of a ticket before its opening.
    let orphan = Story::whole("r1", 2);
    world.tell_all(&orphan.facts[1..3]).await;
    for fact in &orphan.facts {
        world.tell_again(fact).await;
    }
    // Missing: not classified (hence nothing else); an outcome.
    world.tell_all(&Story::open("r1", 3, |_| {}).facts).await;
    world.tell_all(&Story::whole("r1", 4).facts[..5]).await;
    // Not missing: it was closed before anybody could label it.
    let mut closed = Story::open("r1", 5, |_| {});
    let close = Body::Closed(Closed {
        reason: "mistake".to_owned(),
    });
    closed.add(ActorKind::Customer, "c", None, close);
    let opened = closed.facts[0].id;
    closed.classify(opened, Severity::P3);
    // And void: a reply to a closed ticket.
    closed.reply(ActorKind::Customer, "thanks");
    world.tell_all(&closed.facts).await;

    let report = report(&world).await;
    let found = (
        report.tickets,
        report.orphans,
        report.doubled,
        report.missing,
        report.void,
    );
    // The doubled request is a doubled effect, not another request that wants an outcome. The
    // classification and the reply of the closed ticket are void.
    assert_eq!(found, (5, 2, 7, 4, 2), "{report:#?}");
    assert!(report.is_broken());
    let missing: Vec<&str> = report
        .examples
        .missing
        .iter()
        .map(|e| e.what.as_str())
        .collect();
    assert_eq!(
        missing,
        [
            "it was never classified",
            "it was never routed",
            "its targets were never set",
            "a notification was asked for and has no outcome",
        ]
    );
    let doubled = &report.examples.doubled[0];
    assert_eq!(doubled.facts[0], story.facts[0].id.to_string());
    assert_eq!(doubled.facts[1], stranger(&story.facts[0]).id.to_string());
}

#[tokio::test]
async fn two_outcomes_are_one_too_many_unless_marked() {
    let world = World::new("r1").await;
    let story = Story::whole("r1", 1);
    world.tell_all(&story.facts).await;
    let mut marked = stranger(story.last());
    if let Body::Notified(notified) = &mut marked.body {
        notified.possible_duplicate = true;
    }
    world.tell(&marked).await;
    let found = report(&world).await;
    assert_eq!((found.doubled, found.void), (0, 1));
    let failed = Body::NotificationFailed(NotificationFailed {
        receiver: "ops".to_owned(),
        attempts: 3,
        error: "refused".to_owned(),
    });
    let id = FactId(Uuid::from_u128(77));
    world
        .tell(&Fact {
            id,
            body: failed,
            ..story.last().clone()
        })
        .await;
    let found = report(&world).await;
    assert_eq!((found.doubled, found.void), (1, 1));
}

#[tokio::test]
async fn it_is_reached_over_http() {
    let worlds = [World::new("r1").await, World::new("r2").await];
    let running = [worlds[0].desk(None).await, worlds[1].desk(None).await];
    worlds[0].tell_all(&Story::whole("r1", 1).facts).await;
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
    ] {
        assert_eq!(report[name], json!(count), "{name}");
    }
    for running in running {
        running.stop().await;
    }
}
