//! Modes while clocks run: a major incident is declared and ended by activations in the log, and
//! open deadlines move with it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use std::collections::BTreeSet;

use expect_test::expect_file;
use posthouse_bus::Role;
use posthouse_bus::topology::{OwnedSpec, Topology};
use posthouse_domain::Timestamp;
use posthouse_domain::ticket::{Body, Fact, FactKind, Replied, Resolved, Severity};
use posthouse_policy::Source;
use posthouse_runtime::Handler;
use posthouse_testkit::builders::{features, opened, replied, routed};
use posthouse_watchdog::Watchdog;
use scenario::Region;

fn owns(topology: &Topology) -> OwnedSpec {
    topology.owned(Role::Watchdog, 0, Watchdog::default().consumes())
}

/// The shipped bundle with a mode of the German desk.
fn with_mode(name: &str, span: &str) -> Source {
    let shipped = Source::shipped("default").unwrap();
    let mode = format!("[[mode]]\nname = \"incident\"\n{span}\ncalendars = [\"de_office\"]\n");
    let calendars = format!("{}\n{mode}", shipped.files["calendars.toml"]);
    scenario::bundle(name, &[("calendars.toml", &calendars)])
}

fn ended(name: &str) -> Source {
    let calendars = Source::shipped("default").unwrap().files["calendars.toml"].clone();
    scenario::bundle(name, &[("calendars.toml", &calendars)])
}

/// T1 counts by the desk's hours: the mode moves its deadlines into the night, its end moves them
/// back by what the night counted, and the bundle without it counts the night for nothing. T2
/// counts around the clock and stays as it is. T3 waits for the customer while the mode comes and
/// goes, and goes on in the night.
#[tokio::test(start_paused = true)]
async fn a_mode_moves_open_deadlines() {
    let mut region = Region::new(owns, &Source::shipped("default").unwrap()).await;
    let worker = region.start(Watchdog::default());
    // 18:00 UTC is 19:00 in Berlin, an hour before the desk closes.
    region.at("11-23 18:00:00").await;
    region.open(1, opened("It is slow")).await;
    region.classify(1, "compute", Severity::P2).await;
    region.open(2, opened("It is down")).await;
    region.classify(2, "compute", Severity::P1).await;
    region.open(3, opened("It is slow, too")).await;
    region.classify(3, "compute", Severity::P2).await;
    let queued = routed(features(&opened("It is slow, too")));
    region.tell(3, Body::Routed(queued)).await;
    region.at("11-23 18:10:00").await;
    region
        .tell_by_agent(2, Body::Replied(replied("On it")))
        .await;
    let question = Replied {
        text: "Which one?".to_owned(),
        awaits_customer: true,
    };
    region.tell_by_agent(3, Body::Replied(question)).await;
    region.at("11-23 18:30:00").await;
    region
        .activate(&with_mode("declared", "from = 2026-11-23T18:30:00Z"))
        .await;
    region.at("11-23 19:30:00").await;
    let span = "from = 2026-11-23T18:30:00Z\nto = 2026-11-23T19:30:00Z";
    region.activate(&with_mode("over", span)).await;
    region.at("11-23 20:00:00").await;
    region.activate(&ended("for-nothing")).await;
    region.at("11-23 20:10:00").await;
    let resolved = Resolved {
        summary: "Rebooted".to_owned(),
    };
    region.tell(2, Body::Resolved(resolved)).await;
    region.at("11-23 20:30:00").await;
    region.tell(3, Body::Replied(replied("This one"))).await;
    region.at("11-24 08:01:00").await;
    worker.stop().await;
    expect_file!["scenarios/modes.txt"].assert_eq(&region.story().await);
}

fn moved_by_modes(facts: &[(Timestamp, Fact)]) -> Vec<&Fact> {
    let is_moved = |fact: &&Fact| match &fact.body {
        Body::Timed(timed) => timed.why.starts_with("modes of calendar"),
        _ => false,
    };
    facts
        .iter()
        .map(|(_, fact)| fact)
        .filter(is_moved)
        .collect()
}

/// More tickets than are looked at in one step, and an owner that dies in the middle of them: each
/// is told once, at the instant of the activation, and breaches at its new deadline.
#[tokio::test(start_paused = true)]
async fn many_are_moved_once_whoever_dies() {
    const TICKETS: u32 = 600;
    for stored in [1, 300, 599] {
        let mut region = Region::new(owns, &Source::shipped("default").unwrap()).await;
        let worker = region.start(Watchdog::default());
        region.at("11-23 18:00:00").await;
        for ticket in 0..TICKETS {
            region.open(ticket, opened("It is slow")).await;
            region.classify(ticket, "compute", Severity::P2).await;
        }
        region.at("11-23 18:30:00").await;
        region
            .activate(&with_mode("declared", "from = 2026-11-23T18:30:00Z"))
            .await;
        let told = u64::from(TICKETS) + stored;
        region.wait_until_stored(FactKind::Timed, told).await;
        worker.kill();
        let worker = region.start(Watchdog::default());
        // Answers were due at 20:00, two hours of the mode after they were asked for.
        region.at("11-23 20:01:00").await;
        worker.stop().await;
        let facts = region.facts().await;
        let moved = moved_by_modes(&facts);
        let tickets: BTreeSet<_> = moved.iter().map(|fact| fact.ticket).collect();
        assert_eq!(moved.len(), tickets.len(), "each once");
        assert_eq!(tickets.len(), usize::try_from(TICKETS).unwrap());
        let declared_at: Timestamp = "2026-11-23T18:30:00Z".parse().unwrap();
        assert!(moved.iter().all(|fact| fact.at == declared_at));
        let breached = facts.iter().filter(|(_, fact)| match &fact.body {
            Body::TargetBreached(breached) => {
                breached.due_at == "2026-11-23T20:00:00Z".parse().unwrap()
            }
            _ => false,
        });
        assert_eq!(breached.count(), usize::try_from(TICKETS).unwrap());
    }
}
