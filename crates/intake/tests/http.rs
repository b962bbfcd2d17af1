//! The HTTP door: what is accepted, and what each kind of bad input is told.

mod common;

use axum::http::StatusCode;
use common::{World, until};
use posthouse_domain::TicketId;
use posthouse_domain::ticket::{ActorKind, Body, FactKind};
use serde_json::json;

const TICKETS: &str = "/v1/tickets";
const MINIMAL: &str = r#"{"customer":"c-1","subject":"s"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_opened_and_stands_in_the_log() {
    let world = World::new().await;
    let door = world.door("a").await;
    let body = json!({
        "customer": "c-42", "subject": "支付失败", "body": "a\nb", "severity": "P1",
        "region": "cn-east", "tier": "gold", "channel": "email", "language": "zh",
        "product": "ECS", "attributes": {"order": "7"}, "contact": {"email": "a@b.example"}
    });
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = [
        ("content-type", "application/json; charset=utf-8"),
        ("traceparent", trace),
    ];
    let answer = door.post_with(TICKETS, &headers, body.to_string()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let id = answer.word("ticket_id");
    assert_eq!(answer.word("number"), "CN-2026-000001");
    assert_eq!(answer.headers["location"], format!("/v1/tickets/{id}"));
    assert_eq!(answer.json().as_object().unwrap().len(), 2);

    let log = world.log().await;
    let delivery = log
        .iter()
        .find(|it| it.subject.ends_with(".opened"))
        .unwrap();
    assert_eq!(delivery.headers.get("Posthouse-Ticket"), Some(id.as_str()));
    let child = delivery.headers.get("traceparent").unwrap();
    assert!(
        child.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"),
        "{child}"
    );
    let facts = world.facts().await;
    let [fact] = &facts[..] else {
        panic!("one fact: {facts:?}")
    };
    assert_eq!(
        delivery.headers.get("Nats-Msg-Id"),
        Some(fact.id.to_string().as_str())
    );
    assert_eq!(
        (fact.actor.kind, fact.actor.name.as_str()),
        (ActorKind::Customer, "c-42")
    );
    let version = posthouse_policy::Policy::shipped("default")
        .unwrap()
        .version;
    assert_eq!(fact.policy, version);
    let Body::Opened(opened) = &fact.body else {
        panic!("an opening")
    };
    assert_eq!(opened.number, "CN-2026-000001");
    assert_eq!(opened.attributes["order"], "7");
    assert!(door.metrics.encode().contains("intake_accepted_total"));
    assert!(door.health.is_ready());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_ticket_that_is_allowed_fits_everywhere() {
    let world = World::new().await;
    let door = world.door("a").await;
    let attributes: serde_json::Map<_, _> = (0..64)
        .map(|n| (format!("{n:0>200}"), "界".repeat(666).into()))
        .collect();
    let body = json!({
        "customer": "c".repeat(200), "subject": "s".repeat(1_000),
        "body": "\n".repeat(64 * 1024), "language": "l".repeat(200),
        "product": "p".repeat(200), "attributes": attributes,
        "contact": {"name": "n".repeat(320), "email": "e".repeat(320), "phone": "1".repeat(320)}
    });
    let answer = door.post(TICKETS, &body.to_string()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert_eq!(world.facts().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_openings_are_told_what_is_wrong() {
    let world = World::new().await;
    let door = world.door("a").await;
    let long = json!({"customer": "c", "subject": "x".repeat(1_001)}).to_string();
    let attributes: serde_json::Map<_, _> =
        (0..65).map(|n| (format!("a{n}"), "v".into())).collect();
    let many = json!({"customer": "c", "subject": "s", "attributes": attributes}).to_string();
    for (body, status, wrong) in [
        ("", 400, &[][..]),
        ("{", 400, &[]),
        ("{}x", 400, &[]),
        (r#"{"customer":"a","customer":"b","subject":"s"}"#, 400, &[]),
        ("[]", 422, &["the body is a list and must be an object"]),
        ("{}", 422, &["customer is missing", "subject is missing"]),
        (
            r#"{"customer":"","subject":" "}"#,
            422,
            &["customer is empty", "subject is empty"],
        ),
        (
            r#"{"customer":7,"subject":"s"}"#,
            422,
            &["customer is a number and must be text"],
        ),
        (
            r#"{"customer":"c","subject":"s","sevrity":"P0"}"#,
            422,
            &["sevrity is not known; did you mean `severity`?"],
        ),
        (
            r#"{"customer":"c","subject":"s","severity":"high"}"#,
            422,
            &["severity is `high`, which is not known; known: `P0`, `P1`, `P2`, `P3`"],
        ),
        (
            r#"{"customer":"c","subject":"s","tier":"golden"}"#,
            422,
            &["tier is `golden`, which is not known; did you mean `gold`?"],
        ),
        (
            r#"{"customer":"c","subject":"s","region":"cn-nrth"}"#,
            422,
            &["region is `cn-nrth`, which is not known; did you mean `cn-north`?"],
        ),
        (
            r#"{"customer":"c","subject":"s","channel":"e-mail"}"#,
            422,
            &["channel is `e-mail`, which is not known; did you mean `email`?"],
        ),
        (
            r#"{"customer":"c","subject":"s\u0000"}"#,
            422,
            &["subject holds the control character U+0000 at byte 1"],
        ),
        (&long, 422, &["subject is 1001 bytes long; at most 1000"]),
        (&many, 422, &["attributes has 65 entries; at most 64"]),
        (
            r#"{"customer":"c","subject":"s","actor":{"kind":"service","name":"router"}}"#,
            422,
            &["actor.kind is `service`, which is not known; known: `customer`, `agent`, `system`"],
        ),
    ] {
        let answer = door.post(TICKETS, body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {answer:?}");
        assert_eq!(answer.wrong(), wrong, "{body}");
        assert!(answer.word("code").starts_with("INT00"), "{answer:?}");
    }
    assert!(world.facts().await.is_empty());
    assert!(door.metrics.encode().contains("INT0002"));
    let (_, number) = door.open_ticket().await;
    assert_eq!(number, "CN-2026-000001", "what is refused takes no number");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_readable_json_is_told_so() {
    let world = World::new().await;
    let door = world
        .door_with("a", |options| options.body_bytes_max = 4_096)
        .await
        .unwrap();
    let json = ("content-type", "application/json");
    let big = format!(
        r#"{{"customer":"c","subject":"s","body":"{}"}}"#,
        "x".repeat(5_000)
    );
    for (headers, body, status, code) in [
        (
            &[json][..],
            b"{\"customer\":\"\xff\"}".to_vec(),
            400,
            "INT0001",
        ),
        (&[], MINIMAL.into(), 415, "INT0003"),
        (
            &[("content-type", "text/plain")],
            MINIMAL.into(),
            415,
            "INT0003",
        ),
        (&[json], big.into_bytes(), 413, "INT0004"),
        (
            &[json, ("idempotency-key", "")],
            MINIMAL.into(),
            422,
            "INT0002",
        ),
        (
            &[json, ("idempotency-key", "\u{e9}")],
            MINIMAL.into(),
            422,
            "INT0002",
        ),
        (
            &[json, ("idempotency-key", "a"), ("idempotency-key", "b")],
            MINIMAL.into(),
            422,
            "INT0002",
        ),
    ] {
        let answer = door.post_with(TICKETS, headers, body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}: {answer:?}");
        assert_eq!(answer.word("code"), code);
    }
    let long = "k".repeat(201);
    let answer = door.post_keyed(TICKETS, &long, MINIMAL).await;
    assert_eq!(
        answer.wrong(),
        ["Idempotency-Key is 201 bytes long; at most 200"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_carried_through_its_life() {
    let world = World::new().await;
    let _desk = world.read_side().await;
    let door = world.door("a").await;
    let (id, number) = door.open_ticket().await;
    for (path, body, status) in [
        (format!("{id}/replies"), r#"{"text":"more"}"#, 202),
        (format!("{number}/resolve"), r#"{"summary":"done"}"#, 202),
        (format!("{id}/resolve"), "", 409),
        (format!("{id}/assignment"), r#"{"agent":"li"}"#, 409),
        (format!("{id}/reopen"), "", 202),
        (format!("{id}/assignment"), r#"{"agent":"li"}"#, 202),
        (format!("{id}/progress"), r#"{"to":"testing"}"#, 202),
        (
            format!("{id}/correction"),
            r#"{"category":"billing","severity":"P1","tags":[]}"#,
            202,
        ),
        (format!("{id}/close"), r#"{"reason":"r"}"#, 202),
        (format!("{id}/replies"), r#"{"text":"late"}"#, 409),
    ] {
        let answer = door.post(&format!("/v1/tickets/{path}"), body).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {answer:?}");
        if status == 202 {
            assert_eq!(answer.word("ticket_id"), id);
        } else {
            assert_eq!(answer.word("code"), "INT0006");
        }
    }
    let facts = world.facts().await;
    let told: Vec<String> = facts
        .iter()
        .map(|fact| format!("{} by {}", fact.body.kind(), fact.actor))
        .collect();
    assert_eq!(
        told,
        [
            "opened by customer:c-1",
            "replied by customer:c-1",
            "resolved by agent:support",
            "reopened by customer:c-1",
            "assigned by agent:li",
            "progressed by agent:support",
            "corrected by agent:support",
            "closed by customer:c-1",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_says_labels_that_the_policy_knows() {
    let world = World::new().await;
    let _desk = world.read_side().await;
    let door = world.door("a").await;
    let (id, _) = door.open_ticket().await;
    let path = format!("/v1/tickets/{id}/correction");
    for (body, wrong) in [
        ("{}", "labels say nothing: name at least one"),
        (r#"{"category":""}"#, "category is empty"),
        (
            r#"{"category":"netwrok"}"#,
            "category is `netwrok`, which is not known; did you mean `network`? known: `",
        ),
        (
            r#"{"kind":"question","tags":["nobody's tag"]}"#,
            "tags is `nobody's tag`, which is not known; ",
        ),
        (r#"{"tags":"vip"}"#, "tags is text and must be a list"),
    ] {
        let answer = door.post(&path, body).await;
        assert_eq!(answer.status.as_u16(), 422, "{body}: {answer:?}");
        let told = answer.wrong();
        assert!(told[0].starts_with(wrong), "{body}: {told:?}");
    }
    assert_eq!(world.facts().await.len(), 1, "none of them is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_knows_is_not_found() {
    let world = World::new().await;
    let _desk = world.read_side().await;
    let door = world.door("a").await;
    for named in [
        "0192f0c1-2345-7890-abcd-ef0123456789",
        "CN-2026-999999",
        "x%20y",
    ] {
        let answer = door.post(&format!("/v1/tickets/{named}/close"), "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{named}: {answer:?}");
        assert_eq!(answer.word("code"), "INT0005");
    }
    let answer = door.post("/v1/tickets/%FF/close", "").await;
    assert_eq!(answer.wrong(), ["id is not UTF-8 when percent-decoded"]);
    let answer = door.post("/v1/tickets/a%00b/close", "").await;
    assert_eq!(
        answer.wrong(),
        ["ticket holds the control character U+0000 at byte 1"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_side_that_lags_is_given_time() {
    let world = World::new().await;
    let door = world.door("a").await;
    let (id, _) = door.open_ticket().await;
    let path = format!("/v1/tickets/{id}/resolve");
    door.post(&path, "").await;
    // The reopening comes while the read side still shows the ticket as resolved.
    let _desk = world.read_side().await;
    let path = format!("/v1/tickets/{id}/assignment");
    let assign = door.post(&path, r#"{"agent":"li"}"#);
    let reopen = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        door.post(&format!("/v1/tickets/{id}/reopen"), "").await
    };
    let (assigned, reopened) = tokio::join!(assign, reopen);
    assert_eq!(reopened.status, StatusCode::ACCEPTED, "{reopened:?}");
    assert_eq!(assigned.status, StatusCode::ACCEPTED, "{assigned:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_read_side_identities_are_believed_and_numbers_are_not() {
    let world = World::new().await;
    let door = world.door("a").await;
    let (id, number) = door.open_ticket().await;
    let answer = door.post(&format!("/v1/tickets/{id}/close"), "").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let answer = door.post(&format!("/v1/tickets/{number}/close"), "").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
    assert!(answer.headers.contains_key("retry-after"));
    let kinds: Vec<FactKind> = world
        .facts()
        .await
        .iter()
        .map(|fact| fact.body.kind())
        .collect();
    assert_eq!(kinds, [FactKind::Opened, FactKind::Closed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_a_policy_is_known_callers_are_told_to_come_again() {
    let world = World::without_policy().await;
    let door = world.door("a").await.run();
    let answer = door.post(TICKETS, MINIMAL).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
    assert!(!door.health.is_ready());
    world.activate("default").await;
    until("the policy is known", || async { door.health.is_ready() }).await;
    door.open_ticket().await;
    let before = world.facts().await[0].policy.clone();
    world.activate("h").await;
    until("the next policy is used", || async {
        door.open_ticket().await;
        world.facts().await.iter().any(|fact| fact.policy != before)
    })
    .await;
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_speaks_of_themselves_and_of_no_ticket() {
    let world = World::new().await;
    let door = world.door("a").await;
    let path = "/v1/agents/li/presence";
    let answer = door.post(path, r#"{"change":"ready"}"#).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let fields = answer.json();
    assert_eq!(fields.as_object().unwrap().len(), 1, "{fields}");
    let facts = world.facts().await;
    let [fact] = &facts[..] else {
        panic!("one fact: {facts:?}")
    };
    assert_eq!(answer.word("fact_id"), fact.id.to_string());
    assert_eq!(fact.actor.to_string(), "agent:li");
    assert_eq!(fact.ticket, TicketId::of_agent(&fact.region, "li"));
    assert_eq!(fact.body.kind(), FactKind::AgentChanged);
    let refused = door.post(path, r#"{"change":"asleep"}"#).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    door.stop().await;
}

/// A customer says how they want to be told; what nobody could be told by or of is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_customer_says_how_they_want_to_be_told() {
    let world = World::new().await;
    let door = world.door("a").await;
    let path = "/v1/customers/c-1/preference";
    let said = r#"{"channels":["email"],"about":["resolved"],"language":"de"}"#;
    let answer = door.post(path, said).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert_eq!(answer.json().as_object().unwrap().len(), 1);
    let facts = world.facts().await;
    let [fact] = &facts[..] else {
        panic!("one fact: {facts:?}")
    };
    assert_eq!(fact.actor.to_string(), "customer:c-1");
    assert_eq!(fact.ticket, TicketId::of_customer(&fact.region, "c-1"));
    let Body::Preferred(preferred) = &fact.body else {
        panic!("{fact:?}")
    };
    assert_eq!(preferred.about, Some(vec![FactKind::Resolved]));
    assert_eq!(preferred.language, "de");
    assert_eq!(door.post(path, "{}").await.status, StatusCode::ACCEPTED);
    for (wrong, word) in [
        (r#"{"channels":["fax"]}"#, "fax"),
        (r#"{"about":["melted"]}"#, "melted"),
        (r#"{"about":["notified"]}"#, "notified"),
        (r#"{"channels":"email"}"#, "a list"),
    ] {
        let refused = door.post(path, wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(refused.json().to_string().contains(word), "{refused:?}");
    }
    door.stop().await;
}

#[test]
fn the_page_shows_what_is_accepted() {
    let page = serde_json::to_value(posthouse_intake::Intake::openapi()).unwrap();
    let paths: Vec<&String> = page["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths.len(), 14, "{paths:?}");
    let offer = &page["components"]["schemas"]["AcceptTicket"]["properties"]["offer"];
    assert_eq!(offer["format"], "uuid");
    let open = &page["components"]["schemas"]["OpenTicket"];
    assert_eq!(open["additionalProperties"], false);
    assert_eq!(open["required"], json!(["customer", "subject"]));
    assert_eq!(
        open["properties"]["severity"]["enum"],
        json!(["P0", "P1", "P2", "P3"])
    );
    let post = &page["paths"]["/v1/tickets/{id}/close"]["post"];
    assert_eq!(post["requestBody"]["required"], false);
    assert!(post["responses"]["404"].is_object());
}
