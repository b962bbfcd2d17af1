//! The port: what Posthouse asks of a bus.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use crate::topology::{Change, InboxSpec, OwnedSpec, Topology};
use crate::{AckToken, Delivery, Error, Headers, Outgoing, Stored};

/// Resolves when the bus has stored a message, or says why not. Dropping it forgets the answer,
/// not the message.
pub type Receipt = BoxFuture<'static, Result<Stored, Error>>;

/// Messages read from a stream, in order. An error is the last of them.
pub type Deliveries = BoxStream<'static, Result<Delivery, Error>>;

/// Questions to answer; see [`Bus::serve`].
pub type Queries = BoxStream<'static, Query>;

/// How far to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// To the end of the stream as it is when reading begins; then the stream of deliveries
    /// ends.
    Now,
    /// For ever, waiting for what comes.
    Forever,
}

/// A bus.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Creates what the topology asks for and is not there, upgrades what differs, and leaves
    /// the rest. Safe to repeat and to run twice at once.
    async fn provision(&self, topology: &Topology) -> Result<Vec<Change>, Error>;

    /// Sends a message. Messages of one caller are stored in the order of the calls; the
    /// receipt tells when. Many may be under way: waits only while
    /// [`crate::limits::RECEIPTS_PENDING_MAX`] receipts are outstanding.
    ///
    /// A message that cannot be stored fails here or in the receipt. A subject that no stream
    /// takes may look like a server that is electing: [`Error::Unavailable`].
    async fn publish(&self, message: Outgoing) -> Result<Receipt, Error>;

    /// Asks for a partition. Of all that ask for it the bus serves one, until that one is
    /// silent for [`crate::limits::OWNER_SILENCE_MAX`].
    async fn own(&self, spec: &OwnedSpec) -> Result<Box<dyn Owned>, Error>;

    /// Takes messages of an inbox, shared with all others that do.
    async fn inbox(&self, spec: &InboxSpec) -> Result<Box<dyn InboxConsumer>, Error>;

    /// Reads a stream from `from` (a sequence; 0 and 1 both mean the beginning), only subjects
    /// that match one of `filters` (all, when empty).
    async fn read(
        &self,
        stream: &str,
        filters: &[String],
        from: u64,
        until: Until,
    ) -> Result<Deliveries, Error>;

    /// The last sequence of a stream; 0 when it is empty.
    async fn last_sequence(&self, stream: &str) -> Result<u64, Error>;

    /// The last message on a subject of a stream.
    async fn last_on(&self, stream: &str, subject: &str) -> Result<Option<Delivery>, Error>;

    /// The message at a place of a stream.
    async fn get(&self, stream: &str, sequence: u64) -> Result<Option<Delivery>, Error>;

    /// Asks whoever serves `subject`, and waits at most `wait` for the answer. Where nobody
    /// serves it, fails at once.
    async fn request(&self, subject: &str, payload: Bytes, wait: Duration) -> Result<Bytes, Error>;

    /// Answers what is asked on `subject` (wildcards allowed), shared with others of the same
    /// `group`.
    async fn serve(&self, subject: &str, group: &str) -> Result<Queries, Error>;

    /// A bucket of keys and values that the topology has created.
    async fn bucket(&self, name: &str) -> Result<Box<dyn Bucket>, Error>;

    /// A store of large objects that the topology has created.
    async fn objects(&self, name: &str) -> Result<Box<dyn Objects>, Error>;

    /// Whether the bus answers now. For health, not for deciding.
    fn is_connected(&self) -> bool;

    /// Sends what is buffered (acknowledgements included) and closes the connection. Whatever
    /// is asked of it afterwards fails with [`Error::Closed`].
    async fn close(&self) -> Result<(), Error>;
}

/// What an owner is told next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The partition is ours, newly or again: deliveries begin anew after the last
    /// acknowledged message, in order. Whatever came before this turn is void as order goes.
    Taken,
    /// Messages, in order, at least one.
    Deliveries(Vec<Delivery>),
}

/// A partition that we own or wait for.
#[async_trait]
pub trait Owned: Send {
    /// Waits for the next turn; gives at most `deliveries_max` messages at once. May be dropped
    /// while it waits without losing anything.
    async fn next(&mut self, deliveries_max: usize) -> Result<Turn, Error>;

    /// Acknowledges this delivery and all before it. Buffered; a lost acknowledgement only
    /// means that the messages come again.
    ///
    /// Not fenced: that of an owner which lost the partition counts too, and may let the next
    /// owner miss messages that were there when it took over. So an owner reads the log to its
    /// end by itself when it is told [`Turn::Taken`].
    async fn ack_through(&mut self, token: &AckToken) -> Result<(), Error>;

    /// Gives the partition back, so that another may take it at once.
    async fn release(self: Box<Self>) -> Result<(), Error>;
}

/// A message of an inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxDelivery {
    /// The message.
    pub delivery: Delivery,
    /// How often it was delivered, this time included.
    pub attempt: u32,
}

/// An inbox that we share with others.
#[async_trait]
pub trait InboxConsumer: Send {
    /// Waits for messages; at most `deliveries_max`, at least one.
    async fn next(&mut self, deliveries_max: usize) -> Result<Vec<InboxDelivery>, Error>;

    /// The message is dealt with.
    async fn ack(&self, token: &AckToken) -> Result<(), Error>;

    /// Deliver it again, not before `delay`.
    async fn nak(&self, token: &AckToken, delay: Duration) -> Result<(), Error>;
}

/// A question that somebody asked.
pub struct Query {
    /// The subject it was asked on.
    pub subject: String,
    /// Its headers.
    pub headers: Headers,
    /// What was asked.
    pub payload: Bytes,
    /// Sends the answer.
    pub reply: Box<dyn FnOnce(Bytes) -> BoxFuture<'static, Result<(), Error>> + Send>,
}

/// The place of a value in the history of its key; grows with each change.
pub type Revision = u64;

/// A value of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// What it is; `None` when it was deleted.
    pub value: Option<Bytes>,
    /// Its revision.
    pub revision: Revision,
}

/// Keys and values, with revisions.
#[async_trait]
pub trait Bucket: Send + Sync {
    /// The value of a key, if it has one.
    async fn get(&self, key: &str) -> Result<Option<Entry>, Error>;

    /// Sets a value whatever was there.
    async fn put(&self, key: &str, value: Bytes) -> Result<Revision, Error>;

    /// Sets a value only if the key's last revision is `expected` (0: only if it has no value,
    /// or no longer). Loses with [`Error::Conflict`].
    async fn update(&self, key: &str, value: Bytes, expected: Revision) -> Result<Revision, Error>;

    /// Deletes a key; one that is not there is no error.
    async fn delete(&self, key: &str) -> Result<(), Error>;

    /// All keys that have a value, sorted.
    async fn keys(&self) -> Result<Vec<String>, Error>;

    /// The value of `key` now, if any, and what it becomes from now on; of changes in quick
    /// succession the last is certain.
    async fn watch(&self, key: &str) -> Result<BoxStream<'static, Result<Entry, Error>>, Error>;
}

/// Large objects by name.
#[async_trait]
pub trait Objects: Send + Sync {
    /// Stores an object, replacing what was there.
    async fn put(&self, name: &str, data: Bytes) -> Result<(), Error>;

    /// The object, if it is there.
    async fn get(&self, name: &str) -> Result<Option<Bytes>, Error>;

    /// Deletes an object; one that is not there is no error.
    async fn delete(&self, name: &str) -> Result<(), Error>;

    /// The names of all objects, sorted.
    async fn names(&self) -> Result<Vec<String>, Error>;
}
