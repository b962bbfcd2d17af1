//! A breach tells where the ticket's minutes went, as whoever reads the whole log finds them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use posthouse_bus::Role;
use posthouse_bus::topology::{OwnedSpec, Topology};
use posthouse_domain::FactId;
use posthouse_domain::ticket::minutes::legs;
use posthouse_domain::ticket::{
    Body, Fact, FactKind, Minutes, NotificationRequested, Notified, Progress, Progressed, Severity,
};
use posthouse_policy::Source;
use posthouse_runtime::Handler;
use posthouse_testkit::builders::{self, assigned, features, opened, routed};
use posthouse_watchdog::Watchdog;
use scenario::Region;

/// Far from the facts that the region counts itself.
const PLACE: u32 = 1_000;

fn owns(topology: &Topology) -> OwnedSpec {
    topology.owned(Role::Watchdog, 0, Watchdog::default().consumes())
}

async fn region() -> Region {
    Region::new(owns, &Source::shipped("default").unwrap()).await
}

fn caused(cause: FactId, place: u32, body: Body) -> Fact {
    Fact {
        cause: Some(cause),
        ..builders::fact(builders::ticket(1), PLACE + place, body)
    }
}

fn request(cause: FactId) -> Fact {
    let body = Body::NotificationRequested(NotificationRequested {
        receiver: "ops".to_owned(),
        rule: "all".to_owned(),
        about: FactKind::Routed,
        title: "It is down".to_owned(),
        text: String::new(),
        fields: Vec::new(),
        language: "en".to_owned(),
        features: features(&opened("It is down")),
        urgent: false,
        round: 0,
        told_of: Vec::new(),
    });
    caused(cause, 1, body)
}

fn notified(request: &Fact) -> Fact {
    let body = Body::Notified(Notified {
        receiver: "ops".to_owned(),
        attempts: 1,
        receipt: "ok".to_owned(),
        possible_duplicate: false,
    });
    caused(request.id, 2, body)
}

/// The breaches in the log, each checked against the whole log before it.
async fn breaches(region: &Region) -> Vec<Minutes> {
    let log = region.facts().await;
    let mut found = Vec::new();
    for (place, (_, fact)) in log.iter().enumerate() {
        let Body::TargetBreached(breach) = &fact.body else {
            continue;
        };
        let told = breach.minutes.unwrap();
        let before = log[..place]
            .iter()
            .filter(|(_, it)| it.ticket == fact.ticket);
        let mut minutes = Minutes::default();
        for leg in legs(before.map(|(at, fact)| (*at, fact)), breach.due_at) {
            minutes += (leg.part, leg.ms());
        }
        assert_eq!(told, minutes, "{fact:?}");
        let age_ms = breach.due_at.millis_since(breach.features.opened_at);
        assert_eq!(i64::try_from(told.whole_ms()).unwrap(), age_ms, "{fact:?}");
        found.push(told);
    }
    found
}

#[tokio::test(start_paused = true)]
async fn a_breach_tells_that_nobody_was_told() {
    let mut region = region().await;
    let worker = region.start(Watchdog::default());
    region.open(1, opened("It is down")).await;
    region.at("11-23 09:00:02").await;
    region.classify(1, "compute", Severity::P1).await;
    let queued = routed(features(&opened("It is down")));
    let queued = region.tell(1, Body::Routed(queued)).await;
    region.at("11-23 09:00:05").await;
    let asked = request(queued.id);
    region.publish(&asked).await;
    // Two promises are missed: nobody was told at the first, and somebody before the second.
    region.at("11-23 09:40:00").await;
    region.publish(&notified(&asked)).await;
    region.at("11-23 14:00:00").await;
    worker.stop().await;
    let breaches = breaches(&region).await;
    let [first, second] = breaches.as_slice() else {
        panic!("two are missed: {breaches:?}")
    };
    assert_eq!((first.decide_ms, first.queue_ms), (2_000, 3_000));
    assert_eq!(first.notifier_ms, first.whole_ms() - 5_000);
    assert!(second.notifier_ms >= first.notifier_ms);
    assert!(second.queue_ms > first.queue_ms);
}

/// An owner dies after each step; its successor has lost the view, and counts the same.
#[tokio::test(start_paused = true)]
async fn a_successor_counts_the_same() {
    let mut region = region().await;
    let mut worker = region.start(Watchdog::default());
    let mut told = Vec::new();
    region.open(1, opened("It is down")).await;
    for step in 0..5_u32 {
        region.at(&format!("11-23 09:{:02}:00", step + 1)).await;
        match step {
            0 => drop(region.classify(1, "compute", Severity::P1).await),
            1 => {
                let queued = routed(features(&opened("It is down")));
                told.push(region.tell(1, Body::Routed(queued)).await);
            }
            2 => {
                let asked = request(told[0].id);
                region.publish(&asked).await;
                told.push(asked);
            }
            3 => region.publish(&notified(&told[1])).await,
            _ => {
                let given = Body::Assigned(assigned("anna"));
                drop(region.tell_by_agent(1, given).await);
                let waits = Body::Progressed(Progressed {
                    to: Progress::InProgress,
                    reason: String::new(),
                });
                drop(region.tell_by_agent(1, waits).await);
            }
        }
        worker.kill();
        worker = region.start_as(&region.spec, &format!("node-{step}"), Watchdog::default());
    }
    region.at("11-23 14:00:00").await;
    worker.stop().await;
    let breaches = breaches(&region).await;
    assert_eq!(breaches.len(), 2);
    assert_eq!(breaches[0].notifier_ms, 60_000);
    assert_eq!(breaches[0].decide_ms, 120_000);
    assert!(breaches[1].person_ms > breaches[0].person_ms);
}
