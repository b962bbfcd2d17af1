//! What commands of the inbox become, as intake promises it: the same command becomes the same
//! fact of the same ticket, however often it comes and whoever takes it.

use posthouse_bus::Delivery;
use posthouse_domain::command::CommandBody;
use posthouse_domain::{FactId, TicketId};

/// The ticket that an opening in the inbox becomes, by its source and identity.
pub(crate) fn opened_ticket(region: &str, source: &str, command: &str) -> TicketId {
    TicketId::derive(&["event", region, "", source, "command", command])
}

/// The fact that opens a ticket of this identity, where its opening had a name.
pub(crate) fn opened_fact(region: &str, ticket: TicketId) -> FactId {
    FactId::from_command(&["opened", region, &ticket.to_string()])
}

/// The fact that a later command in the inbox becomes.
pub(crate) fn later_fact(region: &str, source: &str, ticket: TicketId, command: &str) -> FactId {
    let ticket = ticket.to_string();
    FactId::from_command(&["event", region, &ticket, source, "command", command])
}

/// The fact that a message of the inbox becomes; nothing where it names no fact by itself.
pub(crate) fn fact_of(region: &str, delivery: &Delivery) -> Option<FactId> {
    let command = posthouse_wire::decode_command(&delivery.payload).ok()?;
    let source = delivery.subject.splitn(4, '.').nth(3)?;
    let id = command.id.as_deref()?;
    match &command.body {
        CommandBody::Open(_) => {
            let ticket = opened_ticket(region, source, id);
            Some(opened_fact(region, ticket))
        }
        later => {
            let ticket = later.ticket()?.parse().ok()?;
            Some(later_fact(region, source, ticket, id))
        }
    }
}
