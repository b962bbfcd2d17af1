//! What the dispatcher keeps at hand: the index of waiting tickets and agents, who has what, and
//! the next wake-up. All of it is rebuilt from the view's rows.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use posthouse_domain::dispatch::{Dispatch, Rules};
use posthouse_domain::{TicketId, Timestamp};
use posthouse_runtime::{Refusal, View, WakeIndex};
use posthouse_store::Table;

use super::rows::{self, AgentRow, Row};
use super::tickets::waiting;
use super::timers::Wake;

/// When what is due.
pub(super) const WAKE: Table = Table::new("wake");

/// The dispatcher's memory.
#[derive(Debug)]
pub(super) struct State {
    /// Tickets that wait, and agents.
    pub(super) core: Dispatch,
    /// Which tickets take whose capacity.
    held: BTreeMap<String, BTreeSet<TicketId>>,
    wakes: WakeIndex,
    /// Until when the index was asked what can be offered.
    looked_at: Option<Timestamp>,
}

impl State {
    /// Reads the memory from the rows of a view, under these rules.
    pub(super) fn load(view: &View, rules: &Arc<Rules>) -> Result<Self, Refusal> {
        let mut state = Self {
            core: Dispatch::new(Arc::clone(rules)),
            held: BTreeMap::new(),
            wakes: WakeIndex::new(WAKE),
            looked_at: None,
        };
        let now = rows::clock(view)?;
        // Nobody is there yet to choose for: this only tells the index the time.
        state.core.choose(now);
        let mut tickets: Vec<Row> = Vec::new();
        rows::each(view, rows::TICKET, |_, value| {
            tickets.push(rows::read(value)?);
            Ok(())
        })?;
        for row in tickets.iter() {
            if let Some(agent) = &row.taken_by {
                let held = state.held.entry(agent.clone()).or_default();
                held.insert(row.ticket.id);
            }
        }
        rows::each(view, rows::AGENT, |key, value| {
            state.restore_agent(&String::from_utf8_lossy(key), rows::read(value)?);
            Ok(())
        })?;
        rows::each(view, rows::TURNS, |_, value| {
            // Pools are the roster's: one that it does not have any more had its turns.
            state.core.restore_turns(&rows::read(value)?);
            Ok(())
        })?;
        state.restore_tickets(&tickets, now);
        state.looked_at = Some(now);
        Ok(state)
    }

    /// What an agent had when they were last on the roster may be done by now.
    fn restore_agent(&mut self, key: &str, row: AgentRow) {
        let held = self.held.get(key);
        let mut doing = row.doing;
        doing
            .held
            .retain(|ticket, _| held.is_some_and(|held| held.contains(ticket)));
        // Whom the roster does not have is offered nothing.
        self.core.restore_agent(doing).ok();
    }

    fn restore_tickets(&mut self, tickets: &[Row], now: Timestamp) {
        for row in tickets {
            if let Some(agent) = &row.taken_by {
                // Somebody who was not on the roster when they were given it.
                self.take(agent, row, now);
            }
            if let Some(waiting) = waiting(row) {
                self.core.wait(waiting, now);
            }
        }
        let refusals = tickets.iter().flat_map(|row| {
            let of_ticket = row.refusals.iter();
            of_ticket.map(|(agent, at)| (*at, row.ticket.id, agent))
        });
        let refusals: BTreeSet<_> = refusals.collect();
        for (at, ticket, agent) in refusals {
            self.core.refuse(ticket, agent, at).ok();
        }
    }

    /// A ticket takes an agent's capacity from now on. People give tickets to others, too, than
    /// the roster has; their capacity is their own affair.
    pub(super) fn take(&mut self, agent: &str, row: &Row, now: Timestamp) {
        let (ticket, channel) = (row.ticket.id, &row.ticket.features.channel);
        let load = self.core.rules().load(channel);
        let held = self.held.entry(agent.to_owned()).or_default();
        held.insert(ticket);
        self.core.occupy(agent, ticket, load, now).ok();
    }

    /// A ticket takes an agent's capacity no longer.
    pub(super) fn give_back(&mut self, agent: &str, ticket: TicketId, now: Timestamp) {
        if let Some(held) = self.held.get_mut(agent) {
            held.remove(&ticket);
            if held.is_empty() {
                self.held.remove(agent);
            }
        }
        self.core.release(agent, ticket, now).ok();
    }

    /// Tickets that take an agent's capacity, in the order of their identities.
    pub(super) fn held(&self, agent: &str, from: Bound<TicketId>, limit: usize) -> Vec<TicketId> {
        let held = self.held.get(agent).into_iter();
        let tickets = held.flat_map(|held| held.range((from, Bound::Unbounded)));
        tickets.take(limit).copied().collect()
    }

    /// Moves a wake-up.
    pub(super) fn wake(
        &mut self,
        view: &mut View,
        wake: &Wake,
        old: Option<Timestamp>,
        new: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        if old != new {
            self.wakes.set(view, &rows::write(wake)?, old, new);
        }
        Ok(())
    }

    /// When something falls due next: a timer, or a change in what can be offered.
    pub(super) fn next_wake(&mut self, view: &View) -> Result<Option<Timestamp>, Refusal> {
        let timer = self.wakes.earliest(view)?;
        let looked_at = self.looked_at;
        let change = self.core.next_wake();
        let change = change.filter(|at| looked_at.is_none_or(|looked_at| *at > looked_at));
        Ok([timer, change].into_iter().flatten().min())
    }

    /// Takes a timer out that is due at this very instant.
    pub(super) fn take_wake(
        &mut self,
        view: &mut View,
        due: Timestamp,
    ) -> Result<Option<Wake>, Refusal> {
        let found = self.wakes.due(view, due.plus_millis(1), 1)?;
        let Some((at, id)) = found.into_iter().next() else {
            return Ok(None);
        };
        self.wakes.set(view, &id, Some(at), None);
        rows::read(&id).map(Some)
    }

    /// What could be offered at this instant was offered.
    pub(super) fn looked_at(&mut self, at: Timestamp) {
        self.looked_at = self.looked_at.max(Some(at));
    }
}
