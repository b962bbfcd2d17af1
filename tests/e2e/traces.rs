//! Traces of a region whose server dies under load: from every fact of every ticket the way leads
//! back to the ticket's creation.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt as _;
use posthouse_bus::subject::{Said, said};
use posthouse_bus::topology::{Size, Topology};
use posthouse_bus::{Bus as _, Until, header};
use posthouse_bus_nats::{NatsBus, Options};
use posthouse_tests::limits::BURIED_WITHIN;
use posthouse_tests::{Door, Setup, Up, eventually, kill_server, servers_on};

use crate::collector::{Arrived, Collector, Place};
use crate::load::{Load, all_are_there, keys};
use crate::verdict;

/// How many tickets, unless the variable [`TICKETS_VARIABLE`] says otherwise.
const TICKETS: usize = 600;
/// For who wants the figure of `docs/performance.md`.
const TICKETS_VARIABLE: &str = "TRACED_TICKETS";

/// A ticket's facts, by where they were sent.
type Facts = BTreeMap<String, BTreeSet<Place>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hop_of_every_ticket_is_linked_though_the_server_dies() {
    let collector = Collector::start().await;
    let url: &'static str = collector.url().to_owned().leak();
    let setup = Setup {
        environment: vec![
            ("POSTHOUSE_TELEMETRY__OTLP_URL", url),
            ("POSTHOUSE_TELEMETRY__PROTOCOL", "http"),
            ("POSTHOUSE_TELEMETRY__SAMPLE_RATIO", "1"),
            ("POSTHOUSE_TELEMETRY__METRICS_EVERY_S", "1"),
        ],
        ..Setup::default()
    };
    let Some(up) = Up::start(setup).await else {
        return;
    };
    let tickets = tickets();
    let mut load = Load::start(up.door(), &keys("traced", tickets));
    for part in [4, 2] {
        load.reached(tickets / part).await;
        another_server(&up).await;
    }
    let notes = load.finish().await;
    up.door().ready().await;
    up.door().all_carried(notes.len()).await;
    all_are_there(up.door(), &notes).await;
    verdict::sound(up.door(), notes.len()).await;
    let facts = facts(up.door()).await;
    assert_eq!(facts.len(), notes.len());
    nothing_was_dropped(up.door()).await;
    up.end().await;

    let arrived = collector.arrived();
    judge(&arrived, &facts);
    assert!(arrived.metrics.contains("worker_inputs_total"));
    assert!(
        arrived
            .resources
            .iter()
            .any(|said| said.starts_with("service.instance.id"))
    );
}

fn tickets() -> usize {
    let asked = std::env::var(TICKETS_VARIABLE).ok();
    asked.map_or(TICKETS, |asked| asked.parse().expect("it is a number"))
}

/// Kills the server and waits for the next one: what was under way is delivered again.
async fn another_server(up: &Up) {
    let killed = kill_server(up.data());
    let data = up.data().to_owned();
    eventually("another server", BURIED_WITHIN, async || {
        match servers_on(&data)[..] {
            [server] if server != killed => Ok(()),
            ref servers => Err(format!("{servers:?}")),
        }
    })
    .await;
}

/// What the log says: the facts of each ticket, and in which span each was sent.
async fn facts(door: &Door) -> Facts {
    let options = Options {
        urls: vec![door.nats_url().await],
        ..Options::default()
    };
    let bus = NatsBus::connect(&options).await.unwrap();
    let mut facts = Facts::new();
    for stream in Topology::new("cn-north", Size::LAPTOP).log_streams() {
        let mut deliveries = bus.read(&stream, &[], 0, Until::Now).await.unwrap();
        while let Some(delivery) = deliveries.next().await {
            let delivery = delivery.unwrap();
            let ticket = delivery.headers.get(header::TICKET);
            let (Some(ticket), Said::Fact(_)) = (ticket, said(&delivery.subject)) else {
                continue;
            };
            let sent = delivery.headers.get(header::TRACEPARENT);
            let sent = sent.unwrap_or_else(|| panic!("{} has no context", delivery.subject));
            let mut parts = sent.split('-').skip(1).map(str::to_owned);
            let place = parts.next().zip(parts.next()).unwrap();
            facts
                .entry(ticket.replace('-', ""))
                .or_default()
                .insert(place);
        }
    }
    facts
}

async fn nothing_was_dropped(door: &Door) {
    let page = door.get("/metrics").await.body;
    let dropped = page
        .lines()
        .filter(|line| line.starts_with("telemetry_spans_dropped_total{"));
    for line in dropped {
        assert!(line.ends_with(" 0"), "{line}");
    }
}

/// Says which share of tickets is whole, and fails unless all are.
fn judge(arrived: &Arrived, facts: &Facts) {
    let hops: usize = facts.values().map(BTreeSet::len).sum();
    let broken: Vec<_> = facts
        .iter()
        .flat_map(|(ticket, sent)| sent.iter().map(move |place| (ticket, place)))
        .filter(|(ticket, place)| !leads_to_creation(arrived, place, ticket))
        .collect();
    let broken_tickets: BTreeSet<_> = broken.iter().map(|(ticket, _)| ticket).collect();
    let again: usize = arrived.steps.values().map(|step| step.times - 1).sum();
    eprintln!(
        "{} of {} tickets with every hop linked; {hops} hops, {} spans, {again} of them told again",
        facts.len() - broken_tickets.len(),
        facts.len(),
        arrived.steps.len(),
    );
    if let Some((ticket, place)) = broken.first() {
        let seen = arrived.steps.get(*place);
        panic!(
            "{} hops lead nowhere; of {ticket}: {place:?}, {seen:#?}",
            broken.len()
        );
    }
}

/// Whether the way up from a span to the beginning of its trace is whole, and that trace is the
/// one the ticket was created in, or links to its creation on the way.
fn leads_to_creation(arrived: &Arrived, from: &Place, ticket: &str) -> bool {
    let creation = (ticket.to_owned(), ticket[16..].to_owned());
    let mut is_linked = from.0 == creation.0;
    let mut seen = BTreeSet::new();
    let mut ahead = Some(from.clone());
    while let Some(place) = ahead {
        let Some(step) = arrived.steps.get(&place) else {
            return false;
        };
        is_linked |= step.links.contains(&creation);
        let is_new = seen.insert(place);
        ahead = step.parent.clone().filter(|_| is_new);
    }
    is_linked && arrived.steps.contains_key(&creation)
}
