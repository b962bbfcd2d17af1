//! What makes a command the same command when it comes again, and the identities that follow.

use posthouse_domain::command::CommandBody;
use posthouse_domain::{FactId, TicketId};
use uuid::Uuid;

/// What makes a command the same command when it comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// A key that the sender chose and waits for an answer with: within the hours that keys are
    /// remembered, the same key gets the same answer.
    Key(String),
    /// What names it at its source, such as a system and the identity of its event. Not
    /// remembered: a repeat becomes the same fact again, which every reader recognises.
    Event(Vec<String>),
}

impl Idempotency {
    /// What makes it unique, first what it is unique within.
    fn parts<'a>(&'a self, region: &'a str, within: &'a str) -> Vec<&'a str> {
        match self {
            Self::Key(key) => vec![region, within, key],
            Self::Event(parts) => {
                let mut all = vec!["event", region, within];
                all.extend(parts.iter().map(String::as_str));
                all
            }
        }
    }
}

/// The identity of a ticket that is opened.
pub(crate) fn ticket(idempotency: Option<&Idempotency>, region: &str, customer: &str) -> TicketId {
    match idempotency {
        None => TicketId(Uuid::now_v7()),
        Some(Idempotency::Event(_)) => {
            // An event is unique at its source, whomever it is about.
            let parts = idempotency
                .map(|it| it.parts(region, ""))
                .unwrap_or_default();
            TicketId::derive(&parts)
        }
        Some(key) => TicketId::derive(&key.parts(region, customer)),
    }
}

/// The identity of the fact that a command about `ticket` becomes.
pub(crate) fn fact(
    idempotency: Option<&Idempotency>,
    region: &str,
    ticket: TicketId,
    body: &CommandBody,
) -> FactId {
    let ticket = ticket.to_string();
    match idempotency {
        None => FactId(Uuid::now_v7()),
        // A ticket is opened once, so its identity is enough.
        Some(_) if matches!(body, CommandBody::Open(_)) => {
            FactId::from_command(&["opened", region, &ticket])
        }
        Some(it) => FactId::from_command(&it.parts(region, &ticket)),
    }
}

#[cfg(test)]
mod tests {
    use posthouse_domain::command::Opening;

    use super::*;

    fn key(key: &str) -> Option<Idempotency> {
        Some(Idempotency::Key(key.to_owned()))
    }

    #[test]
    fn the_same_key_of_the_same_customer_is_the_same_ticket() {
        let id = |it: Option<Idempotency>, customer| ticket(it.as_ref(), "cn-north", customer);
        assert_eq!(id(key("k"), "c-1"), id(key("k"), "c-1"));
        assert_eq!(
            id(key("k"), "c-1"),
            TicketId::derive(&["cn-north", "c-1", "k"])
        );
        assert_ne!(id(key("k"), "c-1"), id(key("k"), "c-2"));
        assert_ne!(id(key("k"), "c-1"), id(key("l"), "c-1"));
        assert_ne!(id(None, "c-1"), id(None, "c-1"));
        let event = Some(Idempotency::Event(vec!["c-1".into(), "k".into()]));
        assert_ne!(id(event.clone(), ""), id(key("k"), "c-1"));
        assert_eq!(
            id(event.clone(), "c-1"),
            id(event, "c-2"),
            "it has one place of origin"
        );
    }

    #[test]
    fn a_key_names_one_fact_of_a_ticket() {
        let (one, other) = (TicketId::derive(&["1"]), TicketId::derive(&["2"]));
        let close = CommandBody::Close {
            ticket: String::new(),
            reason: String::new(),
        };
        let id = |ticket, body: &CommandBody| fact(key("k").as_ref(), "cn-north", ticket, body);
        assert_eq!(id(one, &close), id(one, &close));
        assert_ne!(id(one, &close), id(other, &close));
        assert_ne!(
            id(one, &close),
            id(one, &CommandBody::Open(Opening::default()))
        );
    }
}
