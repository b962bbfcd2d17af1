//! The bus as a process gets to see it on a bad day.
//!
//! Everything here keeps to the contract of the port: what is lost is answered with an error
//! that may be tried again, what was handed over is not taken back, and order holds where the
//! port promises it. What a [`Plant`](crate::Plant) breaks is the exception.

mod bucket;
mod inbox;
mod objects;
mod outgoing;
mod owned;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use posthouse_bus::memory::MemoryBus;
use posthouse_bus::topology::{Change, InboxSpec, OwnedSpec, Topology};
use posthouse_bus::{
    Bucket, Bus, Deliveries, Delivery, Error, InboxConsumer, Objects, Outgoing, Owned, Queries,
    Receipt, Until,
};

use crate::disk::Disk;
use crate::life::Life;

/// A connection of one life of a process.
pub(crate) struct HostileBus {
    bus: Arc<MemoryBus>,
    life: Arc<Life>,
    disk: Arc<Disk>,
}

impl HostileBus {
    /// The connection of `life`, whose process keeps its stores on `disk`.
    pub(crate) fn new(life: &Arc<Life>, disk: &Arc<Disk>) -> Self {
        Self {
            bus: Arc::new(life.world.bus.client()),
            life: Arc::clone(life),
            disk: Arc::clone(disk),
        }
    }

    /// What every call does before its effect.
    async fn reach(&self) -> Result<(), Error> {
        self.life.pass().await;
        self.life.reach()
    }

    /// What every call does with its answer.
    async fn answer<T>(&self, answer: Result<T, Error>) -> Result<T, Error> {
        self.life.pass().await;
        self.life.reach().and(answer)
    }
}

#[async_trait]
impl Bus for HostileBus {
    async fn provision(&self, topology: &Topology) -> Result<Vec<Change>, Error> {
        self.reach().await?;
        self.answer(self.bus.provision(topology).await).await
    }

    async fn publish(&self, message: Outgoing) -> Result<Receipt, Error> {
        outgoing::publish(&self.bus, &self.life, message).await
    }

    async fn own(&self, spec: &OwnedSpec) -> Result<Box<dyn Owned>, Error> {
        self.reach().await?;
        let inner = self.bus.own(spec).await;
        let inner = self.answer(inner).await?;
        Ok(Box::new(owned::HostileOwned::new(
            Arc::clone(&self.bus),
            Arc::clone(&self.life),
            Arc::clone(&self.disk),
            spec.clone(),
            inner,
        )))
    }

    async fn inbox(&self, spec: &InboxSpec) -> Result<Box<dyn InboxConsumer>, Error> {
        self.reach().await?;
        let inner = self.bus.inbox(spec).await;
        let inner = self.answer(inner).await?;
        Ok(Box::new(inbox::HostileInbox::new(
            Arc::clone(&self.life),
            Arc::clone(&self.disk),
            inner,
        )))
    }

    async fn read(
        &self,
        stream: &str,
        filters: &[String],
        from: u64,
        until: Until,
    ) -> Result<Deliveries, Error> {
        self.reach().await?;
        let read = self.bus.read(stream, filters, from, until).await;
        let deliveries = self.answer(read).await?;
        let life = Arc::clone(&self.life);
        let read = deliveries.then(move |delivery| {
            let life = Arc::clone(&life);
            async move {
                life.pass().await;
                life.reach().and(delivery)
            }
        });
        Ok(until_error(read).boxed())
    }

    async fn last_sequence(&self, stream: &str) -> Result<u64, Error> {
        self.reach().await?;
        self.answer(self.bus.last_sequence(stream).await).await
    }

    async fn last_on(&self, stream: &str, subject: &str) -> Result<Option<Delivery>, Error> {
        self.reach().await?;
        self.answer(self.bus.last_on(stream, subject).await).await
    }

    async fn get(&self, stream: &str, sequence: u64) -> Result<Option<Delivery>, Error> {
        self.reach().await?;
        self.answer(self.bus.get(stream, sequence).await).await
    }

    async fn request(&self, subject: &str, payload: Bytes, wait: Duration) -> Result<Bytes, Error> {
        self.reach().await?;
        let answer = self.bus.request(subject, payload, wait).await;
        self.answer(answer).await
    }

    async fn serve(&self, subject: &str, group: &str) -> Result<Queries, Error> {
        self.reach().await?;
        self.answer(self.bus.serve(subject, group).await).await
    }

    async fn bucket(&self, name: &str) -> Result<Box<dyn Bucket>, Error> {
        self.reach().await?;
        let inner = self.bus.bucket(name).await;
        let inner = self.answer(inner).await?;
        Ok(Box::new(bucket::HostileBucket::new(
            Arc::clone(&self.life),
            inner,
        )))
    }

    async fn objects(&self, name: &str) -> Result<Box<dyn Objects>, Error> {
        self.reach().await?;
        let inner = self.bus.objects(name).await;
        let inner = self.answer(inner).await?;
        Ok(Box::new(objects::HostileObjects::new(
            Arc::clone(&self.life),
            inner,
        )))
    }

    fn is_connected(&self) -> bool {
        !self.life.is_dead() && self.bus.is_connected()
    }

    async fn close(&self) -> Result<(), Error> {
        self.life.pass().await;
        self.bus.close().await
    }
}

/// An error is the last delivery.
fn until_error(
    deliveries: impl futures::Stream<Item = Result<Delivery, Error>> + Send + 'static,
) -> impl futures::Stream<Item = Result<Delivery, Error>> + Send + 'static {
    let mut failed = false;
    deliveries.take_while(move |delivery| {
        let goes_on = !failed;
        failed = delivery.is_err();
        std::future::ready(goes_on)
    })
}
