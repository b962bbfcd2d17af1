//! `top` without a terminal: one picture, for people and for programs.

use serde_json::{Value, json};

use crate::door::Door;
use crate::posthouse::{Ran, run};

/// What a process with a router tells.
const METRICS: &str = "\
# HELP intake_outbox_commands Accepted commands that wait on disk for the log.
# TYPE intake_outbox_commands gauge
intake_outbox_commands{region=\"cn-north\"} 5
intake_outbox_commands_max{region=\"cn-north\"} 10
# TYPE worker_lag_messages gauge
worker_lag_messages{role=\"router\",region=\"cn-north\"} 42
worker_lag_messages{role=\"watchdog\",region=\"cn-north\"} 0
# TYPE worker_inputs counter
worker_inputs_total{role=\"router\",region=\"cn-north\"} 1000
# TYPE watchdog_targets counter
watchdog_targets_total{region=\"cn-north\",severity=\"P0\",outcome=\"breached\"} 3
watchdog_targets_total{region=\"cn-north\",severity=\"P0\",outcome=\"met\"} 97
# EOF
";

/// A process with a desk.
fn process() -> Door {
    let about = json!({"version": "1", "nats_url": null, "regions": ["cn-north"], "roles": []});
    let stats = json!({"open_dead_letters": 2, "by_state": {"queued": 7, "closed": 100}});
    Door::new([
        ("GET /metrics", 200, Value::String(METRICS.to_owned())),
        ("GET /v1/about", 200, about),
        ("GET /v1/stats", 200, stats),
    ])
}

fn top(args: &[&str]) -> Ran {
    run(&[&["top", "--once", "--every", "200ms"], args].concat())
}

#[test]
fn programs_get_a_picture() {
    let process = process();
    let url = process.url();
    let asked = ["--json", "--server", &url, "--process", &url];
    let pictures = top(&asked).ends_with(0).objects();
    let [picture] = pictures.as_slice() else {
        panic!("one picture: {pictures:?}");
    };
    let processes = json!([{"url": format!("{url}/"), "up": true}]);
    assert_eq!(picture["processes"], processes, "named twice, asked once");
    let region = &picture["regions"][0];
    assert_eq!(region["region"], "cn-north");
    assert_eq!(
        (&region["open"], &region["dead_letters"]),
        (&json!(7), &json!(2))
    );
    assert_eq!(region["outbox"], 5);
    assert_eq!(region["accepted_per_s"], Value::Null, "nobody tells");
    assert_eq!(region["targets"]["breached"], 3);
    assert_eq!(
        region["targets"]["breached_by_severity"],
        json!([3, 0, 0, 0])
    );
    let router = &picture["stages"][1];
    assert_eq!(
        (&router["role"], &router["lag"]),
        (&json!("router"), &json!(42))
    );
    assert_eq!(
        router["inputs_per_s"], 0.0,
        "it stood still between the readings"
    );
}

#[test]
fn people_get_tables() {
    let process = process();
    let told = top(&["--server", &process.url()]).ends_with(0).stdout;
    for word in [
        "regions",
        "stages",
        "promises",
        "router",
        "42",
        "3.0%",
        "telemetry:",
    ] {
        assert!(told.contains(word), "no {word} in:\n{told}");
    }
    let other = top(&["--server", &process.url(), "--region", "eu-central"]);
    assert!(!other.ends_with(0).stdout.contains("cn-north"));
}

#[test]
fn a_process_that_is_away_is_told_and_alone_is_a_failure() {
    let process = process();
    // Nobody listens on port 1.
    let away = "http://127.0.0.1:1";
    let both = top(&["--json", "--server", &process.url(), "--process", away]);
    let picture = &both.ends_with(0).objects()[0];
    assert_eq!(picture["processes"][1]["up"], false);
    let why = picture["processes"][1]["why"].as_str().unwrap();
    assert!(why.starts_with("failed to reach"), "{why}");
    assert_eq!(picture["stages"].as_array().unwrap().len(), 3);
    top(&["--json", "--server", away]).ends_with(5);
}

#[test]
fn a_live_view_needs_a_terminal() {
    run(&["top"])
        .ends_with(2)
        .complains(&["terminal", "--once"]);
    run(&["top", "--every", "1ms"])
        .ends_with(2)
        .complains(&["200ms"]);
    run(&["top", "--once", "--server", "localhost"])
        .ends_with(2)
        .complains(&["http://127.0.0.1:7070"]);
}
