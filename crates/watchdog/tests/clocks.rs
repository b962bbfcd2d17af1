//! Deadlines on hosts whose clocks are wrong, and deadlines that pass while nobody looks.
//!
//! The log's time decides what rings. A host's clock only decides when to ask for it, so a wrong
//! one may make an owner ask too often, but never ring too early.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use posthouse_bus::Role;
use posthouse_bus::topology::{OwnedSpec, Topology};
use posthouse_domain::Timestamp;
use posthouse_domain::ticket::{Body, FactKind, Opened, Severity};
use posthouse_policy::Source;
use posthouse_runtime::Handler;
use posthouse_runtime::metrics::Metrics;
use posthouse_testkit::builders::{REGION, START, opened, replied};
use posthouse_watchdog::Watchdog;
use posthouse_watchdog::telemetry::{TARGETS, Telemetry};
use scenario::{Region, Worker};

const RINGS: &[FactKind] = &[FactKind::TargetWarned, FactKind::TargetBreached];
const HOUR_MS: i64 = 3_600_000;
/// What a ticket of severity P1 is told by the shipped policy when nobody does anything: three
/// warnings and a breach for each of two targets, all within four hours.
const RINGS_PER_TICKET: usize = 8;

fn owns(topology: &Topology) -> OwnedSpec {
    topology.owned(Role::Watchdog, 0, Watchdog::default().consumes())
}

async fn region() -> Region {
    Region::new(owns, &Source::shipped("default").unwrap()).await
}

/// How late everything rang, in milliseconds, by the log's own times, in the order of the log.
async fn late_ms(region: &Region) -> Vec<i64> {
    let facts = region.facts().await;
    let rings = facts
        .iter()
        .filter(|(_, fact)| RINGS.contains(&fact.body.kind()));
    rings
        .map(|(stored_at, fact)| stored_at.millis_since(fact.at))
        .collect()
}

/// A ticket that nobody touches, watched on a host whose clock is wrong.
async fn watched_by(wrong_by_ms: fn(Timestamp) -> i64) -> Vec<i64> {
    let mut region = region().await;
    let worker = region.start_wrong(wrong_by_ms, &Metrics::new(), Watchdog::default());
    region.open(1, opened("It is down")).await;
    region.classify(1, "compute", Severity::P1).await;
    region.at("11-23 14:00:00").await;
    worker.stop().await;
    late_ms(&region).await
}

fn assert_in_time(late_ms: &[i64]) {
    assert_eq!(late_ms.len(), RINGS_PER_TICKET, "{late_ms:?}");
    for late_ms in late_ms {
        assert!((1..=1_000).contains(late_ms), "{late_ms} ms late");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_fast_rings_nothing_early() {
    assert_in_time(&watched_by(|_| HOUR_MS).await);
    assert_in_time(&watched_by(|_| 700).await);
}

/// Nothing comes in meanwhile that could tell the time: the owner remembers how far the log was.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_slow_rings_nothing_late() {
    assert_in_time(&watched_by(|_| -HOUR_MS).await);
    assert_in_time(&watched_by(|_| -700).await);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_rings_everything_in_time() {
    // Every ten minutes to another hour: right, a day ahead, two hours behind.
    let jumps = |now: Timestamp| match now.millis_since(START).div_euclid(600_000) % 3 {
        0 => 0,
        1 => 24 * HOUR_MS,
        _ => -2 * HOUR_MS,
    };
    assert_in_time(&watched_by(jumps).await);
}

/// It stands still: a host that was suspended, or a virtual machine that was paused.
#[tokio::test(start_paused = true)]
async fn a_clock_that_stands_still_rings_everything_in_time() {
    assert_in_time(&watched_by(|now| START.millis_since(now)).await);
}

async fn lose_owner(region: &Region, worker: Worker, until: &str) {
    worker.kill();
    region.at(until).await;
}

/// Due while nobody owned the partition: told as soon as somebody does, and the metric says by
/// how much it was late.
#[tokio::test(start_paused = true)]
async fn overdue_clocks_ring_at_once_and_say_how_late() {
    let mut region = region().await;
    let worker = region.start(Watchdog::default());
    region.open(1, opened("It is down")).await;
    region.classify(1, "compute", Severity::P1).await;
    region.at("11-23 09:10:00").await;
    lose_owner(&region, worker, "11-23 14:00:00").await;
    assert_eq!(late_ms(&region).await.len(), 0, "nobody was there to ring");
    let metrics = Metrics::new();
    let worker = region.start_wrong(|_| 0, &metrics, Watchdog::default());
    region.wait_for(RINGS, RINGS_PER_TICKET).await;
    let facts = region.facts().await;
    let nobody_until: Timestamp = "2026-11-23T14:00:00Z".parse().unwrap();
    for (stored_at, fact) in facts {
        if RINGS.contains(&fact.body.kind()) {
            let waited_ms = stored_at.millis_since(nobody_until);
            assert!((0..=10_000).contains(&waited_ms), "{waited_ms} ms after");
        }
    }
    worker.stop().await;
    // The earliest was the warning at half of the first response, after 15 minutes.
    let late_s = sum_of(&metrics, "worker_ring_late_seconds");
    assert!(late_s > 4.0 * 3_600.0, "{late_s} s");
}

/// The sum of a histogram's values.
fn sum_of(metrics: &Metrics, name: &str) -> f64 {
    let text = metrics.encode();
    let sums = text
        .lines()
        .filter(|line| line.starts_with(&format!("{name}_sum")));
    sums.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        .sum()
}

/// By what was promised, and to whom.
#[tokio::test(start_paused = true)]
async fn promises_are_counted_as_they_end() {
    let mut region = region().await;
    let metrics = Metrics::new();
    let telemetry = Telemetry::new(&metrics, REGION);
    let worker = region.start_wrong(|_| 0, &metrics, Watchdog::measuring(telemetry));
    region.at("11-23 09:00:05").await;
    let gold = Opened {
        tier: "gold".to_owned(),
        ..opened("It burns")
    };
    for (ticket, opened) in [(1, opened("It is down")), (2, gold)] {
        region.open(ticket, opened).await;
        region.classify(ticket, "compute", Severity::P1).await;
    }
    region.at("11-23 09:01:00").await;
    let answer = Body::Replied(replied("We look into it."));
    region.tell_by_agent(2, answer).await;
    region.at("11-23 14:00:00").await;
    worker.stop().await;
    let text = metrics.encode();
    let counted = |labels: &[&str]| -> f64 {
        let of = |line: &&str| {
            line.starts_with(TARGETS.name) && labels.iter().all(|label| line.contains(label))
        };
        let values = text.lines().filter(of);
        values
            .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
            .sum()
    };
    let (first, solved) = ("target=\"first_response\"", "target=\"resolution\"");
    let (met, breached) = ("outcome=\"met\"", "outcome=\"breached\"");
    assert_eq!(
        counted(&[first, met, "tier=\"gold\"", "severity=\"P1\""]),
        1.0,
        "{text}"
    );
    assert_eq!(counted(&[first, breached, "tier=\"gold\""]), 0.0, "{text}");
    assert_eq!(counted(&[solved, breached, "tier=\"gold\""]), 1.0, "{text}");
    // The answer was an update, too; the next one never came.
    assert_eq!(
        (counted(&[met]), counted(&[breached])),
        (2.0, 4.0),
        "{text}"
    );
}
