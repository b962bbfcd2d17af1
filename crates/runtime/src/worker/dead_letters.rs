//! Dead letters: what could not be handled or sent, set aside whole, with the reason.

use bytes::Bytes;
use posthouse_bus::{Delivery, Error as BusError, Outgoing};
use posthouse_domain::FactId;
use posthouse_domain::limits::DEAD_LETTER_BYTES_MAX;
use posthouse_wire::DeadLetter;

use super::Worker;
use crate::{Handler, Refusal, limits};

impl<H: Handler> Worker<H> {
    /// The dead letter for an input. Its identity follows from the input's place, so that the
    /// same input is set aside once.
    pub(super) fn dead_letter(&self, delivery: &Delivery, refusal: &Refusal) -> (FactId, Outgoing) {
        let letter = DeadLetter {
            role: self.context.spec.role.to_string(),
            code: refusal.code.to_owned(),
            reason: refusal
                .reason
                .chars()
                .take(limits::REASON_CHARS_MAX)
                .collect(),
            stream: delivery.stream.to_string(),
            sequence: delivery.sequence,
            subject: delivery.subject.clone(),
            headers: delivery
                .headers
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            payload: bounded(&delivery.payload),
            refused_at: delivery.stored_at,
        };
        let sequence = delivery.sequence.to_string();
        let parts = ["dead letter", &letter.role, &letter.stream, &sequence];
        (
            FactId::from_command(&parts),
            self.letter_message(&letter, &parts),
        )
    }

    /// The dead letter for an output that the bus will never take.
    pub(super) fn dead_output(&self, message: &Outgoing, error: &BusError) -> (FactId, Outgoing) {
        let id = message.id.clone().unwrap_or_default();
        let letter = DeadLetter {
            role: self.context.spec.role.to_string(),
            code: error.code().to_owned(),
            reason: format!("an output of this role: {error}"),
            stream: self.context.spec.stream.clone(),
            sequence: self.position,
            subject: message.subject.clone(),
            headers: message
                .headers
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            payload: bounded(&message.payload),
            refused_at: self.log_time,
        };
        let parts = ["dead output", &letter.role, &id];
        (
            FactId::from_command(&parts),
            self.letter_message(&letter, &parts),
        )
    }

    fn letter_message(&self, letter: &DeadLetter, parts: &[&str]) -> Outgoing {
        let id = FactId::from_command(parts).to_string();
        Outgoing::new(self.context.dead_letters(), id, letter.encode().into())
    }
}

/// Streams take no message larger than this, so nothing is cut off that came through one.
fn bounded(payload: &Bytes) -> Bytes {
    payload.slice(..payload.len().min(DEAD_LETTER_BYTES_MAX))
}

impl Refusal {
    /// A refusal with this code and reason.
    #[must_use]
    pub fn new(code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }
}
