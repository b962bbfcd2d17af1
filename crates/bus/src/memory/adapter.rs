//! The port, over the shared state.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::bucket::MemoryBucket;
use super::inbox::MemoryInbox;
use super::objects::MemoryObjects;
use super::owned::MemoryOwned;
use super::shared::Connection;
use super::{MemoryBus, check, provision, query, read};
use crate::topology::{Change, InboxSpec, OwnedSpec, Topology};
use crate::{
    Bucket, Bus, Deliveries, Delivery, Error, InboxConsumer, Objects, Outgoing, Owned, Queries,
    Receipt, Stored, Until,
};

#[async_trait]
impl Bus for MemoryBus {
    async fn provision(&self, topology: &Topology) -> Result<Vec<Change>, Error> {
        let connection = self.connection();
        let (mut state, _) = connection.enter()?;
        provision::provision(&mut state, topology)
    }

    async fn publish(&self, message: Outgoing) -> Result<Receipt, Error> {
        let connection = self.connection();
        check::message(&message)?;
        let answer = send(&connection, &message)?;
        Ok(Box::pin(async move {
            // The answer is on its way until somebody looks at it.
            connection.shared.lock().faults.check()?;
            answer
        }))
    }

    async fn own(&self, spec: &OwnedSpec) -> Result<Box<dyn Owned>, Error> {
        Ok(Box::new(MemoryOwned::new(self.connection(), spec)?))
    }

    async fn inbox(&self, spec: &InboxSpec) -> Result<Box<dyn InboxConsumer>, Error> {
        Ok(Box::new(MemoryInbox::new(self.connection(), spec)?))
    }

    async fn read(
        &self,
        stream: &str,
        filters: &[String],
        from: u64,
        until: Until,
    ) -> Result<Deliveries, Error> {
        read::read(self.connection(), stream, filters, from, until)
    }

    async fn last_sequence(&self, stream: &str) -> Result<u64, Error> {
        let connection = self.connection();
        let (mut state, now) = connection.enter()?;
        Ok(state.stream(stream, now)?.log.last_sequence())
    }

    async fn last_on(&self, stream: &str, subject: &str) -> Result<Option<Delivery>, Error> {
        let connection = self.connection();
        let (mut state, now) = connection.enter()?;
        let log = &state.stream(stream, now)?.log;
        let last = log.last_on(subject);
        Ok(last.map(|message| log.delivery(message, 0, None)))
    }

    async fn get(&self, stream: &str, sequence: u64) -> Result<Option<Delivery>, Error> {
        let connection = self.connection();
        let (mut state, now) = connection.enter()?;
        let log = &state.stream(stream, now)?.log;
        let message = log.at(sequence);
        Ok(message.map(|message| log.delivery(message, 0, None)))
    }

    async fn request(&self, subject: &str, payload: Bytes, wait: Duration) -> Result<Bytes, Error> {
        query::request(&self.connection(), subject, &payload, wait).await
    }

    async fn serve(&self, subject: &str, group: &str) -> Result<Queries, Error> {
        query::serve(self.connection(), subject, group)
    }

    async fn bucket(&self, name: &str) -> Result<Box<dyn Bucket>, Error> {
        Ok(Box::new(MemoryBucket::new(self.connection(), name)?))
    }

    async fn objects(&self, name: &str) -> Result<Box<dyn Objects>, Error> {
        Ok(Box::new(MemoryObjects::new(self.connection(), name)?))
    }

    fn is_connected(&self) -> bool {
        self.connection().enter().is_ok()
    }

    async fn close(&self) -> Result<(), Error> {
        self.connection().close();
        Ok(())
    }
}

/// Sends a message; gives what its receipt will say.
fn send(connection: &Connection, message: &Outgoing) -> Result<Result<Stored, Error>, Error> {
    let (mut state, now) = connection.enter()?;
    let lost = || Err(Error::Unavailable("the receipt was lost".to_owned()));
    if state.faults.loses_message() {
        return Ok(lost());
    }
    let stored = state.publish(message, now);
    if state.faults.loses_receipt() {
        return Ok(lost());
    }
    Ok(stored)
}
