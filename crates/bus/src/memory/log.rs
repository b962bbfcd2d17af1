//! The messages of a stream, by place, by subject and by identity.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use posthouse_domain::Timestamp;

use super::ids::Ids;
use super::shared::millis;
use crate::subject::matches;
use crate::topology::StreamSpec;
use crate::{AckToken, Delivery, Error, Headers, header};

/// A message in a stream.
pub(super) struct Message {
    pub(super) sequence: u64,
    pub(super) stored_at: Timestamp,
    pub(super) subject: Arc<str>,
    pub(super) content: Content,
}

/// What a message takes along when it is copied.
#[derive(Clone)]
pub(super) struct Content {
    pub(super) headers: Headers,
    pub(super) payload: Bytes,
    /// When it is forgotten before the stream's own age, if so.
    pub(super) gone_at: Option<Timestamp>,
}

/// The messages of a stream.
pub(super) struct Log {
    stream: Arc<str>,
    messages: BTreeMap<u64, Arc<Message>>,
    /// Sequences in order, by subject.
    subjects: BTreeMap<Arc<str>, VecDeque<u64>>,
    /// Sequences by the instant at which they are forgotten.
    ending: BTreeSet<(Timestamp, u64)>,
    ids: Ids,
    last_sequence: u64,
}

impl Log {
    pub(super) fn new(stream: &str) -> Self {
        Self {
            stream: stream.into(),
            messages: BTreeMap::new(),
            subjects: BTreeMap::new(),
            ending: BTreeSet::new(),
            ids: Ids::default(),
            last_sequence: 0,
        }
    }

    /// The sequence of the last message that there was, forgotten or not.
    pub(super) fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    pub(super) fn at(&self, sequence: u64) -> Option<&Arc<Message>> {
        self.messages.get(&sequence)
    }

    pub(super) fn last_on(&self, subject: &str) -> Option<&Arc<Message>> {
        self.at(*self.subjects.get(subject)?.back()?)
    }

    /// The sequence of the message with an id, if the id is remembered.
    pub(super) fn with_id(&self, id: &str) -> Option<u64> {
        self.ids.get(id)
    }

    pub(super) fn append(
        &mut self,
        subject: String,
        content: Content,
        now: Timestamp,
    ) -> Arc<Message> {
        self.last_sequence += 1;
        let message = Arc::new(Message {
            sequence: self.last_sequence,
            stored_at: now,
            subject: subject.into(),
            content,
        });
        if let Some(id) = message.content.headers.get(header::MESSAGE_ID) {
            self.ids.insert(id, message.sequence, now);
        }
        if let Some(gone_at) = message.content.gone_at {
            self.ending.insert((gone_at, message.sequence));
        }
        self.subjects
            .entry(Arc::clone(&message.subject))
            .or_default()
            .push_back(message.sequence);
        self.messages.insert(message.sequence, Arc::clone(&message));
        message
    }

    /// Forgets messages and identities whose time is over.
    pub(super) fn forget_old(&mut self, spec: &StreamSpec, now: Timestamp) {
        while let Some((gone_at, sequence)) = self.ending.first().copied()
            && gone_at <= now
        {
            self.ending.pop_first();
            self.remove(sequence);
        }
        let oldest = now.plus_millis(-millis(spec.age_max));
        while let Some((sequence, message)) = self.messages.first_key_value()
            && message.stored_at < oldest
        {
            self.remove(*sequence);
        }
        self.ids
            .forget_before(now.plus_millis(-millis(spec.duplicate_window)));
    }

    /// Forgets an id before its time.
    pub(super) fn forget_id(&mut self, id: &str) {
        self.ids.forget(id);
    }

    /// How many messages after `after` and up to `through` match one of `filters` (all, when
    /// empty).
    pub(super) fn count(&self, filters: &[String], after: u64, through: u64) -> usize {
        self.places(filters)
            .map(|places| {
                let begin = places.partition_point(|it| *it <= after);
                let end = places.partition_point(|it| *it <= through);
                end.saturating_sub(begin)
            })
            .sum()
    }

    /// The next deliveries after `after` that match one of `filters` (all, when empty), to be
    /// acknowledged to `consumer`, if there is one.
    pub(super) fn select(
        &self,
        filters: &[String],
        after: u64,
        deliveries_max: usize,
        consumer: Option<&str>,
    ) -> Vec<Delivery> {
        let mut left: Vec<_> = self
            .places(filters)
            .map(|places| {
                let begin = places.partition_point(|it| *it <= after);
                places.range(begin..).peekable()
            })
            .collect();
        let mut pending: usize = left.iter().map(ExactSizeIterator::len).sum();
        let mut selected = Vec::with_capacity(pending.min(deliveries_max));
        while selected.len() < deliveries_max {
            let next = left
                .iter_mut()
                .filter_map(|places| Some((**places.peek()?, places)))
                .min_by_key(|(sequence, _)| *sequence);
            let Some((sequence, places)) = next else {
                break;
            };
            places.next();
            pending -= 1;
            if let Some(message) = self.at(sequence) {
                selected.push(self.delivery(message, pending, consumer));
            }
        }
        selected
    }

    /// A message as it is delivered; acknowledged to `consumer`, if there is one.
    pub(super) fn delivery(
        &self,
        message: &Message,
        pending: usize,
        consumer: Option<&str>,
    ) -> Delivery {
        let ack = consumer.map(|consumer| format!("{consumer} {}", message.sequence));
        Delivery {
            stream: Arc::clone(&self.stream),
            sequence: message.sequence,
            stored_at: message.stored_at,
            subject: message.subject.to_string(),
            headers: message.content.headers.clone(),
            payload: message.content.payload.clone(),
            ack: AckToken(ack.unwrap_or_default()),
            pending: u64::try_from(pending).unwrap_or(u64::MAX),
        }
    }

    /// The places of messages, for each subject that matches.
    fn places<'a>(&'a self, filters: &'a [String]) -> impl Iterator<Item = &'a VecDeque<u64>> {
        let is_exact = |filter: &String| !filter.contains(['*', '>']);
        let mut named: Vec<&VecDeque<u64>> = Vec::new();
        // Most filters name a subject, and there are many subjects: those are looked up.
        if !filters.is_empty() && filters.iter().all(is_exact) {
            let exact: BTreeSet<&str> = filters.iter().map(String::as_str).collect();
            named.extend(exact.iter().filter_map(|it| self.subjects.get(*it)));
        } else {
            let is_wanted =
                |subject: &str| filters.is_empty() || filters.iter().any(|it| matches(it, subject));
            let wanted = self
                .subjects
                .iter()
                .filter(|(subject, _)| is_wanted(subject));
            named.extend(wanted.map(|(_, places)| places));
        }
        named.into_iter()
    }

    fn remove(&mut self, sequence: u64) {
        let Some(message) = self.messages.remove(&sequence) else {
            return;
        };
        let Some(places) = self.subjects.get_mut(&message.subject) else {
            return;
        };
        if let Ok(index) = places.binary_search(&sequence) {
            places.remove(index);
        }
        if places.is_empty() {
            self.subjects.remove(&message.subject);
        }
    }
}

/// The sequence that a token of `consumer` stands for.
pub(super) fn acked(token: &AckToken, consumer: &str) -> Result<u64, Error> {
    token
        .0
        .strip_prefix(consumer)
        .and_then(|rest| rest.strip_prefix(' '))
        .and_then(|sequence| sequence.parse().ok())
        .ok_or_else(|| Error::Refused {
            doing: format!("acknowledge to {consumer}"),
            code: 0,
            why: format!("`{}` is no token of this consumer", token.0),
        })
}
