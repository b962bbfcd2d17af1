//! The agents of a roster at work: who is free for what, and in which pools they are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::agents::Desk;
use super::bits::Bits;
use super::limits::SHIFT_AHEAD_MS;
use super::rules::{Agent, Rules};
use crate::sla::{Calendar, Kind};
use crate::time::Timestamp;

/// Whose turn it is in a pool: the agents who can do exactly the same. It can be kept outside and
/// brought back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turns {
    /// The key of the pool's first agent.
    pub pool: String,
    /// Picks since the oldest ticket past twice its target was taken.
    pub since_oldest: u32,
    /// Tickets in a row that went before all others.
    pub jumps: u32,
}

/// The agents.
#[derive(Clone, Debug)]
pub(super) struct Staff {
    /// At the places of the roster.
    pub(super) desks: Vec<Desk>,
    /// The loads that tickets can have, ascending.
    pub(super) loads: Vec<u32>,
    /// Who is free for each of them.
    pub(super) free: Vec<Bits>,
    /// Who takes new work, whether they have capacity left or not.
    pub(super) ready: Bits,
    pub(super) pools: Vec<Turns>,
    /// Account managers, by customer.
    managers: BTreeMap<String, Vec<usize>>,
}

impl Staff {
    pub(super) fn of(rules: &Rules) -> Self {
        let mut loads: Vec<u32> = rules.channel_load.values().copied().collect();
        loads.push(rules.channel_load_default);
        loads.sort_unstable();
        loads.dedup();
        let mut pools = Pools::default();
        let agents = rules.agents.iter();
        let desks: Vec<Desk> = agents
            .map(|agent| Desk::new(agent.capacity, pools.of(agent)))
            .collect();
        let mut managers = BTreeMap::<String, Vec<usize>>::new();
        for (at, agent) in rules.agents.iter().enumerate() {
            for customer in &agent.account_manager_of {
                managers.entry(customer.clone()).or_default().push(at);
            }
        }
        Self {
            desks,
            free: vec![Bits::default(); loads.len()],
            ready: Bits::default(),
            loads,
            pools: pools.turns,
            managers,
        }
    }

    /// Which of the loads a channel has.
    pub(super) fn load(&self, rules: &Rules, channel: &str) -> (usize, u32) {
        let load = rules.load(channel);
        let at = self.loads.binary_search(&load);
        (at.expect("each load of the rules is among them"), load)
    }

    /// The account managers of a customer.
    pub(super) fn managers(&self, customer: &str) -> &[usize] {
        self.managers.get(customer).map_or(&[], Vec::as_slice)
    }

    /// Looks anew what an agent is free for. Returns the loads for which they were not before.
    pub(super) fn refresh(&mut self, at: usize) -> Bits {
        let mut newly = Bits::default();
        let Some(desk) = self.desks.get(at) else {
            return newly;
        };
        self.ready.put(at, desk.ready());
        for (index, load) in self.loads.iter().enumerate() {
            let takes = desk.takes(*load);
            if takes && !self.free[index].get(at) {
                newly.set(index);
            }
            self.free[index].put(at, takes);
        }
        newly
    }
}

/// Whether a shift is on, and when that changes; `None` when it does not.
pub(super) fn shift(calendar: Option<&Calendar>, now: Timestamp) -> (bool, Option<Timestamp>) {
    let Some(calendar) = calendar.filter(|calendar| !calendar.is_always()) else {
        return (true, None);
    };
    let first = calendar.spans(now, now.plus_millis(SHIFT_AHEAD_MS)).next();
    match first {
        Some((_, to, Kind::Open)) => (true, Some(to)),
        _ => (false, calendar.next_opening(now)),
    }
}

/// Agents who can do exactly the same, put together.
#[derive(Default)]
struct Pools<'r> {
    known: BTreeMap<Abilities<'r>, usize>,
    turns: Vec<Turns>,
}

type Abilities<'r> = (
    &'r str,
    &'r [String],
    &'r BTreeMap<String, u16>,
    &'r [String],
    &'r [String],
);

impl<'r> Pools<'r> {
    fn of(&mut self, agent: &'r Agent) -> usize {
        let abilities = (
            agent.centre.as_str(),
            agent.levels.as_slice(),
            &agent.skills,
            agent.languages.as_slice(),
            agent.clearances.as_slice(),
        );
        let next = self.turns.len();
        let pool = *self.known.entry(abilities).or_insert(next);
        if pool == next {
            self.turns.push(Turns {
                pool: agent.key.clone(),
                ..Turns::default()
            });
        }
        pool
    }
}
