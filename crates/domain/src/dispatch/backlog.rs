//! The tickets that wait: each in a class, each class in a kind of demand.
//!
//! # Invariants
//!
//! - A ticket is in one class at most; `filled` names the demands that have any.
//! - `ready` names at least the demands that have a ticket and an agent who is free for it. It may
//!   name more: a decision that finds nothing there takes the name off.

use std::collections::BTreeMap;

use super::bits::Bits;
use super::class::Entry;
use super::demand::{Demand, Needs};
use super::index::Urgency;
use super::limits::IDLE_DEMANDS_MAX;
use super::masks::Masks;
use super::rules::Rules;
use super::staff::Staff;
use super::waiting::{Due, Waiting};
use crate::ids::TicketId;
use crate::ticket::Severity;

/// Which promise counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Promise {
    Response,
    Resolution,
    /// Nothing was promised.
    Nothing,
}

/// What the urgency of a ticket follows from, under any policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Standing {
    pub(super) severity: Severity,
    pub(super) tier: String,
    pub(super) promise: Promise,
    pub(super) target_ms: i64,
    pub(super) answered: bool,
}

/// A ticket that waits.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) ticket: TicketId,
    pub(super) demand: usize,
    pub(super) urgency: usize,
    /// When the promise that counts runs out, in milliseconds.
    pub(super) promised: i64,
    /// The same, less the work that is to be done before.
    pub(super) due: i64,
    pub(super) entered: i64,
    /// Until when it waits for those it was given to or who know the matter, where they are there.
    pub(super) grace: Option<i64>,
    /// Who knows the matter.
    pub(super) affinity: Box<[usize]>,
    /// Whom it was given to.
    pub(super) given: Option<usize>,
    /// Whether somebody did not take it.
    pub(super) barred: bool,
}

/// The tickets.
#[derive(Clone, Debug, Default)]
pub(super) struct Backlog {
    pub(super) slots: Vec<Slot>,
    spare_slots: Vec<usize>,
    pub(super) by_ticket: BTreeMap<TicketId, usize>,
    demands: Vec<Option<Demand>>,
    spare_demands: Vec<usize>,
    by_needs: BTreeMap<Needs, usize>,
    pub(super) filled: Bits,
    pub(super) ready: Bits,
    pub(super) urgencies: Vec<Urgency>,
    /// Which promise each urgency is about.
    promises: Vec<Promise>,
    by_standing: BTreeMap<Standing, usize>,
    /// Which demands each agent can serve.
    pub(super) serves: Vec<Bits>,
}

impl Backlog {
    pub(super) fn of(rules: &Rules) -> Self {
        Self {
            serves: vec![Bits::default(); rules.agents.len()],
            ..Self::default()
        }
    }

    pub(super) fn demand(&self, at: usize) -> &Demand {
        let demand = self.demands.get(at).and_then(Option::as_ref);
        demand.expect("a demand with tickets is kept")
    }

    pub(super) fn demand_mut(&mut self, at: usize) -> &mut Demand {
        let demand = self.demands.get_mut(at).and_then(Option::as_mut);
        demand.expect("a demand with tickets is kept")
    }

    /// A demand, beside what is needed to find its best ticket.
    pub(super) fn demand_and_urgencies(&mut self, at: usize) -> (&mut Demand, &[Urgency]) {
        let demand = self.demands.get_mut(at).and_then(Option::as_mut);
        let demand = demand.expect("a demand with tickets is kept");
        (demand, &self.urgencies)
    }

    pub(super) fn slot(&self, ticket: TicketId) -> Option<&Slot> {
        self.by_ticket.get(&ticket).map(|at| &self.slots[*at])
    }

    /// The number of a demand; it is new when nobody asked for that before.
    pub(super) fn intern(
        &mut self,
        needs: Needs,
        masks: &Masks,
        staff: &Staff,
        rules: &Rules,
    ) -> usize {
        if let Some(at) = self.by_needs.get(&needs) {
            return *at;
        }
        self.sweep();
        let load = staff.load(rules, &needs.channel);
        let demand = Demand::new(needs.clone(), load, masks);
        let at = self.spare_demands.pop().unwrap_or(self.demands.len());
        for agent in demand.all.iter() {
            self.serves[agent].set(at);
        }
        if at == self.demands.len() {
            self.demands.push(None);
        }
        self.demands[at] = Some(demand);
        self.by_needs.insert(needs, at);
        at
    }

    /// Forgets demands without tickets, once there are many of them.
    fn sweep(&mut self) {
        let filled = self.filled.count() as usize;
        if self.by_needs.len() <= 2 * filled + IDLE_DEMANDS_MAX {
            return;
        }
        let (demands, serves, spare) =
            (&mut self.demands, &mut self.serves, &mut self.spare_demands);
        self.by_needs.retain(|_, at| {
            let kept = demands[*at].as_ref().is_some_and(|demand| demand.len > 0);
            if !kept && let Some(demand) = demands[*at].take() {
                demand.all.iter().for_each(|agent| serves[agent].clear(*at));
                spare.push(*at);
            }
            kept
        });
    }

    /// The number of an urgency.
    pub(super) fn urgency(&mut self, standing: Standing, rules: &Rules) -> usize {
        if let Some(at) = self.by_standing.get(&standing) {
            return *at;
        }
        let at = self.urgencies.len();
        self.urgencies.push(urgency(&standing, rules));
        self.promises.push(standing.promise);
        self.by_standing.insert(standing, at);
        at
    }

    /// Which promise an urgency is about.
    pub(super) fn promise(&self, urgency: usize) -> Promise {
        self.promises[urgency]
    }

    /// Puts a ticket in its class.
    pub(super) fn insert(&mut self, slot: Slot, rules: &Rules, staff: &Staff) {
        let (ticket, demand, urgency) = (slot.ticket, slot.demand, slot.urgency);
        let barred = usize::from(slot.barred);
        let rank = rank(&slot, rules);
        let at = match self.spare_slots.pop() {
            Some(at) => {
                self.slots[at] = slot;
                at
            }
            None => {
                self.slots.push(slot);
                self.slots.len() - 1
            }
        };
        self.by_ticket.insert(ticket, at);
        let entry = Entry {
            rank,
            ticket,
            slot: at,
        };
        let kind = self.demand_mut(demand);
        kind.insert(urgency, entry);
        kind.barred += barred;
        let ready = kind.all.meets(&staff.free[kind.load.0]);
        self.filled.set(demand);
        if ready {
            self.ready.set(demand);
        }
    }

    /// Takes a ticket out.
    pub(super) fn remove(&mut self, ticket: TicketId, rules: &Rules) -> Option<Slot> {
        let at = self.by_ticket.remove(&ticket)?;
        let slot = self.slots[at].clone();
        self.slots[at].affinity = Box::default();
        self.spare_slots.push(at);
        let rank = rank(&slot, rules);
        let entry = Entry {
            rank,
            ticket,
            slot: at,
        };
        let demand = self.demand_mut(slot.demand);
        demand.remove(slot.urgency, entry);
        demand.barred -= usize::from(slot.barred);
        if demand.len == 0 {
            self.filled.clear(slot.demand);
            self.ready.clear(slot.demand);
        }
        Some(slot)
    }

    /// Notes whether somebody did not take a ticket that waits.
    pub(super) fn bar(&mut self, ticket: TicketId, barred: bool) {
        let Some(at) = self.by_ticket.get(&ticket).copied() else {
            return;
        };
        let was = std::mem::replace(&mut self.slots[at].barred, barred);
        let number = self.slots[at].demand;
        let demand = self.demand_mut(number);
        demand.barred = demand.barred + usize::from(barred) - usize::from(was);
        demand.best = None;
        self.ready.set(number);
    }

    /// An agent became free for some loads: the demands that they can serve are ready.
    pub(super) fn freed(&mut self, agent: usize, loads: &Bits) {
        let Self {
            serves,
            filled,
            demands,
            ready,
            ..
        } = self;
        for at in serves[agent].common(filled) {
            let load = demands[at].as_ref().map_or(0, |demand| demand.load.0);
            if loads.get(load) {
                ready.set(at);
            }
        }
    }

    /// What stands for a number of an urgency.
    pub(super) fn standings(&self) -> Vec<&Standing> {
        let mut all: Vec<(usize, &Standing)> = self
            .by_standing
            .iter()
            .map(|(standing, at)| (*at, standing))
            .collect();
        all.sort_unstable_by_key(|(at, _)| *at);
        all.into_iter().map(|(_, standing)| standing).collect()
    }
}

/// Where a ticket stands in its class.
fn rank(slot: &Slot, rules: &Rules) -> i64 {
    match rules.order.by_due() {
        true => slot.due,
        false => slot.entered,
    }
}

/// The promise that counts, with its end in milliseconds: the response until somebody has
/// answered, then the resolution.
pub(super) fn promise(waiting: &Waiting, rules: &Rules) -> (Promise, i64, i64) {
    let response = waiting.response.filter(|_| !waiting.answered);
    let told = |kind, due: Due| (kind, due.target_ms, due.due_at.as_millis());
    let resolution = || waiting.resolution.map(|due| told(Promise::Resolution, due));
    response
        .map(|due| told(Promise::Response, due))
        .or_else(resolution)
        .unwrap_or_else(|| {
            let target = rules.target_default_ms;
            let due = waiting.entered.plus_millis(target).as_millis();
            (Promise::Nothing, target, due)
        })
}

/// When work has to begin for a promise to be kept, in milliseconds.
pub(super) fn latest(promise: Promise, promised: i64, level: Option<&str>, rules: &Rules) -> i64 {
    let work = level.and_then(|level| rules.handling_ms.get(level));
    match promise {
        Promise::Resolution => promised.saturating_sub(work.copied().unwrap_or(0)),
        Promise::Response | Promise::Nothing => promised,
    }
}

fn urgency(standing: &Standing, rules: &Rules) -> Urgency {
    let cost = &rules.cost;
    let severity = match standing.severity {
        Severity::P0 => cost.severity_micro[0],
        Severity::P1 => cost.severity_micro[1],
        Severity::P2 => cost.severity_micro[2],
        Severity::P3 => cost.severity_micro[3],
    };
    let tier = cost.tier_micro.get(&standing.tier).copied();
    let response = i64::from(cost.response_permille.min(1_000));
    let share = match standing.promise {
        Promise::Response => response,
        Promise::Resolution | Promise::Nothing => 1_000 - response,
    };
    let micro = i128::from(severity) * i128::from(tier.unwrap_or(1_000_000)) * i128::from(share);
    let weight = u64::try_from((micro / 1_000_000_000).max(0)).unwrap_or(u64::MAX);
    let jump = &rules.jump;
    let first = jump.severities.contains(&standing.severity) || jump.tiers.contains(&standing.tier);
    let jumps = first && !standing.answered;
    Urgency::new(standing.severity, weight, standing.target_ms, jumps, rules)
}
