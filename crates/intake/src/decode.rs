//! Reading what arrives at the doors, without accepting it: what both doors do first, for
//! whoever wants to know what they would make of something.

use posthouse_bus::Delivery;
use posthouse_domain::command::Command;

use crate::action::Action;
use crate::identity::Idempotency;
use crate::inbox::message;
use crate::json::Json;
use crate::reading;
use crate::refused::Refused;

/// Reads the body of a request for `action`. `ticket` is the ticket that its path names; empty
/// for [`Action::Open`].
///
/// Whether lines are too long ([`Command::check`]), and what the policy knows, is another
/// question.
///
/// # Errors
///
/// [`Refused::Unreadable`] for what is no JSON, [`Refused::Invalid`] with every field at fault.
pub fn read_body(action: Action, ticket: &str, body: &[u8]) -> Result<Command, Refused> {
    let json = if body.is_empty() && action.may_be_bare() {
        Json::Object(Vec::new())
    } else {
        Json::parse(body).map_err(|why| Refused::Unreadable(format!("the body {why}")))?
    };
    reading::command(action, json, ticket).map_err(Refused::Invalid)
}

/// Reads a message of the inbox: a CloudEvent in binary mode, or a `TicketCommand` in Protobuf.
/// Gives what is asked, and what names it.
///
/// # Errors
///
/// [`Refused`]; the same message fails again.
pub fn read_message(delivery: &Delivery) -> Result<(Command, Idempotency), Refused> {
    let request = message::read(delivery)?;
    let name = request
        .idempotency
        .expect("a message of the inbox is always named");
    Ok((request.command, name))
}
