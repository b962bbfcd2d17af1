//! Whatever is sent, the answer is a 4xx problem document, and the door stays open.

mod common;

use std::sync::LazyLock;

use axum::body::Body;
use common::{Door, World};
use proptest::prelude::*;
use tokio::runtime::Runtime;

/// One door for all cases: opening one takes longer than a thousand requests.
static DOOR: LazyLock<(Runtime, World, Door)> = LazyLock::new(|| {
    let runtime = Runtime::new().expect("a test has threads");
    let (world, door) = runtime.block_on(async {
        let world = World::new().await;
        let door = world.door("a").await;
        (world, door)
    });
    (runtime, world, door)
});

const PATHS: &[&str] = &[
    "/v1/tickets",
    "/v1/tickets/CN-2026-000001/replies",
    "/v1/tickets/CN-2026-000001/assignment",
    "/v1/tickets/CN-2026-000001/progress",
    "/v1/tickets/CN-2026-000001/correction",
];

fn path() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(PATHS)
}

/// JSON that is almost never a command, with the names of its fields among the rest.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let name = prop_oneof![
        proptest::sample::select(vec![
            "customer",
            "subject",
            "text",
            "actor",
            "contact",
            "attributes",
            "to",
            "severity",
            "category",
            "tags",
            "sentiment"
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Asks, and gives the answer's status; anything but 202 must be a problem document.
fn ask(path: &str, body: impl Into<Body>) -> u16 {
    let (runtime, _, door) = &*DOOR;
    let headers = [("content-type", "application/json")];
    let answer = runtime.block_on(door.post_with(path, &headers, body));
    let status = answer.status.as_u16();
    if status != 202 {
        assert_eq!(
            answer.headers["content-type"], "application/problem+json",
            "{answer:?}"
        );
        assert_eq!(answer.json()["status"], status);
    }
    status
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_bytes_are_refused(path in path(), bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let status = ask(path, bytes);
        prop_assert!((400..500).contains(&status), "{}", status);
    }

    #[test]
    fn random_json_is_refused(path in path(), json in json()) {
        let whole = json.get("customer").is_some() && json.get("subject").is_some()
            || json.get("text").is_some() || json.get("to").is_some();
        let status = ask(path, json.to_string());
        // 503: a whole command about a number, which nobody answers for here.
        let fine = (400..500).contains(&status) || whole && [202, 503].contains(&status);
        prop_assert!(fine, "{} for {}", status, json);
    }

    #[test]
    fn a_damaged_opening_is_refused_or_still_an_opening(at in 0_usize..60, byte in any::<u8>()) {
        let mut body = br#"{"customer":"c-1","subject":"a subject","severity":"P1"}"#.to_vec();
        if let Some(there) = body.get_mut(at) {
            *there = byte;
        } else {
            body.push(byte);
        }
        let status = ask("/v1/tickets", body);
        prop_assert!(status == 202 || (400..500).contains(&status), "{}", status);
    }

    #[test]
    fn random_paths_are_refused(id in "[^/?#\\x00-\\x20\\x7f]{1,40}") {
        let encoded: String = id.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let status = ask(&format!("/v1/tickets/{encoded}/replies"), r#"{"text":""}"#);
        prop_assert_eq!(status, 422);
    }
}
