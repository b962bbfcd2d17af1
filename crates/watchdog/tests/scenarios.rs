//! The watchdog at work: each story is a file under `scenarios/`, to be read as a timeline.
//!
//! After every story the index of wake-ups must hold exactly one entry for each ticket with a
//! running clock, and every timer must have rung within a second of its instant.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use std::collections::BTreeSet;

use expect_test::{ExpectFile, expect_file};
use posthouse_bus::Role;
use posthouse_bus::topology::{OwnedSpec, Topology};
use posthouse_domain::TicketId;
use posthouse_domain::ids::Uuid;
use posthouse_domain::ticket::{
    Body, Closed, FactKind, Opened, Progress, Progressed, Reopened, Replied, Resolved, Severity,
};
use posthouse_policy::Source;
use posthouse_runtime::Handler;
use posthouse_testkit::builders::{opened, replied};
use posthouse_watchdog::{Row, Vocabulary, Watchdog};
use scenario::{Region, Worker};

const RINGS: &[FactKind] = &[FactKind::TargetWarned, FactKind::TargetBreached];

fn owns(topology: &Topology) -> OwnedSpec {
    topology.owned(Role::Watchdog, 0, Watchdog::default().consumes())
}

async fn region() -> (Region, Worker) {
    region_under(&Source::shipped("default").unwrap()).await
}

async fn region_under(bundle: &Source) -> (Region, Worker) {
    let region = Region::new(owns, bundle).await;
    let worker = region.start(Watchdog::default());
    (region, worker)
}

/// Ends the story, checks what holds after each, and compares it.
async fn check(region: Region, worker: Worker, expected: ExpectFile) {
    check_late(region, worker, 1_000, expected).await;
}

/// As [`check`], where something may ring later than a second after its instant.
async fn check_late(region: Region, worker: Worker, late_ms_max: i64, expected: ExpectFile) {
    worker.stop().await;
    expected.assert_eq(&region.story().await);
    check_index(&region).await;
    check_rings(&region, late_ms_max).await;
}

/// The index holds the next ring of each ticket with a running clock, and nothing else.
async fn check_index(region: &Region) {
    let words = Vocabulary::of(region.rows("words").await).unwrap();
    let rows = region.rows("watched").await;
    let tickets = rows.iter().map(|(key, row)| {
        let id = TicketId(Uuid::from_slice(key).unwrap());
        Row::decode(id, row, &words).unwrap().watched
    });
    let expected: BTreeSet<_> = tickets
        .filter_map(|watched| Some((watched.next_ring()?, watched.ticket.id)))
        .collect();
    let wakes = region.wakes().await;
    assert_eq!(wakes.iter().copied().collect::<BTreeSet<_>>(), expected);
    assert_eq!(wakes.len(), expected.len());
}

/// Each ring stands in the log at most `late_ms_max` after it was due, each identity once.
async fn check_rings(region: &Region, late_ms_max: i64) {
    let mut ids = BTreeSet::new();
    for (stored_at, fact) in region.facts().await {
        if RINGS.contains(&fact.body.kind()) {
            let late_ms = stored_at.millis_since(fact.at);
            assert!(
                (1..=late_ms_max).contains(&late_ms),
                "{late_ms} ms late: {fact:?}"
            );
            assert!(ids.insert(fact.id), "twice: {fact:?}");
        }
    }
}

fn answer() -> Body {
    Body::Replied(replied("We look into it"))
}

fn question() -> Body {
    Body::Replied(Replied {
        text: "Which one?".to_owned(),
        awaits_customer: true,
    })
}

fn resolved() -> Body {
    Body::Resolved(Resolved {
        summary: "Rebooted".to_owned(),
    })
}

#[tokio::test(start_paused = true)]
async fn around_the_clock_warned_then_missed() {
    let (mut region, worker) = region().await;
    region.open(1, opened("It is down")).await;
    region.at("11-23 09:00:02").await;
    region.classify(1, "compute", Severity::P1).await;
    region.at("11-24 09:00:00").await;
    check(
        region,
        worker,
        expect_file!["scenarios/around_the_clock.txt"],
    )
    .await;
}

/// 09:00 UTC is 10:00 in Berlin, where the desk works from 8 to 20.
#[tokio::test(start_paused = true)]
async fn by_weekly_hours_the_night_does_not_count() {
    let (mut region, worker) = region().await;
    region.at("11-23 18:00:00").await;
    region.open(1, opened("It is slow")).await;
    region.at("11-23 18:00:02").await;
    region.classify(1, "compute", Severity::P2).await;
    region.at("11-27 18:59:00").await;
    region
        .open(2, opened("It is slow on a Friday evening"))
        .await;
    region.classify(2, "compute", Severity::P2).await;
    region.at("12-01 12:00:00").await;
    check(region, worker, expect_file!["scenarios/weekly_hours.txt"]).await;
}

#[tokio::test(start_paused = true)]
async fn answered_and_resolved_in_time() {
    let (mut region, worker) = region().await;
    region.open(1, opened("It is down")).await;
    region.classify(1, "compute", Severity::P1).await;
    region.at("11-23 09:20:00").await;
    region.tell_by_agent(1, answer()).await;
    region.at("11-23 10:00:00").await;
    region.tell(1, resolved()).await;
    region.at("11-24 09:00:00").await;
    check(region, worker, expect_file!["scenarios/in_time.txt"]).await;
}

/// T1 is answered in the very millisecond of its deadline: kept. T2 one millisecond later.
#[tokio::test(start_paused = true)]
async fn the_very_millisecond() {
    let (mut region, worker) = region().await;
    region.open(1, opened("It is down")).await;
    region.open(2, opened("It is down, too")).await;
    region.classify(1, "compute", Severity::P1).await;
    region.classify(2, "compute", Severity::P1).await;
    region.at("11-23 09:30:00.000").await;
    region.tell_by_agent(1, answer()).await;
    region.at("11-23 09:30:00.001").await;
    region.tell_by_agent(2, answer()).await;
    region.at("11-23 09:31:00").await;
    check(
        region,
        worker,
        expect_file!["scenarios/very_millisecond.txt"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn waiting_for_the_customer_moves_the_deadline() {
    let (mut region, worker) = region().await;
    region
        .open(
            1,
            Opened {
                tier: "gold".to_owned(),
                ..opened("It is slow")
            },
        )
        .await;
    region.classify(1, "compute", Severity::P2).await;
    region
        .tell(
            1,
            Body::Routed(posthouse_testkit::builders::routed(
                posthouse_testkit::builders::features(&opened("It is slow")),
            )),
        )
        .await;
    region.at("11-23 09:10:00").await;
    region.tell_by_agent(1, question()).await;
    region.at("11-23 14:10:00").await;
    region.tell(1, answer()).await;
    region.at("11-23 16:00:00").await;
    let third = Progressed {
        to: Progress::WaitingOnThirdParty,
        reason: String::new(),
    };
    region.tell(1, Body::Progressed(third)).await;
    region.at("11-25 16:00:00").await;
    let back = Progressed {
        to: Progress::InProgress,
        reason: String::new(),
    };
    region.tell(1, Body::Progressed(back)).await;
    region.at("11-26 09:00:00").await;
    check(region, worker, expect_file!["scenarios/waiting.txt"]).await;
}

/// The severity rises: the deadline comes nearer, or is past already. It falls: it moves away,
/// and what was said is not said again.
#[tokio::test(start_paused = true)]
async fn new_labels_change_the_deadline() {
    let (mut region, worker) = region().await;
    region
        .open(
            1,
            Opened {
                tier: "gold".to_owned(),
                ..opened("It rises")
            },
        )
        .await;
    region
        .open(
            2,
            Opened {
                tier: "gold".to_owned(),
                ..opened("It falls")
            },
        )
        .await;
    region.at("11-23 09:00:01").await;
    region.classify(1, "compute", Severity::P2).await;
    region.classify(2, "compute", Severity::P1).await;
    region.at("11-23 09:10:00").await;
    region.classify(1, "compute", Severity::P0).await;
    region.classify(2, "compute", Severity::P3).await;
    region.at("11-23 18:00:00").await;
    // T1 was due five minutes before anybody knew how bad it is.
    check_late(
        region,
        worker,
        5 * 60_000 + 1_000,
        expect_file!["scenarios/new_labels.txt"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_reopening_begins_a_cycle() {
    let (mut region, worker) = region().await;
    region.open(1, opened("It is down")).await;
    region.classify(1, "compute", Severity::P1).await;
    region.at("11-23 09:50:00").await;
    region.tell(1, resolved()).await;
    region.at("11-23 12:00:00").await;
    region
        .tell(
            1,
            Body::Reopened(Reopened {
                reason: "Down again".to_owned(),
            }),
        )
        .await;
    region.at("11-23 18:00:00").await;
    region
        .tell(
            1,
            Body::Closed(Closed {
                reason: "Moved away".to_owned(),
            }),
        )
        .await;
    region.at("11-24 18:00:00").await;
    check(region, worker, expect_file!["scenarios/reopened.txt"]).await;
}

/// Facts that are void where they stand, and one about a ticket that was never opened.
#[tokio::test(start_paused = true)]
async fn what_is_void_moves_no_clock() {
    let (mut region, worker) = region().await;
    let first = region.open(1, opened("It is down")).await;
    let labels = region.classify(1, "compute", Severity::P1).await;
    region.at("11-23 09:01:00").await;
    region.publish_as(&labels, "another message").await;
    region.publish_as(&first, "yet another message").await;
    region
        .tell(
            1,
            Body::Reopened(Reopened {
                reason: "Why not".to_owned(),
            }),
        )
        .await;
    region.tell(9, resolved()).await;
    region.at("11-23 10:00:00").await;
    check(region, worker, expect_file!["scenarios/void.txt"]).await;
}

/// T1 keeps its deadline until it is labelled again; T2 waits under a policy that is gone, and
/// gets the new one when it goes on; T3 is opened under the new one.
#[tokio::test(start_paused = true)]
async fn a_new_bundle_in_the_log() {
    let (mut region, worker) = region().await;
    region.open(1, opened("It is down")).await;
    region.open(2, opened("It is down, too")).await;
    region.classify(1, "compute", Severity::P1).await;
    region.classify(2, "compute", Severity::P1).await;
    let features = posthouse_testkit::builders::features(&opened("It is down, too"));
    region
        .tell(
            2,
            Body::Routed(posthouse_testkit::builders::routed(features)),
        )
        .await;
    region.at("11-23 09:05:00").await;
    region.tell_by_agent(2, question()).await;
    region.at("11-23 09:10:00").await;
    let slas = "[[sla]]\nname = \"modest\"\ncalendar = \"always\"\n\
                first_response = { P0 = \"1h\", P1 = \"1h\" }\n\
                resolution = { P0 = \"2h\", P1 = \"2h\" }\nwarn = [80]\n\
                pauses = { resolution = [\"waiting_on_customer\"] }\n";
    region
        .activate(&scenario::bundle("modest", &[("sla.toml", slas)]))
        .await;
    region.at("11-23 09:20:00").await;
    region.tell(2, answer()).await;
    region.open(3, opened("It is down now")).await;
    region.at("11-23 09:25:00").await;
    region.classify(1, "compute", Severity::P0).await;
    region.at("11-23 12:00:00").await;
    check(region, worker, expect_file!["scenarios/new_bundle.txt"]).await;
}

/// The watchdog is dead when a warning and a deadline fall due; the next one has no view.
#[tokio::test(start_paused = true)]
async fn a_deadline_passes_while_nobody_watches() {
    let (mut region, worker) = region().await;
    region.open(1, opened("It is down")).await;
    region.classify(1, "compute", Severity::P1).await;
    region.at("11-23 09:20:00").await;
    worker.kill();
    region.at("11-23 09:40:00").await;
    let worker = region.start(Watchdog::default());
    region.at("11-23 09:41:00").await;
    worker.kill();
    let worker = region.start(Watchdog::default());
    region.at("11-23 09:50:00").await;
    // Twenty minutes without an owner, and some seconds to find one.
    check_late(
        region,
        worker,
        20 * 60_000,
        expect_file!["scenarios/nobody_watches.txt"],
    )
    .await;
}

/// Killed in the very moment at which the breach is concluded, many times over.
#[tokio::test(start_paused = true)]
async fn a_restart_in_the_middle_of_a_breach_repeats_nothing() {
    for after_ms in 0..20_u64 {
        let (mut region, worker) = region().await;
        for ticket in 1..=20 {
            region.open(ticket, opened("It is down")).await;
            region.classify(ticket, "compute", Severity::P1).await;
        }
        region.at("11-23 09:30:00.000").await;
        region
            .wait_until_stored(FactKind::TargetBreached, after_ms)
            .await;
        worker.kill();
        let worker = region.start(Watchdog::default());
        region.at("11-23 09:31:00").await;
        worker.stop().await;
        check_index(&region).await;
        check_rings(&region, 10_000).await;
        let facts = region.facts().await;
        let breached = facts
            .iter()
            .filter(|(_, fact)| fact.body.kind() == FactKind::TargetBreached);
        assert_eq!(breached.count(), 20);
    }
}

/// Nothing is said for a week, then a deadline falls due: it rings within a second.
#[tokio::test(start_paused = true)]
async fn idle_partitions_ring_in_time() {
    let slas = "[[sla]]\nname = \"patient\"\ncalendar = \"always\"\n\
                resolution = { P0 = \"168h\", P1 = \"168h\", P2 = \"168h\", P3 = \"168h\" }\n";
    let (mut region, worker) =
        region_under(&scenario::bundle("patient", &[("sla.toml", slas)])).await;
    for ticket in 1..=3 {
        region.open(ticket, opened("Whenever you like")).await;
        region.at(&format!("11-23 09:00:00.{ticket}00")).await;
    }
    region.at("11-30 10:00:00").await;
    check(region, worker, expect_file!["scenarios/idle.txt"]).await;
}

/// Many deadlines in one instant, more than ring in one step.
#[tokio::test(start_paused = true)]
async fn a_thousand_deadlines_in_one_instant() {
    let (mut region, worker) = region().await;
    for ticket in 0..1_000 {
        region.open(ticket, opened("It is down")).await;
        region.classify(ticket, "compute", Severity::P1).await;
    }
    region.at("11-23 14:00:00").await;
    worker.stop().await;
    check_index(&region).await;
    check_rings(&region, 1_000).await;
    let rings = region.facts().await;
    let rings = rings
        .iter()
        .filter(|(_, fact)| RINGS.contains(&fact.body.kind()));
    assert_eq!(
        rings.count(),
        8 * 1_000,
        "three warnings and a breach for each of two targets"
    );
}
