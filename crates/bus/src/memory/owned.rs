//! A client's hold on a partition.

use async_trait::async_trait;

use super::log::acked;
use super::partition::Partition;
use super::shared::Connection;
use crate::topology::OwnedSpec;
use crate::{AckToken, Error, Owned, Turn};

/// A partition that a client owns or waits for. Dropping it says nothing to the bus, as when a
/// process dies.
pub(super) struct MemoryOwned {
    connection: Connection,
    stream: String,
    consumer: String,
    owner: u64,
}

impl MemoryOwned {
    /// Asks for a partition; makes its consumer if there is none.
    pub(super) fn new(connection: Connection, spec: &OwnedSpec) -> Result<Self, Error> {
        let owner = {
            let (mut state, now) = connection.enter()?;
            let partition = state
                .stream(&spec.stream, now)?
                .partitions
                .entry(spec.consumer.clone())
                .or_insert_with(|| Partition::new(spec, now));
            partition.filters.clone_from(&spec.filters);
            state.new_id()
        };
        Ok(Self {
            connection,
            stream: spec.stream.clone(),
            consumer: spec.consumer.clone(),
            owner,
        })
    }
}

#[async_trait]
impl Owned for MemoryOwned {
    async fn next(&mut self, deliveries_max: usize) -> Result<Turn, Error> {
        let _asking = Asking(self);
        self.connection
            .wait_for(|state, now| {
                let stream = state.stream(&self.stream, now)?;
                let partition = stream
                    .partitions
                    .get_mut(&self.consumer)
                    .ok_or_else(|| self.gone())?;
                Ok(partition.ask(&stream.log, self.owner, deliveries_max, now))
            })
            .await
    }

    async fn ack_through(&mut self, token: &AckToken) -> Result<(), Error> {
        let sequence = acked(token, &self.consumer)?;
        let (mut state, now) = self.connection.enter()?;
        state
            .stream(&self.stream, now)?
            .partitions
            .get_mut(&self.consumer)
            .ok_or_else(|| self.gone())?
            .ack_through(sequence);
        Ok(())
    }

    async fn release(self: Box<Self>) -> Result<(), Error> {
        let (mut state, now) = self.connection.enter()?;
        if let Some(partition) = state
            .stream(&self.stream, now)?
            .partitions
            .get_mut(&self.consumer)
        {
            partition.release(self.owner);
        }
        Ok(())
    }
}

impl MemoryOwned {
    fn gone(&self) -> Error {
        Error::NotFound(format!("consumer {} of {}", self.consumer, self.stream))
    }
}

/// Tells the partition when its owner stops waiting, also when the waiting is dropped.
struct Asking<'a>(&'a MemoryOwned);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let shared = &self.0.connection.shared;
        let mut state = shared.lock();
        let now = shared.now();
        if let Some(partition) = state
            .streams
            .get_mut(&self.0.stream)
            .and_then(|stream| stream.partitions.get_mut(&self.0.consumer))
        {
            partition.stop_asking(self.0.owner, now);
        }
    }
}
