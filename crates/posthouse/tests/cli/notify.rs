//! `notify explain`: who would be told, of a file.

use serde_json::{Value, json};

use crate::posthouse::run_with;

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
