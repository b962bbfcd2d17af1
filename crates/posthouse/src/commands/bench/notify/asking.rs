//! Facts that somebody is told of, put into the log as intake does.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use posthouse_bus::{Bus, Outgoing};
use posthouse_domain::ids::Uuid;
use posthouse_domain::ticket::{
    Actor, ActorKind, Body, Contact, Fact, Opened, PolicyVersion, Severity,
};
use posthouse_domain::{FactId, TicketId};

use crate::commands::bench::timers::Place;
use crate::exit::Error;

/// Facts that are on their way into the log at once.
const AT_ONCE: usize = 512;

/// A ticket whose opening the log holds, and somebody is told of.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) ticket: TicketId,
    /// Its product, which says who is told.
    pub(super) product: String,
    /// When it was sent to the log.
    pub(super) at: Instant,
}

/// Opens so many tickets of these products, one after the other, at `rate` a second, or as fast
/// as the log takes them.
pub(super) async fn ask(
    place: &Place,
    products: &[String],
    count: u64,
    rate: Option<u64>,
) -> Result<Vec<Asked>, Error> {
    let began = Instant::now();
    let asked = stream::iter(0..count)
        .map(|number| async move {
            if let Some(rate) = rate {
                let due = Duration::from_micros(number * 1_000_000 / rate.max(1));
                tokio::time::sleep_until((began + due).into()).await;
            }
            let index = usize::try_from(number).unwrap_or(usize::MAX) % products.len();
            ask_one(place, number, &products[index]).await
        })
        .buffer_unordered(AT_ONCE);
    let all: Vec<Result<Asked, Error>> = asked.collect().await;
    all.into_iter().collect()
}

async fn ask_one(place: &Place, number: u64, product: &str) -> Result<Asked, Error> {
    let fact = opening(place, number, product);
    let subject = place.topology.subjects.fact(fact.ticket, &fact.body);
    let payload = posthouse_wire::encode(&fact).into();
    let at = Instant::now();
    let message = Outgoing::new(subject, fact.id.to_string(), payload);
    place.bus.publish(message).await?.await?;
    Ok(Asked {
        ticket: fact.ticket,
        product: product.to_owned(),
        at,
    })
}

fn opening(place: &Place, number: u64, product: &str) -> Fact {
    let customer = format!("c-{}", number % 1_000);
    let opened = Opened {
        number: format!("BENCH-{number:08}"),
        customer: customer.clone(),
        subject: "the console shows an error when the instance is started".to_owned(),
        body: String::new(),
        severity: Some(Severity::P2),
        region: String::new(),
        tier: String::new(),
        channel: String::new(),
        language: "en".to_owned(),
        product: product.to_owned(),
        attributes: std::collections::BTreeMap::new(),
        contact: Contact::default(),
    };
    Fact {
        id: FactId(Uuid::now_v7()),
        ticket: TicketId(Uuid::now_v7()),
        region: place.region.clone(),
        at: place.now(),
        actor: Actor {
            kind: ActorKind::Customer,
            name: customer,
        },
        cause: None,
        policy: PolicyVersion::default(),
        body: Body::Opened(opened),
    }
}
