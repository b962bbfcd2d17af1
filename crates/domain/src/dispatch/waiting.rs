//! A ticket that waits for an agent, as its caller describes it.

use crate::ids::TicketId;
use crate::route::Queue;
use crate::ticket::{Choice, Severity};
use crate::time::Timestamp;

/// A promise that runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub due_at: Timestamp,
    /// How long it was promised for, in milliseconds of working time.
    pub target_ms: i64,
}

/// A ticket that waits for an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The ticket.
    pub ticket: TicketId,
    /// The queue it stands in.
    pub queue: Queue,
    /// Further queues it may be served from, once overflow has opened them; its own goes first.
    pub also: Vec<Queue>,
    /// How well an agent has to know the queue's skill at least, in thousandths.
    pub proficiency_min: u16,
    /// What an agent has to be cleared for.
    pub clearances: Vec<String>,
    /// How bad it is.
    pub severity: Severity,
    /// The customer's tier.
    pub tier: String,
    /// The customer; their account manager goes first.
    pub customer: String,
    /// The way it came: says what it takes of an agent's capacity.
    pub channel: String,
    /// Since when it waits. Kept over offers that came to nothing, so that it keeps its place.
    pub entered: Timestamp,
    /// When the first response is due.
    pub response: Option<Due>,
    /// When the resolution is due.
    pub resolution: Option<Due>,
    /// Whether somebody has answered: from then on the resolution counts.
    pub answered: bool,
    /// Agents who know the matter, such as the last one; they go first.
    pub affinity: Vec<String>,
    /// The agent to whom it was transferred. For a while it waits for them alone.
    pub to_agent: Option<String>,
}

/// A ticket and the agent who is to have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The ticket. It waits no longer.
    pub ticket: TicketId,
    /// The agent's key. The ticket's load is on them.
    pub agent: String,
    /// Why.
    pub choice: Choice,
}

/// A ticket and an agent, without the reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// The ticket. It waits no longer.
    pub ticket: TicketId,
    /// The agent's place in the roster. The ticket's load is on them.
    pub agent: usize,
}
