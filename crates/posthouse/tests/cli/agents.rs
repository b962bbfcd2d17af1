//! What agents say and do, through the HTTP door.

use serde_json::{Value, json};

use crate::door::Door;
use crate::posthouse::{Ran, run};

fn ask(door: &Door, args: &[&str]) -> Ran {
    let url = door.url();
    let args: Vec<&str> = args
        .iter()
        .copied()
        .chain(["--server", url.as_str()])
        .collect();
    run(&args)
}

fn anna() -> Value {
    let ticket = |id: &str, number: &str| {
        json!({"ticket_id": id, "number": number, "state": "queued", "severity": "P1",
               "subject": "丢包"})
    };
    json!({
        "agent": "anna", "region": "cn-north", "presence": "ready", "reason": "",
        "since": "2026-11-22T06:30:00.000Z", "seen_at": "2026-11-22T06:31:00.000Z",
        "tickets": [ticket("t-1", "CN-2026-000001"), ticket("t-2", "CN-2026-000002")],
        "offers": [{
            "offer": {"id": "o-1", "agent": "anna", "until": "2026-11-22T06:31:30.000Z",
                      "round": 1, "answer": null},
            "ticket": ticket("t-3", "CN-2026-000003"),
        }],
    })
}

#[test]
fn an_agent_says_where_they_are() {
    let accepted = json!({"fact_id": "f-1"});
    let door = Door::new([("POST /v1/agents/anna/presence", 202, accepted.clone())]);
    for (word, change) in [
        ("sign-in", "signed_in"),
        ("ready", "ready"),
        ("busy", "busy"),
        ("break", "on_break"),
        ("sign-out", "signed_out"),
        ("seen", "seen"),
    ] {
        ask(&door, &["agent", word, "anna"]).ends_with(0);
        let asked = door.asked();
        assert_eq!(asked.last().unwrap().body, json!({"change": change}));
    }
    let args = ["agent", "break", "anna", "--reason", "lunch", "--json"];
    assert_eq!(ask(&door, &args).ends_with(0).objects(), [accepted]);
    let body = json!({"change": "on_break", "reason": "lunch"});
    assert_eq!(door.asked().last().unwrap().body, body);
}

#[test]
fn agents_are_listed_and_shown() {
    let line = json!({
        "agent": "anna", "region": "cn-north", "presence": "ready", "reason": "", "tickets": 2,
        "offers": 1, "since": "2026-11-22T06:30:00.000Z", "seen_at": "2026-11-22T06:31:00.000Z",
    });
    let list = "GET /v1/agents?presence=ready";
    let door = Door::new([
        (list, 200, json!({"agents": [line.clone()]})),
        ("GET /v1/agents/anna", 200, anna()),
    ]);
    let args = ["agent", "list", "--presence", "ready"];
    let people = ask(&door, &args).ends_with(0).stdout;
    assert!(
        people.contains("anna") && people.contains("ready"),
        "{people}"
    );
    let as_json: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
    assert_eq!(ask(&door, &as_json).ends_with(0).objects(), [line]);
    let shown = ask(&door, &["agent", "show", "anna"]).ends_with(0).stdout;
    for word in ["CN-2026-000001", "CN-2026-000003", "丢包", "ready"] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
}

#[test]
fn the_one_offer_is_answered_without_naming_it() {
    let changed = json!({"ticket_id": "t-3", "fact_id": "f-1"});
    let door = Door::new([
        ("GET /v1/agents/anna", 200, anna()),
        ("POST /v1/tickets/t-3/accept", 202, changed.clone()),
        ("POST /v1/tickets/t-3/decline", 202, changed.clone()),
        ("POST /v1/tickets/t-2/resolve", 202, changed),
    ]);
    ask(&door, &["agent", "accept", "anna"]).ends_with(0);
    let body = json!({"agent": "anna", "offer": "o-1"});
    assert_eq!(door.asked().last().unwrap().body, body);
    let args = [
        "agent",
        "decline",
        "anna",
        "CN-2026-000003",
        "--reason",
        "r",
    ];
    ask(&door, &args).ends_with(0);
    let body = json!({"agent": "anna", "offer": "o-1", "reason": "r"});
    assert_eq!(door.asked().last().unwrap().body, body);
    ask(&door, &["agent", "finish", "anna", "CN-2026-000002"]).ends_with(0);
    let body = json!({"actor": {"kind": "agent", "name": "anna"}});
    assert_eq!(door.asked().last().unwrap().body, body);
    ask(&door, &["agent", "finish", "anna"])
        .ends_with(2)
        .complains(&["2 tickets", "agent show anna"]);
    ask(&door, &["agent", "accept", "anna", "CN-2026-000001"])
        .ends_with(3)
        .complains(&["CN-2026-000001"]);
}

#[test]
fn a_ticket_is_transferred_to_one_place() {
    let changed = json!({"ticket_id": "t-1", "fact_id": "f-1"});
    let door = Door::new([("POST /v1/tickets/CN-1/transfer", 202, changed)]);
    let args = [
        "ticket", "transfer", "CN-1", "--level", "L2", "--reason", "r",
    ];
    ask(&door, &args).ends_with(0);
    let body = json!({"level": "L2", "reason": "r"});
    assert_eq!(door.asked().last().unwrap().body, body);
    ask(&door, &["ticket", "transfer", "CN-1"]).ends_with(2);
    let two = [
        "ticket", "transfer", "CN-1", "--level", "L2", "--agent", "a",
    ];
    ask(&door, &two).ends_with(2);
    assert_eq!(door.asked().len(), 1);
}
