//! Commands that talk to the HTTP door.

use serde_json::json;

use crate::door::Door;
use crate::posthouse::{Ran, run, run_with};

/// Runs the binary against a door.
fn ask(door: &Door, args: &[&str]) -> Ran {
    let url = door.url();
    let args: Vec<&str> = args
        .iter()
        .copied()
        .chain(["--server", url.as_str()])
        .collect();
    run(&args)
}

#[test]
fn a_ticket_is_submitted() {
    let accepted = json!({"ticket_id": "t-1", "number": "CN-2026-000001"});
    let door = Door::new([("POST /v1/tickets", 202, accepted.clone())]);
    let args = [
        "ticket",
        "submit",
        "--customer",
        "c-42",
        "--subject",
        "支付失败",
        "--body",
        "b",
        "--severity",
        "P1",
        "--attribute",
        "order=a=b",
        "--idempotency-key",
        "k-1",
    ];
    assert_eq!(ask(&door, &args).ends_with(0).stdout, "CN-2026-000001\n");
    let as_json: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
    assert_eq!(ask(&door, &as_json).ends_with(0).objects(), [accepted]);

    let asked = door.asked();
    assert_eq!(asked[0].key.as_deref(), Some("k-1"));
    let body = json!({
        "customer": "c-42", "subject": "支付失败", "body": "b", "severity": "P1",
        "attributes": {"order": "a=b"},
    });
    assert_eq!(asked[0].body, body);
}

#[test]
fn many_tickets_are_submitted_without_what_samples_say_of_themselves() {
    let accepted = json!({"ticket_id": "t-1", "number": "CN-2026-000001"});
    let door = Door::new([("POST /v1/tickets", 202, accepted)]);
    let lines = "{\"customer\":\"c\",\"subject\":\"1\",\"expected\":{}}\n\n{\"customer\":\"c\"}\n";
    let submit = |input: &str| {
        run_with(
            &["ticket", "submit", "--file", "-", "--server", &door.url()],
            input,
        )
    };
    let ran = submit(lines).ends_with(0);
    assert_eq!(ran.stdout, "CN-2026-000001\nCN-2026-000001\n");
    assert!(ran.stderr.contains("2 tickets accepted"));
    assert!(
        door.asked()
            .iter()
            .all(|asked| asked.body.get("expected").is_none())
    );

    submit("{\"customer\":\"c\"}\nnonsense\n")
        .ends_with(2)
        .complains(&["line 2"]);
    assert_eq!(
        door.asked().len(),
        2,
        "nothing is sent of a file that cannot be read"
    );
}

#[test]
fn tickets_are_listed_page_by_page() {
    let ticket = |number: &str| {
        json!({
            "ticket_id": "t", "number": number, "state": "queued", "severity": null,
            "category": "network", "queue": "beijing/L1/network/zh", "customer": "c-1",
            "opened_at": "2026-11-22T06:30:00.000Z", "subject": "丢包",
        })
    };
    let first = json!({"tickets": [ticket("CN-2026-000002")], "next_cursor": "abc"});
    let second = json!({"tickets": [ticket("CN-2026-000001")]});
    let filter = "GET /v1/tickets?state=queued&query=status%3D%E5%BE%85%E5%A4%84%E7%90%86";
    let next = format!("{filter}&cursor=abc");
    let door = Door::new([(filter, 200, first), (next.as_str(), 200, second)]);
    let args = [
        "ticket",
        "list",
        "--state",
        "queued",
        "--query",
        "status=待处理",
    ];
    let page = ask(&door, &args).ends_with(0);
    let lines: Vec<&str> = page.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", page.stdout);
    assert!(lines[0].starts_with("number          state   severity  category"));
    assert!(lines[1].starts_with("CN-2026-000002  queued            network"));
    assert!(page.stderr.contains("--all"));

    let all: Vec<&str> = args.iter().copied().chain(["--all", "--json"]).collect();
    let ran = ask(&door, &all).ends_with(0);
    let objects = ran.objects();
    let numbers: Vec<&str> = objects
        .iter()
        .map(|it| it["number"].as_str().unwrap())
        .collect();
    assert_eq!(numbers, ["CN-2026-000002", "CN-2026-000001"]);
}

#[test]
fn a_ticket_is_shown_as_the_server_has_it() {
    let ticket = json!({
        "ticket_id": "t-1", "number": "CN-2026-000001", "state": "queued", "severity": "P1",
        "category": "network", "kind": "incident", "language": "zh", "sentiment": "neg",
        "queue": "beijing/L1/network/zh", "subject": "丢包",
        "targets": [{"target": "resolution", "due_at": "2026-11-22T10:30:00.000Z",
            "status": "running", "calendar": "always"}],
        "facts": [
            {"kind": "routed", "at": "2026-11-22T06:30:00.000Z", "actor": "service:router",
             "policy": "ab", "data": {"queue": "beijing/L1/network/zh", "rule": "network"}},
            {"kind": "routed", "at": "2026-11-22T06:30:01.000Z", "actor": "service:router",
             "policy": "ab", "void": "it repeats a fact that counted before", "data": {}},
        ],
    });
    let door = Door::new([("GET /v1/tickets/CN-2026-000001", 200, ticket.clone())]);
    let ran = ask(&door, &["ticket", "show", "CN-2026-000001", "--json"]).ends_with(0);
    assert_eq!(ran.stdout, format!("{ticket}\n"));
    let people = ask(&door, &["ticket", "show", "CN-2026-000001"])
        .ends_with(0)
        .stdout;
    for words in [
        "丢包",
        "resolution",
        "running",
        "rule=network",
        "routed (void)",
        "it repeats",
    ] {
        assert!(people.contains(words), "{words}: {people}");
    }
}

#[test]
fn odd_names_of_tickets_stay_one_segment() {
    let door = Door::new([(
        "GET /v1/tickets/a%2F..%20b%3F",
        200,
        json!({"number": "odd"}),
    )]);
    let shown = ask(&door, &["ticket", "show", "a/.. b?"])
        .ends_with(0)
        .stdout;
    assert!(shown.starts_with("odd"), "{shown}");
}

#[test]
fn tickets_are_moved() {
    let done = json!({"ticket_id": "t-1", "fact_id": "f-1"});
    let door = Door::new(
        [
            "replies",
            "assignment",
            "progress",
            "resolve",
            "reopen",
            "close",
            "correction",
            "unfold",
        ]
        .map(|what| format!("POST /v1/tickets/T/{what}").leak() as &str)
        .map(|what| (what, 202, done.clone())),
    );
    let anna = json!({"kind": "agent", "name": "anna"});
    let moves: &[(&[&str], &str, serde_json::Value)] = &[
        (
            &[
                "reply",
                "T",
                "--text",
                "hi",
                "--awaits-customer",
                "--actor",
                "agent:anna",
            ],
            "replies",
            json!({"text": "hi", "awaits_customer": true, "actor": anna}),
        ),
        (&["assign", "T", "li"], "assignment", json!({"agent": "li"})),
        (
            &["progress", "T", "testing"],
            "progress",
            json!({"to": "testing"}),
        ),
        (
            &["resolve", "T", "--summary", "s"],
            "resolve",
            json!({"summary": "s"}),
        ),
        (&["reopen", "T"], "reopen", json!({})),
        (
            &["close", "T", "--reason", "r"],
            "close",
            json!({"reason": "r"}),
        ),
        (
            &[
                "correct",
                "T",
                "--category",
                "network",
                "--tag",
                "a",
                "--tag",
                "b",
            ],
            "correction",
            json!({"category": "network", "tags": ["a", "b"]}),
        ),
        (
            &[
                "correct",
                "T",
                "--no-tags",
                "--note",
                "n",
                "--actor",
                "agent:anna",
            ],
            "correction",
            json!({"tags": [], "note": "n", "actor": anna}),
        ),
        (&["unfold", "T"], "unfold", json!({})),
    ];
    for (args, what, body) in moves {
        let args: Vec<&str> = ["ticket"].iter().chain(*args).copied().collect();
        ask(&door, &args)
            .ends_with(0)
            .complains(&["accepted for T"]);
        let asked = door.asked().pop().unwrap();
        assert_eq!(asked.what, format!("POST /v1/tickets/T/{what}"));
        assert_eq!(asked.body, *body);
    }
}

#[test]
fn problems_find_their_exit_code() {
    let problem = |status: u16, detail: &str| {
        json!({
            "type": "/errors/INT0002", "title": "A field is not as it must be", "status": status,
            "detail": format!("failed to {detail}"), "code": "INT0002",
        })
    };
    for (status, code) in [
        (400, 2),
        (413, 2),
        (422, 2),
        (404, 3),
        (409, 4),
        (403, 4),
        (429, 5),
        (503, 5),
        (500, 1),
    ] {
        let detail = "accept the command: customer is missing";
        let door = Door::new([("GET /v1/tickets/T", status, problem(status, detail))]);
        let words = ["error: failed to accept the command: customer is missing (INT0002)"];
        ask(&door, &["ticket", "show", "T", "--json"])
            .ends_with(code)
            .complains(&words);
    }
    let door = Door::new([("GET /v1/tickets/T", 200, json!("something else"))]);
    ask(&door, &["ticket", "show", "T"])
        .ends_with(1)
        .complains(&["understand", "same version"]);
}

#[test]
fn a_server_that_is_away_is_code_5() {
    // A port that was free a moment ago, and that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}");
    for args in [
        &["ticket", "list"][..],
        &["stream", "verify"],
        &["dlq", "list"],
    ] {
        let args: Vec<&str> = args.iter().copied().chain(["--server", &url]).collect();
        run(&args)
            .ends_with(5)
            .complains(&["Connection refused", "is `posthouse up` running?"]);
    }
    let doctor = run(&["doctor", "--json", "--server", &url]).ends_with(6);
    assert_eq!(doctor.objects()[0]["grade"], "problem");
}

#[test]
fn a_log_is_verified() {
    let report = |missing: u64| {
        json!({
            "void": 3, "tickets": 10, "facts": 60, "orphans": 0, "missing": missing, "doubled": 0,
            "unreadable": 0,
            "examples": {"missing": [{"ticket_id": "t-1", "facts": [], "what": "no `routed`"}]},
        })
    };
    let door = Door::new([("POST /v1/verify", 200, report(0))]);
    let ran = ask(&door, &["stream", "verify", "--json"]).ends_with(0);
    let counts = r#"{"tickets":10,"facts":60,"orphans":0,"missing":0,"doubled":0,"void":3,"#;
    assert!(ran.stdout.starts_with(counts), "{}", ran.stdout);
    assert_eq!(ran.objects()[0]["invariants"][3]["number"], 4);
    let door = Door::new([("POST /v1/verify", 200, report(1))]);
    let ran = ask(&door, &["stream", "verify"]).ends_with(6);
    assert!(
        ran.stderr.contains("missing: t-1: no `routed`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn dead_letters_are_listed_to_the_end() {
    let letter = |sequence: u64| {
        json!({
            "stream": "PH_a_0", "sequence": sequence, "role": "router", "code": "WIRE0002",
            "reason": "no fact", "status": "open", "refused_at": "2026-11-22T06:30:00.000Z",
            "origin": {"stream": "PH_a_0", "sequence": 1, "subject": "ph.a.00.opened"},
        })
    };
    let page = |letters: Vec<u64>| {
        let letters: Vec<_> = letters.into_iter().map(letter).collect();
        json!({"dead_letters": letters, "total": 3})
    };
    let query = "GET /v1/dead-letters?limit=200&offset=";
    let (first, second) = (
        format!("{query}0&role=router&status=open"),
        format!("{query}2&role=router&status=open"),
    );
    let door = Door::new([
        (&first, 200, page(vec![9, 8])),
        (&second, 200, page(vec![7])),
    ]);
    let ran = ask(&door, &["dlq", "list", "--role", "router"]).ends_with(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{}", ran.stdout);
    assert!(lines[3].starts_with("PH_a_0/7"), "{}", lines[3]);
}

#[test]
fn colours_come_only_when_asked_for() {
    let report = json!({"tickets":1,"facts":1,"orphans":0,"missing":0,"doubled":0,"void":0});
    let door = Door::new([("POST /v1/verify", 200, report)]);
    let escapes = |when: &str| {
        ask(&door, &["stream", "verify", "--color", when])
            .ends_with(0)
            .stdout
            .contains('\u{1b}')
    };
    assert!(escapes("always"));
    assert!(!escapes("never"));
    assert!(!escapes("auto"));
}
