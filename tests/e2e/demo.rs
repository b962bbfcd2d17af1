//! The first thing anybody tries.

use std::path::Path;
use std::sync::Arc;

use posthouse_tests::limits::{CARRIED_WITHIN, START_WITHIN};
use posthouse_tests::{Process, STATIONS, Setup, Up, samples, servers_on};
use serde_json::Value;

use crate::verdict;

/// What the line for scripts has, in this order.
const CONTRACT: [&str; 10] = [
    "tickets",
    "opened",
    "classified",
    "routed",
    "timed",
    "notified",
    "void",
    "dead_letters",
    "seconds",
    "tickets_per_second",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_carries_every_sample_and_keeps_them() {
    let data = Arc::new(tempfile::tempdir().unwrap());
    let Some(line) = demo(data.path()).await else {
        return;
    };
    let summary: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(names(&line), CONTRACT);
    for station in STATIONS {
        assert_eq!(summary[station], summary["tickets"], "{line}");
    }
    assert_eq!(summary["dead_letters"], 0, "{line}");
    let tickets = usize::try_from(summary["tickets"].as_u64().unwrap()).unwrap();
    assert!(tickets >= 300, "{line}");

    let up = Up::start_on(&data, Setup::default())
        .await
        .expect("a server could be had before");
    up.door().all_carried(tickets).await;
    let fed = samples().next().unwrap();
    let of_customer = format!("/v1/tickets?customer={}", fed["customer"].as_str().unwrap());
    let page = up.door().json(&of_customer).await;
    let listed = page["tickets"].as_array().unwrap();
    assert!(
        listed
            .iter()
            .any(|ticket| ticket["subject"] == fed["subject"]),
        "{page}"
    );
    verdict::sound(up.door(), tickets).await;
    up.end().await;
}

/// Runs the demo to its end; gives the line for scripts, unless no server can be had.
async fn demo(data: &Path) -> Option<String> {
    let folder = data.to_str().unwrap();
    let arguments = [
        "up",
        "--demo",
        "--exit",
        "--json",
        "--data",
        folder,
        "--http",
        "127.0.0.1:0",
    ];
    let mut process = Process::start("up --demo", arguments, &[]);
    let status = process.ended(START_WITHIN + CARRIED_WITHIN).await;
    process.read_to_end().await;
    process.assert_no_panic();
    if process.lacks_server() {
        return None;
    }
    assert_eq!(status.code(), Some(0), "{}", process.stderr());
    assert!(servers_on(data).is_empty());
    process.stdout().lines().last().map(str::to_owned)
}

/// The names of an object's members, in their order.
fn names(object: &str) -> Vec<&str> {
    object.split('"').skip(1).step_by(2).collect()
}
