//! The HTTP door: the contract with scripts, and what bad questions get.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use common::{Story, World, ask, start, ticket_id, url};
use futures::StreamExt as _;
use posthouse_bus::Role;
use posthouse_desk::Desk;
use posthouse_domain::ticket::ActorKind;
use posthouse_wire::{DeadLetter, DeadLetterSettled, Settlement};
use serde_json::{Value, json};
use tower::ServiceExt as _;

#[tokio::test]
async fn a_ticket_has_the_fields_of_the_contract() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    world.tell_all(&Story::whole("r1", 1).facts).await;
    running.until_facts(6).await;
    let (status, ticket) = running.get("/v1/tickets/T-2026-0001").await;
    assert_eq!(status, 200);
    for (field, value) in [
        ("ticket_id", json!(ticket_id(1).to_string())),
        ("number", json!("T-2026-0001")),
        ("state", json!("queued")),
        ("severity", json!("P1")),
        ("category", json!("storage")),
        ("kind", json!("incident")),
        ("language", json!("zh")),
        ("sentiment", json!("neg")),
        ("queue", json!("beijing/L1/storage/zh")),
        ("subject", json!("ticket 1 磁盘写满")),
        ("customer", json!("c-1")),
        ("opened_at", json!(start())),
        ("due_at", json!(start().plus_millis(3_601_000))),
    ] {
        assert_eq!(ticket[field], value, "{field}");
    }
    assert_eq!(
        ticket["targets"],
        json!([{"target": "resolution", "due_at": start().plus_millis(3_601_000),
                "status": "running", "calendar": "24x7"}])
    );
    let routed = &ticket["facts"][2];
    assert_eq!(
        (&routed["kind"], &routed["actor"]),
        (&json!("routed"), &json!("service:router"))
    );
    assert_eq!(
        (&routed["policy"], routed.get("void")),
        (&json!(common::POLICY), None)
    );
    assert_eq!(routed["cause"], ticket["facts"][1]["id"]);
    assert_eq!(routed["data"]["rule"], "storage");
    let (_, by_id) = running.get(&format!("/v1/tickets/{}", ticket_id(1))).await;
    assert_eq!(by_id, ticket);
    let (_, list) = running.get("/v1/tickets").await;
    for (field, value) in list["tickets"][0].as_object().unwrap() {
        assert_eq!(&ticket[field], value, "the list says the same of {field}");
    }
    running.stop().await;
}

#[tokio::test]
async fn bad_questions_get_problems_that_name_the_field() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    for (path, status, code, field, hint) in [
        (
            "/v1/tickets?stat=new",
            400,
            "DSK0007",
            "stat",
            "did you mean `state`?",
        ),
        (
            "/v1/tickets?colour=red",
            400,
            "DSK0007",
            "colour",
            "want one of state, severity",
        ),
        (
            "/v1/tickets?state=quued",
            400,
            "DSK0007",
            "state",
            "did you mean `queued`?",
        ),
        (
            "/v1/tickets?severity=P9",
            400,
            "DSK0007",
            "severity",
            "P0, P1, P2, P3",
        ),
        ("/v1/tickets?limit=501", 400, "DSK0007", "limit", "1 to 500"),
        ("/v1/tickets?limit=-1", 400, "DSK0007", "limit", "1 to 500"),
        (
            "/v1/tickets?sort=severty",
            400,
            "DSK0007",
            "sort",
            "did you mean `severity`?",
        ),
        (
            "/v1/tickets?cursor=AAAA",
            400,
            "DSK0007",
            "cursor",
            "begin again without it",
        ),
        (
            "/v1/tickets?text=%00",
            400,
            "DSK0007",
            "text",
            "a letter or a digit",
        ),
        ("/v1/tickets?query=new", 400, "DSK0007", "", "state=new"),
        (
            "/v1/dead-letters?stream=x",
            400,
            "DSK0007",
            "stream",
            "want one of",
        ),
        (
            "/v1/dead-letters?status=opn",
            400,
            "DSK0007",
            "status",
            "did you mean `open`?",
        ),
        (
            "/v1/tickets/T-1/ledger?at=noon",
            400,
            "DSK0007",
            "at",
            "2026-11-22T06:30:00Z",
        ),
        (
            "/v1/tickets/T-1/ledger?until=noon",
            400,
            "DSK0007",
            "until",
            "want at",
        ),
        (
            "/v1/dead-letters?offset=-1",
            400,
            "DSK0007",
            "offset",
            "from 0",
        ),
    ] {
        let (found, problem) = running.get(path).await;
        assert_eq!((found, &problem["code"]), (status, &json!(code)), "{path}");
        assert_eq!(problem["errors"][0]["field"], field, "{path}");
        let message = problem["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(hint), "{path}: {message}");
    }
    for (path, code) in [
        ("/v1/tickets/T-1", "DSK0008"),
        ("/v1/tickets/%F0%9F%92%A5", "DSK0008"),
        ("/v1/tickets/T-1/why", "DSK0008"),
        ("/v1/tickets/T-1/ledger", "DSK0008"),
        ("/v1/tickets/T-1/trace", "DSK0008"),
        ("/v1/dead-letters/PH_r1_0/7", "DSK0009"),
        ("/v1/dead-letters/nowhere/7", "DSK0009"),
        ("/v1/dead-letters/PH_r1_0/seven", "DSK0009"),
        ("/v1/dead-letters/PH_r1_0/18446744073709551615", "DSK0009"),
    ] {
        let (status, problem) = running.get(path).await;
        assert_eq!((status, &problem["code"]), (404, &json!(code)), "{path}");
    }
    let (status, _) = running
        .get(&format!("/v1/tickets?{}", url("text=a\"b OR NOT* NEAR(x")))
        .await;
    assert_eq!(status, 200, "marks are looked for, not obeyed");
    running.stop().await;
}

/// Nobody stored the policy that set the targets: the account still adds up, and says so.
#[tokio::test]
async fn a_ledger_adds_up_to_the_age_of_the_ticket() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    world.tell_all(&Story::whole("r1", 1).facts).await;
    running.until_facts(6).await;
    let at = url(&start().plus_millis(7_200_000).to_string());
    let (status, ledger) = running
        .get(&format!("/v1/tickets/T-2026-0001/ledger?at={at}"))
        .await;
    assert_eq!(status, 200, "{ledger}");
    assert_eq!(ledger["number"], "T-2026-0001");
    let promises = ledger["ledgers"].as_array().unwrap();
    assert!(!promises.is_empty());
    for promise in promises {
        let spans = promise["spans"].as_array().unwrap();
        let sum: i64 = spans.iter().filter_map(|span| span["ms"].as_i64()).sum();
        assert_eq!(Some(sum), ledger["age_ms"].as_i64());
        let finding = promise["finding"].as_str().unwrap();
        assert!(finding.starts_with("nobody has version"), "{finding}");
    }
    let (_, why) = running.get("/v1/tickets/T-2026-0001/why").await;
    assert_eq!(why["ledgers"].as_array().unwrap().len(), promises.len());
    running.stop().await;
}

/// A traceparent of the trace and the span with these numbers.
fn traceparent(trace: u128, span: u64, is_sampled: bool) -> String {
    format!("00-{trace:032x}-{span:016x}-{:02x}", u8::from(is_sampled))
}

/// Each fact stands with the context it came with; the legs add up to the ticket's age.
#[tokio::test]
async fn a_chain_names_the_traces_and_where_the_minutes_went() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    let mut story = Story::whole("r1", 1);
    let kinds: Vec<&str> = story
        .facts
        .iter()
        .map(|it| it.body.kind().as_str())
        .collect();
    let routed = kinds.iter().position(|kind| *kind == "routed").unwrap();
    story.reply(ActorKind::Agent, "We see it");
    for (fact, span) in story.facts.iter().zip(1_u64..) {
        let is_last = fact.id == story.last().id;
        match fact.body.kind().as_str() {
            // It came from somewhere that says nothing of traces.
            "notified" => world.tell(fact).await,
            _ if is_last => world.tell_in(fact, &traceparent(2, span, false)).await,
            _ => world.tell_in(fact, &traceparent(1, span, true)).await,
        }
        world.advance(1_000);
    }
    running.until_facts(7).await;
    let (status, chain) = running.get("/v1/tickets/T-2026-0001/trace").await;
    assert_eq!(status, 200, "{chain}");
    let id = ticket_id(1).0.as_simple().to_string();
    let created = json!({"trace_id": id, "span_id": id[16..]});
    assert_eq!(chain["created"], created);
    assert_eq!(chain["untraced"], 1);
    let traces = chain["traces"].as_array().unwrap();
    let trace = |it: &Value| (it["facts"].clone(), it["sampled"].clone());
    assert_eq!(trace(&traces[0]), (json!(5), json!(true)));
    assert_eq!(trace(&traces[1]), (json!(1), json!(false)));
    let steps = chain["steps"].as_array().unwrap();
    let shown: Vec<&str> = steps
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!(shown[..6], kinds);
    assert_eq!(steps[0]["span_id"], format!("{:016x}", 1));
    assert_eq!(steps[routed]["cause_kind"], "classified");
    assert_eq!(steps[routed]["after_cause_ms"], 1_000);
    assert_eq!(steps[routed]["begins"], "queue");
    let legs = chain["legs"].as_array().unwrap();
    let parts: Vec<&str> = legs.iter().map(|it| it["part"].as_str().unwrap()).collect();
    assert_eq!(parts, ["decide", "queue", "person"]);
    assert_eq!(legs[2]["begun_by"], story.last().id.to_string());
    // The clock went on once after each of seven facts; it has not moved since.
    let minutes = json!({
        "decide_ms": 2_000, "queue_ms": 4_000, "notifier_ms": 0, "person_ms": 1_000,
        "pause_ms": 0, "whole_ms": 7_000,
    });
    assert_eq!(chain["minutes"], minutes);
    running.stop().await;
}

#[tokio::test]
async fn dead_letters_are_listed_shown_and_settled() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    let subjects = &world.topology.subjects;
    let letter = |role: &str, sequence, payload: &[u8]| DeadLetter {
        role: role.to_owned(),
        code: "WIRE0001".to_owned(),
        reason: "cut short".to_owned(),
        stream: "PH_r1_0".to_owned(),
        sequence,
        subject: "ph.r1.00.opened".to_owned(),
        headers: [("Posthouse-Ticket".to_owned(), "t".to_owned())].into(),
        payload: payload.to_vec().into(),
        refused_at: start(),
    };
    let router = letter("router", 41, b"\xff\x00");
    let at = world
        .raw(subjects.dead_letter(1, Role::Router), router.encode())
        .await;
    // Set aside again after a hand-over: still one.
    world
        .raw(subjects.dead_letter(1, Role::Router), router.encode())
        .await;
    let courier = letter("courier", 42, b"hello");
    let at_courier = world
        .raw(subjects.courier_dead_letter(1), courier.encode())
        .await;
    running.until(|counts| counts.dead_letters == 2).await;

    let (_, page) = running.get("/v1/dead-letters").await;
    assert_eq!(
        (
            &page["total"],
            page["dead_letters"].as_array().unwrap().len()
        ),
        (&json!(2), 2)
    );
    let (_, page) = running
        .get("/v1/dead-letters?role=router&code=wire0001&status=open")
        .await;
    assert_eq!(page["dead_letters"][0]["sequence"], at);
    assert_eq!(page["dead_letters"][0]["origin"]["sequence"], 41);
    let (_, shown) = running.get(&format!("/v1/dead-letters/PH_r1_0/{at}")).await;
    assert_eq!(
        (&shown["payload_base64"], &shown["payload_bytes"]),
        (&json!("/wA="), &json!(2))
    );
    assert_eq!(
        (shown.get("payload_text"), &shown["status"]),
        (None, &json!("open"))
    );
    let path = format!("/v1/dead-letters/PH_r1_courier/{at_courier}");
    let (_, shown) = running.get(&path).await;
    assert_eq!(shown["payload_text"], "hello");

    for (subject, stream, sequence, settlement) in [
        (
            subjects.dead_letter_settled(1, "router"),
            "PH_r1_0",
            at,
            Settlement::Dropped,
        ),
        (
            subjects.courier_dead_letter_settled(1),
            "PH_r1_courier",
            at_courier,
            Settlement::Redriven,
        ),
    ] {
        let (stream, by) = (stream.to_owned(), "li".to_owned());
        let settled = DeadLetterSettled {
            stream,
            sequence,
            settlement,
            by,
            at: start(),
        };
        world.raw(subject, settled.encode()).await;
    }
    let counts = running
        .until(|counts| counts.settled_dead_letters == 2)
        .await;
    assert_eq!(counts.open_dead_letters(), 0);
    let (_, shown) = running.get(&path).await;
    assert_eq!(
        (&shown["status"], &shown["settled_by"]),
        (&json!("redriven"), &json!("li"))
    );
    let (_, page) = running.get("/v1/dead-letters?status=dropped").await;
    assert_eq!(
        (&page["total"], &page["dead_letters"][0]["sequence"]),
        (&json!(1), &json!(at))
    );
    running.stop().await;
}

#[tokio::test]
async fn statistics_add_up_over_regions() {
    let worlds = [World::new("r1").await, World::new("r2").await];
    let running = [worlds[0].desk(None).await, worlds[1].desk(None).await];
    for (n, index) in [(1, 0), (2, 0), (3, 1)] {
        worlds[index]
            .tell_all(&Story::whole(["r1", "r2"][index], n).facts)
            .await;
    }
    running[0].until_facts(12).await;
    running[1].until_facts(6).await;
    let router = posthouse_desk::router(&[running[0].desk.clone(), running[1].desk.clone()]);
    let (status, stats) = ask(&router, Request::get("/v1/stats")).await;
    assert_eq!((status, &stats["regions"]), (200, &json!(["r1", "r2"])));
    assert_eq!(
        (&stats["counts"]["tickets"], &stats["caught_up"]),
        (&json!(3), &json!(true))
    );
    assert_eq!(stats["by_severity"], json!({"P1": 1, "P2": 1, "P3": 1}));
    assert_eq!(stats["open_by_queue"], json!({"beijing/L1/storage/zh": 3}));
    let (_, found) = ask(&router, Request::get("/v1/tickets/T-2026-0003")).await;
    assert_eq!(found["number"], "T-2026-0003");
    for running in running {
        running.stop().await;
    }
}

#[tokio::test]
async fn events_stream_until_the_process_ends() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    let request = Request::get("/v1/events").body(Body::empty()).unwrap();
    let response = running.desk.router().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut chunks = response.into_body().into_data_stream();
    let mut story = Story::whole("r1", 1);
    story.reply(ActorKind::Customer, "hello");
    world.tell_all(&story.facts).await;
    let mut text = String::new();
    while text.matches("event: fact").count() < 7 {
        text.push_str(&String::from_utf8_lossy(
            &chunks.next().await.unwrap().unwrap(),
        ));
    }
    let data = text
        .lines()
        .find_map(|line| line.strip_prefix("data: "))
        .unwrap();
    let event: Value = serde_json::from_str(data).unwrap();
    assert_eq!(
        (&event["kind"], &event["number"]),
        (&json!("opened"), &json!("T-2026-0001"))
    );
    running.stop().await;
    assert!(chunks.next().await.is_none());
}

#[tokio::test]
async fn a_listener_that_is_too_slow_is_told_so() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    let request = Request::get("/v1/events").body(Body::empty()).unwrap();
    let response = running.desk.router().oneshot(request).await.unwrap();
    let mut facts = 0;
    for n in 0..200 {
        let story = Story::whole("r1", n);
        facts += story.facts.len() as u64;
        world.tell_all(&story.facts).await;
    }
    running.until_facts(facts).await;
    let mut chunks = response.into_body().into_data_stream();
    let first = String::from_utf8_lossy(&chunks.next().await.unwrap().unwrap()).into_owned();
    assert!(
        first.contains("event: dropped") && first.contains("{\"count\":176}"),
        "{first}"
    );
    assert!(
        running
            .metrics
            .encode()
            .contains("desk_events_dropped_total{region=\"r1\"} 176")
    );
    running.stop().await;
}

#[test]
fn every_route_is_described() {
    let described = serde_json::to_value(Desk::openapi()).unwrap();
    let paths: BTreeSet<&str> = described["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        paths,
        BTreeSet::from([
            "/v1/agents",
            "/v1/agents/{key}",
            "/v1/customers/{id}/preference",
            "/v1/dead-letters",
            "/v1/dead-letters/{stream}/{sequence}",
            "/v1/events",
            "/v1/stats",
            "/v1/tickets",
            "/v1/tickets/{id}",
            "/v1/tickets/{id}/ledger",
            "/v1/tickets/{id}/trace",
            "/v1/tickets/{id}/why",
            "/v1/verify",
        ])
    );
    assert!(described["components"]["schemas"]["TicketView"].is_object());
}
