//! The fact that a command becomes, and the message that carries it.

use bytes::Bytes;
use posthouse_bus::subject::Subjects;
use posthouse_bus::{Outgoing, header};
use posthouse_domain::command::{Command, CommandBody};
use posthouse_domain::ticket::{
    Accepted, Actor, ActorKind, AgentChanged, Assigned, Body, Closed, Corrected, Declined, Fact,
    PolicyVersion, Progressed, Reopened, Replied, Resolved, Transferred, Unfolded,
};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_runtime::trace::{SpanContext, SpanId};

use crate::limits::ASKED_AGO_MAX;

/// The name of a ticket's customer where only the ticket is known.
const SOME_CUSTOMER: &str = "customer";

/// The fact that a command becomes; a ticket that is opened has no number yet.
pub(super) fn fact(
    id: FactId,
    ticket: TicketId,
    region: &str,
    now: Timestamp,
    policy: PolicyVersion,
    command: Command,
) -> Fact {
    let Command {
        asked_at,
        actor,
        body,
        ..
    } = command;
    let customer = match &body {
        CommandBody::Open(opening) => &opening.customer,
        CommandBody::Prefer(preferred) => &preferred.customer,
        _ => SOME_CUSTOMER,
    };
    let customer = || Actor {
        kind: ActorKind::Customer,
        name: customer.to_owned(),
    };
    Fact {
        id,
        ticket,
        region: region.to_owned(),
        at: occurred_at(asked_at, now),
        actor: actor.unwrap_or_else(customer),
        cause: None,
        policy,
        body: fact_body(body),
    }
}

/// The sender's time, unless its clock cannot be right. Nothing is decided by it.
fn occurred_at(asked_at: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let ago_max = i64::try_from(ASKED_AGO_MAX.as_millis()).unwrap_or(i64::MAX);
    asked_at
        .filter(|asked| (0..=ago_max).contains(&now.millis_since(*asked)))
        .unwrap_or(now)
}

fn fact_body(body: CommandBody) -> Body {
    match body {
        CommandBody::Open(opening) => Body::Opened(opening.opened(String::new())),
        CommandBody::Reply {
            text,
            awaits_customer,
            ..
        } => Body::Replied(Replied {
            text,
            awaits_customer,
        }),
        CommandBody::Assign { agent, .. } => Body::Assigned(Assigned { agent }),
        CommandBody::Progress { to, reason, .. } => Body::Progressed(Progressed { to, reason }),
        CommandBody::Resolve { summary, .. } => Body::Resolved(Resolved { summary }),
        CommandBody::Reopen { reason, .. } => Body::Reopened(Reopened { reason }),
        CommandBody::Close { reason, .. } => Body::Closed(Closed { reason }),
        CommandBody::Correct { labels, note, .. } => Body::Corrected(Corrected { labels, note }),
        CommandBody::Unfold { reason, .. } => Body::Unfolded(Unfolded {
            incident: None,
            reason,
        }),
        CommandBody::Accept { agent, offer, .. } => Body::Accepted(Accepted { agent, offer }),
        CommandBody::Decline {
            agent,
            offer,
            reason,
            ..
        } => Body::Declined(Declined {
            agent,
            offer,
            reason,
        }),
        CommandBody::Transfer { to, reason, .. } => Body::Transferred(Transferred { to, reason }),
        CommandBody::Prefer(preferred) => Body::Preferred(preferred),
        CommandBody::Presence {
            agent,
            change,
            reason,
        } => Body::AgentChanged(AgentChanged {
            agent,
            change,
            reason,
        }),
    }
}

/// The message that carries a fact, sent as part of the command.
pub(crate) fn message(subjects: &Subjects, fact: &Fact, entry: SpanContext) -> Outgoing {
    let payload = Bytes::from(posthouse_wire::encode(fact));
    let subject = subjects.fact(fact.ticket, &fact.body);
    let mut message = Outgoing::new(subject, fact.id.to_string(), payload);
    message.headers.set(header::TICKET, fact.ticket.to_string());
    let context = entry.child(SpanId::of_fact(fact.id));
    message
        .headers
        .set(header::TRACEPARENT, context.to_string());
    message
}
