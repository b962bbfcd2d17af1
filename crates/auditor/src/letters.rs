//! Dead letters: what was set aside, by whom, and whether it is whole.

use std::collections::{HashMap, HashSet};

use posthouse_wire::v1;
use uuid::Uuid;

use crate::names::digest;

/// The codes of what no role of this version can read.
const UNREADABLE: &str = "WIRE";

/// The dead letters of a region.
#[derive(Debug, Default)]
pub(crate) struct Letters {
    by_place: HashMap<(String, u64), Vec<Letter>>,
    /// The originals, in short.
    payloads: HashSet<u64>,
    /// Which roles set something of a ticket aside.
    excused: HashSet<(Uuid, String)>,
}

/// One dead letter.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) role: String,
    is_unreadable: bool,
    bytes: u64,
}

impl Letters {
    /// Takes a dead letter in; `Err` with what it lacks.
    pub(crate) fn take(&mut self, payload: &[u8]) -> Result<(), String> {
        let read = posthouse_wire::decode_message::<v1::DeadLetter>("dead_letter", payload);
        let letter = read.map_err(|error| format!("a dead letter cannot be read: {error}"))?;
        let lacks = |what| {
            let (stream, sequence) = (&letter.stream, letter.sequence);
            Err(format!(
                "the dead letter of {stream}/{sequence} has no {what}"
            ))
        };
        let fact = posthouse_wire::decode_message::<v1::TicketFact>("fact", &letter.payload[..]);
        let ticket = fact.ok().and_then(|fact| fact.ticket_id.parse().ok());
        if let Some(ticket) = ticket {
            self.excused.insert((ticket, letter.role.clone()));
        }
        let bytes = digest(&letter.payload);
        self.payloads.insert(bytes);
        self.by_place
            .entry((letter.stream.clone(), letter.sequence))
            .or_default()
            .push(Letter {
                role: letter.role.clone(),
                is_unreadable: letter.code.starts_with(UNREADABLE),
                bytes,
            });
        if letter.role.is_empty() {
            return lacks("role");
        }
        if letter.code.is_empty() {
            return lacks("code");
        }
        if letter.reason.is_empty() {
            return lacks("reason");
        }
        Ok(())
    }

    /// The dead letters of the message at a place.
    pub(crate) fn of(&self, stream: &str, sequence: u64) -> &[Letter] {
        let found = self.by_place.get(&(stream.to_owned(), sequence));
        found.map_or(&[], Vec::as_slice)
    }

    /// Whether a message that cannot be read was set aside, here or where couriers read it.
    pub(crate) fn hold(&self, stream: &str, sequence: u64, bytes: u64) -> bool {
        !self.of(stream, sequence).is_empty() || self.payloads.contains(&bytes)
    }

    /// Whether nobody can read the message at a place, though it looks like a fact.
    pub(crate) fn is_refused(&self, stream: &str, sequence: u64) -> bool {
        self.of(stream, sequence).iter().any(|it| it.is_unreadable)
    }

    /// Whether a role set the message at a place aside.
    pub(crate) fn is_refused_by(&self, role: &str, stream: &str, sequence: u64) -> bool {
        self.of(stream, sequence).iter().any(|it| it.role == role)
    }

    /// Whether a role set something of a ticket aside, so that what it should have concluded may
    /// not be there.
    pub(crate) fn excuse(&self, ticket: Uuid, role: &str) -> bool {
        // Most audits see no dead letter at all.
        !self.excused.is_empty() && self.excused.contains(&(ticket, role.to_owned()))
    }
}

impl Letter {
    /// Whether it holds the original.
    pub(crate) const fn holds(&self, bytes: u64) -> bool {
        self.bytes == bytes
    }
}
