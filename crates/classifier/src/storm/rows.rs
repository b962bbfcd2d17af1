//! The rows of a view that the detector lives in: one for each thing that changes by itself.

use posthouse_domain::{TicketId, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Key;

/// What a row holds; its key, too. The order of variants is that of reading: a storm before what
/// belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Row {
    /// The latest time, and the average of all tickets.
    Whole,
    /// The average of a key.
    Level(Key),
    /// A ticket in the window.
    Voice(Timestamp, TicketId),
    /// A storm.
    Storm(TicketId),
    /// A text of a storm, by its number.
    Exemplar(TicketId, u8),
    /// A ticket of a storm.
    Member(TicketId, TicketId),
}

/// A row that cannot be written or read: the view starts anew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("use a row of storms: {0}")]
pub struct Unreadable(postcard::Error);

impl Row {
    pub(super) fn key(&self) -> Result<Vec<u8>, Unreadable> {
        write(self)
    }

    pub(super) fn of(key: &[u8]) -> Result<Self, Unreadable> {
        read(key)
    }
}

pub(super) fn write(value: &impl Serialize) -> Result<Vec<u8>, Unreadable> {
    postcard::to_stdvec(value).map_err(Unreadable)
}

pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unreadable> {
    postcard::from_bytes(bytes).map_err(Unreadable)
}
