//! What follows from a change: where a ticket stands, for whom it waits, what an agent is free for,
//! and what happens by itself as time passes.

use super::backlog::{Promise, Slot, latest};
use super::demand::{Needs, Only};
use super::staff::shift;
use super::waiting::Waiting;
use super::{Dispatch, UnknownAgent, Wake};
use crate::ids::TicketId;
use crate::ticket::Presence;
use crate::time::Timestamp;

impl Dispatch {
    pub(super) fn tell(&mut self, now: Timestamp) {
        self.now = self.now.max(now.as_millis());
    }

    pub(super) fn place(&self, key: &str) -> Option<usize> {
        let agents = &self.rules.agents;
        agents
            .binary_search_by(|agent| agent.key.as_str().cmp(key))
            .ok()
    }

    pub(super) fn known(&self, key: &str) -> Result<usize, UnknownAgent> {
        self.place(key).ok_or_else(|| UnknownAgent(key.to_owned()))
    }

    pub(super) fn key(&self, at: usize) -> &str {
        self.rules.agents.get(at).map_or("", |agent| &agent.key)
    }

    /// The agents who know the matter: those that are named, and the account managers.
    pub(super) fn affinity(&self, waiting: &Waiting) -> Vec<usize> {
        let mut all = Vec::new();
        let named = waiting.affinity.iter().filter_map(|key| self.place(key));
        let managers = self.staff.managers(&waiting.customer).iter().copied();
        for at in named.chain(managers) {
            if !all.contains(&at) {
                all.push(at);
            }
        }
        all
    }

    pub(super) fn intern(&mut self, needs: Needs) -> usize {
        let (masks, staff) = (&self.masks, &self.staff);
        self.backlog.intern(needs, masks, staff, &self.rules)
    }

    /// Puts a ticket in its place.
    pub(super) fn put(&mut self, mut slot: Slot, mut needs: Needs, promise: Promise) {
        let level = needs.queues.first().map(|queue| queue.level.as_str());
        slot.due = latest(promise, slot.promised, level, &self.rules);
        slot.barred = self.refused.contains_key(&slot.ticket);
        slot.grace = slot.grace.filter(|until| *until > self.now);
        needs.only = Only::Anybody;
        slot.demand = self.intern(needs);
        if let Some(until) = slot.grace {
            self.wakes.insert((until, Wake::Grace(slot.ticket)));
            for at in slot.given.iter().chain(&slot.affinity) {
                self.graced.entry(*at).or_default().insert(slot.ticket);
            }
            slot.demand = self.awaited(&slot);
        }
        self.backlog.insert(slot, &self.rules, &self.staff);
    }

    /// The demand of a ticket in its grace: for whom of those that it waits for is there, else for
    /// anybody.
    pub(super) fn awaited(&mut self, slot: &Slot) -> usize {
        let demand = self.backlog.demand(slot.demand);
        let desks = &self.staff.desks;
        let given = slot
            .given
            .filter(|at| desks[*at].presence != Presence::SignedOut);
        let here = |at: &usize| demand.all.get(*at) && desks[*at].here();
        let these: Vec<usize> = slot.affinity.iter().copied().filter(here).collect();
        let only = match given {
            Some(at) => Only::Given(at),
            None if slot.given.is_none() && !these.is_empty() => Only::These(these),
            None => return slot.demand,
        };
        let needs = Needs {
            only,
            ..demand.needs.clone()
        };
        self.intern(needs)
    }

    pub(super) fn take_out(&mut self, ticket: TicketId) -> Option<Slot> {
        let slot = self.backlog.remove(ticket, &self.rules)?;
        let Some(until) = slot.grace else {
            return Some(slot);
        };
        self.wakes.remove(&(until, Wake::Grace(ticket)));
        for at in slot.given.iter().chain(&slot.affinity) {
            if let Some(tickets) = self.graced.get_mut(at) {
                tickets.remove(&ticket);
                if tickets.is_empty() {
                    self.graced.remove(at);
                }
            }
        }
        Some(slot)
    }

    /// Puts a ticket in its place anew: somebody whom it waits for came or went, or its grace is
    /// over.
    pub(super) fn put_anew(&mut self, ticket: TicketId) {
        if let Some(slot) = self.take_out(ticket) {
            let needs = self.backlog.demand(slot.demand).needs.clone();
            let promise = self.backlog.promise(slot.urgency);
            self.put(slot, needs, promise);
        }
    }

    /// Looks anew what an agent is free for, and who waits for them.
    pub(super) fn looked_at(&mut self, at: usize) {
        self.look_at_shift(at);
        self.refresh(at);
        for ticket in self.graced.get(&at).cloned().unwrap_or_default() {
            self.put_anew(ticket);
        }
    }

    pub(super) fn refresh(&mut self, at: usize) {
        let newly = self.staff.refresh(at);
        self.backlog.freed(at, &newly);
    }

    pub(super) fn look_at_shift(&mut self, at: usize) {
        let calendar = self.rules.agents[at].shift.as_deref();
        let (on, changes) = shift(calendar, Timestamp::from_millis(self.now));
        let desk = &mut self.staff.desks[at];
        desk.on_shift = on;
        let next = changes.map(Timestamp::as_millis);
        if let Some(before) = std::mem::replace(&mut desk.shift_changes, next) {
            self.wakes.remove(&(before, Wake::Shift(at)));
        }
        if let Some(next) = next {
            self.wakes.insert((next, Wake::Shift(at)));
        }
    }

    pub(super) fn bar(&mut self, ticket: TicketId, at: usize, until: i64) {
        let refusals = self.refused.entry(ticket).or_default();
        match refusals.iter_mut().find(|(agent, _)| *agent == at) {
            Some((_, before)) => {
                self.wakes.remove(&(*before, Wake::Refusal(ticket, at)));
                *before = until;
            }
            None => {
                refusals.push((at, until));
                if let Some(forgotten) = self.staff.desks[at].refuse(ticket) {
                    self.unbar(forgotten, at);
                }
            }
        }
        self.wakes.insert((until, Wake::Refusal(ticket, at)));
        self.backlog.bar(ticket, true);
    }

    pub(super) fn unbar(&mut self, ticket: TicketId, at: usize) {
        let Some(refusals) = self.refused.get_mut(&ticket) else {
            return;
        };
        if let Some(index) = refusals.iter().position(|(agent, _)| *agent == at) {
            let (_, until) = refusals.remove(index);
            self.wakes.remove(&(until, Wake::Refusal(ticket, at)));
        }
        let barred = !refusals.is_empty();
        if !barred {
            self.refused.remove(&ticket);
        }
        let refused = &mut self.staff.desks[at].refused;
        refused.retain(|other| *other != ticket);
        self.backlog.bar(ticket, barred);
    }

    /// Lets happen what happens by itself until `now`.
    pub(super) fn advance(&mut self, now: Timestamp) {
        self.tell(now);
        while let Some((_, wake)) = self
            .wakes
            .first()
            .copied()
            .filter(|(at, _)| *at <= self.now)
        {
            self.wakes.pop_first();
            match wake {
                Wake::Shift(at) => {
                    self.staff.desks[at].shift_changes = None;
                    self.looked_at(at);
                }
                Wake::Grace(ticket) => self.put_anew(ticket),
                Wake::Refusal(ticket, at) => self.unbar(ticket, at),
            }
        }
    }
}
