//! Everything that is on the bus.

use std::collections::BTreeMap;
use std::sync::Arc;

use posthouse_domain::Timestamp;

use super::bucket::Values;
use super::faults::Faults;
use super::log::Message;
use super::objects::Things;
use super::query::Servers;
use super::stream::Stream;
use crate::{Error, Outgoing, Stored};

/// Everything that is on the bus.
#[derive(Default)]
pub(super) struct State {
    pub(super) streams: BTreeMap<String, Stream>,
    pub(super) buckets: BTreeMap<String, Values>,
    pub(super) objects: BTreeMap<String, Things>,
    pub(super) servers: Servers,
    pub(super) faults: Faults,
    last_id: u64,
}

impl State {
    /// A number that nobody else has.
    pub(super) fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// A stream, cleared of what is too old.
    pub(super) fn stream(&mut self, name: &str, now: Timestamp) -> Result<&mut Stream, Error> {
        let stream = self
            .streams
            .get_mut(name)
            .ok_or_else(|| Error::NotFound(format!("stream {name}")))?;
        stream.log.forget_old(&stream.spec, now);
        Ok(stream)
    }

    pub(super) fn bucket(&mut self, name: &str) -> Result<&mut Values, Error> {
        self.buckets
            .get_mut(name)
            .ok_or_else(|| Error::NotFound(format!("bucket {name}")))
    }

    pub(super) fn store_of(&mut self, name: &str) -> Result<&mut Things, Error> {
        self.objects
            .get_mut(name)
            .ok_or_else(|| Error::NotFound(format!("object store {name}")))
    }

    /// Stores a message in the stream that takes its subject, and in those that copy from it.
    pub(super) fn publish(&mut self, message: &Outgoing, now: Timestamp) -> Result<Stored, Error> {
        let stream = self
            .streams
            .values_mut()
            .find(|stream| stream.takes(&message.subject))
            .ok_or_else(|| {
                // A server says the same while it elects a leader, so it may be tried again.
                Error::Unavailable(format!("no stream takes {}", message.subject))
            })?;
        let stored = stream.store(message, now)?;
        let (name, copied) = (stream.spec.name.clone(), stream.log.at(stored.sequence));
        if let Some(copied) = copied.filter(|_| !stored.duplicate).map(Arc::clone) {
            self.copy(&name, &copied, now);
        }
        Ok(stored)
    }

    /// Copies a message of `source` to every stream that has it as a source.
    fn copy(&mut self, source: &str, message: &Message, now: Timestamp) {
        let destinations: Vec<(String, String)> = self
            .streams
            .values()
            .filter_map(|stream| {
                let subject = stream.subject_of_copy(source, &message.subject)?;
                Some((stream.spec.name.clone(), subject))
            })
            .collect();
        for (destination, subject) in destinations {
            if let Some(stream) = self.streams.get_mut(&destination) {
                let copy = stream.append(subject, message.content.clone(), now);
                self.copy(&destination, &copy, now);
            }
        }
    }

    /// Forgets a message id before its time.
    pub(super) fn forget_message_id(&mut self, id: &str) {
        for stream in self.streams.values_mut() {
            stream.log.forget_id(id);
        }
    }

    /// Makes everybody who waits for anything look again.
    pub(super) fn wake_all(&self) {
        self.streams.values().for_each(Stream::wake_all);
        self.buckets.values().for_each(Values::wake);
        self.servers.wake();
    }
}
