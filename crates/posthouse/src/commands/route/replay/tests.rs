//! A log in memory, replayed under other bundles.

use std::sync::{Arc, Mutex};

use posthouse_bus::Outgoing;
use posthouse_bus::memory::MemoryBus;
use posthouse_bus::topology::Size;
use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{ActorKind, Fact, Opened, Origin, Routed, Severity, TargetBreached};
use posthouse_testkit::builders;

use super::*;

const REGION: &str = "cn-north";
const MINUTE_MS: i64 = 60_000;

/// A P1 from China that stood in a queue of the default bundle, was answered after so many
/// minutes, and was told to be late.
fn log(minutes: i64) -> Vec<(Timestamp, Fact)> {
    let ticket = builders::ticket(1);
    let opened = Opened {
        region: REGION.to_owned(),
        language: "zh".to_owned(),
        ..builders::opened("丢包")
    };
    let mut labels = builders::classified(builders::features(&opened));
    labels.features.severity = Some(Severity::P1);
    labels.features.language = "zh".to_owned();
    let features = labels.features.clone();
    let routed = Routed {
        queue: "beijing/L2/network/zh".parse().unwrap(),
        ..builders::routed(features.clone())
    };
    let breached = TargetBreached {
        target: Target::FirstResponse,
        cycle: 0,
        due_at: builders::START,
        features,
        minutes: None,
    };
    let bodies = [
        (0, Body::Opened(opened)),
        (0, Body::Classified(labels)),
        (0, Body::Routed(routed)),
        (1, Body::TargetBreached(breached)),
        (minutes, Body::Replied(builders::replied("We see it"))),
    ];
    let facts = bodies.into_iter().zip(0..).map(|((minute, body), place)| {
        let at = builders::START.plus_millis(minute * MINUTE_MS + i64::from(place));
        let mut fact = builders::fact(ticket, place, body);
        REGION.clone_into(&mut fact.region);
        if matches!(fact.body, Body::Replied(_)) {
            fact.actor.kind = ActorKind::Agent;
        }
        if matches!(fact.body, Body::Routed(_)) {
            let version = posthouse_domain::ticket::PolicyVersion::default();
            let origin = Origin::of("router", &fact, at, &version);
            fact = origin.fact("routed", 0, fact.body.clone());
        }
        (at, fact)
    });
    facts.collect()
}

/// What becomes of the log under a shipped bundle.
async fn replayed_under(name: &str, log: &[(Timestamp, Fact)]) -> (Vec<Row>, Summary) {
    let topology = Topology::new(REGION, Size::LAPTOP);
    let now = Arc::new(Mutex::new(builders::START));
    let clock = Arc::clone(&now);
    let bus = MemoryBus::new(Arc::new(move || *clock.lock().unwrap()));
    bus.provision(&topology).await.unwrap();
    for (at, fact) in log {
        *now.lock().unwrap() = *at;
        let subject = topology.subjects.fact(fact.ticket, &fact.body);
        let bytes = posthouse_wire::encode(fact);
        let message = Outgoing::new(subject, fact.id.to_string(), bytes.into());
        bus.publish(message).await.unwrap().await.unwrap();
    }
    let policy = Policy::shipped(name).unwrap();
    replayed(&bus, &topology, &policy, builders::START)
        .await
        .unwrap()
}

#[tokio::test]
async fn another_bundle_sends_it_elsewhere_and_promises_otherwise() {
    let log = log(20);
    let (rows, summary) = replayed_under("a1", &log).await;
    assert_eq!((summary.tickets, summary.moved), (1, 1), "{rows:?}");
    assert_eq!(rows[0].was, ["beijing/L2/network/zh"]);
    assert!(rows[0].would[0].starts_with("mainland/"), "{rows:?}");
    // It was told to be late after a minute; an answer after twenty is in time for a P1 there.
    assert_eq!((summary.kept, summary.broken), (1, 0), "{rows:?}");
    assert_eq!(replayed_under("a1", &log).await, (rows, summary));
}

#[tokio::test]
async fn what_came_before_is_left_out() {
    let (rows, summary) = replayed_under("default", &log(20)[1..]).await;
    assert_eq!((rows, summary.tickets), (vec![], 0));
}
