//! `doctor` where there is no bus: what the door, the processes and the files tell.

use serde_json::{Value, json};

use crate::door::Door;
use crate::posthouse::run;

/// What a process tells whose outbox is nearly full and whose collector is away.
const METRICS: &str = "\
intake_outbox_commands{region=\"cn-north\"} 97
intake_outbox_commands_max{region=\"cn-north\"} 100
telemetry_spans_total 50
telemetry_spans_dropped_total{reason=\"away\"} 20
worker_store_bytes{role=\"router\"} 40960
";

fn door() -> Door {
    // Nobody listens on port 1.
    let nats_url = "nats://127.0.0.1:1";
    let about = json!({"version": "0", "nats_url": nats_url, "regions": ["cn-north"], "roles": []});
    let letters = json!({"dead_letters": [{"code": "RTR0001"}], "total": 1});
    Door::new([
        ("GET /readyz", 200, json!({"ready": true})),
        ("GET /metrics", 200, Value::String(METRICS.to_owned())),
        ("GET /v1/about", 200, about),
        ("GET /v1/stats", 200, json!({"open_dead_letters": 1})),
        ("GET /v1/dead-letters?status=open&limit=200", 200, letters),
    ])
}

#[test]
fn what_is_wrong_is_told_with_what_to_do() {
    let door = door();
    let dir = tempfile::tempdir().unwrap();
    let token = dir.path().join("token");
    std::fs::write(&token, "secret").unwrap();
    let config = dir.path().join("posthouse.toml");
    std::fs::write(&config, format!("[bus]\ntoken_file = {token:?}\n")).unwrap();
    let config = config.to_str().unwrap();
    let asked = [
        "doctor",
        "--json",
        "--server",
        &door.url(),
        "--config",
        config,
        "--process",
        "http://127.0.0.1:1",
    ];
    let findings = run(&asked).ends_with(6).objects();
    let find = |what: &str| {
        let mut found = findings.iter().filter(|finding| finding["what"] == what);
        found
            .next()
            .unwrap_or_else(|| panic!("no {what} in {findings:?}"))
    };
    for (what, grade) in [
        ("outbox cn-north", "problem"),
        ("telemetry", "warn"),
        ("stores", "ok"),
        ("dead letters", "warn"),
        ("secret bus.token_file", "warn"),
        ("process http://127.0.0.1:1/", "problem"),
        ("bus", "problem"),
    ] {
        assert_eq!(find(what)["grade"], grade, "{what}");
        assert_eq!(find(what)["advice"].is_null(), grade == "ok", "{what}");
    }
    let advice = find("dead letters")["advice"].as_str().unwrap();
    assert!(advice.contains("explain-error RTR0001"), "{advice}");
}
