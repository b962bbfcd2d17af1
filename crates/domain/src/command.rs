//! Commands: what somebody outside asks for, before it is accepted.
//!
//! They come over HTTP or from the inbox; both check them with [`Command::check`], so what one
//! refuses the other refuses too, in the same words. An accepted command becomes a fact.
//!
//! This module looks at a command alone: whether the ticket exists and the state machine allows
//! it is decided elsewhere.

mod check;

use crate::ids::FactId;
use crate::notify::Preferred;
use crate::ticket::{
    Actor, Attributes, Contact, Destination, Labels, Opened, Presence, Progress, Severity,
};
use crate::time::Timestamp;

pub use check::Problem;

/// One thing asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What makes it unique within its source: a repeat with the same identity is the same
    /// command. `None`: its message id or its place in the inbox names it.
    pub id: Option<String>,
    /// When it was asked, by the sender's clock, if the sender said so.
    pub asked_at: Option<Timestamp>,
    /// Who asks; `None` for the customer of the ticket.
    pub actor: Option<Actor>,
    /// What is asked.
    pub body: CommandBody,
}

/// What is asked. A `ticket` is a ticket's identity or its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandBody {
    /// Report a problem.
    Open(Opening),
    /// Write to a ticket.
    Reply {
        /// Which ticket.
        ticket: String,
        /// What is written.
        text: String,
        /// For an agent: work then waits for the customer's answer.
        awaits_customer: bool,
    },
    /// Give a ticket to a person.
    Assign {
        /// Which ticket.
        ticket: String,
        /// The person's key.
        agent: String,
    },
    /// Move the work on a ticket.
    Progress {
        /// Which ticket.
        ticket: String,
        /// Where to.
        to: Progress,
        /// Why; may be empty.
        reason: String,
    },
    /// Say that the problem is solved.
    Resolve {
        /// Which ticket.
        ticket: String,
        /// What solved it; may be empty.
        summary: String,
    },
    /// Say that the problem came back.
    Reopen {
        /// Which ticket.
        ticket: String,
        /// Why; may be empty.
        reason: String,
    },
    /// Close a ticket.
    Close {
        /// Which ticket.
        ticket: String,
        /// Why; may be empty.
        reason: String,
    },
    /// Say what the labels are.
    Correct {
        /// Which ticket.
        ticket: String,
        /// The labels that are wrong, as they are; at least one.
        labels: Labels,
        /// Why; may be empty.
        note: String,
    },
    /// Take a ticket out of the incident that it was folded into.
    Unfold {
        /// Which ticket.
        ticket: String,
        /// Why; may be empty.
        reason: String,
    },
    /// Take a ticket that was offered.
    Accept {
        /// Which ticket.
        ticket: String,
        /// To whom it was offered: the agent's key.
        agent: String,
        /// The fact that offered it.
        offer: FactId,
    },
    /// Do not take a ticket that was offered.
    Decline {
        /// Which ticket.
        ticket: String,
        /// To whom it was offered: the agent's key.
        agent: String,
        /// The fact that offered it.
        offer: FactId,
        /// Why; may be empty.
        reason: String,
    },
    /// Have a ticket go elsewhere.
    Transfer {
        /// Which ticket.
        ticket: String,
        /// Where to.
        to: Destination,
        /// Why; may be empty.
        reason: String,
    },
    /// Say how a customer wants to be told. About no ticket.
    Prefer(Preferred),
    /// Say that an agent comes, goes, or is still there. About no ticket.
    Presence {
        /// The agent's key.
        agent: String,
        /// What changed.
        change: Presence,
        /// Why; may be empty.
        reason: String,
    },
}

/// A problem that is reported: an [`Opened`] that has no number yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// The customer's key.
    pub customer: String,
    /// One line.
    pub subject: String,
    /// The whole text; may be empty.
    pub body: String,
    /// The severity the customer chose, if any.
    pub severity: Option<Severity>,
    /// The customer's region; empty for the region of the log.
    pub region: String,
    /// The customer's tier; empty when not known.
    pub tier: String,
    /// The way it came; empty when not known.
    pub channel: String,
    /// The language the customer chose, BCP 47; empty when not known.
    pub language: String,
    /// The product concerned; empty when not known.
    pub product: String,
    /// Free properties.
    pub attributes: Attributes,
    /// How the person can be reached.
    pub contact: Contact,
}

impl Opening {
    /// The fact it becomes once intake gave it a number.
    #[must_use]
    pub fn opened(self, number: String) -> Opened {
        Opened {
            number,
            customer: self.customer,
            subject: self.subject,
            body: self.body,
            severity: self.severity,
            region: self.region,
            tier: self.tier,
            channel: self.channel,
            language: self.language,
            product: self.product,
            attributes: self.attributes,
            contact: self.contact,
        }
    }
}

impl CommandBody {
    /// The ticket it is about, as the sender named it; `None` for [`Self::Open`],
    /// [`Self::Prefer`] and [`Self::Presence`].
    #[must_use]
    pub fn ticket(&self) -> Option<&str> {
        match self {
            Self::Open(_) | Self::Prefer(_) | Self::Presence { .. } => None,
            Self::Reply { ticket, .. }
            | Self::Assign { ticket, .. }
            | Self::Progress { ticket, .. }
            | Self::Resolve { ticket, .. }
            | Self::Reopen { ticket, .. }
            | Self::Close { ticket, .. }
            | Self::Correct { ticket, .. }
            | Self::Unfold { ticket, .. }
            | Self::Accept { ticket, .. }
            | Self::Decline { ticket, .. }
            | Self::Transfer { ticket, .. } => Some(ticket),
        }
    }
}
