//! What a message offers its reader to do: signed links, made when it is sent.

use posthouse_domain::TicketId;
use posthouse_domain::notify::{Audience, Channel, Receiver};
use posthouse_domain::ticket::{Fact, NotificationRequested};
use posthouse_policy::Policy;
use posthouse_templates::link::{Keys, Offer};
use posthouse_templates::{Link, page, reply};

/// Where links lead, how they are signed, and how long they work.
#[derive(Clone, Debug)]
pub struct Offers {
    keys: Keys,
    url: String,
    valid_ms: i64,
}

impl Offers {
    /// Links that begin with `url`, which has no `/` at its end, and work for `valid_ms`
    /// milliseconds from when the message was decided.
    #[must_use]
    pub fn new(keys: Keys, url: String, valid_ms: i64) -> Self {
        Self {
            keys,
            url,
            valid_ms,
        }
    }

    /// The address by which replies about a ticket find it: that which the receiver names for
    /// replies, with the ticket, signed. `None` where it names none.
    pub(crate) fn replies_to(&self, receiver: &Receiver, ticket: TicketId) -> Option<String> {
        let Channel::Email(email) = &receiver.channel else {
            return None;
        };
        let own = email.reply_to.as_deref()?;
        let address = own.split_once('<').map_or(own, |(_, rest)| rest);
        reply::address(address.trim_end_matches('>'), ticket, &self.keys)
    }

    /// The links of one request: what the policy lets the receiver do, while the ticket is open.
    /// A repeat of the request has the same links. Customers have none: they reply.
    pub(crate) fn links(
        &self,
        policy: &Policy,
        receiver: &Receiver,
        fact: &Fact,
        request: &NotificationRequested,
    ) -> Vec<Link> {
        let for_staff = receiver.audience.of(request.about) == Audience::Staff;
        if !for_staff || !request.features.state.is_open() {
            return Vec::new();
        }
        let offer = |action| Offer {
            action,
            ticket: fact.ticket,
            request: fact.id,
            bearer: receiver.key.clone(),
            number: request.features.number.clone(),
            ends_at: fact.at.plus_millis(self.valid_ms),
        };
        let links = receiver.links.iter().map(|action| Link {
            label: page::label(&policy.templates, *action, &[&request.language]),
            url: format!("{}/v1/links/{}", self.url, offer(*action).token(&self.keys)),
        });
        links.collect()
    }
}
