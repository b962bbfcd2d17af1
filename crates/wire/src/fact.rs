//! Facts: the messages the log of a region is made of.
//!
//! The envelope is here; what happened is in `fact/body.rs`.

mod body;
mod dispatched;
pub(crate) mod labels;
mod preference;
mod promised;
mod silences;

use posthouse_domain::ticket::{Fact, PolicyVersion};
use prost::Message;
use prost::encoding::{DecodeContext, decode_key, skip_field};

use crate::error::Error;
use crate::path::Path;
use crate::read::write_instant;
use crate::read::{decode_message, instant, key, optional_word, required_key, required_word};
use crate::v1;
use crate::values::{self, Travels};

/// The first field number of a body; everything below belongs to the envelope.
const BODY_FIRST: u32 = 20;

/// Writes a fact.
#[must_use]
pub fn encode(fact: &Fact) -> Vec<u8> {
    let wire = v1::TicketFact {
        fact_id: fact.id.to_string(),
        ticket_id: fact.ticket.to_string(),
        region: fact.region.clone(),
        occurred_at: write_instant(fact.at),
        actor: Some(fact.actor.write()),
        cause: fact
            .cause
            .map(|cause| cause.to_string())
            .unwrap_or_default(),
        policy: fact.policy.0.clone(),
        body: Some(body::write(&fact.body)),
    };
    wire.encode_to_vec()
}

/// Reads a fact.
///
/// # Errors
///
/// Any [`Error`]; the same bytes fail again.
pub fn decode(bytes: &[u8]) -> Result<Fact, Error> {
    let wire: v1::TicketFact = decode_message("fact", bytes)?;
    let Some(body) = wire.body else {
        return Err(no_body("fact", BODY_FIRST, bytes));
    };
    Ok(Fact {
        id: required_word(&wire.fact_id, &Path::top("fact_id"))?,
        ticket: required_word(&wire.ticket_id, &Path::top("ticket_id"))?,
        region: required_key(wire.region, &Path::top("region"))?,
        at: instant(wire.occurred_at, &Path::top("occurred_at"))?,
        actor: values::required(wire.actor, &Path::top("actor"))?,
        cause: optional_word(&wire.cause, &Path::top("cause"))?,
        policy: PolicyVersion(key(wire.policy, &Path::top("policy"))?),
        body: body::read(body)?,
    })
}

/// Why a message has no body: it was left out, or is of a kind that a newer version knows.
///
/// Field numbers from `first` on are kept for bodies, so any of them that was skipped is one.
pub(crate) fn no_body(message: &'static str, first: u32, mut bytes: &[u8]) -> Error {
    while let Ok((number, wire_type)) = decode_key(&mut bytes) {
        if number >= first {
            return Error::NewerVersion { message, number };
        }
        if skip_field(wire_type, number, &mut bytes, DecodeContext::default()).is_err() {
            break;
        }
    }
    Error::Missing {
        field: "body".to_owned(),
    }
}
