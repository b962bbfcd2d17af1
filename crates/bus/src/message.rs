//! What is sent and what is delivered.

use bytes::Bytes;
use posthouse_domain::Timestamp;

/// Names of headers.
pub mod header {
    /// The message's identity; the server stores one of each within the duplicate window.
    pub const MESSAGE_ID: &str = "Nats-Msg-Id";
    /// The ticket that a fact is about.
    pub const TICKET: &str = "Posthouse-Ticket";
    /// W3C trace context.
    pub const TRACEPARENT: &str = "traceparent";
    /// On a redriven message: the sequence of the dead letter it was.
    pub const REDRIVEN: &str = "Posthouse-Redriven";
}

/// Headers of a message: few, names without regard to case.
///
/// A name is visible ASCII without a colon. A value is any text for which [`Headers::may_hold`]
/// is true; whoever has other bytes to send encodes them. A bus keeps names and values, but may
/// change the order of headers, and may add its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The first value of a header.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Sets a header, replacing what was there.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.0.retain(|(key, _)| !key.eq_ignore_ascii_case(&name));
        self.0.push((name, value.into()));
    }

    /// Whether `value` arrives as it was sent: it has no control characters, and no blanks
    /// around it.
    #[must_use]
    pub fn may_hold(value: &str) -> bool {
        value.trim() == value && !value.chars().any(char::is_control)
    }

    /// The same headers with one more.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// All headers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A message to be stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// Where it belongs; see [`crate::subject`].
    pub subject: String,
    /// Its identity, if a repeat is to be recognised.
    pub id: Option<String>,
    /// Further headers.
    pub headers: Headers,
    /// What it says.
    pub payload: Bytes,
    /// Store it only if the last message on its subject has this sequence (0: if there is
    /// none). A claim; loses with [`crate::Error::Conflict`].
    pub expected_last_sequence: Option<u64>,
    /// Forget it after this time.
    pub ttl: Option<std::time::Duration>,
}

impl Outgoing {
    /// A message with an identity.
    #[must_use]
    pub fn new(subject: String, id: String, payload: Bytes) -> Self {
        Self {
            subject,
            id: Some(id),
            payload,
            ..Self::default()
        }
    }
}

/// The bus's promise that a message is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its place in the stream.
    pub sequence: u64,
    /// Whether it was there before, under the same identity.
    pub duplicate: bool,
}

/// What acknowledges a delivery. Belongs to the adapter that made it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AckToken(pub String);

/// A message read from a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The stream's name.
    pub stream: std::sync::Arc<str>,
    /// Its place in the stream, from 1.
    pub sequence: u64,
    /// When the stream stored it: the time of everything that follows from it.
    pub stored_at: Timestamp,
    /// Where it belongs.
    pub subject: String,
    /// Its headers.
    pub headers: Headers,
    /// What it says.
    pub payload: Bytes,
    /// What acknowledges it; empty where nothing is to be acknowledged.
    pub ack: AckToken,
    /// How many messages the consumer has yet to deliver after this one, as far as is known.
    pub pending: u64,
}
