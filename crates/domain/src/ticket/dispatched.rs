//! What happens between a queue and a person: agents, offers, answers, and tickets given back.
//!
//! An agent's presence is a fact of the log like any other, but about no ticket: every fold of
//! tickets passes [`AgentChanged`] by. The other facts are about tickets; which of them count is
//! decided by [`super::Ticket::judge`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Features, UnknownWord};
use crate::ids::{FactId, TicketId};
use crate::route::Queue;
use crate::time::Timestamp;

/// An agent came, went, or showed a sign of life. It is about no ticket: its ticket is
/// [`TicketId::of_agent`], so that all facts of an agent stand in one partition, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentChanged {
    /// The agent: a key of the roster.
    pub agent: String,
    /// What changed.
    pub change: Presence,
    /// Why; may be empty.
    pub reason: String,
}

/// What an agent says of themselves. Any fact that an agent causes is a sign of life too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Presence {
    /// Their working day begins; not yet ready for work.
    SignedIn,
    /// They take new work.
    Ready,
    /// They take no new work, and go on with what they have.
    Busy,
    /// They are away for a while.
    OnBreak,
    /// Their working day is over; what they have is given to others.
    SignedOut,
    /// They are still there; changes nothing else.
    Seen,
}

/// A ticket was offered to an agent.
///
/// Void unless the ticket waits in the queue that it names, no other offer stands, and `round`
/// is the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The agent: a key of the roster.
    pub agent: String,
    /// The queue that the ticket waits in.
    pub queue: Queue,
    /// How many times the ticket was offered since it was opened or reopened, this one included.
    pub round: u32,
    /// When the offer lapses, unless it was answered.
    pub until: Timestamp,
    /// Why this ticket, and why this agent.
    pub choice: Choice,
    /// The ticket as it stood.
    pub features: Features,
}

/// Why one ticket was offered to one agent. Equal states give equal choices, to the byte.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The policy by which tickets are ordered.
    pub order: String,
    /// How many tickets waited.
    pub waiting: u32,
    /// How many agents were left after each mask, in the order in which they were laid on.
    pub agents: Vec<Remaining>,
    /// The agent that was chosen.
    pub winner: Candidate,
    /// Who came next, the best first; at most [`crate::limits::RUNNERS_UP_MAX`].
    pub runners_up: Vec<Candidate>,
    /// What decided between equals; empty where nothing had to.
    pub tie_break: String,
    /// The index of the ticket that was chosen, in millionths.
    pub index_micro: i64,
    /// What that index is made of.
    pub index: Vec<Component>,
    /// The tickets that came next where an agent chose among heads of queues, the best first; at
    /// most [`crate::limits::RUNNERS_UP_MAX`].
    pub other_tickets: Vec<OtherTicket>,
}

/// How many agents were left after a mask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remaining {
    /// What was asked of them: ready, skill, language, …
    pub mask: String,
    /// How many were left.
    pub agents: u32,
}

/// An agent who could have been chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The agent: a key of the roster.
    pub agent: String,
    /// Their score, in millionths; the largest wins.
    pub score_micro: i64,
    /// What the score is made of.
    pub components: Vec<Component>,
    /// Why they lost; empty for the winner.
    pub lost_by: String,
}

/// A ticket that could have been chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherTicket {
    /// The ticket.
    pub ticket: TicketId,
    /// Its index, in millionths; the largest wins.
    pub index_micro: i64,
    /// What the index is made of.
    pub components: Vec<Component>,
    /// Why it lost.
    pub lost_by: String,
}

/// A part of a score or an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// What it is.
    pub name: String,
    /// How much, in millionths.
    pub value_micro: i64,
}

/// An agent takes a ticket that was offered to them. Void unless that offer stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The agent.
    pub agent: String,
    /// The fact that offered it.
    pub offer: FactId,
}

/// An agent does not take a ticket that was offered to them. Void unless that offer stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declined {
    /// The agent.
    pub agent: String,
    /// The fact that offered it.
    pub offer: FactId,
    /// Why; may be empty.
    pub reason: String,
}

/// A ticket waits in its queue again: an offer came to nothing, or who had it is gone.
///
/// Void unless the agent has the ticket, or an offer to them stands that they did not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requeued {
    /// The agent who has it no longer.
    pub agent: String,
    /// Why.
    pub reason: RequeueReason,
    /// The [`Offered::round`] that is over.
    pub round: u32,
}

/// Why a ticket waits in its queue again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RequeueReason {
    /// The agent declined.
    Declined,
    /// The agent did not answer in time.
    TimedOut,
    /// The agent signed out, or showed no sign of life.
    AgentGone,
    /// The ticket was transferred.
    Transferred,
}

/// A ticket is to go elsewhere. It keeps its clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transferred {
    /// Where to.
    pub to: Destination,
    /// Why; may be empty.
    pub reason: String,
}

/// Where a ticket can be transferred to. As text: `queue beijing/L2/network/zh`, `level L2`,
/// `agent a-7`, `region eu-central`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Destination {
    /// A queue.
    Queue(Queue),
    /// A level of support.
    Level(String),
    /// An agent: a key of the roster.
    Agent(String),
    /// Another region.
    Region(String),
}

/// The text is no destination.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read destination `{0}`: want `queue Q`, `level L`, `agent A` or `region R`")]
pub struct InvalidDestination(pub String);

/// An offer of a ticket to an agent that stands: nobody took it back yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The fact that offered it.
    pub id: FactId,
    /// To whom.
    pub agent: String,
    /// When it lapses, unless it was answered.
    pub until: Timestamp,
    /// What the agent said.
    pub answer: Option<Answer>,
}

/// What an agent says to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Answer {
    /// They take the ticket.
    Accepted,
    /// They do not.
    Declined,
}

impl Presence {
    /// All that an agent can say of themselves.
    pub const ALL: [Self; 6] = [
        Self::SignedIn,
        Self::Ready,
        Self::Busy,
        Self::OnBreak,
        Self::SignedOut,
        Self::Seen,
    ];

    /// The word for it in messages and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::Ready => "ready",
            Self::Busy => "busy",
            Self::OnBreak => "on_break",
            Self::SignedOut => "signed_out",
            Self::Seen => "seen",
        }
    }
}

impl RequeueReason {
    /// All reasons.
    pub const ALL: [Self; 4] = [
        Self::Declined,
        Self::TimedOut,
        Self::AgentGone,
        Self::Transferred,
    ];

    /// The word for it in messages and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::TimedOut => "timed_out",
            Self::AgentGone => "agent_gone",
            Self::Transferred => "transferred",
        }
    }
}

impl Destination {
    /// The sorts of destination, as text names them.
    pub const KINDS: [&'static str; 4] = ["queue", "level", "agent", "region"];

    /// Which sort of destination, as text names it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Queue(_) => "queue",
            Self::Level(_) => "level",
            Self::Agent(_) => "agent",
            Self::Region(_) => "region",
        }
    }

    /// Whether the router has to find a queue anew; a ticket that is meant for an agent waits for
    /// them where it is.
    #[must_use]
    pub const fn is_routed_anew(&self) -> bool {
        !matches!(self, Self::Agent(_))
    }
}

impl fmt::Display for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for RequeueReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        match self {
            Self::Queue(queue) => write!(f, "{kind} {queue}"),
            Self::Level(key) | Self::Agent(key) | Self::Region(key) => write!(f, "{kind} {key}"),
        }
    }
}

impl FromStr for Presence {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("presence", text, &Self::ALL, Self::as_str)
    }
}

impl FromStr for RequeueReason {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("reason of a requeue", text, &Self::ALL, Self::as_str)
    }
}

impl FromStr for Destination {
    type Err = InvalidDestination;
    fn from_str(text: &str) -> Result<Self, InvalidDestination> {
        let invalid = || InvalidDestination(crate::shown::shown(text));
        let (kind, name) = text.split_once(' ').ok_or_else(invalid)?;
        if name.is_empty() {
            return Err(invalid());
        }
        match kind {
            "queue" => name.parse().map(Self::Queue).map_err(|_| invalid()),
            "level" => Ok(Self::Level(name.to_owned())),
            "agent" => Ok(Self::Agent(name.to_owned())),
            "region" => Ok(Self::Region(name.to_owned())),
            _ => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for presence in Presence::ALL {
            assert_eq!(presence.as_str().parse::<Presence>().unwrap(), presence);
        }
        for reason in RequeueReason::ALL {
            assert_eq!(reason.as_str().parse::<RequeueReason>().unwrap(), reason);
        }
        for text in [
            "queue beijing/L2/network/zh",
            "level L2",
            "agent a-7",
            "region eu-central",
        ] {
            assert_eq!(text.parse::<Destination>().unwrap().to_string(), text);
        }
        for text in ["", "level", "level ", "queue beijing", "moon base"] {
            assert!(text.parse::<Destination>().is_err(), "{text}");
        }
    }
}
