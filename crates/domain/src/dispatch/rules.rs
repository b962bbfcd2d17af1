//! What a policy says of dispatch: who there is, in which order tickets are taken, and who gets
//! them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::sla::Calendar;
use crate::ticket::Severity;

/// One person, whole: loads and capacities are in thousandths of what one person can do at once.
pub const PERSON: u32 = 1_000;

/// An agent of the roster: a person, or at level `L0` a robot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Their key, unique in the roster.
    pub key: String,
    /// Their name for people; may be empty.
    pub title: String,
    /// Where they sit.
    pub centre: String,
    /// The levels at which they serve.
    pub levels: Vec<String>,
    /// What they know, and how well: thousandths of the best there is.
    pub skills: BTreeMap<String, u16>,
    /// The languages they speak, BCP 47.
    pub languages: Vec<String>,
    /// What they may see, such as `eu`: a ticket may ask for all of some.
    pub clearances: Vec<String>,
    /// How much they do at once, in thousandths of a person; see [`Rules::load`].
    pub capacity: u32,
    /// Their shift: outside of it they are given nothing. `None`: whenever they are ready.
    pub shift: Option<Arc<Calendar>>,
    /// The customers whose account manager they are.
    pub account_manager_of: Vec<String>,
    /// The team they belong to, for people; may be empty.
    pub team: String,
}

/// In which order waiting tickets are taken.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// What a breach costs, weighed by how near it is. The default.
    #[default]
    CostWeightedSlack,
    /// The worst severity first, then who waits longest.
    StrictPriority,
    /// Who waits longest.
    Fifo,
    /// The earliest deadline first.
    Edf,
    /// The generalised c-mu rule, for a cost that grows with the square of the wait in targets.
    Gcmu,
}

/// Who of several agents who could serve a ticket gets it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum AgentOrder {
    /// By proficiency and by the share of their time on duty in which they were idle.
    #[default]
    IdleShare,
    /// Who has had nothing to do for longest.
    LongestIdle,
}

/// How an agent comes to a ticket.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Accept {
    /// They are asked, and say yes or no within [`Rules::accept_timeout_ms`].
    #[default]
    Ask,
    /// It is theirs at once.
    Auto,
}

/// What a missed promise costs, without unit: only the ratios count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreachCost {
    /// By severity, P0 first, in millionths.
    pub severity_micro: [i64; 4],
    /// By tier, in millionths; a tier that is not here counts as one.
    pub tier_micro: BTreeMap<String, i64>,
    /// The share of a missed response, in thousandths; the rest is the resolution's.
    pub response_permille: u16,
}

/// Tickets that nobody has answered yet and that go before all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jump {
    /// Of these severities.
    pub severities: Vec<Severity>,
    /// Of customers of these tiers.
    pub tiers: Vec<String>,
    /// The fairness bound: after so many in a row a pool takes another ticket, if one waits.
    pub in_a_row_max: u32,
}

/// The dispatch part of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The roster, by key, in the order of the keys.
    pub agents: Vec<Agent>,
    /// In which order tickets are taken.
    pub order: Order,
    /// Who gets them.
    pub agent_order: AgentOrder,
    /// How an agent comes to a ticket.
    pub accept: Accept,
    /// How long an agent may think about an offer, in milliseconds.
    pub accept_timeout_ms: i64,
    /// After how long without a sign of life an agent is gone, in milliseconds.
    pub heartbeat_timeout_ms: i64,
    /// For how long a ticket is not offered again to an agent who did not take it, in
    /// milliseconds.
    pub refusal_ms: i64,
    /// How long a ticket waits for its last agent or account manager who is busy, in
    /// milliseconds; at most a quarter of its target.
    pub affinity_grace_ms: i64,
    /// How long a ticket waits for the agent to whom it was transferred, in milliseconds.
    pub transfer_grace_ms: i64,
    /// Every how manieth pick of a pool takes the oldest ticket that waits past twice its target;
    /// 0 for none.
    pub starvation_every: u32,
    /// What goes before all others.
    pub jump: Jump,
    /// What a missed promise costs.
    pub cost: BreachCost,
    /// How sharply the index rises before a deadline: its time constant, in thousandths of the
    /// target.
    pub slack_permille: u16,
    /// What a ticket is worth right after its deadline, in thousandths of what it was right
    /// before.
    pub late_permille: u16,
    /// How much proficiency counts in the choice of an agent, in thousandths; idleness counts the
    /// rest.
    pub proficiency_permille: u16,
    /// How long the work is expected to take, by level, in milliseconds: it has to begin so long
    /// before the resolution is due.
    pub handling_ms: BTreeMap<String, i64>,
    /// The target of a ticket to which nothing is promised, in milliseconds.
    pub target_default_ms: i64,
    /// What a ticket takes of an agent's capacity, by channel, in thousandths of a person.
    pub channel_load: BTreeMap<String, u32>,
    /// What a ticket of another channel takes.
    pub channel_load_default: u32,
}

impl Default for BreachCost {
    /// The weights that the shipped policies use; see `docs/routing.md`.
    fn default() -> Self {
        let tiers = [
            ("standard", 1_000_000),
            ("silver", 1_500_000),
            ("gold", 3_000_000),
            ("platinum", 6_000_000),
        ];
        Self {
            severity_micro: [64_000_000, 16_000_000, 4_000_000, 1_000_000],
            tier_micro: tiers.map(|(tier, cost)| (tier.to_owned(), cost)).into(),
            response_permille: 400,
        }
    }
}

impl Default for Rules {
    /// Nobody there, and everything else as a policy has it that says nothing.
    fn default() -> Self {
        const MINUTE_MS: i64 = 60 * 1_000;
        Self {
            agents: Vec::new(),
            order: Order::default(),
            agent_order: AgentOrder::default(),
            accept: Accept::default(),
            accept_timeout_ms: 30 * 1_000,
            heartbeat_timeout_ms: 2 * MINUTE_MS,
            refusal_ms: 5 * MINUTE_MS,
            affinity_grace_ms: MINUTE_MS,
            transfer_grace_ms: 15 * MINUTE_MS,
            starvation_every: 16,
            jump: Jump::default(),
            cost: BreachCost::default(),
            slack_permille: 150,
            late_permille: 300,
            proficiency_permille: 300,
            handling_ms: BTreeMap::new(),
            target_default_ms: 24 * 60 * MINUTE_MS,
            channel_load: BTreeMap::new(),
            channel_load_default: PERSON,
        }
    }
}

impl Rules {
    /// What a ticket of the channel takes of an agent's capacity, in thousandths of a person.
    #[must_use]
    pub fn load(&self, channel: &str) -> u32 {
        let load = self.channel_load.get(channel);
        load.copied().unwrap_or(self.channel_load_default)
    }

    /// The agent of that key.
    #[must_use]
    pub fn agent(&self, key: &str) -> Option<&Agent> {
        let at = self
            .agents
            .binary_search_by(|agent| agent.key.as_str().cmp(key));
        at.ok().and_then(|at| self.agents.get(at))
    }

    /// The same rules with these agents, put in order; of two with one key the first counts.
    #[must_use]
    pub fn with_agents(mut self, mut agents: Vec<Agent>) -> Self {
        agents.sort_by(|a, b| a.key.cmp(&b.key));
        agents.dedup_by(|later, first| later.key == first.key);
        self.agents = agents;
        self
    }
}

impl Order {
    /// All orders.
    pub const ALL: [Self; 5] = [
        Self::CostWeightedSlack,
        Self::StrictPriority,
        Self::Fifo,
        Self::Edf,
        Self::Gcmu,
    ];

    /// The word for it in policies and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CostWeightedSlack => "cost_weighted_slack",
            Self::StrictPriority => "strict_priority",
            Self::Fifo => "fifo",
            Self::Edf => "edf",
            Self::Gcmu => "gcmu",
        }
    }

    /// Whether tickets of one class stand in the order of their deadlines, rather than in that in
    /// which they came.
    pub(super) const fn by_due(self) -> bool {
        matches!(self, Self::CostWeightedSlack | Self::Edf)
    }
}

impl AgentOrder {
    /// All orders.
    pub const ALL: [Self; 2] = [Self::IdleShare, Self::LongestIdle];

    /// The word for it in policies and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdleShare => "idle_share",
            Self::LongestIdle => "longest_idle",
        }
    }
}

impl Accept {
    /// Both ways.
    pub const ALL: [Self; 2] = [Self::Ask, Self::Auto];

    /// The word for it in policies and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Auto => "auto",
        }
    }
}
