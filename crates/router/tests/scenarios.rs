//! The router at work: each story is a file under `scenarios/`, to be read as a timeline.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use expect_test::{ExpectFile, expect_file};
use posthouse_bus::Role;
use posthouse_domain::Timestamp;
use posthouse_domain::route::Queue;
use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{
    Body, Choice, Closed, Destination, Escalated, Offered, Opened, Reopened, RequeueReason,
    Requeued, Resolved, Severity, Transferred,
};
use posthouse_policy::Source;
use posthouse_router::Router;
use posthouse_router::telemetry::{ROUTED_SECONDS, Telemetry};
use posthouse_runtime::Handler;
use posthouse_runtime::metrics::Metrics;
use posthouse_testkit::builders::{self, REGION, assigned, opened, replied};
use scenario::{Region, Worker};

async fn region() -> (Region, Worker) {
    region_with(Router::default()).await
}

async fn region_with(router: Router) -> (Region, Worker) {
    let bundle = Source::shipped("default").expect("it is shipped");
    let owns = |topology: &_| {
        posthouse_bus::topology::Topology::owned(
            topology,
            Role::Router,
            0,
            Router::default().consumes(),
        )
    };
    let region = Region::new(owns, &bundle).await;
    let worker = region.start(router);
    (region, worker)
}

async fn check(region: Region, worker: Worker, expected: ExpectFile) {
    worker.stop().await;
    expected.assert_eq(&region.story().await);
}

#[tokio::test(start_paused = true)]
async fn routed_once_it_is_labelled() {
    let (mut region, worker) = region().await;
    region.open(1, opened("Packets are lost")).await;
    region.at("11-23 09:00:01").await;
    region.classify(1, "network", Severity::P1).await;
    region.at("11-23 09:00:02").await;
    region
        .open(
            2,
            Opened {
                tier: "platinum".to_owned(),
                ..opened("It burns")
            },
        )
        .await;
    region.at("11-23 09:00:03").await;
    region.classify(2, "security", Severity::P0).await;
    region.at("11-23 09:00:10").await;
    check(region, worker, expect_file!["scenarios/labelled.txt"]).await;
}

/// From the opening to the first routing, by the log's time; what follows is measured elsewhere.
#[tokio::test(start_paused = true)]
async fn the_first_routing_is_measured() {
    let metrics = Metrics::new();
    let (mut region, worker) =
        region_with(Router::measuring(Telemetry::new(&metrics, REGION))).await;
    region.at("11-23 09:00:05").await;
    region.open(1, opened("Packets are lost")).await;
    region.at("11-23 09:00:08").await;
    region.classify(1, "network", Severity::P1).await;
    region.at("11-23 09:10:00").await;
    region.classify(1, "database", Severity::P0).await;
    region.at("11-23 09:11:00").await;
    worker.stop().await;
    let text = metrics.encode();
    let value = |sample: &str| -> f64 {
        let of = format!("{}_{sample}{{region=\"{REGION}\"", ROUTED_SECONDS.name);
        let line = text.lines().find(|line| line.starts_with(&of)).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert_eq!(value("count"), 1.0, "{text}");
    let sum = value("sum");
    assert!((3.0..3.1).contains(&sum), "{sum}");
}

#[tokio::test(start_paused = true)]
async fn routed_anew_while_it_waits_and_not_once_a_person_has_it() {
    let (mut region, worker) = region().await;
    region.open(1, opened("It is slow")).await;
    region.at("11-23 09:00:01").await;
    region.classify(1, "compute", Severity::P2).await;
    region.at("11-23 09:10:00").await;
    region.classify(1, "database", Severity::P0).await;
    region.at("11-23 09:20:00").await;
    region.tell(1, Body::Assigned(assigned("a-1"))).await;
    region.at("11-23 09:30:00").await;
    region.classify(1, "storage", Severity::P3).await;
    region.at("11-23 09:40:00").await;
    check(region, worker, expect_file!["scenarios/labelled_again.txt"]).await;
}

#[tokio::test(start_paused = true)]
async fn routed_anew_when_it_comes_back() {
    let (mut region, worker) = region().await;
    region.open(1, opened("It is slow")).await;
    region.at("11-23 09:00:01").await;
    region.classify(1, "compute", Severity::P2).await;
    for hour in ["10", "11"] {
        region.at(&format!("11-23 {hour}:00:00")).await;
        region.tell(1, Body::Assigned(assigned("a-1"))).await;
        region
            .tell(
                1,
                Body::Resolved(Resolved {
                    summary: "Rebooted".to_owned(),
                }),
            )
            .await;
        region.at(&format!("11-23 {hour}:30:00")).await;
        region
            .tell(
                1,
                Body::Reopened(Reopened {
                    reason: "Slow again".to_owned(),
                }),
            )
            .await;
    }
    region.at("11-23 12:00:00").await;
    check(region, worker, expect_file!["scenarios/reopened.txt"]).await;
}

/// Labels of what is closed, of what was never opened, and a repeat that the server let pass.
#[tokio::test(start_paused = true)]
async fn nothing_follows_from_what_is_void() {
    let (mut region, worker) = region().await;
    region.open(1, opened("It is slow")).await;
    region.at("11-23 09:00:01").await;
    let labels = region.classify(1, "compute", Severity::P2).await;
    region.at("11-23 09:05:00").await;
    region.publish_as(&labels, "another message").await;
    region.at("11-23 09:10:00").await;
    region
        .tell(
            1,
            Body::Reopened(Reopened {
                reason: "It was not even solved".to_owned(),
            }),
        )
        .await;
    region
        .tell(
            1,
            Body::Closed(Closed {
                reason: "Spam".to_owned(),
            }),
        )
        .await;
    region.at("11-23 09:20:00").await;
    region.classify(1, "database", Severity::P0).await;
    let orphan = region.labels(1, |_| {});
    region.tell(9, orphan).await;
    region
        .tell(9, Body::Replied(replied("Anybody there?")))
        .await;
    region.at("11-23 09:30:00").await;
    check(region, worker, expect_file!["scenarios/void.txt"]).await;
}

/// What no rule wants, a language that no centre of the region speaks, a region nobody knows.
#[tokio::test(start_paused = true)]
async fn there_is_always_a_queue() {
    let (mut region, worker) = region().await;
    region.open(1, opened("What is it?")).await;
    region.open(2, opened("\u{c548}\u{b155}")).await;
    region
        .open(
            3,
            Opened {
                region: "atlantis".to_owned(),
                ..opened("Glub")
            },
        )
        .await;
    region
        .open(
            4,
            Opened {
                region: "me-central".to_owned(),
                ..opened("Bonjour")
            },
        )
        .await;
    region.at("11-23 09:00:01").await;
    region.classify(1, "gardening", Severity::P3).await;
    let klingon = region.labels(2, |labels| labels.language = "tlh".to_owned());
    region.tell(2, klingon).await;
    region.classify(3, "storage", Severity::P2).await;
    let french = region.labels(4, |labels| labels.language = "fr".to_owned());
    region.tell(4, french).await;
    region.at("11-23 09:00:10").await;
    check(region, worker, expect_file!["scenarios/always_a_queue.txt"]).await;
}

/// The answer to new labels was decided while the ticket waited, but stands in the log after a
/// person took it: it must not pull the ticket back.
#[tokio::test(start_paused = true)]
async fn a_queue_that_comes_too_late_is_void() {
    let (mut region, worker) = region().await;
    region.open(1, opened("It is slow")).await;
    region.classify(1, "compute", Severity::P2).await;
    region.at("11-23 09:00:01").await;
    // Both stand in the log before the router looks.
    region.classify(1, "database", Severity::P0).await;
    region.tell(1, Body::Assigned(assigned("a-1"))).await;
    region.at("11-23 09:00:02").await;
    region
        .tell(
            1,
            Body::Resolved(Resolved {
                summary: "Indexed".to_owned(),
            }),
        )
        .await;
    region.at("11-23 09:00:03").await;
    worker.stop().await;
    let facts = region.facts().await;
    let mut ticket = posthouse_domain::ticket::Ticket::open(&facts[0].1, facts[0].0)
        .expect("the first fact opens it");
    for (at, fact) in &facts[1..] {
        ticket.apply(fact, *at);
    }
    assert_eq!((ticket.void, ticket.assignee.as_deref()), (1, Some("a-1")));
    expect_file!["scenarios/too_late.txt"].assert_eq(&region.story().await);
}

#[tokio::test(start_paused = true)]
async fn a_crash_repeats_nothing_and_a_new_bundle_holds_from_its_place_on() {
    let (mut region, worker) = region().await;
    region.open(1, opened("It is slow")).await;
    region.classify(1, "network", Severity::P2).await;
    region.at("11-23 09:00:01").await;
    worker.kill();
    region.open(2, opened("It is slow, too")).await;
    region.classify(2, "network", Severity::P2).await;
    region.at("11-23 09:00:02").await;
    let text = "[fallback]\nname = \"one-desk\"\nlevel = \"L1\"\nskill = \"general\"\n\
                [centre.frankfurt]\ntitle = \"Frankfurt\"\nlanguages = [\"en\"]\ncalendar = \"de_office\"\n";
    let regions = "[region.eu-central]\ntitle = \"Europe\"\nnumbers = { prefix = \"EU\", digits = 6 }\n\
                   zone = \"Europe/Berlin\"\nlanguage = \"en\"\ncentres = [\"frankfurt\"]\n";
    // Nobody is escalated to: the shipped ladders name levels that this routing lacks.
    let files = [
        ("routing.toml", text),
        ("regions.toml", regions),
        ("ladders.toml", ""),
        ("agents.toml", ""),
    ];
    region.activate(&scenario::bundle("one-desk", &files)).await;
    region.open(3, opened("It is slow as well")).await;
    region.classify(3, "network", Severity::P2).await;
    let worker = region.start(Router::default());
    region.at("11-23 09:01:00").await;
    check(
        region,
        worker,
        expect_file!["scenarios/crash_and_new_bundle.txt"],
    )
    .await;
}

/// Each step is a fact, at its time, until somebody takes the ticket.
#[tokio::test(start_paused = true)]
async fn steps_are_taken_while_nobody_takes_it() {
    let (mut region, worker) = region().await;
    for ticket in [1, 2, 3] {
        region.open(ticket, opened("Packets are lost")).await;
    }
    region.at("11-23 09:00:01").await;
    region.classify(1, "network", Severity::P1).await;
    region.classify(2, "network", Severity::P3).await;
    region.classify(3, "network", Severity::P1).await;
    region.at("11-23 09:06:00").await;
    region
        .tell(3, Body::Assigned(assigned("frankfurt-1")))
        .await;
    region.at("11-23 12:00:00").await;
    check(region, worker, expect_file!["scenarios/steps.txt"]).await;
}

/// While somebody thinks about an offer the ticket stays; a step that fell due comes after.
#[tokio::test(start_paused = true)]
async fn an_offer_holds_the_steps_up() {
    let (mut region, worker) = region().await;
    region.open(1, opened("Packets are lost")).await;
    region.at("11-23 09:00:01").await;
    let labels = region.classify(1, "network", Severity::P1).await;
    region.at("11-23 09:01:00").await;
    let queue: Queue = "frankfurt/L2/network/en".parse().unwrap();
    let offered = Offered {
        agent: "frankfurt-3".to_owned(),
        queue,
        round: 1,
        until: at("11-23T09:03:00Z"),
        choice: Choice::default(),
        features: labels.features().unwrap().clone(),
    };
    region.tell(1, Body::Offered(offered)).await;
    region.at("11-23 09:03:00").await;
    let requeued = Requeued {
        agent: "frankfurt-3".to_owned(),
        reason: RequeueReason::TimedOut,
        round: 1,
    };
    region.tell(1, Body::Requeued(requeued)).await;
    region.at("11-23 09:06:00").await;
    check(region, worker, expect_file!["scenarios/offer_holds.txt"]).await;
}

fn at(time: &str) -> Timestamp {
    format!("2026-{time}").parse().unwrap()
}

/// Three failed rounds in a row, a customer who asks for a person, and two hours.
#[tokio::test(start_paused = true)]
async fn the_robot_hands_over() {
    let (mut region, worker) = region().await;
    for ticket in [1, 2, 3] {
        region.open(ticket, opened("Will it rain?")).await;
        region.classify(ticket, "out_of_scope", Severity::P3).await;
    }
    for minute in ["01", "02", "03"] {
        region.at(&format!("11-23 09:{minute}:00")).await;
        region
            .tell_by_agent(1, Body::Replied(replied("Have you looked outside?")))
            .await;
        region.at(&format!("11-23 09:{minute}:30")).await;
        region
            .tell(1, Body::Replied(replied("That does not help")))
            .await;
    }
    region
        .tell(2, Body::Replied(replied("Let me talk to a HUMAN.")))
        .await;
    region.at("11-23 11:30:00").await;
    check(region, worker, expect_file!["scenarios/robot.txt"]).await;
}

fn escalated(features: &posthouse_domain::ticket::Features) -> Body {
    Body::Escalated(Escalated {
        target: Target::FirstResponse,
        cycle: 0,
        ladder: "critical".to_owned(),
        step: 1,
        to: "L2".to_owned(),
        level: "L2".to_owned(),
        reason: "nobody answered".to_owned(),
        due_at: builders::START,
        features: features.clone(),
    })
}

/// A ladder moves a ticket that waits, and leaves one that somebody has.
#[tokio::test(start_paused = true)]
async fn an_escalation_moves_what_waits() {
    let (mut region, worker) = region().await;
    for ticket in [1, 2] {
        region.open(ticket, opened("It is slow")).await;
        let labels = region.classify(ticket, "compute", Severity::P2).await;
        region.at(&format!("11-23 09:1{ticket}:00")).await;
        if ticket == 2 {
            region
                .tell(2, Body::Assigned(assigned("frankfurt-1")))
                .await;
        }
        region
            .tell(ticket, escalated(labels.features().unwrap()))
            .await;
    }
    // It keeps the level, whatever it turns out to be.
    region.at("11-23 09:20:00").await;
    region.classify(1, "storage", Severity::P2).await;
    region.at("11-23 09:21:00").await;
    check(region, worker, expect_file!["scenarios/escalated.txt"]).await;
}

#[tokio::test(start_paused = true)]
async fn somebody_sends_it_elsewhere() {
    let (mut region, worker) = region().await;
    region.open(1, opened("It is slow")).await;
    region.classify(1, "compute", Severity::P2).await;
    let places = [
        Destination::Level("L3".to_owned()),
        Destination::Queue("dubai/L2/compute/ar".parse().unwrap()),
        Destination::Queue("atlantis/L2/compute/ar".parse().unwrap()),
        Destination::Level("L9".to_owned()),
        Destination::Region("cn-north".to_owned()),
    ];
    for (place, to) in places.into_iter().enumerate() {
        region.at(&format!("11-23 09:0{}:00", place + 1)).await;
        region
            .tell(1, Body::Assigned(assigned("frankfurt-1")))
            .await;
        let reason = "out of my depth".to_owned();
        region
            .tell(1, Body::Transferred(Transferred { to, reason }))
            .await;
    }
    region.at("11-23 09:10:00").await;
    check(region, worker, expect_file!["scenarios/transferred.txt"]).await;
}

/// A successor takes the steps that fell due while nobody owned the partition, each at its time.
#[tokio::test(start_paused = true)]
async fn a_successor_takes_the_steps_that_were_due() {
    let (mut region, worker) = region().await;
    region.open(1, opened("Packets are lost")).await;
    region.classify(1, "network", Severity::P1).await;
    region.at("11-23 09:03:00").await;
    worker.kill();
    region.at("11-23 09:12:00").await;
    let worker = region.start(Router::default());
    region.at("11-23 09:20:00").await;
    check(region, worker, expect_file!["scenarios/successor.txt"]).await;
}
