//! A client's share of an inbox.

use std::time::Duration;

use async_trait::async_trait;
use posthouse_domain::Timestamp;

use super::log::acked;
use super::pool::Pool;
use super::shared::Connection;
use crate::topology::InboxSpec;
use crate::{AckToken, Error, InboxConsumer, InboxDelivery};

/// A client's share of an inbox.
pub(super) struct MemoryInbox {
    connection: Connection,
    stream: String,
    consumer: String,
}

impl MemoryInbox {
    /// Joins an inbox; makes its consumer if there is none.
    pub(super) fn new(connection: Connection, spec: &InboxSpec) -> Result<Self, Error> {
        let (mut state, now) = connection.enter()?;
        state
            .stream(&spec.stream, now)?
            .pools
            .entry(spec.consumer.clone())
            .or_insert_with(|| Pool::new(&spec.consumer));
        drop(state);
        Ok(Self {
            connection,
            stream: spec.stream.clone(),
            consumer: spec.consumer.clone(),
        })
    }

    /// Does something to the message that a token stands for.
    fn settle(
        &self,
        token: &AckToken,
        settle: impl FnOnce(&mut Pool, u64, Timestamp),
    ) -> Result<(), Error> {
        let sequence = acked(token, &self.consumer)?;
        let (mut state, now) = self.connection.enter()?;
        let pool = state
            .stream(&self.stream, now)?
            .pools
            .get_mut(&self.consumer)
            .ok_or_else(|| self.gone())?;
        settle(pool, sequence, now);
        Ok(())
    }

    fn gone(&self) -> Error {
        Error::NotFound(format!("consumer {} of {}", self.consumer, self.stream))
    }
}

#[async_trait]
impl InboxConsumer for MemoryInbox {
    async fn next(&mut self, deliveries_max: usize) -> Result<Vec<InboxDelivery>, Error> {
        self.connection
            .wait_for(|state, now| {
                let stream = state.stream(&self.stream, now)?;
                let pool = stream
                    .pools
                    .get_mut(&self.consumer)
                    .ok_or_else(|| self.gone())?;
                Ok(pool.take(&stream.log, deliveries_max, now))
            })
            .await
    }

    async fn ack(&self, token: &AckToken) -> Result<(), Error> {
        self.settle(token, |pool, sequence, _| pool.ack(sequence))
    }

    async fn nak(&self, token: &AckToken, delay: Duration) -> Result<(), Error> {
        self.settle(token, |pool, sequence, now| pool.nak(sequence, delay, now))
    }
}
