//! A recorded log, replayed: the same bytes.
//!
//! `recorded/log.txt` is the log of a region over a day, as its messages are: log time, kind and
//! bytes. What the router appended then is decided again from the rest, without a bus, and has to
//! come out to the byte. A change of the rules of routing shows here as a change of the record.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use expect_test::expect_file;
use posthouse_bus::Role;
use posthouse_domain::ticket::{Attributes, Body, Fact, Features, Opened, Severity};
use posthouse_domain::{FactId, Timestamp};
use posthouse_policy::{Policy, Source, compile};
use posthouse_router::Router;
use posthouse_runtime::{Handler, Input, View};
use posthouse_store::MemoryStore;
use posthouse_testkit::builders::{assigned, opened, replied};
use scenario::Region;

const RECORD: &str = include_str!("recorded/log.txt");

fn bundle() -> Source {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/bundle");
    Source::read(&folder).unwrap()
}

fn policy() -> Arc<Policy> {
    let (policy, warnings) = compile(&bundle()).unwrap();
    assert_eq!(warnings, vec![]);
    Arc::new(policy)
}

/// A day of thirty tickets: asked, answered, escalated by time, taken and given back.
async fn day(region: &mut Region) {
    for number in 0..30_u32 {
        let hour = 9 + number / 4;
        region
            .at(&format!("11-23 {hour:02}:{:02}:00", 13 * (number % 4)))
            .await;
        let code = if number % 7 == 0 { "12345678" } else { "400" };
        let attributes = Attributes::from([("entry_code".to_owned(), code.to_owned())]);
        region
            .open(
                number,
                Opened {
                    attributes,
                    ..opened("Packets are lost")
                },
            )
            .await;
        let labels = region.labels(number, |labels| vary(number, labels));
        region.tell(number, labels).await;
        region
            .at(&format!("11-23 {hour:02}:{:02}:30", 13 * (number % 4) + 4))
            .await;
        if number % 3 == 0 {
            region
                .tell_by_agent(number, Body::Replied(replied("We look into it")))
                .await;
            region
                .tell(number, Body::Replied(replied("I want a human")))
                .await;
        }
        if number % 5 == 0 {
            region.tell(number, Body::Assigned(assigned("a-1"))).await;
        }
    }
    region.at("11-23 23:00:00").await;
}

fn vary(number: u32, labels: &mut Features) {
    labels.severity = Some(Severity::ALL[usize::try_from(number % 4).unwrap()]);
    labels.language = ["en", "de", "es", "zh", "ko"][usize::try_from(number % 5).unwrap()].into();
    labels.category =
        ["network", "other", "gardening"][usize::try_from(number % 3).unwrap()].into();
    labels.kind = ["incident", "question"][usize::try_from(number / 4 % 2).unwrap()].into();
}

/// The facts of a log as text: when, what, and the bytes.
fn record(facts: &[(Timestamp, Fact)]) -> String {
    let mut text = String::new();
    for (at, fact) in facts {
        let bytes = posthouse_wire::encode(fact);
        let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        });
        writeln!(text, "{at} {} {hex}", fact.body.kind()).unwrap();
    }
    text
}

fn recorded() -> Vec<(Timestamp, Fact)> {
    let lines = RECORD.lines().map(|line| {
        let mut fields = line.split(' ');
        let at = fields.next().unwrap().parse().unwrap();
        let hex = fields.nth(1).unwrap();
        let digits: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect();
        (at, posthouse_wire::decode(&digits).unwrap())
    });
    lines.collect()
}

#[tokio::test(start_paused = true)]
async fn the_record_is_what_the_router_does() {
    let owns = |topology: &_| {
        posthouse_bus::topology::Topology::owned(
            topology,
            Role::Router,
            0,
            Router::default().consumes(),
        )
    };
    let mut region = Region::new(owns, &bundle()).await;
    let worker = region.start(Router::default());
    day(&mut region).await;
    worker.stop().await;
    expect_file!["recorded/log.txt"].assert_eq(&record(&region.facts().await));
}

/// What the router concludes from a log, by identity, as bytes.
fn replay(log: &[(Timestamp, Fact)], policy: &Arc<Policy>) -> BTreeMap<FactId, Vec<u8>> {
    let mut router = Router::default();
    let store = MemoryStore::new(router.tables()).unwrap();
    let mut view = View::new(Arc::new(store));
    router.restored();
    router.activate(policy);
    let mut concluded = BTreeMap::new();
    let mut keep = |facts: Vec<Fact>| {
        for fact in facts {
            concluded.insert(fact.id, posthouse_wire::encode(&fact));
        }
    };
    for (sequence, (at, fact)) in log.iter().enumerate() {
        while router.next_wake(&view).is_some_and(|wake| wake < *at) {
            keep(router.ring(&mut view, *at).unwrap());
        }
        let input = Input {
            fact,
            log_time: *at,
            sequence: u64::try_from(sequence).unwrap() + 1,
        };
        keep(router.handle(&mut view, input).unwrap());
    }
    concluded
}

#[test]
fn a_recorded_log_is_replayed_to_the_byte() {
    let log = recorded();
    let ours = log
        .iter()
        .filter(|(_, fact)| fact.actor.name == Role::Router.as_str());
    let then: BTreeMap<FactId, Vec<u8>> = ours
        .map(|(_, fact)| (fact.id, posthouse_wire::encode(fact)))
        .collect();
    let steps = log.iter().filter(|(_, fact)| match &fact.body {
        Body::Routed(routed) => routed.step > 0,
        _ => false,
    });
    assert!(then.len() > 60 && steps.count() > 20, "{}", then.len());
    let policy = policy();
    let now = replay(&log, &policy);
    // A timer that had not rung when the record ended may ring at its last fact.
    let missing: Vec<&FactId> = then.keys().filter(|id| !now.contains_key(id)).collect();
    assert_eq!(missing, Vec::<&FactId>::new());
    for (id, bytes) in &then {
        assert_eq!(bytes, &now[id], "{id}");
    }
    assert_eq!(then.len(), now.len());
    assert_eq!(now, replay(&log, &policy));
}

/// The record is of no use to somebody who has another policy by the same name.
#[test]
fn the_record_names_the_policy_that_decided() {
    let version = policy().version.clone();
    for (_, fact) in recorded() {
        if fact.actor.name == Role::Router.as_str() {
            assert_eq!(fact.policy, version);
        }
    }
}
