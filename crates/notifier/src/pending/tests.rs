//! Queues, retries and memory of requests.

use std::sync::Arc;

use posthouse_domain::ids::Uuid;
use posthouse_store::MemoryStore;

use super::*;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn id(number: u128) -> FactId {
    FactId(Uuid::from_u128(number))
}

fn requests() -> (Requests, View) {
    (
        Requests::new(),
        View::new(Arc::new(MemoryStore::new(TABLES).unwrap())),
    )
}

#[test]
fn receivers_take_turns() {
    let (mut requests, mut view) = requests();
    for (number, receiver) in [(1, "b"), (2, "a"), (3, "b"), (4, "c"), (5, "ab")] {
        requests
            .add(&mut view, id(number), receiver, vec![1], at(0))
            .unwrap();
    }
    let after = |last| requests.receivers(&view, last, 9).unwrap();
    assert_eq!(after(""), ["a", "ab", "b", "c"]);
    assert_eq!(after("a"), ["ab", "b", "c", "a"]);
    assert_eq!(after("c"), ["a", "ab", "b", "c"]);
    assert_eq!(after("gone"), ["a", "ab", "b", "c"]);
    assert_eq!(requests.receivers(&view, "a", 2).unwrap(), ["ab", "b"]);
}

#[test]
fn who_waits_longest_is_first_and_a_retry_queues_again() {
    let (mut requests, mut view) = requests();
    for number in [3, 1, 2] {
        let since = at(10 - i64::try_from(number).unwrap());
        requests
            .add(&mut view, id(number), "a", vec![1], since)
            .unwrap();
    }
    let first = |requests: &Requests, view: &View| {
        let ready = requests.ready(view, "a", 9).unwrap();
        ready
            .into_iter()
            .map(|(id, _)| id.0.as_u128())
            .collect::<Vec<_>>()
    };
    assert_eq!(first(&requests, &view), [3, 2, 1]);
    requests.claimed(&mut view, id(3), 1, at(20), None).unwrap();
    assert_eq!(first(&requests, &view), [2, 1]);
    let until = at(20 + limits::NO_RECEIVER_PATIENCE_MS);
    assert_eq!(requests.next_wake(&view), Some(until));
    assert_eq!(
        requests.expire(&mut view, until, 9).unwrap(),
        vec![],
        "strictly before"
    );
    let expired = requests.expire(&mut view, until.plus_millis(1), 9).unwrap();
    assert_eq!((expired.len(), expired[0].1.attempts), (1, 1));
    assert_eq!(first(&requests, &view), [2, 1, 3]);
}

#[test]
fn a_settled_request_is_known_until_it_is_forgotten() {
    let (mut requests, mut view) = requests();
    requests.add(&mut view, id(1), "a", vec![1], at(0)).unwrap();
    requests.settle(&mut view, id(1), at(5)).unwrap();
    // A repeat, a late claim, a second outcome.
    requests.add(&mut view, id(1), "a", vec![1], at(6)).unwrap();
    requests.claimed(&mut view, id(1), 2, at(7), None).unwrap();
    requests.settle(&mut view, id(1), at(8)).unwrap();
    assert!(requests.receivers(&view, "", 9).unwrap().is_empty());
    let forgotten = requests.next_wake(&view).unwrap();
    assert!(forgotten > at(limits::SETTLED_KEPT_MS));
    assert_eq!(
        requests
            .expire(&mut view, forgotten.plus_millis(1), 9)
            .unwrap(),
        vec![]
    );
    assert_eq!(requests.next_wake(&view), None);
    assert_eq!(view.scan(PENDING, &[], None, 9).unwrap(), vec![]);
}
