//! JetStream behind the port.
//!
//! One [`NatsBus`] is one connection. It creates streams and consumers only when it is asked to
//! provision; all else binds to what is there, so a worker's identity needs no right to create.
//!
//! # Invariants
//!
//! - Every error is one of [`posthouse_bus::Error`]; what the server forbids is
//!   [`Error::Refused`] as soon as the server says so, rather than a timeout.
//! - Whatever is outstanding when the server dies is answered: by the server when it comes back,
//!   or by a bound in [`posthouse_bus::limits`].

mod answer;
mod bucket;
mod connection;
mod convert;
mod fetch;
mod health;
mod inbox;
mod inspect;
mod objects;
mod options;
mod owned;
mod provision;
mod publish;
mod pull;
mod query;
mod read;
mod receipts;
mod settings;
mod task;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use posthouse_bus::topology::{Change, InboxSpec, OwnedSpec, Topology};
use posthouse_bus::{
    Bucket, Bus, Deliveries, Delivery, Error, InboxConsumer, Objects, Outgoing, Owned, Queries,
    Receipt, Until,
};

use connection::Connection;
pub use inspect::{ConsumerReport, Inspection, StreamReport, StreamState};
pub use options::{Login, Options, Tls};
use read::Scope;

/// A connection to the JetStream of a region.
pub struct NatsBus {
    connection: Arc<Connection>,
}

impl NatsBus {
    /// Connects.
    ///
    /// # Errors
    ///
    /// - [`Error::Unavailable`] if no server can be reached; see [`Options::wait_for_server`].
    /// - [`Error::Refused`] if the server does not let us in, is too old, or the options make no
    ///   sense.
    pub async fn connect(options: &Options) -> Result<Arc<Self>, Error> {
        let connection = Connection::open(options).await?;
        Ok(Arc::new(Self { connection }))
    }

    /// The version of the server that we are connected to; empty before the first connection.
    #[must_use]
    pub fn server_version(&self) -> String {
        self.connection.client.server_info().version
    }

    /// What the servers say of a region: for an operator's eyes, not for deciding.
    ///
    /// # Errors
    ///
    /// - [`Error::Refused`] if we may not ask, or JetStream is not enabled.
    /// - [`Error::Unavailable`] if nobody answers.
    pub async fn inspect(&self, topology: &Topology) -> Result<Inspection, Error> {
        inspect::inspect(&self.connection, topology).await
    }
}

#[async_trait]
impl Bus for NatsBus {
    async fn provision(&self, topology: &Topology) -> Result<Vec<Change>, Error> {
        provision::provision(&self.connection, topology).await
    }

    async fn publish(&self, message: Outgoing) -> Result<Receipt, Error> {
        publish::publish(&self.connection, message).await
    }

    async fn own(&self, spec: &OwnedSpec) -> Result<Box<dyn Owned>, Error> {
        owned::own(&self.connection, spec).await
    }

    async fn inbox(&self, spec: &InboxSpec) -> Result<Box<dyn InboxConsumer>, Error> {
        inbox::inbox(&self.connection, spec).await
    }

    async fn read(
        &self,
        stream: &str,
        filters: &[String],
        from: u64,
        until: Until,
    ) -> Result<Deliveries, Error> {
        let scope = Scope {
            stream: stream.to_owned(),
            filters: filters.to_vec(),
            last_of_each: false,
            headers_only: false,
        };
        read::read(&self.connection, scope, from, until).await
    }

    async fn last_sequence(&self, stream: &str) -> Result<u64, Error> {
        let info = fetch::stream_info(&self.connection, stream).await?;
        Ok(info.state.last_sequence)
    }

    async fn last_on(&self, stream: &str, subject: &str) -> Result<Option<Delivery>, Error> {
        fetch::last_on(&self.connection, stream, subject).await
    }

    async fn get(&self, stream: &str, sequence: u64) -> Result<Option<Delivery>, Error> {
        fetch::at(&self.connection, stream, sequence).await
    }

    async fn request(&self, subject: &str, payload: Bytes, wait: Duration) -> Result<Bytes, Error> {
        query::request(&self.connection, subject, payload, wait).await
    }

    async fn serve(&self, subject: &str, group: &str) -> Result<Queries, Error> {
        query::serve(&self.connection, subject, group).await
    }

    async fn bucket(&self, name: &str) -> Result<Box<dyn Bucket>, Error> {
        bucket::bucket(&self.connection, name).await
    }

    async fn objects(&self, name: &str) -> Result<Box<dyn Objects>, Error> {
        objects::objects(&self.connection, name).await
    }

    fn is_connected(&self) -> bool {
        self.connection.health.is_connected()
    }

    async fn close(&self) -> Result<(), Error> {
        self.connection.close().await
    }
}
