//! What can be asked for, and the fields of each: one table, from which JSON is read and the
//! OpenAPI page is made, so that what is documented is what is accepted.

use posthouse_domain::limits::{
    BODY_BYTES_MAX, CONTACT_BYTES_MAX, KEY_BYTES_MAX, PREFERRED_WORDS_MAX, SUBJECT_BYTES_MAX,
    TAGS_MAX,
};

/// Something that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Report a problem.
    Open,
    /// Write to a ticket.
    Reply,
    /// Give a ticket to a person.
    Assign,
    /// Move the work on a ticket.
    Progress,
    /// Say that the problem is solved.
    Resolve,
    /// Say that the problem came back.
    Reopen,
    /// Close a ticket.
    Close,
    /// Say what the labels are.
    Correct,
    /// Take a ticket out of the incident that it was folded into.
    Unfold,
    /// Take a ticket that was offered.
    Accept,
    /// Do not take a ticket that was offered.
    Decline,
    /// Have a ticket go elsewhere.
    Transfer,
    /// Say that an agent comes, goes, or is still there.
    Presence,
    /// Say how a customer wants to be told.
    Prefer,
}

/// What something that can be asked for is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A ticket.
    Ticket,
    /// An agent.
    Agent,
    /// A customer.
    Customer,
}

impl Subject {
    /// The word for it in fields, and in the identities of operations.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Agent => "agent",
            Self::Customer => "customer",
        }
    }
}

/// A field of a JSON object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    pub(crate) about: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// One line of at most so many bytes.
    Line(usize),
    /// Text of at most so many bytes.
    Text(usize),
    /// `true` or `false`.
    Flag,
    /// A severity.
    Severity,
    /// How a customer sounds.
    Sentiment,
    /// A list of at most so many lines, each of at most [`KEY_BYTES_MAX`] bytes.
    Keys(usize),
    /// A place where work can be moved to.
    Progress,
    /// Who causes something: customer, agent or system.
    ActorKind,
    /// What an agent says of themselves.
    Presence,
    /// An identity: a UUID.
    Id,
    /// Free properties: text by name.
    Attributes,
    /// An object with these fields.
    Object(&'static [Field]),
}

const fn field(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field {
        name,
        shape,
        required: false,
        about,
    }
}

const fn required(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field {
        name,
        shape,
        required: true,
        about,
    }
}

const KEY: Shape = Shape::Line(KEY_BYTES_MAX);
const TEXT: Shape = Shape::Text(BODY_BYTES_MAX);

const CONTACT: &[Field] = &[
    field("name", Shape::Line(CONTACT_BYTES_MAX), "The person's name."),
    field(
        "email",
        Shape::Line(CONTACT_BYTES_MAX),
        "Their e-mail address.",
    ),
    field(
        "phone",
        Shape::Line(CONTACT_BYTES_MAX),
        "Their telephone number.",
    ),
];

const ACTOR: &[Field] = &[
    required("kind", Shape::ActorKind, "What sort of actor."),
    required("name", KEY, "The actor's key."),
];

const REASON: Field = field("reason", TEXT, "Why.");

const fn actor(about: &'static str) -> Field {
    field("actor", Shape::Object(ACTOR), about)
}

const BY_CUSTOMER: Field = actor("Who asks. Default: the customer of the ticket.");
const BY_AGENT: Field =
    actor("Who asks. Default: an agent, named `support` where nobody else is named.");

const OPEN: &[Field] = &[
    required("customer", KEY, "The customer's key."),
    required("subject", Shape::Line(SUBJECT_BYTES_MAX), "One line."),
    field("body", TEXT, "The whole text."),
    field(
        "severity",
        Shape::Severity,
        "The severity that the customer chose.",
    ),
    field(
        "region",
        KEY,
        "The customer's region: a key of the policy. Default: the region asked.",
    ),
    field("tier", KEY, "The customer's tier: a word of the policy."),
    field("channel", KEY, "The way it came: a word of the policy."),
    field(
        "language",
        KEY,
        "The language that the customer chose, BCP 47.",
    ),
    field("product", KEY, "The product concerned."),
    field("attributes", Shape::Attributes, "Free properties."),
    field(
        "contact",
        Shape::Object(CONTACT),
        "How the person can be reached.",
    ),
    actor("Who asks. Default: the customer."),
];

const REPLY: &[Field] = &[
    required("text", TEXT, "What is written."),
    field(
        "awaits_customer",
        Shape::Flag,
        "For an agent: work then waits for the customer.",
    ),
    BY_CUSTOMER,
];

const ASSIGN: &[Field] = &[
    required("agent", KEY, "The person who gets the ticket."),
    actor("Who asks. Default: the person who gets the ticket."),
];

const PROGRESS: &[Field] = &[
    required("to", Shape::Progress, "Where the work is moved to."),
    REASON,
    BY_AGENT,
];

const RESOLVE: &[Field] = &[field("summary", TEXT, "What solved it."), BY_AGENT];

const REOPEN: &[Field] = &[REASON, BY_CUSTOMER];

const CORRECT: &[Field] = &[
    field("category", KEY, "What it is about: a word of the policy."),
    field(
        "kind",
        KEY,
        "What the customer wants: a word of the policy.",
    ),
    field("severity", Shape::Severity, "How bad it is."),
    field("sentiment", Shape::Sentiment, "How the customer sounds."),
    field("language", KEY, "The language of the text, BCP 47."),
    field(
        "tags",
        Shape::Keys(TAGS_MAX),
        "All tags that hold, words of the policy; an empty list for none.",
    ),
    field("note", TEXT, "Why."),
    BY_AGENT,
];

const UNFOLD: &[Field] = &[REASON, BY_AGENT];

const BY_THEM: Field = actor("Who asks. Default: that agent.");
const OFFERED_TO: Field = required("agent", KEY, "The agent to whom it was offered.");
const OFFER: Field = required("offer", Shape::Id, "The fact that offered it.");

const ACCEPT: &[Field] = &[OFFERED_TO, OFFER, BY_THEM];

const DECLINE: &[Field] = &[OFFERED_TO, OFFER, REASON, BY_THEM];

const TRANSFER: &[Field] = &[
    field(
        "queue",
        TEXT,
        "To this queue: centre/level/skill/language. Exactly one of the four is named.",
    ),
    field("level", KEY, "To this level of support."),
    field("agent", KEY, "To this agent."),
    field("region", KEY, "To this region."),
    REASON,
    BY_AGENT,
];

const PRESENCE: &[Field] = &[
    required("change", Shape::Presence, "What changed."),
    REASON,
    BY_THEM,
];

const PREFERENCE: &[Field] = &[
    field(
        "language",
        KEY,
        "The language they read, BCP 47. Default: that of each ticket.",
    ),
    field(
        "channels",
        Shape::Keys(PREFERRED_WORDS_MAX),
        "The channels by which they may be told, such as email and sms. Default: all that need no \
         consent.",
    ),
    field(
        "about",
        Shape::Keys(PREFERRED_WORDS_MAX),
        "The kinds of fact they want to hear of; an empty list for none. Default: all.",
    ),
    actor("Who says so. Default: the customer."),
];

impl Action {
    /// All of them, in the order of a ticket's life.
    pub const ALL: [Self; 14] = [
        Self::Open,
        Self::Reply,
        Self::Assign,
        Self::Progress,
        Self::Resolve,
        Self::Reopen,
        Self::Close,
        Self::Correct,
        Self::Unfold,
        Self::Accept,
        Self::Decline,
        Self::Transfer,
        Self::Presence,
        Self::Prefer,
    ];

    /// The word for it in types of events and in the identities of operations.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Reply => "reply",
            Self::Assign => "assign",
            Self::Progress => "progress",
            Self::Resolve => "resolve",
            Self::Reopen => "reopen",
            Self::Close => "close",
            Self::Correct => "correct",
            Self::Unfold => "unfold",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Transfer => "transfer",
            Self::Presence => "presence",
            Self::Prefer => "prefer",
        }
    }

    /// Where it is asked for.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Open => "/v1/tickets",
            Self::Reply => "/v1/tickets/{id}/replies",
            Self::Assign => "/v1/tickets/{id}/assignment",
            Self::Progress => "/v1/tickets/{id}/progress",
            Self::Resolve => "/v1/tickets/{id}/resolve",
            Self::Reopen => "/v1/tickets/{id}/reopen",
            Self::Close => "/v1/tickets/{id}/close",
            Self::Correct => "/v1/tickets/{id}/correction",
            Self::Unfold => "/v1/tickets/{id}/unfold",
            Self::Accept => "/v1/tickets/{id}/accept",
            Self::Decline => "/v1/tickets/{id}/decline",
            Self::Transfer => "/v1/tickets/{id}/transfer",
            Self::Presence => "/v1/agents/{id}/presence",
            Self::Prefer => "/v1/customers/{id}/preference",
        }
    }

    /// What it does, for people.
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Open => "Open a ticket.",
            Self::Reply => "Write to a ticket.",
            Self::Assign => "Give a ticket to a person.",
            Self::Progress => "Move the work on a ticket.",
            Self::Resolve => "Say that the problem is solved.",
            Self::Reopen => "Say that the problem came back.",
            Self::Close => "Close a ticket.",
            Self::Correct => "Say what the labels are; at least one of them.",
            Self::Unfold => "Take a ticket out of the incident that it was folded into.",
            Self::Accept => "Take a ticket that was offered.",
            Self::Decline => "Do not take a ticket that was offered.",
            Self::Transfer => "Have a ticket go elsewhere; it keeps its clocks.",
            Self::Presence => "Say that an agent comes, goes, or is still there.",
            Self::Prefer => {
                "Say how a customer wants to be told: all of it at once. What was said last holds."
            }
        }
    }

    /// Its fields.
    pub(crate) const fn fields(self) -> &'static [Field] {
        match self {
            Self::Open => OPEN,
            Self::Reply => REPLY,
            Self::Assign => ASSIGN,
            Self::Progress => PROGRESS,
            Self::Resolve => RESOLVE,
            Self::Reopen | Self::Close => REOPEN,
            Self::Correct => CORRECT,
            Self::Unfold => UNFOLD,
            Self::Accept => ACCEPT,
            Self::Decline => DECLINE,
            Self::Transfer => TRANSFER,
            Self::Presence => PRESENCE,
            Self::Prefer => PREFERENCE,
        }
    }

    /// What it is about.
    pub(crate) const fn subject(self) -> Subject {
        match self {
            Self::Presence => Subject::Agent,
            Self::Prefer => Subject::Customer,
            _ => Subject::Ticket,
        }
    }

    /// Whether it can be asked for without saying anything further.
    pub(crate) fn may_be_bare(self) -> bool {
        self.fields().iter().all(|field| !field.required)
    }
}
