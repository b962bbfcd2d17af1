//! What the loop tells in spans: kinds, parents, links and attributes, whatever happens to the
//! worker.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../recorded/mod.rs"]
pub(crate) mod recorded;

use std::io;
use std::sync::{Arc, Mutex};

use posthouse_bus::{Bus, Until, header};
use posthouse_domain::ticket::FactKind;
use posthouse_domain::{FactId, TicketId};
use posthouse_runtime::trace::{Kind, Ratio, SpanContext, SpanId, TraceId, names};
use posthouse_testkit::builders;
use recorded::{Recorded, said};

use crate::stage::{BREACH, REFUSE, Stage, TIMER, TIMER_AFTER};

const PROCESS: &str = "process ph.{region}.{partition}.opened";
const CLASSIFIED: &str = "send ph.{region}.{partition}.classified";
const CLOSED: &str = "send ph.{region}.{partition}.closed";
const BREACHED: &str = "send ph.{region}.{partition}.target_breached";
const LETTER: &str = "send ph.{region}.{partition}.dlq.{role}";

/// Where the sender of a ticket is, and whether it records.
fn caller(number: u32, flags: u8) -> SpanContext {
    SpanContext {
        trace: TraceId::derive(&[b"caller", &number.to_be_bytes()]),
        span: SpanId::derive(&[b"caller", &number.to_be_bytes()]),
        flags,
    }
}

/// What the log says of where a fact was sent.
async fn sent(stage: &Stage, kind: FactKind) -> Vec<(FactId, TicketId, SpanContext)> {
    use futures::StreamExt;
    let subject = stage.topology.subjects.fact_kind(0, kind);
    let stream = stage.topology.log_stream(0);
    let all = stage.bus.read(&stream, &[subject], 0, Until::Now).await;
    all.unwrap()
        .map(|delivery| {
            let delivery = delivery.unwrap();
            let fact = posthouse_wire::decode(&delivery.payload).unwrap();
            let text = delivery.headers.get(header::TRACEPARENT).unwrap();
            (fact.id, fact.ticket, SpanContext::parse(text).unwrap())
        })
        .collect()
        .await
}

#[tokio::test(start_paused = true)]
async fn a_message_is_processed_in_the_trace_of_its_sender() {
    let spans = Recorded::default();
    let stage = Stage::new().await.telling(spans.tracer(Ratio::NONE));
    let worker = stage.start();
    let caller = caller(1, SpanContext::SAMPLED);
    stage.open_from(1, "all is well", Some(caller)).await;
    stage.wait_for(FactKind::Classified, 1).await;
    worker.stop().await;

    let process = spans.one(PROCESS);
    assert_eq!(process.kind, Kind::Consumer);
    assert_eq!(
        (process.trace, process.parent),
        (caller.trace, Some(caller.span))
    );
    let ticket = builders::ticket(1).to_string();
    for (name, value) in [
        (names::MESSAGING_SYSTEM, "nats"),
        (names::MESSAGING_OPERATION_TYPE, "process"),
        (names::MESSAGING_OPERATION_NAME, "process"),
        (names::MESSAGING_DESTINATION, "ph.test.00.opened"),
        (
            names::MESSAGING_DESTINATION_TEMPLATE,
            "ph.{region}.{partition}.opened",
        ),
        (names::MESSAGING_CONSUMER_GROUP, "classifier_00"),
        (names::TICKET_ID, ticket.as_str()),
        (names::REGION, "test"),
        (names::PARTITION, "0"),
        (names::ROLE, "classifier"),
        (names::FACT_KIND, "opened"),
        (names::DECISION, "classified"),
    ] {
        assert_eq!(said(&process, name), value, "{name}");
    }
    assert_eq!(said(&process, names::POLICY).len(), 12);
    assert_eq!(process.failed, None);

    let [(fact, _, context)] = sent(&stage, FactKind::Classified).await[..] else {
        panic!("one label");
    };
    let send = spans.one(CLASSIFIED);
    assert_eq!(send.kind, Kind::Producer);
    assert_eq!(send.context(), context, "the log says where it was sent");
    assert_eq!((send.trace, send.parent), (caller.trace, Some(process.id)));
    assert_eq!(send.id, SpanId::of_fact(fact));
    assert_eq!(said(&send, names::MESSAGING_MESSAGE_ID), fact.to_string());
    assert!(send.links.is_empty());
}

#[tokio::test(start_paused = true)]
async fn batches_link_to_their_messages() {
    let spans = Recorded::default();
    let stage = Stage::new().await.telling(spans.tracer(Ratio::NONE));
    // One in three is recorded by its sender.
    for number in 1..=9 {
        let flags = u8::from(number % 3 == 0);
        stage
            .open_from(number, "all is well", Some(caller(number, flags)))
            .await;
    }
    let worker = stage.start();
    stage.wait_for(FactKind::Classified, 9).await;
    stage
        .open_from(10, "all is well", Some(caller(10, 1)))
        .await;
    stage.wait_for(FactKind::Classified, 10).await;
    worker.stop().await;

    let stream = stage.topology.log_stream(0);
    let receives = spans.named(&format!("receive {stream}"));
    let mut received: Vec<SpanContext> = receives
        .iter()
        .flat_map(|it| it.links.iter().map(|link| link.context))
        .collect();
    received.sort_by_key(|it| it.trace);
    received.dedup();
    let mut expected: Vec<SpanContext> = [3, 6, 9, 10].map(|n| caller(n, 1)).to_vec();
    expected.sort_by_key(|it| it.trace);
    assert!(expected.iter().any(|it| received.contains(it)));
    assert!(
        received.iter().all(|it| expected.contains(it)),
        "only what is recorded"
    );
    assert!(
        receives
            .iter()
            .all(|it| it.kind == Kind::Client && it.parent.is_none())
    );

    let live: Vec<SpanContext> = spans
        .named(PROCESS)
        .iter()
        .filter(|it| it.get(names::REPLAYED).is_none())
        .map(|it| it.context())
        .collect();
    let stores = spans.named(&format!("store {stream}"));
    let stored: Vec<SpanContext> = stores
        .iter()
        .flat_map(|it| it.links.iter().map(|link| link.context))
        .collect();
    assert_eq!(stored, live, "each is stored once");
    assert!(stores.iter().all(|it| it.kind == Kind::Internal));
    let settles = spans.named(&format!("settle {stream}"));
    assert!(!settles.is_empty());
    for settle in settles {
        assert_eq!(settle.kind, Kind::Client);
        let store = stores.iter().find(|it| Some(it.id) == settle.parent);
        assert_eq!(store.expect("a commit comes before").trace, settle.trace);
    }
}

#[tokio::test(start_paused = true)]
async fn a_timer_begins_a_trace_that_links_to_the_creation_of_its_ticket() {
    let spans = Recorded::default();
    let stage = Stage::new().await.telling(spans.tracer(Ratio::ALL));
    let worker = stage.start();
    stage.open_from(1, TIMER, Some(caller(1, 1))).await;
    tokio::time::sleep(TIMER_AFTER).await;
    stage.wait_for(FactKind::Closed, 1).await;
    worker.stop().await;

    let ring = spans.one("ring classifier");
    assert_eq!((ring.kind, ring.parent), (Kind::Internal, None));
    assert_ne!(ring.trace, caller(1, 1).trace, "hours may lie between");
    let created = SpanContext::created(builders::ticket(1));
    assert_eq!(
        ring.links.iter().map(|it| it.context).collect::<Vec<_>>(),
        [created]
    );
    assert_eq!(
        said(&ring, names::TICKET_ID),
        builders::ticket(1).to_string()
    );
    assert!(
        said(&ring, names::DUE).starts_with("2026-11-22T08:00:30"),
        "{ring:?}"
    );
    let send = spans.one(CLOSED);
    assert_eq!((send.trace, send.parent), (ring.trace, Some(ring.id)));
}

#[tokio::test(start_paused = true)]
async fn a_breach_is_recorded_whatever_the_ratio_is() {
    let spans = Recorded::default();
    let stage = Stage::new().await.telling(spans.tracer(Ratio::NONE));
    let worker = stage.start();
    for (number, subject) in [(1, BREACH), (2, TIMER)] {
        stage
            .open_from(number, subject, Some(caller(number, 0)))
            .await;
    }
    tokio::time::sleep(TIMER_AFTER).await;
    stage.wait_for(FactKind::Closed, 2).await;
    worker.stop().await;

    let ring = spans.one("ring classifier");
    assert_eq!(said(&ring, names::REASON), "resolution");
    assert_eq!(
        ring.links[0].context,
        SpanContext::created(builders::ticket(1))
    );
    let breach = spans.one(BREACHED);
    assert_eq!((breach.trace, breach.parent), (ring.trace, Some(ring.id)));
    // What follows from it is recorded with it; what a timer did otherwise is not.
    let closed = spans.one(CLOSED);
    assert_eq!((closed.trace, closed.parent), (ring.trace, Some(ring.id)));
    let recorded: Vec<bool> = sent(&stage, FactKind::Closed)
        .await
        .into_iter()
        .map(|(_, ticket, context)| context.is_sampled() == (ticket == builders::ticket(1)))
        .collect();
    assert_eq!(recorded, [true, true]);
    assert_eq!(spans.named(PROCESS), [], "their senders recorded nothing");
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_is_recorded_whatever_the_ratio_is() {
    let spans = Recorded::default();
    let stage = Stage::new().await.telling(spans.tracer(Ratio::NONE));
    let worker = stage.start();
    stage.open_from(1, REFUSE, Some(caller(1, 0))).await;
    stage.open_from(2, REFUSE, Some(caller(2, 1))).await;
    stage.open_from(3, "all is well", Some(caller(3, 0))).await;
    stage.wait_for(FactKind::Classified, 1).await;
    worker.stop().await;

    let letters = spans.named(LETTER);
    assert_eq!(letters.len(), 2);
    for (letter, number) in letters.iter().zip(1..) {
        assert_eq!((letter.kind, letter.parent), (Kind::Producer, None));
        assert_eq!(letter.failed.as_deref(), Some("TST0001"));
        assert_eq!(said(letter, names::ERROR_TYPE), "TST0001");
        let links: Vec<_> = letter.links.iter().map(|it| it.context).collect();
        let created = SpanContext::created(builders::ticket(number));
        assert_eq!(links, [created, caller(number, u8::from(number == 2))]);
    }
    let refused = spans.one(PROCESS);
    assert_eq!(refused.trace, caller(2, 1).trace);
    assert_eq!(said(&refused, names::DECISION), "refused");
    assert_eq!(refused.failed.as_deref(), Some("TST0001"));
}

/// Everything in the log can be followed from where it was sent back to who sent the ticket.
async fn every_hop_is_linked(stage: &Stage, spans: &Recorded, tickets: u32) {
    let by_id = spans.by_id();
    let sent = sent(stage, FactKind::Classified).await;
    assert_eq!(sent.len(), usize::try_from(tickets).unwrap());
    for (fact, ticket, context) in sent {
        let send = &by_id[&(context.trace, SpanId::of_fact(fact))];
        let process = &by_id[&(context.trace, send.parent.unwrap())];
        assert_eq!(process.name, PROCESS);
        let number = (1..=tickets)
            .find(|n| builders::ticket(*n) == ticket)
            .unwrap();
        assert_eq!(process.parent, Some(caller(number, 1).span));
        assert_eq!(process.trace, caller(number, 1).trace);
    }
}

#[tokio::test(start_paused = true)]
async fn a_takeover_repeats_spans_and_loses_none() {
    let spans = Recorded::default();
    let stage = Stage::new().await.telling(spans.tracer(Ratio::NONE));
    for round in 0..5_u32 {
        let worker = stage.start();
        let first = round * 10 + 1;
        for number in first..first + 10 {
            stage
                .open_from(number, "all is well", Some(caller(number, 1)))
                .await;
        }
        stage.wait_for(FactKind::Classified, first + 3).await;
        worker.kill();
    }
    let worker = stage.start();
    stage.wait_for(FactKind::Classified, 50).await;
    worker.stop().await;

    every_hop_is_linked(&stage, &spans, 50).await;
    let again = spans.all();
    let again = again.iter().filter(|it| it.get(names::REPLAYED).is_some());
    assert!(again.count() > 0, "what was replayed says so");
}

#[tokio::test(start_paused = true)]
async fn lost_receipts_and_a_zombie_break_no_chain() {
    let spans = Recorded::default();
    let stage = Stage::new().await.telling(spans.tracer(Ratio::NONE));
    let (first, second) = (stage.start(), stage.start());
    for number in 1..=20 {
        if number == 5 {
            stage.bus.fail_next_receipts(7);
        }
        stage
            .open_from(number, "all is well", Some(caller(number, 1)))
            .await;
    }
    stage.wait_for(FactKind::Classified, 12).await;
    first.kill();
    stage.wait_for(FactKind::Classified, 20).await;
    second.stop().await;
    every_hop_is_linked(&stage, &spans, 20).await;
}

#[tokio::test(start_paused = true)]
async fn without_a_tracer_the_trace_of_a_sender_goes_through() {
    let stage = Stage::new().await;
    let worker = stage.start();
    stage.open_from(1, "all is well", Some(caller(1, 1))).await;
    stage.open_from(2, "all is well", None).await;
    stage.wait_for(FactKind::Classified, 2).await;
    worker.stop().await;
    for (fact, ticket, context) in sent(&stage, FactKind::Classified).await {
        assert_eq!(context.span, SpanId::of_fact(fact));
        let is_first = ticket == builders::ticket(1);
        assert_eq!(
            context.is_sampled(),
            is_first,
            "nobody records what begins here"
        );
        assert_eq!(context.trace == caller(1, 1).trace, is_first);
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that a worker logs at this level for three tickets, all on this thread.
async fn logged(level: tracing::Level, spans: &Recorded) -> Vec<serde_json::Value> {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(level)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let stage = Stage::new().await.telling(spans.tracer(Ratio::NONE));
    let worker = stage.start();
    // The takeover says a line of its own, once.
    stage.open_from(1, "all is well", Some(caller(1, 1))).await;
    stage.wait_for(FactKind::Classified, 1).await;
    // Other threads, which log nothing, may have met these places first.
    tracing::callsite::rebuild_interest_cache();
    lines.0.lock().unwrap().clear();
    for number in 2..=4 {
        let subject = "zhang.wei@example.com cannot log in";
        stage
            .open_from(number, subject, Some(caller(number, 1)))
            .await;
    }
    stage.wait_for(FactKind::Classified, 4).await;
    worker.stop().await;
    let bytes = lines.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    assert!(!text.contains("zhang.wei"), "{text}");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// One test, since a process has one idea of what is logged.
#[tokio::test(start_paused = true)]
async fn each_decision_is_one_line_at_debug_that_names_its_span_and_none_at_info() {
    let spans = Recorded::default();
    let lines = logged(tracing::Level::DEBUG, &spans).await;
    let decided: Vec<_> = lines
        .iter()
        .filter(|it| it["message"] == "decided")
        .collect();
    assert_eq!(decided.len(), 3, "{lines:?}");
    let process = spans.named(PROCESS);
    for line in decided {
        let span = process
            .iter()
            .find(|it| line["span_id"] == it.id.to_string())
            .expect("a line names its span");
        assert_eq!(line["trace_id"], span.trace.to_string());
        assert_eq!(line["ticket.id"], said(span, names::TICKET_ID));
        assert_eq!(line["decision"], "classified");
    }
    let lines = logged(tracing::Level::INFO, &Recorded::default()).await;
    assert_eq!(lines, Vec::<serde_json::Value>::new());
}
