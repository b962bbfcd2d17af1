//! Dispatch: which waiting ticket goes to which agent next, and why.
//!
//! [`Dispatch`] is told who waits and who is there, and [`Dispatch::choose`] gives the next match,
//! until there is none. It takes the ticket with the largest index ([`Order`]) among all that
//! somebody is free for, and of those who are free for it the best agent ([`AgentOrder`]):
//! of its own queue before others, who knows the matter before others, then by proficiency and
//! idleness.
//!
//! Three things bend that rule. A ticket whose last agent or account manager is busy waits for
//! them, for a short grace. Tickets that go before all others do so only so often in a row
//! ([`Jump`]). And every so manieth pick of a pool takes the oldest ticket that waits past twice
//! its target, so that no ticket starves, whatever else comes.
//!
//! It does no I/O, reads no clock and keeps everything in memory; what of it has to outlive the
//! process is told by [`Dispatch::agent_state`] and [`Dispatch::turns`].
//!
//! # Invariants
//!
//! - Equal states and equal instants give equal matches, to the byte, on every machine: whole
//!   numbers only, ordered maps only.
//! - A match never names an agent who is not ready, not on shift, without capacity left, or not
//!   able to serve the ticket.
//! - A decision looks at the heads of the classes that somebody is free for, and at the agents
//!   who could serve the chosen ticket. It never walks all tickets.

mod agents;
mod backlog;
mod best;
mod bits;
mod change;
mod choose;
mod class;
mod demand;
mod exp;
mod explain;
mod index;
pub mod limits;
mod masks;
mod rules;
mod staff;
mod waiting;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use agents::AgentState;
pub use rules::{Accept, Agent, AgentOrder, BreachCost, Jump, Order, PERSON, Rules};
pub use staff::Turns;
pub use waiting::{Due, Match, Pick, Waiting};

use backlog::{Backlog, Slot, Standing, promise};
use demand::{Needs, Only};
use masks::Masks;
use staff::Staff;

use crate::ids::TicketId;
use crate::ticket::Presence;
use crate::time::Timestamp;

/// The roster of the policy in force has no such agent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("find agent `{0}` on the roster")]
pub struct UnknownAgent(pub String);

/// Tickets that wait, agents who serve them, and who gets what.
#[derive(Clone, Debug)]
pub struct Dispatch {
    rules: Arc<Rules>,
    masks: Masks,
    staff: Staff,
    backlog: Backlog,
    /// Who did not take which ticket, and until when that holds.
    refused: BTreeMap<TicketId, Vec<(usize, i64)>>,
    /// Tickets that wait for an agent, or would if they were there.
    graced: BTreeMap<usize, BTreeSet<TicketId>>,
    wakes: BTreeSet<(i64, Wake)>,
    /// The latest instant that was told; it never moves back.
    now: i64,
}

/// What happens by itself at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wake {
    /// A shift begins or ends.
    Shift(usize),
    /// A ticket waits for nobody in particular any longer.
    Grace(TicketId),
    /// A ticket may be offered again to an agent who did not take it.
    Refusal(TicketId, usize),
}

impl Dispatch {
    /// Nobody there, nothing waiting.
    #[must_use]
    pub fn new(rules: Arc<Rules>) -> Self {
        Self {
            masks: Masks::of(&rules),
            staff: Staff::of(&rules),
            backlog: Backlog::of(&rules),
            rules,
            refused: BTreeMap::new(),
            graced: BTreeMap::new(),
            wakes: BTreeSet::new(),
            now: i64::MIN,
        }
    }

    /// The rules in force.
    #[must_use]
    pub fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// Puts other rules in force. Agents, turns and tickets stay as they are; the state of agents
    /// whom the new roster does not have is given back, for whoever has to take their tickets.
    pub fn set_rules(&mut self, rules: Arc<Rules>, now: Timestamp) -> Vec<AgentState> {
        let mut next = Self::new(rules);
        next.now = self.now.max(now.as_millis());
        let mut gone = Vec::new();
        for state in self.agent_states() {
            if next.restore_agent(state.clone()).is_err() {
                gone.push(state);
            }
        }
        for turns in &self.staff.pools {
            next.restore_turns(turns);
        }
        for (ticket, refusals) in &self.refused {
            for (at, until) in refusals {
                if let Some(at) = next.place(self.key(*at)) {
                    next.bar(*ticket, at, *until);
                }
            }
        }
        let standings = self.backlog.standings();
        for at in self.backlog.by_ticket.values() {
            let slot = &self.backlog.slots[*at];
            next.adopt(self, slot, standings[slot.urgency]);
        }
        *self = next;
        gone
    }

    /// Takes a ticket over that waits under other rules.
    fn adopt(&mut self, old: &Self, slot: &Slot, standing: &Standing) {
        let there = |at: &usize| self.place(old.key(*at));
        let needs = old.backlog.demand(slot.demand).needs.clone();
        let slot = Slot {
            affinity: slot.affinity.iter().filter_map(there).collect(),
            given: slot.given.as_ref().and_then(there),
            urgency: self.backlog.urgency(standing.clone(), &self.rules),
            ..slot.clone()
        };
        self.put(slot, needs, standing.promise);
    }

    /// A ticket waits, or waits otherwise than before.
    pub fn wait(&mut self, waiting: Waiting, now: Timestamp) {
        self.tell(now);
        self.take_out(waiting.ticket);
        let (promise, target_ms, promised) = promise(&waiting, &self.rules);
        let affinity = self.affinity(&waiting);
        let given = waiting.to_agent.as_deref().and_then(|key| self.place(key));
        let grace_ms = match (given, affinity.is_empty()) {
            (Some(_), _) => Some(self.rules.transfer_grace_ms),
            (None, false) => Some(self.rules.affinity_grace_ms.min(target_ms / 4)),
            (None, true) => None,
        };
        let standing = Standing {
            severity: waiting.severity,
            tier: waiting.tier,
            promise,
            target_ms,
            answered: waiting.answered,
        };
        let entered = waiting.entered.as_millis();
        let slot = Slot {
            ticket: waiting.ticket,
            demand: 0,
            urgency: self.backlog.urgency(standing, &self.rules),
            promised,
            due: promised,
            entered,
            grace: grace_ms.map(|ms| entered.saturating_add(ms)),
            affinity: affinity.into(),
            given,
            barred: false,
        };
        let mut queues = vec![waiting.queue];
        for queue in waiting.also {
            if !queues.contains(&queue) {
                queues.push(queue);
            }
        }
        let needs = Needs {
            queues,
            proficiency_min: waiting.proficiency_min,
            clearances: waiting.clearances,
            channel: waiting.channel,
            only: Only::Anybody,
        };
        self.put(slot, needs, promise);
    }

    /// A ticket waits no longer. What agents did not take is remembered, until that ends.
    pub fn leave(&mut self, ticket: TicketId) {
        self.take_out(ticket);
    }

    /// An agent came, went, or showed a sign of life.
    ///
    /// What a leaving agent has in hand stays there until it is released: see
    /// [`Self::agent_state`].
    ///
    /// # Errors
    ///
    /// [`UnknownAgent`] when the roster does not have them.
    pub fn presence(
        &mut self,
        agent: &str,
        presence: Presence,
        now: Timestamp,
    ) -> Result<(), UnknownAgent> {
        self.tell(now);
        let at = self.known(agent)?;
        self.staff.desks[at].change(presence, self.now);
        self.looked_at(at);
        Ok(())
    }

    /// A ticket is with an agent, offered or assigned. It waits no longer, and takes `load` of
    /// their capacity, in thousandths of a person ([`Rules::load`]).
    ///
    /// # Errors
    ///
    /// [`UnknownAgent`] when the roster does not have them.
    pub fn occupy(
        &mut self,
        agent: &str,
        ticket: TicketId,
        load: u32,
        now: Timestamp,
    ) -> Result<(), UnknownAgent> {
        self.tell(now);
        let at = self.known(agent)?;
        self.take_out(ticket);
        self.staff.desks[at].occupy(ticket, load, self.now);
        self.refresh(at);
        Ok(())
    }

    /// A ticket is not with an agent any longer.
    ///
    /// # Errors
    ///
    /// [`UnknownAgent`] when the roster does not have them.
    pub fn release(
        &mut self,
        agent: &str,
        ticket: TicketId,
        now: Timestamp,
    ) -> Result<(), UnknownAgent> {
        self.tell(now);
        let at = self.known(agent)?;
        self.staff.desks[at].release(ticket, self.now);
        self.refresh(at);
        Ok(())
    }

    /// An agent did not take a ticket: for [`Rules::refusal_ms`] from `now` on it is not offered
    /// to them again.
    ///
    /// # Errors
    ///
    /// [`UnknownAgent`] when the roster does not have them.
    pub fn refuse(
        &mut self,
        ticket: TicketId,
        agent: &str,
        now: Timestamp,
    ) -> Result<(), UnknownAgent> {
        let at = self.known(agent)?;
        let until = now.plus_millis(self.rules.refusal_ms).as_millis();
        if until > self.now {
            self.bar(ticket, at, until);
        }
        Ok(())
    }

    /// When to choose again although nothing was told: a shift begins, a grace or a refusal ends.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        let first = self.wakes.first();
        first.map(|(at, _)| Timestamp::from_millis(*at))
    }

    /// How many tickets wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.backlog.by_ticket.len()
    }

    /// Whether a ticket waits.
    #[must_use]
    pub fn waits(&self, ticket: TicketId) -> bool {
        self.backlog.by_ticket.contains_key(&ticket)
    }

    /// How many agents take new work, whether they have capacity left or not.
    #[must_use]
    pub fn ready(&self) -> usize {
        self.staff.ready.count() as usize
    }

    /// What an agent is doing.
    #[must_use]
    pub fn agent_state(&self, key: &str) -> Option<AgentState> {
        let at = self.place(key)?;
        Some(self.staff.desks[at].state(key))
    }

    /// What all agents of the roster are doing, in the order of their keys.
    pub fn agent_states(&self) -> impl Iterator<Item = AgentState> + '_ {
        let desks = self.rules.agents.iter().zip(&self.staff.desks);
        desks.map(|(agent, desk)| desk.state(&agent.key))
    }

    /// Brings back what an agent was doing.
    ///
    /// # Errors
    ///
    /// [`UnknownAgent`] when the roster does not have them.
    pub fn restore_agent(&mut self, state: AgentState) -> Result<(), UnknownAgent> {
        let at = self.known(&state.agent)?;
        for ticket in state.held.keys() {
            self.take_out(*ticket);
        }
        self.staff.desks[at].restore(state);
        self.looked_at(at);
        Ok(())
    }

    /// Whose turn it is in the pool of an agent: those who can do exactly the same.
    #[must_use]
    pub fn turns(&self, agent: &str) -> Option<&Turns> {
        let desk = &self.staff.desks[self.place(agent)?];
        self.staff.pools.get(desk.pool)
    }

    /// Brings back whose turn it is in a pool; whether there is such a pool.
    pub fn restore_turns(&mut self, turns: &Turns) -> bool {
        let mut pools = self.staff.pools.iter_mut();
        let pool = pools.find(|pool| pool.pool == turns.pool);
        let known = pool.is_some();
        if let Some(pool) = pool {
            pool.clone_from(turns);
        }
        known
    }
}
