//! What is to be told, before it takes the form of a channel.

use posthouse_domain::notify::{Channel, Receiver};
use posthouse_domain::ticket::{
    Attributes, Contact, Fact, FactKind, Features, NotificationRequested, Opened,
};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_templates::{Link, Notice, Rendered};
use serde::Serialize;

/// What stands before the subject of what may have been told before, where the channel has no
/// identity by which a repeat could be recognised.
const MAYBE_AGAIN: &str = "(repeat?) ";
/// What a test says. It is for whoever sets a receiver up, not for whoever is told in earnest.
const TEST_TITLE: &str = "Test from Posthouse";
const TEST_TEXT: &str = "This is a test. Nothing happened, and there is nothing to do.";

/// What is to be told: one attempt of one request.
#[derive(Clone, Debug)]
pub struct Parcel {
    id: String,
    ticket: String,
    /// When it was decided.
    at: Timestamp,
    policy: String,
    request: NotificationRequested,
    rendered: Rendered,
    attempt: u32,
    possible_duplicate: bool,
    replies_to: Option<String>,
}

/// Which attempt of a request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// From 1.
    pub(crate) number: u32,
    /// Whether an earlier one may have arrived.
    pub(crate) possible_duplicate: bool,
}

/// The body of a webhook, as Standard Webhooks recommends: type, time, data.
#[derive(Serialize)]
struct Envelope<'a> {
    r#type: String,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    ticket_id: &'a str,
    number: &'a str,
    title: &'a str,
    text: &'a str,
    severity: Option<&'static str>,
    category: &'a str,
    kind: &'a str,
    language: &'a str,
    customer: &'a str,
    tier: &'a str,
    region: &'a str,
    queue: &'a str,
    state: &'static str,
    rule: &'a str,
    policy: &'a str,
    attempt: u32,
    possible_duplicate: bool,
}

impl Parcel {
    /// What a request says, with links that were made for it.
    pub(crate) fn new(
        fact: &Fact,
        request: &NotificationRequested,
        channel: Option<&Channel>,
        attempt: Attempt,
        links: Vec<Link>,
    ) -> Self {
        let mut notice = Notice::of(request, links);
        let can_tell = channel.is_none_or(Channel::carries_identity);
        if attempt.possible_duplicate && !can_tell {
            notice.subject.insert_str(0, MAYBE_AGAIN);
        }
        Self {
            id: fact.id.to_string(),
            ticket: fact.ticket.to_string(),
            at: fact.at,
            policy: fact.policy.0.to_string(),
            request: request.clone(),
            rendered: Rendered::new(notice),
            attempt: attempt.number,
            possible_duplicate: attempt.possible_duplicate,
            replies_to: None,
        }
    }

    /// A message that asks for nothing: whether a receiver can be told. Each is one of its own.
    #[must_use]
    pub fn test(receiver: &Receiver, at: Timestamp) -> Self {
        let parts = ["notify test", &receiver.key, &at.to_string()];
        let opened = Opened {
            number: "TEST".to_owned(),
            customer: "(test)".to_owned(),
            subject: TEST_TEXT.to_owned(),
            body: TEST_TEXT.to_owned(),
            severity: None,
            region: String::new(),
            tier: String::new(),
            channel: String::new(),
            language: "en".to_owned(),
            product: String::new(),
            attributes: Attributes::new(),
            contact: Contact::default(),
        };
        let request = NotificationRequested {
            receiver: receiver.key.clone(),
            rule: "test".to_owned(),
            about: FactKind::Opened,
            title: TEST_TITLE.to_owned(),
            text: TEST_TEXT.to_owned(),
            features: Features::declared(&opened, "", at),
            fields: Vec::new(),
            language: "en".to_owned(),
            urgent: false,
            round: 0,
            told_of: Vec::new(),
        };
        Self {
            id: FactId::from_command(&parts).to_string(),
            ticket: TicketId::derive(&parts).to_string(),
            at,
            policy: String::new(),
            rendered: Rendered::new(Notice::of(&request, Vec::new())),
            request,
            attempt: 1,
            possible_duplicate: false,
            replies_to: None,
        }
    }

    /// The identity of the request, the same for every attempt.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Which attempt it is, from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// What it says, in the forms of channels.
    #[must_use]
    pub const fn rendered(&self) -> &Rendered {
        &self.rendered
    }

    /// The body for machines, as JSON.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        let (request, features) = (&self.request, &self.request.features);
        let envelope = Envelope {
            r#type: self.kind(),
            timestamp: self.at.to_string(),
            data: Data {
                ticket_id: &self.ticket,
                number: &features.number,
                title: &request.title,
                text: &request.text,
                severity: features.severity.map(|severity| severity.as_str()),
                category: &features.category,
                kind: &features.kind,
                language: &features.language,
                customer: &features.customer,
                tier: &features.tier,
                region: &features.region,
                queue: &features.queue,
                state: features.state.as_str(),
                rule: &request.rule,
                policy: &self.policy,
                attempt: self.attempt,
                possible_duplicate: self.possible_duplicate,
            },
        };
        serde_json::to_vec(&envelope).expect("text and numbers always serialise")
    }

    /// The same, with an address by which replies find the ticket.
    pub(crate) fn replying_to(self, address: Option<String>) -> Self {
        Self {
            replies_to: address,
            ..self
        }
    }

    /// The address by which replies find the ticket, where there is one.
    pub(crate) fn replies_to(&self) -> Option<&str> {
        self.replies_to.as_deref()
    }

    /// What it is about, for machines: `ticket.routed`.
    pub(crate) fn kind(&self) -> String {
        format!("ticket.{}", self.request.about)
    }

    pub(crate) fn ticket(&self) -> &str {
        &self.ticket
    }

    pub(crate) const fn at(&self) -> Timestamp {
        self.at
    }

    pub(crate) fn number(&self) -> &str {
        &self.request.features.number
    }

    /// `P0` to `P3`; `P?` while nobody knows.
    pub(crate) fn severity(&self) -> &'static str {
        let severity = self.request.features.severity;
        severity.map_or("P?", |severity| severity.as_str())
    }

    pub(crate) const fn features(&self) -> &Features {
        &self.request.features
    }
}
