//! The news that nobody owns a partition.
//!
//! The server publishes it as an advisory. An identity that may not listen to advisories waits
//! longer for a partition, until the next message or tick wakes it; nothing else changes.

use async_nats::Subscriber;
use futures::{FutureExt, StreamExt};
use posthouse_bus::Error;
use posthouse_bus::topology::OwnedSpec;

use super::super::connection::Connection;

/// Hears when the pin of a consumer is free.
pub(super) struct Vacancy(Subscriber);

impl Vacancy {
    pub(super) async fn listen(connection: &Connection, spec: &OwnedSpec) -> Result<Self, Error> {
        connection.check_open()?;
        let OwnedSpec {
            stream, consumer, ..
        } = spec;
        let subject = format!("$JS.EVENT.ADVISORY.CONSUMER.UNPINNED.{stream}.{consumer}");
        let advisories = connection.client.subscribe(subject).await;
        advisories
            .map(Self)
            .map_err(|error| Error::Unavailable(format!("listen for {consumer}: {error}")))
    }

    /// Waits for the news. Many pieces of it are one.
    pub(super) async fn heard(&mut self) {
        if self.0.next().await.is_none() {
            // The connection is closed; whoever waits hears of that elsewhere.
            std::future::pending::<()>().await;
        }
        while let Some(Some(_)) = self.0.next().now_or_never() {}
    }
}
