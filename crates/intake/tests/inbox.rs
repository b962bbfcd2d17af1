//! The inbox: what other systems publish becomes facts, once and in order, or dead letters.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of a test, which stops at the first surprise"
)]

mod common;

use bytes::Bytes;
use common::{Door, World, opening, until};
use posthouse_bus::{Bus, Headers, Outgoing};
use posthouse_domain::command::{Command, CommandBody};
use posthouse_domain::ticket::{Actor, ActorKind, Body, FactKind};
use posthouse_wire::encode_command;

/// An opening that names itself.
fn named(id: &str, subject: &str) -> Command {
    Command {
        id: Some(id.to_owned()),
        asked_at: None,
        actor: None,
        body: opening(subject),
    }
}

async fn publish(world: &World, source: &str, headers: Headers, payload: impl Into<Bytes>) {
    let message = Outgoing {
        subject: world.topology.subjects.inbox(source),
        headers,
        payload: payload.into(),
        ..Outgoing::default()
    };
    world.bus.publish(message).await.unwrap().await.unwrap();
}

fn event(id: &str, kind: &str) -> Headers {
    Headers::default()
        .with("ce-specversion", "1.0")
        .with("ce-id", id)
        .with("ce-source", "/crm")
        .with("ce-type", format!("com.posthouse.ticket.{kind}"))
        .with("content-type", "application/json")
}

/// Waits until so many messages of the inbox were dealt with for good.
async fn dealt_with(world: &World, door: &Door, messages: usize) {
    until("the inbox is dealt with", || async {
        let text = door.metrics.encode();
        let done: usize = ["accepted", "dead_letter"]
            .iter()
            .map(|outcome| counted(&text, &format!("outcome=\"{outcome}\"")))
            .sum();
        assert!(
            done <= messages,
            "{done} of {messages}: {:?}",
            world.dead_letters().await
        );
        done == messages
    })
    .await;
}

fn counted(text: &str, label: &str) -> usize {
    let line = text
        .lines()
        .find(|line| line.starts_with("intake_inbox_messages_total") && line.contains(label));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
        .unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn protobuf_commands_become_facts_in_order() {
    let world = World::new().await;
    let door = world.door("a").await.run();
    for n in 0..300 {
        let subject = format!("s{n}");
        publish(
            &world,
            "crm",
            Headers::default(),
            encode_command(&named(&subject, &subject)),
        )
        .await;
    }
    dealt_with(&world, &door, 300).await;
    let mut numbers: Vec<(String, String)> = Vec::new();
    for fact in world.facts().await {
        let Body::Opened(opened) = fact.body else {
            panic!("an opening")
        };
        numbers.push((opened.number, opened.subject));
    }
    numbers.sort();
    let subjects: Vec<String> = numbers.into_iter().map(|(_, subject)| subject).collect();
    let expected: Vec<String> = (0..300).map(|n| format!("s{n}")).collect();
    assert_eq!(subjects, expected, "numbered in the order of the source");
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redelivery_makes_no_second_ticket() {
    let world = World::new().await;
    let door = world.door("a").await.run();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let traced = || Headers::default().with("traceparent", trace);
    let data = r#"{"customer":"c-1","subject":"by event"}"#;
    for _ in 0..3 {
        publish(
            &world,
            "crm",
            traced(),
            encode_command(&named("1", "by command")),
        )
        .await;
        publish(&world, "crm", event("7", "open"), data).await;
    }
    // The same names at another source are other commands.
    publish(
        &world,
        "erp",
        traced(),
        encode_command(&named("1", "elsewhere")),
    )
    .await;
    dealt_with(&world, &door, 7).await;
    let facts = world.facts().await;
    assert_eq!(facts.len(), 3, "{facts:?}");
    let log = world.log().await;
    let by_command = log.iter().filter(|it| {
        it.headers
            .get("traceparent")
            .is_some_and(|trace| trace.contains("4bf92f3577b34da6"))
    });
    assert_eq!(by_command.count(), 2);
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_carry_a_ticket_through_its_life() {
    let world = World::new().await;
    let _desk = world.read_side().await;
    let door = world.door("a").await.run();
    publish(
        &world,
        "crm",
        event("1", "open"),
        r#"{"customer":"c-1","subject":"s"}"#,
    )
    .await;
    dealt_with(&world, &door, 1).await;
    let id = world.facts().await[0].ticket.to_string();
    let about = |n: &str, kind: &str| event(n, kind).with("ce-subject", id.clone());
    publish(&world, "crm", about("2", "reply"), r#"{"text":"more"}"#).await;
    publish(&world, "crm", about("3", "resolve"), "").await;
    let by_number = r#"{"ticket_id":"CN-2026-000001"}"#;
    publish(&world, "crm", event("4", "reopen"), by_number).await;
    let command = Command {
        id: None,
        asked_at: None,
        actor: Some(Actor {
            kind: ActorKind::System,
            name: "crm".to_owned(),
        }),
        body: CommandBody::Close {
            ticket: id.clone(),
            reason: "done".to_owned(),
        },
    };
    dealt_with(&world, &door, 4).await;
    let protobuf = about("5", "close").with("content-type", "application/protobuf");
    publish(&world, "crm", protobuf, encode_command(&command)).await;
    dealt_with(&world, &door, 5).await;
    let told: Vec<String> = world
        .facts()
        .await
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
            "closed by system:crm",
        ]
    );
    assert!(world.dead_letters().await.is_empty());
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_of_every_kind_is_set_aside_whole_and_the_next_passes() {
    let world = World::new().await;
    let _desk = world.read_side().await;
    let door = world.door("a").await.run();
    let good = encode_command(&named("good", "good"));
    let mut service = named("x", "s");
    service.actor = Some(Actor {
        kind: ActorKind::Service,
        name: "router".to_owned(),
    });
    let unknown = Command {
        body: CommandBody::Close {
            ticket: "0192f0c1-2345-7890-abcd-ef0123456789".to_owned(),
            reason: String::new(),
        },
        ..named("y", "s")
    };
    let bare = Headers::default;
    let structured = bare().with("content-type", "application/cloudevents+json");
    let big = encode_command(&named("big", &"x".repeat(490_000)));
    let cases: Vec<(Headers, Vec<u8>, &str)> = vec![
        (bare(), vec![], "WIRE0002"),
        (bare(), good[..good.len() - 3].to_vec(), "WIRE0001"),
        (bare(), vec![0xff; 200], "WIRE0001"),
        (bare(), b"{\"customer\":\"c\"}".to_vec(), "WIRE0001"),
        // A kind of command that only a newer version knows.
        (bare(), vec![0x9a, 0x06, 0x00], "WIRE0005"),
        (bare(), encode_command(&named("z", "")), "INT0002"),
        (bare(), encode_command(&service), "INT0002"),
        (bare(), encode_command(&unknown), "INT0005"),
        (bare(), big, "INT0002"),
        (
            bare().with("content-type", "application/json"),
            b"{}".to_vec(),
            "INT0003",
        ),
        (structured, b"{}".to_vec(), "INT0003"),
        (
            event("1", "open").with("ce-specversion", "2.0"),
            b"{}".to_vec(),
            "INT0002",
        ),
        (event("1", "opn"), b"{}".to_vec(), "INT0002"),
        (event("", "open"), b"{}".to_vec(), "INT0002"),
        (event("%zz%ff", "open"), b"{}".to_vec(), "INT0002"),
        (event("1", "open"), b"\xc3\x28".to_vec(), "INT0001"),
        (event("1", "open"), b"{\"customer\":".to_vec(), "INT0001"),
        (event("1", "open"), b"{\"customer\":1}".to_vec(), "INT0002"),
        (
            event("1", "open").with("content-type", "text/csv"),
            b"a,b".to_vec(),
            "INT0003",
        ),
        (event("1", "close"), b"{}".to_vec(), "INT0002"),
        (
            event("1", "open").with("content-type", "application/protobuf"),
            encode_command(&unknown),
            "INT0002",
        ),
    ];
    for (headers, payload, _) in &cases {
        publish(&world, "crm", headers.clone(), payload.clone()).await;
    }
    publish(&world, "crm", bare(), good.clone()).await;
    dealt_with(&world, &door, cases.len() + 1).await;
    let mut letters = world.dead_letters().await;
    letters.sort_by_key(|letter| letter.sequence);
    assert_eq!(letters.len(), cases.len());
    for ((headers, payload, code), letter) in cases.iter().zip(&letters) {
        assert_eq!(&letter.code, code, "{letter:?}");
        assert_eq!(&letter.payload[..], &payload[..], "the original bytes");
        assert_eq!(
            (letter.role.as_str(), letter.stream.as_str()),
            ("intake", "PH_cn-north_inbox")
        );
        assert_eq!(letter.subject, "ph.cn-north.inbox.crm");
        for (name, value) in headers.iter() {
            assert_eq!(letter.headers.get(name).map(String::as_str), Some(value));
        }
        assert!(!letter.reason.is_empty());
    }
    let kinds: Vec<FactKind> = world
        .facts()
        .await
        .iter()
        .map(|it| it.body.kind())
        .collect();
    assert_eq!(kinds, [FactKind::Opened]);
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_tried_too_often_is_poison() {
    let world = World::new().await;
    // Somebody takes the message again and again and dies each time.
    publish(
        &world,
        "crm",
        Headers::default(),
        encode_command(&named("1", "s")),
    )
    .await;
    let mut victim = world.bus.inbox(&world.topology.inbox()).await.unwrap();
    for attempt in 1..=posthouse_intake::limits::INBOX_DELIVERIES_MAX {
        let taken = victim.next(1).await.unwrap();
        assert_eq!(taken[0].attempt, attempt);
        victim
            .nak(&taken[0].delivery.ack, std::time::Duration::ZERO)
            .await
            .unwrap();
    }
    let door = world.door("a").await.run();
    dealt_with(&world, &door, 1).await;
    let letters = world.dead_letters().await;
    assert_eq!((letters.len(), letters[0].code.as_str()), (1, "INT0013"));
    assert!(world.facts().await.is_empty());
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_goes_away_in_between_loses_nothing() {
    let world = World::new().await;
    let door = world.door("a").await.run();
    for n in 0..200 {
        let name = n.to_string();
        publish(
            &world,
            "crm",
            Headers::default(),
            encode_command(&named(&name, &name)),
        )
        .await;
        if n % 50 == 25 {
            world.bus.set_available(false);
            tokio::task::yield_now().await;
            world.bus.set_available(true);
        }
    }
    until("all are in the log", || async {
        door.intake.outbox_held() == 0 && world.facts().await.len() >= 200
    })
    .await;
    let mut subjects: Vec<String> = Vec::new();
    for fact in world.facts().await {
        let Body::Opened(opened) = fact.body else {
            panic!("an opening")
        };
        subjects.push(opened.subject);
    }
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), 200);
    assert_eq!(world.facts().await.len(), 200, "no ticket twice");
    door.stop().await;
}
