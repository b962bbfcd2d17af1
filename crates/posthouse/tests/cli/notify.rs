//! `notify explain`: who would be told, of a file.

use serde_json::{Value, json};

use crate::posthouse::{run, run_with};

const AT: &str = "2026-11-23T09:00:00+08:00";

fn explain(ticket: &Value, more: &[&str]) -> Value {
    let asked = ["notify", "explain", "-", "--at", AT, "--json"];
    let ran = run_with(&[&asked, more].concat(), &ticket.to_string());
    ran.ends_with(0).objects().remove(0)
}

fn facts(explained: &Value) -> Vec<&str> {
    let facts = explained["facts"].as_array().unwrap();
    facts
        .iter()
        .map(|fact| fact["fact"].as_str().unwrap())
        .collect()
}

#[test]
fn what_follows_from_a_ticket_that_nobody_touches_is_told() {
    let ticket = json!({
        "customer": "c-1", "subject": "支付接口全部超时", "severity": "P0", "region": "cn-north",
    });
    let explained = explain(&ticket, &[]);
    let facts = facts(&explained);
    for kind in [
        "opened",
        "classified",
        "routed",
        "target_warned",
        "target_breached",
    ] {
        assert!(facts.contains(&kind), "no {kind} in {facts:?}");
    }
    let of = |kind: &str| {
        let all = explained["facts"].as_array().unwrap();
        all.iter()
            .find(|fact| fact["fact"] == kind)
            .unwrap()
            .clone()
    };
    let routed = &of("routed")["told"][0];
    assert_eq!(routed["receiver"], "console");
    assert_eq!(routed["rule"], "new-ticket");
    assert_eq!(routed["language"], "en");
    let title = routed["title"].as_str().unwrap();
    assert!(
        title.starts_with("[P0]") && title.ends_with("支付接口全部超时"),
        "{title}"
    );
    // A warning before three quarters of the time is for machines: the rule says why not.
    let early = &of("target_warned");
    assert_eq!(early["told"], json!([]));
    assert_eq!(early["not_told"][0]["rule"], "deadline-near");
    assert_eq!(early["not_told"][0]["why"], "its condition does not hold");
    assert_eq!(of("opened")["told"], json!([]));
}

#[test]
fn nothing_follows_when_no_time_passes() {
    let ticket = json!({"subject": "s", "severity": "P0"});
    let explained = explain(&ticket, &["--hours", "0"]);
    assert!(!facts(&explained).contains(&"target_breached"));
    let again = explain(&ticket, &["--hours", "0"]);
    assert_eq!(explained, again);
}

#[test]
fn what_is_no_ticket_is_refused() {
    run_with(&["notify", "explain", "-"], "{\"subjekt\":\"s\"}").ends_with(2);
    run_with(&["notify", "explain", "-", "--policy", "defualt"], "{}").ends_with(3);
}

/// A bundle with these receivers, in a folder.
fn bundle(receivers: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let head = "format = 1\nname = \"it\"\ntitle = \"It\"\nextends = \"default\"\n\
        severity_default = \"P2\"\ntiers = [\"standard\", \"silver\", \"gold\", \"platinum\"]\n\
        channels = [\"portal\", \"console\", \"app\", \"wechat\", \"dingtalk\", \"wecom\", \"email\", \"phone\", \"api\"]\n";
    std::fs::write(dir.path().join("bundle.toml"), head).unwrap();
    std::fs::write(dir.path().join("receivers.toml"), receivers).unwrap();
    dir
}

/// What becomes of the opening of a ticket under these receivers.
fn opened(receivers: &str) -> Value {
    let bundle = bundle(receivers);
    let ticket = json!({"subject": "it burns", "severity": "P1", "region": "cn-north"});
    let policy = bundle.path().to_str().unwrap();
    let explained = explain(&ticket, &["--policy", policy]);
    let all = explained["facts"].as_array().unwrap().iter();
    let mut all = all.filter(|fact| fact["fact"] == "opened");
    all.next().unwrap().clone()
}

const GROUPED: &str = "[receiver.it]\nchannel = \"webhook\"\nurl = \"https://a.example\"\n";
const RULE: &str = "[[rule]]\nname = \"tell\"\nabout = [\"opened\"]\nreceivers = [\"it\"]\n";

#[test]
fn what_keeps_a_request_is_said_and_until_when() {
    for (keeps, why, until) in [
        (
            "group_by = [\"customer\"]\ngroup_wait = \"90s\"",
            "others of its group",
            "2026-11-23T01:01:30.000Z",
        ),
        (
            "hours = \"us_office\"",
            "hours in which the receiver may be disturbed",
            "2026-11-23T15:00:00.000Z",
        ),
    ] {
        let opened = opened(&format!("{GROUPED}{keeps}\n\n{RULE}"));
        let told = &opened["told"][0];
        assert_eq!(told["waits"]["why"], why, "{opened}");
        assert_eq!(told["waits"]["until"], until, "{opened}");
        assert_eq!(told["told_at"], until, "{opened}");
        assert_eq!(told["at"], "2026-11-23T01:00:00.000Z", "{opened}");
    }
    let free = opened(&format!("{GROUPED}\n{RULE}"));
    assert_eq!(free["told"][0]["waits"], Value::Null);
    assert_eq!(free["told"][0]["told_at"], "2026-11-23T01:00:00.000Z");
}

#[test]
fn a_limit_and_what_is_told_again_are_followed() {
    let again = format!("{RULE}repeat = \"10m\"\nrepeat_max = 3\n");
    let limited = format!("{GROUPED}limit = \"2 per 1h\"\n\n{again}");
    let opened = opened(&limited);
    let told = opened["told"].as_array().unwrap();
    let rounds: Vec<u64> = told
        .iter()
        .map(|it| it["round"].as_u64().unwrap())
        .collect();
    assert_eq!(rounds, [0, 1, 2, 3], "{opened}");
    // Two within the hour; what is beyond goes out together when the first is an hour old.
    assert_eq!(told[1]["told_at"], "2026-11-23T01:10:00.000Z", "{opened}");
    for late in &told[2..] {
        assert_eq!(late["waits"]["why"], "the receiver's limit", "{opened}");
        assert_eq!(late["told_at"], "2026-11-23T02:00:00.000Z", "{opened}");
        assert_eq!(late["others"], 1, "{opened}");
    }
}

#[test]
fn a_maintenance_window_says_why_nobody_is_told() {
    let window = "[[maintenance]]\nname = \"move\"\nfrom = 2026-11-23T08:00:00+08:00\n\
        until = 2026-11-23T12:00:00+08:00\n";
    let opened = opened(&format!("{GROUPED}\n{RULE}\n{window}"));
    assert_eq!(opened["told"], json!([]), "{opened}");
    let why = opened["not_told"][0]["why"].as_str().unwrap();
    assert!(why.starts_with("maintenance window move until"), "{opened}");
    assert_eq!(opened["not_told"][0]["receivers"], json!(["it"]));
}

#[test]
fn the_routers_later_steps_are_followed() {
    let ticket = json!({"subject": "it burns", "severity": "P0", "region": "cn-north"});
    let explained = explain(&ticket, &["--hours", "24"]);
    let all = explained["facts"].as_array().unwrap();
    let is_routed = |at: &Value| {
        let mut all = all.iter();
        all.any(|fact| fact["fact"] == "routed" && fact["at"] == *at)
    };
    let asked = ["route", "explain", "-", "--at", AT, "--json"];
    let route = run_with(&asked, &ticket.to_string()).ends_with(0).objects();
    let later = route[0]["later"].as_array().unwrap();
    assert!(!later.is_empty(), "{route:?}");
    for step in later {
        assert!(is_routed(&step["at"]), "{step} is not in {explained}");
    }
    // A ladder that asks the next level sends it there, which nobody sees who looks at the router
    // alone.
    let mut escalated = all.iter().filter(|fact| fact["fact"] == "escalated");
    assert!(escalated.any(|fact| is_routed(&fact["at"])), "{explained}");
}

#[test]
fn the_file_that_cannot_be_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ticket.json");
    let named = file.to_str().unwrap();
    run(&["notify", "explain", named])
        .ends_with(2)
        .complains(&["ticket.json", "No such file"]);
    std::fs::write(&file, "no json").unwrap();
    run(&["notify", "explain", named])
        .ends_with(2)
        .complains(&["ticket.json: expected"]);
    run_with(&["notify", "explain", "-"], "no json")
        .ends_with(2)
        .complains(&["read the ticket of standard input: expected"]);
}
