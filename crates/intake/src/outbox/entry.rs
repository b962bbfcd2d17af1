//! One accepted command, as it will be sent.

use bytes::Bytes;
use posthouse_bus::{Headers, Outgoing};
use posthouse_domain::TicketId;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// One accepted command, as it will be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) ticket: TicketId,
    pub(crate) subject: String,
    pub(crate) id: String,
    pub(crate) headers: Vec<(String, String)>,
    payload: Vec<u8>,
}

impl Entry {
    /// The entry for a message about `ticket`.
    pub(crate) fn new(ticket: TicketId, message: &Outgoing) -> Self {
        Self {
            ticket,
            subject: message.subject.clone(),
            id: message.id.clone().unwrap_or_default(),
            headers: message
                .headers
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            payload: message.payload.to_vec(),
        }
    }

    /// The entry as a row.
    pub(super) fn write(&self) -> Result<Vec<u8>, String> {
        postcard::to_stdvec(self).map_err(|error| error.to_string())
    }

    /// The message to be sent.
    pub(super) fn message(self) -> Outgoing {
        let mut message = Outgoing::new(self.subject, self.id, Bytes::from(self.payload));
        let mut headers = Headers::default();
        for (name, value) in self.headers {
            headers.set(name, value);
        }
        message.headers = headers;
        message
    }
}

/// Reads a row of the outbox.
pub(super) fn read(key: &[u8], value: &[u8]) -> Result<(u64, Entry), Error> {
    let sequence = key.try_into().map(u64::from_be_bytes);
    let sequence = sequence.map_err(|_| Error::Unreadable {
        sequence: 0,
        why: format!("its key is {key:?}"),
    })?;
    let entry = postcard::from_bytes(value).map_err(|error| Error::Unreadable {
        sequence,
        why: error.to_string(),
    })?;
    Ok((sequence, entry))
}
