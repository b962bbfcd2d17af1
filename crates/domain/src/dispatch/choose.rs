//! The next match: the ticket first, then its agent, then what bends the rule.

use std::sync::Arc;

use super::Dispatch;
use super::best::best_of;
use super::bits::Bits;
use super::demand::{Demand, Head, Heads};
use super::explain::Told;
use super::index::{Times, index};
use super::limits::REFUSALS_MAX;
use super::rules::{AgentOrder, Order};
use super::waiting::{Match, Pick};
use crate::ids::TicketId;
use crate::time::Timestamp;

/// How many agents, or tickets, are compared to the end: the winner and those who came next.
pub(super) const PODIUM: usize = 1 + crate::limits::RUNNERS_UP_MAX;

/// Why a ticket was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It has the largest index of all that somebody is free for.
    Largest,
    /// It is the oldest past twice its target, and it was time for that.
    Oldest,
    /// So many in a row went before all others that it was time for another.
    Fair,
}

/// A ticket that was chosen, and who gets it.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) head: Head,
    pub(super) demand: usize,
    pub(super) way: Way,
    /// The agents who could have it, the best first.
    pub(super) agents: Podium,
}

/// An agent who could have a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scored {
    pub(super) at: usize,
    /// Whether they know the matter.
    pub(super) affinity: bool,
    pub(super) score_micro: i64,
    pub(super) proficiency_micro: i64,
    pub(super) idleness_micro: i64,
    pub(super) idle_since: i64,
}

/// The best of all, in order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Podium([Option<Scored>; PODIUM]);

impl Scored {
    /// Whether they are to be chosen before the other. Never of two equal ones.
    fn before(&self, other: &Self) -> bool {
        let key = |it: &Self| (it.affinity, it.score_micro);
        let tie = |it: &Self| (it.idle_since, it.at);
        key(self) > key(other) || (key(self) == key(other) && tie(self) < tie(other))
    }
}

impl Podium {
    fn take(&mut self, scored: Scored) {
        let mut next = Some(scored);
        for place in &mut self.0 {
            let Some(one) = next else { return };
            if place.is_none_or(|best| one.before(&best)) {
                next = place.replace(one);
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Scored> {
        self.0.iter().flatten()
    }

    pub(super) fn first(&self) -> Option<Scored> {
        self.0[0]
    }
}

impl Dispatch {
    /// The next match, and why; `None` when no ticket waits that somebody is free for.
    ///
    /// The match is made: the ticket waits no longer and its load is on the agent. Where they do
    /// not take it, [`release`](Self::release), [`refuse`](Self::refuse) and
    /// [`wait`](Self::wait) undo that.
    pub fn choose(&mut self, now: Timestamp) -> Option<Match> {
        let chosen = self.decide(now)?;
        let scored = chosen.agents.first()?;
        let choice = Told::of(self, &chosen).choice();
        let agent = self.key(scored.at).to_owned();
        self.make(&chosen, scored.at);
        Some(Match {
            ticket: chosen.head.entry.ticket,
            agent,
            choice,
        })
    }

    /// The next match as [`choose`](Self::choose) makes it, without the reasons.
    pub fn pick(&mut self, now: Timestamp) -> Option<Pick> {
        let chosen = self.decide(now)?;
        let scored = chosen.agents.first()?;
        self.make(&chosen, scored.at);
        Some(Pick {
            ticket: chosen.head.entry.ticket,
            agent: scored.at,
        })
    }

    fn decide(&mut self, now: Timestamp) -> Option<Chosen> {
        self.advance(now);
        let (demand, head) = self.largest()?;
        let agents = self.best_agents(demand, head.entry.ticket);
        let winner = agents.first()?;
        let chosen = Chosen {
            head,
            demand,
            way: Way::Largest,
            agents,
        };
        Some(self.bent(winner.at, &chosen).unwrap_or(chosen))
    }

    /// The ticket with the largest index that somebody is free for.
    fn largest(&mut self) -> Option<(usize, Head)> {
        let mut best: Option<(usize, Head)> = None;
        let rules = Arc::clone(&self.rules);
        let ready: Vec<usize> = self.backlog.ready.iter().collect();
        for number in ready {
            let free = &self.staff.free[self.backlog.demand(number).load.0];
            if !self.backlog.demand(number).all.meets(free) {
                self.backlog.ready.clear(number);
                continue;
            }
            let refused = &self.refused;
            let (demand, urgencies) = self.backlog.demand_and_urgencies(number);
            let servable = |ticket: TicketId, all: &Bits| {
                let refusals = refused.get(&ticket).map_or(&[][..], Vec::as_slice);
                let bars = |at: usize| refusals.iter().any(|(agent, _)| *agent == at);
                all.common(free).any(|at| !bars(at))
            };
            let head = best_of(demand, urgencies, &rules, self.now, servable);
            if let Some(head) = head.first()
                && best.is_none_or(|(_, best)| head.before(&best))
            {
                best = Some((number, head));
            }
        }
        best
    }

    /// The agents who are free for a ticket, the best first.
    fn best_agents(&self, number: usize, ticket: TicketId) -> Podium {
        let demand = self.backlog.demand(number);
        let free = &self.staff.free[demand.load.0];
        let home = demand.home.as_ref();
        let podium = home.map(|home| self.podium(demand, ticket, home, free));
        podium
            .filter(|podium| podium.first().is_some())
            .unwrap_or_else(|| self.podium(demand, ticket, &demand.all, free))
    }

    fn podium(&self, demand: &Demand, ticket: TicketId, able: &Bits, free: &Bits) -> Podium {
        let slot = self.backlog.slot(ticket);
        let affinity = slot.map_or(&[][..], |slot| &slot.affinity);
        let barred = slot.is_some_and(|slot| slot.barred);
        let mut podium = Podium::default();
        for at in able.common(free) {
            if !(barred && self.bars(ticket, at)) {
                podium.take(self.scored(demand, affinity, at));
            }
        }
        podium
    }

    /// Whether an agent did not take a ticket lately.
    pub(super) fn bars(&self, ticket: TicketId, at: usize) -> bool {
        let refusals = self.refused.get(&ticket);
        refusals.is_some_and(|all| all.iter().any(|(agent, _)| *agent == at))
    }

    fn scored(&self, demand: &Demand, affinity: &[usize], at: usize) -> Scored {
        let desk = &self.staff.desks[at];
        let (proficiency, idleness) = match self.rules.agent_order {
            AgentOrder::IdleShare => {
                let weight = i64::from(self.rules.proficiency_permille.min(1_000));
                let proficiency = weight * i64::from(demand.proficiency[at]);
                let share = desk.idle_share_micro(self.now);
                (proficiency, (1_000 - weight) * share / 1_000)
            }
            // In millionths of a minute.
            AgentOrder::LongestIdle => (0, desk.idle_ms(self.now).saturating_mul(1_000) / 60),
        };
        Scored {
            at,
            affinity: affinity.contains(&at),
            score_micro: proficiency.saturating_add(idleness),
            proficiency_micro: proficiency,
            idleness_micro: idleness,
            idle_since: desk.idle_since,
        }
    }

    /// Another ticket for the agent, where it is time for one.
    fn bent(&mut self, agent: usize, chosen: &Chosen) -> Option<Chosen> {
        let pool = &self.staff.pools[self.staff.desks[agent].pool];
        let every = self.rules.starvation_every;
        let oldest = every > 0 && pool.since_oldest.saturating_add(1) >= every;
        let fair = chosen.head.jumps && pool.jumps >= self.rules.jump.in_a_row_max;
        let (way, found) = match oldest.then(|| self.oldest_for(agent)).flatten() {
            Some(found) => (Way::Oldest, found),
            None if fair => (Way::Fair, self.largest_ordinary_for(agent)?),
            None => return None,
        };
        let (demand, head) = found;
        let ticket = head.entry.ticket;
        let slot = self.backlog.slot(ticket)?;
        let mut agents = Podium::default();
        agents.take(self.scored(self.backlog.demand(demand), &slot.affinity, agent));
        Some(Chosen {
            head,
            demand,
            way,
            agents,
        })
    }

    /// The demands with tickets that an agent is free for.
    pub(super) fn served_by(&self, agent: usize) -> impl Iterator<Item = (usize, &Demand)> {
        let filled = &self.backlog.filled;
        let numbers = self.backlog.serves[agent].common(filled);
        let demands = numbers.map(|number| (number, self.backlog.demand(number)));
        demands.filter(move |(_, demand)| self.staff.free[demand.load.0].get(agent))
    }

    /// The ticket that came first of those at the heads of their classes that wait past twice
    /// their target and that the agent could have.
    fn oldest_for(&self, agent: usize) -> Option<(usize, Head)> {
        let mut oldest: Option<(i64, TicketId, usize, Head)> = None;
        for (number, demand) in self.served_by(agent) {
            for class in &demand.classes {
                let urgency = &self.backlog.urgencies[class.urgency];
                let Some(first) = class.first() else { continue };
                let open = |ticket| !(demand.barred > 0 && self.bars(ticket, agent));
                let found = class.first_from(first, REFUSALS_MAX, |entry| open(entry.ticket));
                let Some(entry) = found else { continue };
                let slot = &self.backlog.slots[entry.slot];
                let late = self.now.saturating_sub(slot.due);
                let older = oldest.is_none_or(|(entered, ticket, ..)| {
                    (slot.entered, entry.ticket) < (entered, ticket)
                });
                if late >= urgency.target_ms && older {
                    let head = Head {
                        jumps: urgency.jumps,
                        index: index(urgency, self.times(entry.rank), &self.rules),
                        entry,
                    };
                    oldest = Some((slot.entered, entry.ticket, number, head));
                }
            }
        }
        oldest.map(|(_, _, number, head)| (number, head))
    }

    /// The ticket with the largest index that the agent could have and that does not go before all
    /// others.
    fn largest_ordinary_for(&self, agent: usize) -> Option<(usize, Head)> {
        let mut best: Option<(usize, Head)> = None;
        for (number, demand) in self.served_by(agent) {
            for head in self.heads(demand, agent).filter(|head| !head.jumps) {
                if best.is_none_or(|(_, best)| head.before(&best)) {
                    best = Some((number, head));
                }
            }
        }
        best
    }

    /// The best tickets of a demand that an agent could have: known already where it was looked at
    /// for this decision and nobody refused any.
    pub(super) fn best_heads(&self, demand: &Demand, agent: usize) -> Heads {
        if let Some((_, best)) = demand.best.filter(|(at, _)| *at == self.now) {
            return best;
        }
        let mut best = Heads::default();
        for head in self.heads(demand, agent) {
            best.take(head);
        }
        best
    }

    /// The heads of a demand's classes that an agent could have.
    fn heads<'d>(&'d self, demand: &'d Demand, agent: usize) -> impl Iterator<Item = Head> + 'd {
        let open = move |ticket| !(demand.barred > 0 && self.bars(ticket, agent));
        demand.classes.iter().flat_map(move |class| {
            let urgency = &self.backlog.urgencies[class.urgency];
            let late_too = self.rules.order == Order::CostWeightedSlack;
            let from = [
                class.first(),
                class.seen_soon(self.now).filter(|_| late_too),
            ];
            let found = from.into_iter().flatten();
            let found = found.filter_map(move |entry| {
                class.first_from(entry, REFUSALS_MAX, |entry| open(entry.ticket))
            });
            found.map(move |entry| Head {
                jumps: urgency.jumps,
                index: index(urgency, self.times(entry.rank), &self.rules),
                entry,
            })
        })
    }

    /// The instants for an index: under each order it looks at one of the two, which is the rank.
    pub(super) fn times(&self, rank: i64) -> Times {
        times(rank, self.now)
    }

    /// Makes the match.
    fn make(&mut self, chosen: &Chosen, agent: usize) {
        let ticket = chosen.head.entry.ticket;
        let load = self.backlog.demand(chosen.demand).load.1;
        self.take_out(ticket);
        let desk = &mut self.staff.desks[agent];
        desk.occupy(ticket, load, self.now);
        let turns = &mut self.staff.pools[desk.pool];
        turns.since_oldest = match chosen.way {
            Way::Oldest => 0,
            Way::Largest | Way::Fair => turns.since_oldest.saturating_add(1),
        };
        turns.jumps = match chosen.head.jumps {
            true => turns.jumps.saturating_add(1),
            false => 0,
        };
        self.refresh(agent);
    }
}

pub(super) fn times(rank: i64, now: i64) -> Times {
    Times {
        due: rank,
        entered: rank,
        now,
    }
}
