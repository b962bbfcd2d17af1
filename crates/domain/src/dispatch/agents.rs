//! What agents are doing: presence, what they have in hand, how idle they were.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::limits::REFUSALS_MAX;
use crate::ids::TicketId;
use crate::ticket::Presence;
use crate::time::Timestamp;

/// What an agent is doing, as it can be kept outside and brought back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentState {
    /// Their key.
    pub agent: String,
    /// What they said last; never [`Presence::Seen`].
    pub presence: Presence,
    /// What they have in hand, offers included, and what it takes of their capacity, in
    /// thousandths of a person.
    pub held: BTreeMap<TicketId, u32>,
    /// Until when the sums below are counted.
    pub counted_to: Timestamp,
    /// Time on duty since they signed in, in milliseconds.
    pub duty_ms: i64,
    /// Idle time of that, in thousandths of a millisecond: half idle for two seconds is one.
    pub idle_micro_s: i64,
    /// Since when they have had nothing to do.
    pub idle_since: Timestamp,
}

/// An agent of the roster at work.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub(super) presence: Presence,
    /// Whether their shift is on.
    pub(super) on_shift: bool,
    /// When that changes, in milliseconds.
    pub(super) shift_changes: Option<i64>,
    pub(super) capacity: u32,
    used: u32,
    /// The free part of the capacity, in thousandths of it.
    free_permille: i64,
    pub(super) held: BTreeMap<TicketId, u32>,
    pub(super) idle_since: i64,
    counted_to: i64,
    duty_ms: i64,
    idle_micro_s: i64,
    /// Tickets that they did not take, the oldest refusal first.
    pub(super) refused: VecDeque<TicketId>,
    /// The agents who can do exactly the same.
    pub(super) pool: usize,
}

impl Desk {
    pub(super) fn new(capacity: u32, pool: usize) -> Self {
        Self {
            presence: Presence::SignedOut,
            on_shift: true,
            shift_changes: None,
            capacity,
            used: 0,
            free_permille: 1_000,
            held: BTreeMap::new(),
            idle_since: 0,
            counted_to: 0,
            duty_ms: 0,
            idle_micro_s: 0,
            refused: VecDeque::new(),
            pool,
        }
    }

    /// Whether a ticket with that load can be given to them.
    pub(super) fn takes(&self, load: u32) -> bool {
        self.ready() && self.used.saturating_add(load) <= self.capacity
    }

    /// Whether they take new work at all.
    pub(super) fn ready(&self) -> bool {
        self.presence == Presence::Ready && self.on_shift
    }

    /// Whether they are at work, free or not.
    pub(super) fn here(&self) -> bool {
        matches!(
            self.presence,
            Presence::SignedIn | Presence::Ready | Presence::Busy
        ) && self.on_shift
    }

    /// Takes a change of presence; a sign of life changes nothing.
    pub(super) fn change(&mut self, presence: Presence, now: i64) {
        if presence == Presence::Seen {
            return;
        }
        self.count(now);
        let begins = presence == Presence::SignedIn
            || (self.presence == Presence::SignedOut && presence != Presence::SignedOut);
        if begins {
            self.duty_ms = 0;
            self.idle_micro_s = 0;
            self.idle_since = now;
        }
        self.presence = presence;
    }

    /// Takes a ticket in hand; whether it was not there.
    pub(super) fn occupy(&mut self, ticket: TicketId, load: u32, now: i64) -> bool {
        if self.held.contains_key(&ticket) {
            return false;
        }
        self.count(now);
        self.held.insert(ticket, load);
        self.weigh();
        true
    }

    /// Gives a ticket out of hand; whether it was there.
    pub(super) fn release(&mut self, ticket: TicketId, now: i64) -> bool {
        if !self.held.contains_key(&ticket) {
            return false;
        }
        self.count(now);
        self.held.remove(&ticket);
        self.weigh();
        if self.held.is_empty() {
            self.idle_since = now;
        }
        true
    }

    /// Notes a refusal. Returns one that is forgotten, because there are too many.
    pub(super) fn refuse(&mut self, ticket: TicketId) -> Option<TicketId> {
        self.refused.push_back(ticket);
        let beyond = self.refused.len() > REFUSALS_MAX;
        beyond.then(|| self.refused.pop_front()).flatten()
    }

    /// For how long they have had nothing to do, in milliseconds.
    pub(super) fn idle_ms(&self, now: i64) -> i64 {
        match self.held.is_empty() {
            true => now.saturating_sub(self.idle_since).max(0),
            false => 0,
        }
    }

    /// The share of their time on duty in which they were idle, in millionths.
    pub(super) fn idle_share_micro(&self, now: i64) -> i64 {
        let (duty, idle) = self.sums(now);
        match duty {
            0 => 1_000_000,
            duty => idle.saturating_mul(1_000) / duty,
        }
    }

    /// Weighs anew what is in hand.
    fn weigh(&mut self) {
        let loads = self.held.values();
        self.used = loads.fold(0, |sum: u32, load| sum.saturating_add(*load));
        let free = i64::from(self.capacity.saturating_sub(self.used));
        self.free_permille = free * 1_000 / i64::from(self.capacity.max(1));
    }

    fn count(&mut self, now: i64) {
        (self.duty_ms, self.idle_micro_s) = self.sums(now);
        self.counted_to = now.max(self.counted_to);
    }

    /// Time on duty and idle time, counted to `now`.
    fn sums(&self, now: i64) -> (i64, i64) {
        let ms = now.saturating_sub(self.counted_to).max(0);
        match self.presence {
            Presence::Ready => {
                let idle = ms.saturating_mul(self.free_permille);
                (self.duty_ms + ms, self.idle_micro_s.saturating_add(idle))
            }
            Presence::Busy => (self.duty_ms + ms, self.idle_micro_s),
            _ => (self.duty_ms, self.idle_micro_s),
        }
    }

    pub(super) fn state(&self, agent: &str) -> AgentState {
        AgentState {
            agent: agent.to_owned(),
            presence: self.presence,
            held: self.held.clone(),
            counted_to: Timestamp::from_millis(self.counted_to),
            duty_ms: self.duty_ms,
            idle_micro_s: self.idle_micro_s,
            idle_since: Timestamp::from_millis(self.idle_since),
        }
    }

    pub(super) fn restore(&mut self, state: AgentState) {
        self.presence = state.presence;
        self.held = state.held;
        self.weigh();
        self.counted_to = state.counted_to.as_millis();
        self.duty_ms = state.duty_ms;
        self.idle_micro_s = state.idle_micro_s;
        self.idle_since = state.idle_since.as_millis();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Uuid;

    #[test]
    fn idleness_counts_while_ready_and_by_what_is_free() {
        let ticket = TicketId(Uuid::from_u128(1));
        let mut desk = Desk::new(1_000, 0);
        desk.change(Presence::Ready, 0);
        assert_eq!(desk.idle_share_micro(0), 1_000_000);
        desk.occupy(ticket, 500, 1_000);
        // One second idle, one half.
        assert_eq!(desk.idle_share_micro(2_000), 750_000);
        desk.change(Presence::Busy, 2_000);
        assert_eq!(desk.idle_share_micro(4_000), 375_000);
        desk.change(Presence::OnBreak, 4_000);
        assert_eq!(desk.idle_share_micro(60_000), 375_000);
        desk.release(ticket, 60_000);
        assert_eq!(desk.idle_since, 60_000);
        desk.change(Presence::SignedIn, 70_000);
        assert_eq!(desk.idle_share_micro(80_000), 1_000_000);
    }
}
