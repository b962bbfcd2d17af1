//! How fast the adapter is beside the plain client library, on the same server in the same run:
//! `cargo run --release -p posthouse-bus-nats --example rates -- nats://127.0.0.1:4222`.
//!
//! Prints messages a second for publishing alone, for one hop (own, publish on, acknowledge) and
//! for reading to the end, and the ratio to the library where there is one.

#![expect(clippy::print_stdout, reason = "figures are what this is for")]

use std::collections::VecDeque;
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use futures::{StreamExt, TryStreamExt};
use posthouse_bus::topology::{Size, Topology};
use posthouse_bus::{Bus, Outgoing, Receipt, Role, Turn, Until};
use posthouse_bus_nats::{NatsBus, Options, baseline};
use posthouse_domain::ticket::FactKind;

const COUNT: u32 = 50_000;
const PAYLOAD: [u8; 1_024] = [b'x'; 1_024];
const IN_FLIGHT: usize = 1_024;
const ROUNDS: u32 = 3;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args()
        .nth(1)
        .ok_or("the address of a server is needed")?;
    for round in 0..ROUNDS {
        let plain_publish = plain_publish(&url, round).await?;
        // Two stages: one publish that feeds, one that hops.
        let plain_hop =
            baseline(std::slice::from_ref(&url), COUNT.into(), PAYLOAD.len(), 2).await?;
        let bus = NatsBus::connect(&Options::new([url.clone()])).await?;
        let ours = ours(&bus, &url, round).await?;
        println!(
            "publish {:.0} (plain {plain_publish:.0}, ratio {:.2}); hop {:.0} (plain {plain_hop:.0}, \
             ratio {:.2}); read {:.0}",
            ours.publish,
            ours.publish / plain_publish,
            ours.hop,
            ours.hop / plain_hop,
            ours.read,
        );
    }
    Ok(())
}

struct Rates {
    publish: f64,
    hop: f64,
    read: f64,
}

fn rate(begun: Instant) -> f64 {
    f64::from(COUNT) / begun.elapsed().as_secs_f64()
}

async fn plain_publish(url: &str, round: u32) -> Result<f64, Box<dyn Error>> {
    let jetstream = async_nats::jetstream::new(async_nats::connect(url).await?);
    let subject = format!("rates.plain.{}.{round}", std::process::id());
    let config = async_nats::jetstream::stream::Config {
        name: format!("RATES_{}_{round}", std::process::id()),
        subjects: vec![subject.clone()],
        ..Default::default()
    };
    let name = config.name.clone();
    jetstream.create_stream(config).await?;
    let begun = Instant::now();
    futures::stream::iter(0..COUNT)
        .map(|_| async {
            let sent = jetstream
                .publish(subject.clone(), PAYLOAD.to_vec().into())
                .await?;
            sent.await
        })
        .buffer_unordered(IN_FLIGHT)
        .try_for_each(|_| std::future::ready(Ok(())))
        .await?;
    let rate = rate(begun);
    jetstream.delete_stream(name).await?;
    Ok(rate)
}

/// Receipts in the order of sending, at most so many outstanding.
#[derive(Default)]
struct Window(VecDeque<Receipt>);

impl Window {
    async fn push(&mut self, receipt: Receipt) -> Result<(), posthouse_bus::Error> {
        self.0.push_back(receipt);
        while self.0.len() > IN_FLIGHT {
            self.settle_one().await?;
        }
        Ok(())
    }

    async fn settle_one(&mut self) -> Result<(), posthouse_bus::Error> {
        if let Some(receipt) = self.0.pop_front() {
            receipt.await?;
        }
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), posthouse_bus::Error> {
        while !self.0.is_empty() {
            self.settle_one().await?;
        }
        Ok(())
    }
}

async fn ours(bus: &Arc<NatsBus>, url: &str, round: u32) -> Result<Rates, Box<dyn Error>> {
    let topology = Topology::new(
        &format!("rates-{}-{round}", std::process::id()),
        Size::LAPTOP,
    );
    let spec = topology.owned(Role::Classifier, 0, &[FactKind::Opened]);
    let topology = topology.with_consumers([spec.clone()]);
    bus.provision(&topology).await?;
    let opened = topology.subjects.fact_kind(0, FactKind::Opened);
    let begun = Instant::now();
    publish_all(&**bus, &opened).await?;
    let publish = rate(begun);

    let begun = Instant::now();
    let stream = topology.log_stream(0);
    let read = bus.read(&stream, &[], 0, Until::Now).await?.count().await;
    assert_eq!(read, usize::try_from(COUNT)?);
    let read = rate(begun);

    // As the baseline does it: fed while it runs, each stage on a connection of its own, and
    // the last stage only acknowledges.
    let spec = topology.owned(Role::Watchdog, 1, &[FactKind::Opened]);
    let last = topology.owned(Role::Router, 1, &[FactKind::Classified]);
    let topology = topology.with_consumers([spec.clone(), last.clone()]);
    bus.provision(&topology).await?;
    let opened = topology.subjects.fact_kind(1, FactKind::Opened);
    let classified = topology.subjects.fact_kind(1, FactKind::Classified);
    let (one, other) = (connect(url).await?, connect(url).await?);
    let begun = Instant::now();
    tokio::try_join!(
        publish_all(&**bus, &opened),
        stage(&*one, &spec, Some(&classified)),
        stage(&*other, &last, None),
    )?;
    let hop = rate(begun);
    Ok(Rates { publish, hop, read })
}

async fn connect(url: &str) -> Result<Arc<NatsBus>, posthouse_bus::Error> {
    NatsBus::connect(&Options::new([url])).await
}

async fn publish_all(bus: &dyn Bus, subject: &str) -> Result<(), posthouse_bus::Error> {
    let mut window = Window::default();
    for number in 0..COUNT {
        let message = Outgoing::new(
            subject.to_owned(),
            format!("{subject}-{number}"),
            PAYLOAD.to_vec().into(),
        );
        window.push(bus.publish(message).await?).await?;
    }
    window.settle().await
}

async fn stage(
    bus: &dyn Bus,
    spec: &posthouse_bus::topology::OwnedSpec,
    next: Option<&str>,
) -> Result<(), posthouse_bus::Error> {
    let mut owned = bus.own(spec).await?;
    let mut seen = 0;
    let mut window = Window::default();
    let mut unacknowledged = VecDeque::new();
    while seen < COUNT {
        let deliveries = match owned.next(512).await? {
            Turn::Taken => {
                seen = 0;
                continue;
            }
            Turn::Deliveries(deliveries) => deliveries,
        };
        for delivery in deliveries {
            seen += 1;
            if let Some(next) = next {
                let id = format!("next-{}", delivery.sequence);
                let message = Outgoing::new(next.to_owned(), id, delivery.payload);
                window.push(bus.publish(message).await?).await?;
            }
            unacknowledged.push_back(delivery.ack);
        }
        // What is behind the window is stored.
        let done = unacknowledged.len().saturating_sub(window.0.len());
        if let Some(token) = unacknowledged.drain(..done).next_back() {
            owned.ack_through(&token).await?;
        }
    }
    window.settle().await?;
    if let Some(token) = unacknowledged.back() {
        owned.ack_through(token).await?;
    }
    owned.release().await
}
