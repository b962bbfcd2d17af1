//! A stream: its log, where else it copies from, and who consumes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use posthouse_domain::Timestamp;
use tokio::sync::Notify;

use super::log::{Content, Log, Message};
use super::partition::Partition;
use super::pool::Pool;
use super::shared::millis;
use super::transform::Transform;
use crate::subject::matches;
use crate::topology::StreamSpec;
use crate::{Error, Outgoing, Stored, header};

/// A stream.
pub(super) struct Stream {
    pub(super) spec: StreamSpec,
    /// Streams it copies from, and how.
    pub(super) sources: Vec<(String, Vec<Transform>)>,
    pub(super) log: Log,
    /// Partitions to be owned, by consumer.
    pub(super) partitions: BTreeMap<String, Partition>,
    /// Inboxes to be shared, by consumer.
    pub(super) pools: BTreeMap<String, Pool>,
    /// Wakes those who read for ever.
    pub(super) grown: Arc<Notify>,
}

impl Stream {
    pub(super) fn new(spec: StreamSpec, sources: Vec<(String, Vec<Transform>)>) -> Self {
        Self {
            log: Log::new(&spec.name),
            spec,
            sources,
            partitions: BTreeMap::new(),
            pools: BTreeMap::new(),
            grown: Arc::default(),
        }
    }

    /// Whether the stream stores messages on `subject`.
    pub(super) fn takes(&self, subject: &str) -> bool {
        self.spec.subjects.iter().any(|it| matches(it, subject))
    }

    /// The subject that a message of `source` gets here, if it is copied.
    pub(super) fn subject_of_copy(&self, source: &str, subject: &str) -> Option<String> {
        self.sources
            .iter()
            .filter(|(from, _)| from == source)
            .find_map(|(_, transforms)| Transform::first(transforms, subject))
    }

    /// Stores a message, unless it is a repeat or somebody else wrote first.
    ///
    /// A repeat is looked for first: whoever lost the receipt of a claim gets it now.
    pub(super) fn store(&mut self, message: &Outgoing, now: Timestamp) -> Result<Stored, Error> {
        self.log.forget_old(&self.spec, now);
        if let Some(sequence) = message.id.as_ref().and_then(|id| self.log.with_id(id)) {
            return Ok(Stored {
                sequence,
                duplicate: true,
            });
        }
        self.check_expected(message)?;
        self.check_ttl(message)?;
        let mut headers = message.headers.clone();
        if let Some(id) = &message.id {
            headers.set(header::MESSAGE_ID, id.clone());
        }
        let content = Content {
            headers,
            payload: message.payload.clone(),
            gone_at: message.ttl.map(|ttl| now.plus_millis(millis(ttl))),
        };
        let sequence = self.append(message.subject.clone(), content, now).sequence;
        Ok(Stored {
            sequence,
            duplicate: false,
        })
    }

    /// Appends a message whatever was there, and wakes who waits for it.
    pub(super) fn append(
        &mut self,
        subject: String,
        content: Content,
        now: Timestamp,
    ) -> Arc<Message> {
        let message = self.log.append(subject, content, now);
        self.grown.notify_waiters();
        for pool in self.pools.values() {
            pool.changed.notify_waiters();
        }
        for partition in self.partitions.values() {
            if partition.reads(&message.subject) {
                partition.changed.notify_waiters();
            }
        }
        message
    }

    /// Makes everybody who waits for anything of this stream look again.
    pub(super) fn wake_all(&self) {
        self.grown.notify_waiters();
        for pool in self.pools.values() {
            pool.changed.notify_waiters();
        }
        for partition in self.partitions.values() {
            partition.changed.notify_waiters();
        }
    }

    fn check_expected(&self, message: &Outgoing) -> Result<(), Error> {
        let Some(expected) = message.expected_last_sequence else {
            return Ok(());
        };
        let last = self
            .log
            .last_on(&message.subject)
            .map_or(0, |it| it.sequence);
        if last == expected {
            return Ok(());
        }
        Err(Error::Conflict(message.subject.clone()))
    }

    fn check_ttl(&self, message: &Outgoing) -> Result<(), Error> {
        if message.ttl.is_none() || self.spec.allows_ttl {
            return Ok(());
        }
        Err(Error::Refused {
            doing: format!("publish {} with a time to live", message.subject),
            code: 0,
            why: "the stream allows no times to live".to_owned(),
        })
    }
}
