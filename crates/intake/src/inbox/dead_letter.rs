//! The dead letter of an inbox message.

use posthouse_bus::subject::Subjects;
use posthouse_bus::{Delivery, Outgoing, Role};
use posthouse_domain::FactId;
use posthouse_domain::ids::partition_of;
use posthouse_domain::limits::DEAD_LETTER_BYTES_MAX;
use posthouse_wire::DeadLetter;

use crate::limits::REASON_CHARS_MAX;
use crate::refused::Refused;

/// The dead letter with the whole message, and, for a bus that finds that too large, one with
/// its beginning. Their identity follows from the message's place, so one of them is stored once.
pub(super) fn letters(
    subjects: &Subjects,
    delivery: &Delivery,
    refused: &Refused,
) -> impl Iterator<Item = Outgoing> {
    let whole = delivery.payload.len().min(DEAD_LETTER_BYTES_MAX);
    [whole, whole / 2]
        .into_iter()
        .map(move |bytes| message(subjects, &letter(delivery, refused, bytes)))
}

fn letter(delivery: &Delivery, refused: &Refused, bytes: usize) -> DeadLetter {
    let mut reason: String = refused.to_string().chars().take(REASON_CHARS_MAX).collect();
    if bytes < delivery.payload.len() {
        reason.push_str(&format!(
            "; {bytes} of {} bytes kept",
            delivery.payload.len()
        ));
    }
    DeadLetter {
        role: Role::Intake.to_string(),
        code: refused.code().to_owned(),
        reason,
        stream: delivery.stream.to_string(),
        sequence: delivery.sequence,
        subject: delivery.subject.clone(),
        headers: delivery
            .headers
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        payload: delivery.payload.slice(..bytes),
        refused_at: delivery.stored_at,
    }
}

/// An inbox message belongs to no partition; its subject chooses one, so that the letters of a
/// source stay together.
fn message(subjects: &Subjects, letter: &DeadLetter) -> Outgoing {
    let partition = partition_of(letter.subject.as_bytes(), subjects.partitions());
    let place = format!("{}/{}", letter.sequence, letter.refused_at);
    let id = FactId::from_command(&["dead letter", &letter.role, &letter.stream, &place]);
    let subject = subjects.dead_letter(partition, Role::Intake);
    Outgoing::new(subject, id.to_string(), letter.encode().into())
}
