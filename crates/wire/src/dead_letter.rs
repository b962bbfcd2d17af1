//! Dead letters: messages that could not be handled, and what became of them.

use std::collections::BTreeMap;

use bytes::{Buf, Bytes};
use posthouse_domain::Timestamp;
use posthouse_domain::limits::DEAD_LETTER_BYTES_MAX;
use prost::Message;

use crate::enums::{self, Numbered, numbered};
use crate::error::Error;
use crate::path::Path;
use crate::read::{at_most, decode_message, instant, key, prose, required_key, write_instant};
use crate::v1;

/// A message that could not be handled, whole, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The role that could not handle it.
    pub role: String,
    /// A stable code, such as `WIRE0002`.
    pub code: String,
    /// What was wrong, for people.
    pub reason: String,
    /// The stream it stood in.
    pub stream: String,
    /// Its sequence there.
    pub sequence: u64,
    /// Its subject.
    pub subject: String,
    /// Its headers.
    pub headers: BTreeMap<String, String>,
    /// Its original bytes, at most [`DEAD_LETTER_BYTES_MAX`].
    pub payload: Bytes,
    /// When it was set aside: the log time of the message.
    pub refused_at: Timestamp,
}

impl DeadLetter {
    /// Writes the dead letter.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let wire = v1::DeadLetter {
            role: self.role.clone(),
            code: self.code.clone(),
            reason: self.reason.clone(),
            stream: self.stream.clone(),
            sequence: self.sequence,
            subject: self.subject.clone(),
            headers: self.headers.clone(),
            payload: self.payload.clone(),
            refused_at: write_instant(self.refused_at),
        };
        wire.encode_to_vec()
    }

    /// Reads a dead letter.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; the same bytes fail again.
    pub fn decode(bytes: impl Buf) -> Result<Self, Error> {
        let wire: v1::DeadLetter = decode_message("dead_letter", bytes)?;
        at_most(
            &Path::top("payload"),
            wire.payload.len(),
            "bytes",
            DEAD_LETTER_BYTES_MAX,
        )?;
        Ok(Self {
            role: required_key(wire.role, &Path::top("role"))?,
            code: required_key(wire.code, &Path::top("code"))?,
            reason: prose(wire.reason, &Path::top("reason"))?,
            stream: required_key(wire.stream, &Path::top("stream"))?,
            sequence: wire.sequence,
            subject: prose(wire.subject, &Path::top("subject"))?,
            headers: wire.headers,
            payload: wire.payload,
            refused_at: instant(wire.refused_at, &Path::top("refused_at"))?,
        })
    }
}

/// An operator dealt with a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterSettled {
    /// The stream the dead letter stands in.
    pub stream: String,
    /// Its sequence there.
    pub sequence: u64,
    /// How it was dealt with.
    pub settlement: Settlement,
    /// Who did it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How a dead letter was dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Settlement {
    /// The original message was published again.
    Redriven,
    /// It was given up.
    Dropped,
}

numbered!(Settlement as Settlement: Redriven, Dropped);

impl DeadLetterSettled {
    /// Writes the message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let wire = v1::DeadLetterSettled {
            stream: self.stream.clone(),
            sequence: self.sequence,
            settlement: self.settlement.number(),
            settled_by: self.by.clone(),
            settled_at: write_instant(self.at),
        };
        wire.encode_to_vec()
    }

    /// Reads the message.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; the same bytes fail again.
    pub fn decode(bytes: impl Buf) -> Result<Self, Error> {
        let wire: v1::DeadLetterSettled = decode_message("dead_letter_settled", bytes)?;
        Ok(Self {
            stream: required_key(wire.stream, &Path::top("stream"))?,
            sequence: wire.sequence,
            settlement: enums::required(wire.settlement, &Path::top("settlement"))?,
            by: key(wire.settled_by, &Path::top("settled_by"))?,
            at: instant(wire.settled_at, &Path::top("settled_at"))?,
        })
    }
}
