//! What the doors tell in spans, and the context that they hand on.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of a test, which stops at the first surprise"
)]

mod common;
#[path = "../../runtime/tests/recorded/mod.rs"]
mod recorded;

use axum::http::StatusCode;
use common::{Door, World, opening, until};
use posthouse_bus::{Bus, Headers, Outgoing};
use posthouse_domain::TicketId;
use posthouse_domain::command::Command;
use posthouse_domain::ticket::FactKind;
use posthouse_runtime::trace::{Kind, Ratio, Span, SpanContext, SpanId, TraceId, names};
use posthouse_wire::encode_command;
use recorded::{Recorded, said};

const TICKETS: &str = "/v1/tickets";
const MINIMAL: &str = r#"{"customer":"c-1","subject":"s"}"#;
const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const POST: &str = "POST /v1/tickets";
const SEND: &str = "send ph.{region}.{partition}.opened";
const INBOX: &str = "process ph.{region}.inbox.{source}";
const LETTER: &str = "send ph.{region}.{partition}.dlq.{role}";

/// A region, a door that records this part of what begins there, and what it told.
async fn traced(ratio: Ratio) -> (World, Door, Recorded) {
    let world = World::new().await;
    let spans = Recorded::default();
    let door = world.door_telling("a", spans.tracer(ratio)).await;
    (world, door, spans)
}

async fn post(door: &Door, traceparent: Option<&str>, body: &str) -> common::Answer {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(traceparent.map(|it| ("traceparent", it)));
    door.post_with(TICKETS, &headers, body.to_owned()).await
}

/// Where the first fact of this kind was sent, as its message says.
async fn sent(world: &World, kind: FactKind) -> SpanContext {
    let log = world.log().await;
    let end = format!(".{kind}");
    let message = log.iter().find(|it| it.subject.ends_with(&end)).unwrap();
    SpanContext::parse(message.headers.get("traceparent").unwrap()).unwrap()
}

fn links(span: &Span) -> Vec<SpanContext> {
    span.links.iter().map(|it| it.context).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_of_a_caller_goes_on_and_the_ticket_links_to_it() {
    let (world, door, spans) = traced(Ratio::NONE).await;
    let answer = post(&door, Some(CALLER), MINIMAL).await;
    let ticket: TicketId = answer.word("ticket_id").parse().unwrap();
    let caller = SpanContext::parse(CALLER).unwrap();

    let server = spans.one(POST);
    assert_eq!(server.kind, Kind::Server);
    assert_eq!(
        (server.trace, server.parent),
        (caller.trace, Some(caller.span))
    );
    for (name, value) in [
        (names::HTTP_METHOD, "POST"),
        (names::HTTP_ROUTE, TICKETS),
        (names::HTTP_STATUS, "202"),
        (names::TICKET_ID, &ticket.to_string()),
        (names::REGION, common::REGION),
        (names::ROLE, "intake"),
    ] {
        assert_eq!(said(&server, name), value, "{name}");
    }
    let send = spans.one(SEND);
    assert_eq!((send.kind, send.trace), (Kind::Producer, caller.trace));
    assert_eq!(send.parent, Some(server.id));
    assert_eq!(send.context(), sent(&world, FactKind::Opened).await);

    let created = spans.one(names::CREATE_TICKET);
    assert_eq!((created.kind, created.parent), (Kind::Producer, None));
    assert_eq!(created.context(), SpanContext::created(ticket));
    assert_eq!(links(&created), [server.context()]);
    assert_eq!(links(&server), [created.context()]);
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_caller_the_ticket_is_the_trace() {
    let (world, door, spans) = traced(Ratio::ALL).await;
    let answer = post(&door, Some("00-not-a-trace-01"), MINIMAL).await;
    let ticket: TicketId = answer.word("ticket_id").parse().unwrap();
    let (server, created, send) = (
        spans.one(POST),
        spans.one(names::CREATE_TICKET),
        spans.one(SEND),
    );
    assert_eq!(
        (server.trace, server.parent),
        (TraceId::of_ticket(ticket), None)
    );
    assert_eq!(created.context(), SpanContext::created(ticket));
    assert_eq!(created.parent, Some(server.id));
    assert_eq!((send.trace, send.parent), (server.trace, Some(server.id)));
    assert_eq!(send.context(), sent(&world, FactKind::Opened).await);
    assert!(server.links.is_empty() && created.links.is_empty());
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_later_begins_a_trace_that_links_to_the_ticket() {
    let (world, door, spans) = traced(Ratio::ALL).await;
    let _desk = world.read_side().await;
    let (id, _) = door.open_ticket().await;
    let ticket: TicketId = id.parse().unwrap();
    let path = format!("/v1/tickets/{id}/close");
    let answer = door.post(&path, r#"{"reason":"done"}"#).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let server = spans.one("POST /v1/tickets/{id}/close");
    assert_ne!(server.trace, TraceId::of_ticket(ticket));
    assert_eq!(links(&server), [SpanContext::created(ticket)]);
    let send = spans.one("send ph.{region}.{partition}.closed");
    assert_eq!((send.trace, send.parent), (server.trace, Some(server.id)));
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_a_span_and_a_repeat_is_one_of_its_own() {
    let (_world, door, spans) = traced(Ratio::ALL).await;
    let answer = post(&door, Some(CALLER), "{}").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refused = spans.one(POST);
    assert_eq!(said(&refused, names::HTTP_STATUS), "422");
    assert!(!said(&refused, names::REASON).is_empty());
    assert_eq!(
        refused.failed, None,
        "whoever asks for what cannot be has failed"
    );

    for _ in 0..2 {
        let answer = door.post_keyed(TICKETS, "k", MINIMAL).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    }
    assert_eq!(spans.named(names::CREATE_TICKET).len(), 1);
    assert_eq!(spans.named(SEND).len(), 1);
    let [_, first, repeat] = &spans.named(POST)[..] else {
        panic!("three requests")
    };
    assert_ne!(first.id, repeat.id);
    assert_eq!(links(repeat), [spans.one(names::CREATE_TICKET).context()]);
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_on_disk_is_sent_in_the_trace_of_its_request() {
    let (world, door, spans) = traced(Ratio::NONE).await;
    let door = door.run();
    world.bus.set_available(false);
    let answer = post(&door, Some(CALLER), MINIMAL).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let server = spans.one(POST);
    assert_eq!(said(&server, names::OUTBOX), "true");
    assert!(spans.named(SEND).is_empty(), "it is not sent yet");
    world.bus.set_available(true);
    until("it is sent", || async { !spans.named(SEND).is_empty() }).await;
    let send = spans.one(SEND);
    assert_eq!((send.trace, send.parent), (server.trace, Some(server.id)));
    assert_eq!(said(&send, names::OUTBOX), "true");
    assert_eq!(send.context(), sent(&world, FactKind::Opened).await);
    door.stop().await;
}

async fn publish(world: &World, headers: Headers, payload: Vec<u8>) {
    let message = Outgoing {
        subject: world.topology.subjects.inbox("crm"),
        headers,
        payload: payload.into(),
        ..Outgoing::default()
    };
    world.bus.publish(message).await.unwrap().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_the_inbox_is_processed_in_the_trace_of_its_sender() {
    let (world, door, spans) = traced(Ratio::NONE).await;
    let door = door.run();
    let command = Command {
        id: Some("1".to_owned()),
        asked_at: None,
        actor: None,
        body: opening("by command"),
    };
    let traced = || Headers::default().with("traceparent", CALLER);
    for _ in 0..2 {
        publish(&world, traced(), encode_command(&command)).await;
    }
    until("both are told", || async { spans.named(INBOX).len() == 2 }).await;
    let caller = SpanContext::parse(CALLER).unwrap();
    let [first, repeat] = &spans.named(INBOX)[..] else {
        panic!("two deliveries")
    };
    assert_eq!(first.kind, Kind::Consumer);
    assert_eq!(
        (first.trace, first.parent),
        (caller.trace, Some(caller.span))
    );
    assert_eq!(first.id, repeat.id, "a repeat repeats its span");
    let sends = spans.named(SEND);
    assert!(sends.iter().all(|it| it.parent == Some(first.id)));
    assert_eq!(spans.named(names::CREATE_TICKET).len(), 1);
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_recorded_whatever_its_sender_says() {
    let (world, door, spans) = traced(Ratio::NONE).await;
    let door = door.run();
    let unsampled = CALLER.replace("-01", "-00");
    let headers = Headers::default().with("traceparent", unsampled.as_str());
    publish(&world, headers, b"no command".to_vec()).await;
    until("it is set aside", || async {
        !spans.named(LETTER).is_empty()
    })
    .await;
    let letter = spans.one(LETTER);
    assert_eq!((letter.kind, letter.parent), (Kind::Producer, None));
    assert!(letter.failed.is_some());
    assert_eq!(links(&letter), [SpanContext::parse(&unsampled).unwrap()]);
    let id = said(&letter, names::MESSAGING_MESSAGE_ID).parse().unwrap();
    assert_eq!(letter.id, SpanId::of_fact(id));
    assert!(spans.named(INBOX).is_empty(), "its sender records nothing");
    door.stop().await;
}
