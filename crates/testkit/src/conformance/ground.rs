//! What the behaviours have in common: a provisioned region, messages, and an owner who counts.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use posthouse_bus::topology::{OwnedSpec, Size, Topology};
use posthouse_bus::{Bus, Delivery, Error, Outgoing, Owned, Role, Stored, Turn, Until, limits};
use posthouse_domain::ticket::FactKind;

use futures::TryStreamExt;

use super::Stage;
use super::patience::{TAKEOVER_MAX, soon, within};

/// Small, yet with several partitions to a stream and several streams.
pub(super) const SIZE: Size = Size {
    partitions: 4,
    partitions_per_stream: 2,
    receiver_partitions: 2,
    replicas: 1,
    age_max: Duration::from_secs(3600),
};

/// A provisioned region and a client of it.
pub(super) struct Ground {
    pub(super) bus: Arc<dyn Bus>,
    pub(super) topology: Topology,
}

impl Ground {
    pub(super) async fn of(stage: &dyn Stage) -> Self {
        let bus = stage.client().await;
        let topology = Topology::new(stage.region(), SIZE);
        let owned = [
            partition(&topology),
            topology.courier_owned(0),
            topology.courier_owned(1),
            topology.lookout_owned(),
            topology.dispatch_owned(),
        ];
        let topology = topology.with_consumers(owned);
        soon("provision", bus.provision(&topology)).await.unwrap();
        Self { bus, topology }
    }

    /// The router's partition 1, reading two kinds of fact.
    pub(super) fn partition(&self) -> OwnedSpec {
        partition(&self.topology)
    }

    /// A subject that [`Ground::partition`] reads.
    pub(super) fn opened(&self) -> String {
        self.topology.subjects.fact_kind(1, FactKind::Opened)
    }

    /// Stores numbered messages on a subject, in order; gives their sequences.
    pub(super) async fn publish(&self, subject: &str, numbers: std::ops::Range<u32>) -> Vec<u64> {
        let mut sequences = Vec::new();
        for number in numbers {
            let message = numbered(subject, number);
            sequences.push(send(&*self.bus, message).await.unwrap().sequence);
        }
        sequences
    }

    /// Asks for the time in a partition, as roles do.
    pub(super) async fn tick(&self, spec: &OwnedSpec) {
        let tick = Outgoing {
            subject: spec.tick_subject.clone(),
            payload: Bytes::from_static(b"tick"),
            ttl: Some(limits::TICK_TTL),
            ..Outgoing::default()
        };
        send(&*self.bus, tick).await.unwrap();
    }

    /// Everything in a stream now that matches one of `filters`.
    pub(super) async fn all(&self, stream: &str, filters: &[String]) -> Vec<Delivery> {
        soon("read a stream", async {
            let deliveries = self.bus.read(stream, filters, 0, Until::Now).await?;
            deliveries.try_collect().await
        })
        .await
        .unwrap()
    }
}

fn partition(topology: &Topology) -> OwnedSpec {
    let kinds = [FactKind::Opened, FactKind::Classified];
    topology.owned(Role::Router, 1, &kinds)
}

/// A message that says a number, and has an identity made of it.
pub(super) fn numbered(subject: &str, number: u32) -> Outgoing {
    let text = number.to_string();
    Outgoing::new(subject.to_owned(), format!("{subject}/{text}"), text.into())
}

/// Sends a message and waits for its receipt.
pub(super) async fn send(bus: &dyn Bus, message: Outgoing) -> Result<Stored, Error> {
    soon("a receipt", async { bus.publish(message).await?.await }).await
}

/// What the messages say.
pub(super) fn texts(deliveries: &[Delivery]) -> Vec<String> {
    deliveries.iter().map(text).collect()
}

/// What a message says.
pub(super) fn text(delivery: &Delivery) -> String {
    String::from_utf8_lossy(&delivery.payload).into_owned()
}

/// What [`Ground::publish`] makes the messages say.
pub(super) fn numbers(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

/// An owner, or somebody who would be one.
pub(super) struct Owner(pub(super) Box<dyn Owned>);

impl Owner {
    pub(super) async fn of(bus: &dyn Bus, spec: &OwnedSpec) -> Self {
        Self(soon("ask for a partition", bus.own(spec)).await.unwrap())
    }

    /// Becomes the owner.
    pub(super) async fn take(&mut self) {
        let turn = within(TAKEOVER_MAX, "own the partition", self.0.next(1)).await;
        assert_eq!(turn, Ok(Turn::Taken), "a new owner is told so first");
    }

    /// Takes deliveries until there are `count` in one ownership.
    ///
    /// Ownership may be lost and won again on a busy machine; then the count begins anew, as it
    /// does for whoever owns a partition.
    pub(super) async fn deliveries(&mut self, count: usize) -> Vec<Delivery> {
        self.until(|so_far| so_far.len() >= count).await
    }

    /// Takes deliveries until `enough` says so.
    pub(super) async fn until(&mut self, enough: impl Fn(&[Delivery]) -> bool) -> Vec<Delivery> {
        let mut taken = Vec::new();
        within(TAKEOVER_MAX, "deliveries", async {
            while !enough(&taken) {
                match self.0.next(7).await.unwrap() {
                    Turn::Taken => taken.clear(),
                    Turn::Deliveries(more) => {
                        assert!((1..=7).contains(&more.len()), "got {} at once", more.len());
                        taken.extend(more);
                    }
                }
            }
        })
        .await;
        assert!(taken.is_sorted_by_key(|it| it.sequence), "out of order");
        taken
    }

    pub(super) async fn ack_through(&mut self, delivery: &Delivery) {
        let ack = self.0.ack_through(&delivery.ack);
        soon("acknowledge", ack).await.unwrap();
    }

    pub(super) async fn release(self) {
        soon("release", self.0.release()).await.unwrap();
    }
}
