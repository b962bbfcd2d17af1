//! A request as the view keeps it, and the keys under which ready ones stand in their queue.

use posthouse_domain::{FactId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::bundle::Member;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// The fact that asked for it, as it travelled; empty once it is settled.
    pub(crate) request: Vec<u8>,
    /// Who is to be told.
    pub(crate) receiver: String,
    /// Attempts claimed so far.
    pub(crate) attempts: u32,
    /// What it waits for.
    pub(crate) step: Step,
    /// Since when it may be told.
    pub(crate) due_at: Timestamp,
    /// For a bundle: what is told together.
    pub(crate) members: Vec<Member>,
}

/// What a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Step {
    /// For an attempt, since then.
    Ready(Timestamp),
    /// For the outcome of its last attempt, which is given up then.
    Claimed(Timestamp),
    /// For nothing: it has an outcome, and is forgotten then.
    Settled(Timestamp),
    /// For its group to be told.
    Held,
    /// For the end of the bundle that it is told in.
    Bundled(FactId),
}

impl Pending {
    pub(super) fn new(receiver: &str, request: Vec<u8>, step: Step, due_at: Timestamp) -> Self {
        Self {
            request,
            receiver: receiver.to_owned(),
            attempts: 0,
            step,
            due_at,
            members: Vec::new(),
        }
    }

    pub(super) const fn is_settled(&self) -> bool {
        matches!(self.step, Step::Settled(_))
    }

    pub(super) const fn wake(&self) -> Option<Timestamp> {
        match self.step {
            Step::Ready(_) | Step::Held | Step::Bundled(_) => None,
            Step::Claimed(until) | Step::Settled(until) => Some(until),
        }
    }

    /// Receiver, since when, identity: the rows of a receiver sort by their age.
    pub(super) fn ready_key(&self, id: FactId) -> Option<Vec<u8>> {
        let Step::Ready(since) = self.step else {
            return None;
        };
        let sortable = since.as_millis().cast_unsigned() ^ (1 << 63);
        let parts = [
            self.receiver.as_bytes(),
            &[0],
            &sortable.to_be_bytes(),
            id.0.as_bytes(),
        ];
        Some(parts.concat())
    }
}

/// The key after all ready requests of a receiver. No receiver's key has a control character.
pub(super) fn end_of(receiver: &str) -> Vec<u8> {
    if receiver.is_empty() {
        return Vec::new();
    }
    [receiver.as_bytes(), &[1]].concat()
}

pub(super) fn receiver_in(key: &[u8]) -> Option<&str> {
    let end = key.iter().position(|byte| *byte == 0)?;
    std::str::from_utf8(&key[..end]).ok()
}
