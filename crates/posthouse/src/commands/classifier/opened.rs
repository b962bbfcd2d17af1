//! Tickets as the log would hold them, for the classifier that is asked outside of it.

use posthouse_domain::ticket::{
    Actor, ActorKind, Attributes, Body, Contact, Fact, Features, Opened, PolicyVersion, Severity,
    Ticket,
};
use posthouse_domain::{FactId, TicketId, Timestamp};

use crate::exit::Error;

/// What is known of a ticket before it is labelled.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) number: String,
    pub(crate) customer: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) severity: Option<Severity>,
    pub(crate) tier: String,
    pub(crate) channel: String,
    pub(crate) product: String,
    pub(crate) attributes: Attributes,
}

impl Report {
    /// The ticket, and what rules may look at before it is labelled.
    pub(crate) fn open(self) -> Result<(Opened, Features), Error> {
        let opened = Opened {
            number: self.number,
            customer: self.customer,
            subject: self.subject,
            body: self.body,
            severity: self.severity,
            region: String::new(),
            tier: self.tier,
            channel: self.channel,
            language: String::new(),
            product: self.product,
            attributes: self.attributes,
            contact: Contact::default(),
        };
        let fact = Fact {
            id: FactId::from_command(&["predict"]),
            ticket: TicketId::derive(&["predict"]),
            region: String::new(),
            at: Timestamp::default(),
            actor: Actor {
                kind: ActorKind::Customer,
                name: opened.customer.clone(),
            },
            cause: None,
            policy: PolicyVersion::default(),
            body: Body::Opened(opened.clone()),
        };
        let ticket = Ticket::open(&fact, fact.at).map_err(|_| Error::failed("open a ticket"))?;
        Ok((opened, ticket.features))
    }
}
