//! Why a ticket goes to an agent, in words and numbers that are the same on every replay.

use super::Dispatch;
use super::bits::Bits;
use super::choose::{Chosen, PODIUM, Scored, Way};
use super::demand::{Demand, Head, Heads, Only};
use super::index::{components, micro};
use crate::ticket::{Candidate, Choice, Component, OtherTicket, Remaining};

/// A choice that is about to be told, before it is made.
pub(super) struct Told<'d> {
    dispatch: &'d Dispatch,
    chosen: &'d Chosen,
    demand: &'d Demand,
}

impl<'d> Told<'d> {
    pub(super) fn of(dispatch: &'d Dispatch, chosen: &'d Chosen) -> Self {
        Self {
            dispatch,
            chosen,
            demand: dispatch.backlog.demand(chosen.demand),
        }
    }

    pub(super) fn choice(&self) -> Choice {
        let mut agents = self.chosen.agents.iter();
        let winner = agents.next();
        let lost = |scored: &Scored| {
            let by = winner.map_or("", |winner| lost_by(winner, scored));
            self.candidate(scored, by)
        };
        let runners_up: Vec<Candidate> = agents.map(lost).collect();
        let order = self.dispatch.rules.order;
        let head = &self.chosen.head;
        Choice {
            order: order.as_str().to_owned(),
            waiting: u32::try_from(self.dispatch.waiting()).unwrap_or(u32::MAX),
            agents: self.masks(),
            winner: winner.map_or_else(Candidate::default, |it| self.candidate(it, "")),
            tie_break: self.tie_break(runners_up.first()),
            runners_up,
            index_micro: micro(head.index, order),
            index: self.index(head),
            other_tickets: winner.map_or_else(Vec::new, |it| self.other_tickets(it.at)),
        }
    }

    fn candidate(&self, scored: &Scored, lost_by: &str) -> Candidate {
        let part = |name: &str, value_micro| Component {
            name: name.to_owned(),
            value_micro,
        };
        Candidate {
            agent: self.dispatch.key(scored.at).to_owned(),
            score_micro: scored.score_micro,
            components: vec![
                part("affinity", i64::from(scored.affinity) * 1_000_000),
                part("proficiency", scored.proficiency_micro),
                part("idleness", scored.idleness_micro),
            ],
            lost_by: lost_by.to_owned(),
        }
    }

    /// How many agents were left after each mask.
    fn masks(&self) -> Vec<Remaining> {
        let mut told = Remainder::of(&self.dispatch.masks.roster);
        told.keep("ready", &self.dispatch.staff.ready);
        let needs = &self.demand.needs;
        match (&needs.only, self.demand.home.as_ref()) {
            (Only::Given(_), _) => told.keep("given to", &self.demand.all),
            (Only::These(_), _) => {
                self.keep_queue(&mut told);
                told.keep("knows the matter", &self.demand.all);
            }
            (Only::Anybody, Some(home)) if !self.at_home(home) => {
                told.keep("further queues", &self.demand.all);
            }
            (Only::Anybody, _) => self.keep_queue(&mut told),
        }
        told.keep("capacity", &self.dispatch.staff.free[self.demand.load.0]);
        let ticket = self.chosen.head.entry.ticket;
        let refusals = self.dispatch.refused.get(&ticket);
        if let Some(refusals) = refusals {
            let mut left = told.left.clone();
            refusals.iter().for_each(|(at, _)| left.clear(*at));
            told.keep("not refused", &left);
        }
        told.all
    }

    fn keep_queue(&self, told: &mut Remainder) {
        let needs = &self.demand.needs;
        let masks = &self.dispatch.masks;
        if let Some(queue) = self.demand.queue() {
            for (word, mask) in masks.of_queue(queue, needs.proficiency_min) {
                told.keep(word, &mask);
            }
        }
        if !needs.clearances.is_empty() {
            told.keep("clearance", &masks.cleared(&needs.clearances));
        }
    }

    /// Whether the winner serves the ticket's own queue.
    fn at_home(&self, home: &Bits) -> bool {
        let winner = self.chosen.agents.first();
        winner.is_some_and(|winner| home.get(winner.at))
    }

    fn tie_break(&self, next: Option<&Candidate>) -> String {
        let rules = &self.dispatch.rules;
        match self.chosen.way {
            Way::Oldest => format!(
                "every {} picks of a pool: the oldest past twice its target",
                rules.starvation_every
            ),
            Way::Fair => format!(
                "after {} in a row that go before all others: another",
                rules.jump.in_a_row_max
            ),
            Way::Largest => {
                let tie = next.filter(|next| matches!(next.lost_by.as_str(), "idle later" | "key"));
                tie.map(|next| next.lost_by.clone()).unwrap_or_default()
            }
        }
    }

    fn index(&self, head: &Head) -> Vec<Component> {
        let slot = &self.dispatch.backlog.slots[head.entry.slot];
        let urgency = &self.dispatch.backlog.urgencies[slot.urgency];
        let mut times = self.dispatch.times(slot.due);
        times.entered = slot.entered;
        components(urgency, times)
    }

    /// The tickets that the agent could have had instead, the best first.
    fn other_tickets(&self, agent: usize) -> Vec<OtherTicket> {
        let mut best = Heads::default();
        for demand in self.dispatch.served_by(agent).map(|(_, demand)| demand) {
            let heads = self.dispatch.best_heads(demand, agent);
            let others = heads
                .iter()
                .filter(|head| head.entry != self.chosen.head.entry);
            others.for_each(|head| best.take(head));
        }
        let runners_up = best.iter().take(PODIUM - 1);
        runners_up
            .map(|head| OtherTicket {
                ticket: head.entry.ticket,
                index_micro: micro(head.index, self.dispatch.rules.order),
                components: self.index(&head),
                lost_by: self.ticket_lost_by(&head).to_owned(),
            })
            .collect()
    }

    fn ticket_lost_by(&self, other: &Head) -> &'static str {
        let head = &self.chosen.head;
        match self.chosen.way {
            Way::Oldest => "not the oldest",
            Way::Fair if other.jumps => "too many in a row",
            _ if head.jumps && !other.jumps => "goes before all others",
            _ if head.index != other.index => "index",
            _ if head.entry.rank != other.entry.rank => "later",
            _ => "identity",
        }
    }
}

/// What the other agent lacked.
fn lost_by(winner: &Scored, other: &Scored) -> &'static str {
    match () {
        () if winner.affinity != other.affinity => "affinity",
        () if winner.score_micro != other.score_micro => "score",
        () if winner.idle_since != other.idle_since => "idle later",
        () => "key",
    }
}

/// Agents who are left, mask after mask.
struct Remainder {
    left: Bits,
    all: Vec<Remaining>,
}

impl Remainder {
    fn of(roster: &Bits) -> Self {
        let mut told = Self {
            left: roster.clone(),
            all: Vec::new(),
        };
        told.note("roster");
        told
    }

    fn keep(&mut self, mask: &str, bits: &Bits) {
        self.left.keep(bits);
        self.note(mask);
    }

    fn note(&mut self, mask: &str) {
        self.all.push(Remaining {
            mask: mask.to_owned(),
            agents: self.left.count(),
        });
    }
}
