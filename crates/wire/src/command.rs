//! Commands: what arrives at the inbox.
//!
//! Reading says whether a command can be understood. Whether it can be accepted, limits
//! included, says [`Command::check`], in words for the sender.

use posthouse_domain::command::{Command, CommandBody, Opening};
use posthouse_domain::ticket::Contact;
use prost::Message;

use crate::enums::{self, Numbered};
use crate::error::Error;
use crate::fact::labels::{read_labels, write_labels};
use crate::fact::no_body;
use crate::path::Path;
use crate::read::{decode_message, optional_instant, required_word, write_instant};
use crate::v1::{self, ticket_command::Body as Wire};
use crate::values::{self, Travels};

/// The first field number of a body; everything below belongs to the envelope.
const BODY_FIRST: u32 = 10;

/// Writes a command.
#[must_use]
pub fn encode_command(command: &Command) -> Vec<u8> {
    let wire = v1::TicketCommand {
        command_id: command.id.clone().unwrap_or_default(),
        asked_at: command.asked_at.and_then(write_instant),
        actor: command.actor.as_ref().map(Travels::write),
        body: Some(write_body(&command.body)),
    };
    wire.encode_to_vec()
}

/// Reads a command of at most [`crate::MESSAGE_BYTES_MAX`] bytes. The caller asks
/// [`Command::check`] next.
///
/// # Errors
///
/// Any [`Error`]; the same bytes fail again.
pub fn decode_command(bytes: &[u8]) -> Result<Command, Error> {
    let wire: v1::TicketCommand = decode_message("command", bytes)?;
    let Some(body) = wire.body else {
        return Err(no_body("command", BODY_FIRST, bytes));
    };
    Ok(Command {
        id: (!wire.command_id.is_empty()).then_some(wire.command_id),
        asked_at: optional_instant(wire.asked_at, &Path::top("asked_at"))?,
        actor: wire
            .actor
            .map(|actor| Travels::read(actor, &Path::top("actor")))
            .transpose()?,
        body: read_body(body)?,
    })
}

fn write_body(body: &CommandBody) -> Wire {
    match body.clone() {
        CommandBody::Open(opening) => Wire::Open(write_opening(opening)),
        CommandBody::Reply {
            ticket: ticket_id,
            text,
            awaits_customer,
        } => Wire::Reply(v1::ReplyToTicket {
            ticket_id,
            text,
            awaits_customer,
        }),
        CommandBody::Assign {
            ticket: ticket_id,
            agent,
        } => Wire::Assign(v1::AssignTicket { ticket_id, agent }),
        CommandBody::Progress {
            ticket: ticket_id,
            to,
            reason,
        } => Wire::Progress(v1::ProgressTicket {
            ticket_id,
            to: to.number(),
            reason,
        }),
        CommandBody::Resolve {
            ticket: ticket_id,
            summary,
        } => Wire::Resolve(v1::ResolveTicket { ticket_id, summary }),
        CommandBody::Reopen {
            ticket: ticket_id,
            reason,
        } => Wire::Reopen(v1::ReopenTicket { ticket_id, reason }),
        CommandBody::Close {
            ticket: ticket_id,
            reason,
        } => Wire::Close(v1::CloseTicket { ticket_id, reason }),
        CommandBody::Correct {
            ticket: ticket_id,
            labels,
            note,
        } => Wire::Correct(v1::CorrectTicket {
            ticket_id,
            labels: Some(write_labels(&labels)),
            note,
        }),
        CommandBody::Unfold {
            ticket: ticket_id,
            reason,
        } => Wire::Unfold(v1::UnfoldTicket { ticket_id, reason }),
        CommandBody::Accept {
            ticket: ticket_id,
            agent,
            offer,
        } => Wire::Accept(v1::AcceptTicket {
            ticket_id,
            agent,
            offer_id: offer.to_string(),
        }),
        CommandBody::Decline {
            ticket: ticket_id,
            agent,
            offer,
            reason,
        } => Wire::Decline(v1::DeclineTicket {
            ticket_id,
            agent,
            offer_id: offer.to_string(),
            reason,
        }),
        CommandBody::Transfer {
            ticket: ticket_id,
            to,
            reason,
        } => Wire::Transfer(v1::TransferTicket {
            ticket_id,
            to: Some(to.write()),
            reason,
        }),
        CommandBody::Prefer(preferred) => Wire::Prefer(preferred.write()),
        CommandBody::Presence {
            agent,
            change,
            reason,
        } => Wire::Presence(v1::ChangePresence {
            agent,
            change: change.number(),
            reason,
        }),
    }
}

fn read_body(wire: Wire) -> Result<CommandBody, Error> {
    Ok(match wire {
        Wire::Open(wire) => CommandBody::Open(read_opening(wire)?),
        Wire::Reply(wire) => CommandBody::Reply {
            ticket: wire.ticket_id,
            text: wire.text,
            awaits_customer: wire.awaits_customer,
        },
        Wire::Assign(wire) => CommandBody::Assign {
            ticket: wire.ticket_id,
            agent: wire.agent,
        },
        Wire::Progress(wire) => CommandBody::Progress {
            ticket: wire.ticket_id,
            to: enums::required(wire.to, &Path::top("progress").field("to"))?,
            reason: wire.reason,
        },
        Wire::Resolve(wire) => CommandBody::Resolve {
            ticket: wire.ticket_id,
            summary: wire.summary,
        },
        Wire::Reopen(wire) => CommandBody::Reopen {
            ticket: wire.ticket_id,
            reason: wire.reason,
        },
        Wire::Close(wire) => CommandBody::Close {
            ticket: wire.ticket_id,
            reason: wire.reason,
        },
        Wire::Correct(wire) => {
            let at = Path::top("correct");
            CommandBody::Correct {
                ticket: wire.ticket_id,
                labels: read_labels(wire.labels.unwrap_or_default(), &at.field("labels"))?,
                note: wire.note,
            }
        }
        Wire::Unfold(wire) => CommandBody::Unfold {
            ticket: wire.ticket_id,
            reason: wire.reason,
        },
        Wire::Accept(wire) => CommandBody::Accept {
            ticket: wire.ticket_id,
            agent: wire.agent,
            offer: required_word(&wire.offer_id, &Path::top("accept").field("offer_id"))?,
        },
        Wire::Decline(wire) => CommandBody::Decline {
            ticket: wire.ticket_id,
            agent: wire.agent,
            offer: required_word(&wire.offer_id, &Path::top("decline").field("offer_id"))?,
            reason: wire.reason,
        },
        Wire::Transfer(wire) => CommandBody::Transfer {
            ticket: wire.ticket_id,
            to: values::required(wire.to, &Path::top("transfer").field("to"))?,
            reason: wire.reason,
        },
        Wire::Prefer(wire) => CommandBody::Prefer(Travels::read(wire, &Path::top("prefer"))?),
        Wire::Presence(wire) => CommandBody::Presence {
            agent: wire.agent,
            change: enums::required(wire.change, &Path::top("presence").field("change"))?,
            reason: wire.reason,
        },
    })
}

fn write_opening(opening: Opening) -> v1::OpenTicket {
    v1::OpenTicket {
        contact: values::write_contact(&opening.contact),
        customer: opening.customer,
        subject: opening.subject,
        body: opening.body,
        severity: enums::write_optional(opening.severity),
        region: opening.region,
        tier: opening.tier,
        channel: opening.channel,
        language: opening.language,
        product: opening.product,
        attributes: opening.attributes,
    }
}

fn read_opening(wire: v1::OpenTicket) -> Result<Opening, Error> {
    let contact = wire.contact.unwrap_or_default();
    Ok(Opening {
        severity: enums::optional(wire.severity, &Path::top("open").field("severity"))?,
        customer: wire.customer,
        subject: wire.subject,
        body: wire.body,
        region: wire.region,
        tier: wire.tier,
        channel: wire.channel,
        language: wire.language,
        product: wire.product,
        attributes: wire.attributes,
        contact: Contact {
            name: contact.name,
            email: contact.email,
            phone: contact.phone,
        },
    })
}
