//! Requests for notifications, put into the log as the notifier does.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use posthouse_bus::{Bus, Outgoing};
use posthouse_domain::ids::Uuid;
use posthouse_domain::ticket::{
    Actor, Body, Contact, Fact, FactKind, Features, NotificationRequested, Opened, PolicyVersion,
    Severity,
};
use posthouse_domain::{FactId, TicketId};

use super::RECEIVERS;
use crate::commands::bench::timers::Place;
use crate::exit::Error;

/// Requests that are on their way into the log at once.
const AT_ONCE: usize = 512;

/// A request that the log holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) id: FactId,
    /// When it was sent to the log.
    pub(super) at: Instant,
}

/// Asks for so many notifications, at `rate` a second, or as fast as the log takes them.
pub(super) async fn ask(place: &Place, count: u64, rate: Option<u32>) -> Result<Vec<Asked>, Error> {
    let began = Instant::now();
    let asked = stream::iter(0..count)
        .map(|number| ask_one(place, number, began, rate))
        .buffer_unordered(AT_ONCE);
    let all: Vec<Result<Asked, Error>> = asked.collect().await;
    all.into_iter().collect()
}

async fn ask_one(
    place: &Place,
    number: u64,
    began: Instant,
    rate: Option<u32>,
) -> Result<Asked, Error> {
    if let Some(rate) = rate {
        let due = Duration::from_micros(number * 1_000_000 / u64::from(rate.max(1)));
        tokio::time::sleep_until((began + due).into()).await;
    }
    let fact = request(place, number);
    let subject = place.topology.subjects.fact(fact.ticket, &fact.body);
    let payload = posthouse_wire::encode(&fact).into();
    let at = Instant::now();
    let message = Outgoing::new(subject, fact.id.to_string(), payload);
    place.bus.publish(message).await?.await?;
    Ok(Asked { id: fact.id, at })
}

fn request(place: &Place, number: u64) -> Fact {
    let opened = Opened {
        number: format!("BENCH-{number:08}"),
        customer: format!("c-{}", number % 1_000),
        subject: "the console shows an error when the instance is started".to_owned(),
        body: String::new(),
        severity: Some(Severity::P2),
        region: String::new(),
        tier: String::new(),
        channel: String::new(),
        language: "en".to_owned(),
        product: "compute".to_owned(),
        attributes: std::collections::BTreeMap::new(),
        contact: Contact::default(),
    };
    let features = Features::declared(&opened, &place.region, place.now());
    let body = Body::NotificationRequested(NotificationRequested {
        receiver: format!("sink-{}", number % RECEIVERS),
        rule: "bench".to_owned(),
        about: FactKind::Routed,
        title: format!("[P2] {}: {}", opened.number, opened.subject),
        text: opened.subject,
        fields: Vec::new(),
        language: opened.language,
        features,
        urgent: false,
        round: 0,
    });
    Fact {
        id: FactId(Uuid::now_v7()),
        ticket: TicketId(Uuid::now_v7()),
        region: place.region.clone(),
        at: place.now(),
        actor: Actor::service("notifier"),
        cause: Some(FactId(Uuid::now_v7())),
        policy: PolicyVersion::default(),
        body,
    }
}
