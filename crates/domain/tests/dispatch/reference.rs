//! The naive chooser: it keeps lists, looks at every ticket and every agent, and decides by the
//! words of the rule. What the index decides has to be the same.
//!
//! It is written from the rule, without the code that it judges; exponentials are compared through
//! the public explanation, so that only the choice is in question.

use std::collections::BTreeMap;
use std::sync::Arc;

use posthouse_domain::dispatch::{Agent, Dispatch, Order, Rules, Waiting};
use posthouse_domain::ticket::{Presence, Severity};
use posthouse_domain::{TicketId, Timestamp};
use proptest::prelude::*;

use crate::world::{Event, history, rules, shifted};

/// An agent of the naive chooser.
#[derive(Clone, Debug)]
struct Worker {
    agent: Agent,
    presence: Presence,
    held: BTreeMap<TicketId, u32>,
    idle_since: i64,
    /// All spans on duty: their length, and the idle part in thousandths.
    spans: Vec<(i64, i64)>,
    since: i64,
}

/// Everything, in lists.
#[derive(Clone, Debug)]
struct Naive {
    rules: Rules,
    workers: Vec<Worker>,
    tickets: BTreeMap<TicketId, Waiting>,
    refused: BTreeMap<(TicketId, String), i64>,
    /// By the abilities of a pool: picks since the oldest was taken, jumps in a row.
    turns: BTreeMap<String, (u32, u32)>,
    now: i64,
}

/// What a ticket is worth, comparable: whether it jumps, its index, the smaller rank first.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Worth {
    jumps: bool,
    index: f64,
}

impl Naive {
    fn new(rules: Rules) -> Self {
        let worker = |agent: &Agent| Worker {
            agent: agent.clone(),
            presence: Presence::SignedOut,
            held: BTreeMap::new(),
            idle_since: 0,
            spans: Vec::new(),
            since: 0,
        };
        Self {
            workers: rules.agents.iter().map(worker).collect(),
            rules,
            tickets: BTreeMap::new(),
            refused: BTreeMap::new(),
            turns: BTreeMap::new(),
            now: 0,
        }
    }

    fn load(&self, waiting: &Waiting) -> u32 {
        self.rules.load(&waiting.channel)
    }

    fn serves_queue(
        agent: &Agent,
        waiting: &Waiting,
        queue: &posthouse_domain::route::Queue,
    ) -> bool {
        let skill = agent.skills.get(&queue.skill);
        agent.centre == queue.centre
            && agent.levels.contains(&queue.level)
            && agent.languages.contains(&queue.language)
            && skill.is_some_and(|permille| *permille >= waiting.proficiency_min)
            && waiting
                .clearances
                .iter()
                .all(|it| agent.clearances.contains(it))
    }

    fn serves(agent: &Agent, waiting: &Waiting) -> bool {
        let mut queues = std::iter::once(&waiting.queue).chain(&waiting.also);
        queues.any(|queue| Self::serves_queue(agent, waiting, queue))
    }

    fn knows(&self, agent: &Agent, waiting: &Waiting) -> bool {
        waiting.affinity.contains(&agent.key)
            || agent.account_manager_of.contains(&waiting.customer)
    }

    /// Whether the ticket may go to the worker now.
    fn may(&self, worker: &Worker, waiting: &Waiting) -> bool {
        let used: u32 = worker.held.values().sum();
        let free = worker.presence == Presence::Ready
            && used + self.load(waiting) <= worker.agent.capacity;
        let refused = self
            .refused
            .get(&(waiting.ticket, worker.agent.key.clone()));
        free && refused.is_none_or(|until| *until <= self.now) && self.waits_for(worker, waiting)
    }

    /// Whether the ticket waits for the worker: for whom it was given to, else for those who know
    /// the matter, while its grace lasts and they are there; else for anybody.
    fn waits_for(&self, worker: &Worker, waiting: &Waiting) -> bool {
        let entered = waiting.entered.as_millis();
        let agent = &worker.agent;
        let given = waiting.to_agent.as_ref();
        let given = given.and_then(|key| self.workers.iter().find(|it| it.agent.key == *key));
        if let Some(given) = given {
            let lasts = self.now < entered + self.rules.transfer_grace_ms;
            return match lasts && given.presence != Presence::SignedOut {
                true => given.agent.key == agent.key,
                false => Self::serves(agent, waiting),
            };
        }
        let (_, target, _) = self.promise(waiting);
        let grace = self.rules.affinity_grace_ms.min(target / 4);
        let here = |it: &&Worker| {
            matches!(
                it.presence,
                Presence::SignedIn | Presence::Ready | Presence::Busy
            ) && self.knows(&it.agent, waiting)
                && Self::serves(&it.agent, waiting)
        };
        let awaited: Vec<&Worker> = self.workers.iter().filter(here).collect();
        if self.now < entered + grace && !awaited.is_empty() {
            return awaited.iter().any(|it| it.agent.key == agent.key);
        }
        Self::serves(agent, waiting)
    }

    /// The share of the cost, the target and the deadline that count.
    fn promise(&self, waiting: &Waiting) -> (f64, i64, i64) {
        let response = f64::from(self.rules.cost.response_permille) / 1_000.0;
        if let Some(due) = waiting.response.filter(|_| !waiting.answered) {
            return (response, due.target_ms, due.due_at.as_millis());
        }
        if let Some(due) = waiting.resolution {
            let work = self.rules.handling_ms.get(&waiting.queue.level);
            let begin = due.due_at.as_millis() - work.copied().unwrap_or(0);
            return (1.0 - response, due.target_ms, begin);
        }
        let target = self.rules.target_default_ms;
        let due = waiting.entered.as_millis() + target;
        (1.0 - response, target, due)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "the naive chooser reckons in floats"
    )]
    fn worth(&self, waiting: &Waiting) -> Worth {
        let rank = match waiting.severity {
            Severity::P0 => 0,
            Severity::P1 => 1,
            Severity::P2 => 2,
            Severity::P3 => 3,
        };
        let cost = &self.rules.cost;
        let tier = cost
            .tier_micro
            .get(&waiting.tier)
            .copied()
            .unwrap_or(1_000_000);
        let (share, target, due) = self.promise(waiting);
        let weight = cost.severity_micro[rank] as f64 * tier as f64 * share / 1e12;
        let slack = (due - self.now) as f64;
        let waited = (self.now - waiting.entered.as_millis()).max(0) as f64;
        let target = target as f64;
        let index = match self.rules.order {
            Order::CostWeightedSlack if slack >= 0.0 => weight * (-slack / (0.15 * target)).exp(),
            Order::CostWeightedSlack => 0.3 * weight * (1.0 - slack / target),
            Order::StrictPriority => (3 - rank) as f64 * 1e15 + waited,
            Order::Fifo => waited,
            Order::Edf => -(due as f64),
            Order::Gcmu => 2.0 * weight * waited / target * 60_000.0 / target,
        };
        let jump = &self.rules.jump;
        Worth {
            jumps: !waiting.answered
                && (jump.severities.contains(&waiting.severity)
                    || jump.tiers.contains(&waiting.tier)),
            index,
        }
    }

    /// The tickets that have the largest worth, or as good as that, among `those`.
    fn largest<'t>(&self, those: impl Iterator<Item = &'t Waiting>) -> Vec<TicketId> {
        let all: Vec<(Worth, TicketId)> = those.map(|it| (self.worth(it), it.ticket)).collect();
        let best = all.iter().map(|(worth, _)| *worth);
        let Some(best) = best.max_by(|a, b| a.partial_cmp(b).unwrap()) else {
            return Vec::new();
        };
        // The fixed point of the index agrees with floats to five digits.
        let apart = match self.rules.order {
            Order::CostWeightedSlack | Order::Gcmu => best.index.abs() * 1e-5,
            Order::StrictPriority | Order::Fifo | Order::Edf => 0.0,
        };
        let near =
            |worth: &Worth| worth.jumps == best.jumps && (worth.index - best.index).abs() <= apart;
        let near = all.iter().filter(|(worth, _)| near(worth));
        near.map(|(_, ticket)| *ticket).collect()
    }

    fn idle_share_micro(&self, worker: &Worker) -> i64 {
        let spans = worker.spans.iter().copied().chain([self.span(worker)]);
        let (duty, idle) = spans.fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        match duty {
            0 => 1_000_000,
            duty => idle * 1_000 / duty,
        }
    }

    /// The span that is not over: its length, and the idle part.
    fn span(&self, worker: &Worker) -> (i64, i64) {
        let ms = self.now - worker.since;
        let used: u32 = worker.held.values().sum();
        let free = i64::from(worker.agent.capacity.saturating_sub(used)) * 1_000
            / i64::from(worker.agent.capacity);
        match worker.presence {
            Presence::Ready => (ms, ms * free),
            Presence::Busy => (ms, 0),
            _ => (0, 0),
        }
    }

    fn close_span(&mut self, at: usize) {
        let span = self.span(&self.workers[at]);
        self.workers[at].spans.push(span);
        self.workers[at].since = self.now;
    }

    /// The best agent for a ticket.
    fn best_agent(&self, waiting: &Waiting) -> Option<usize> {
        let may = |at: &usize| self.may(&self.workers[*at], waiting);
        let all: Vec<usize> = (0..self.workers.len()).filter(may).collect();
        let home =
            |at: &&usize| Self::serves_queue(&self.workers[**at].agent, waiting, &waiting.queue);
        let at_home: Vec<usize> = all.iter().filter(home).copied().collect();
        let given = waiting.to_agent.is_some() && all.len() == 1;
        let left = if at_home.is_empty() || given {
            all
        } else {
            at_home
        };
        left.into_iter().max_by_key(|at| {
            let worker = &self.workers[*at];
            let queues = std::iter::once(&waiting.queue).chain(&waiting.also);
            let skill = queues
                .filter_map(|queue| worker.agent.skills.get(&queue.skill))
                .max();
            let weight = i64::from(self.rules.proficiency_permille);
            let proficiency = weight * i64::from(skill.copied().unwrap_or(0));
            let idle = (1_000 - weight) * self.idle_share_micro(worker) / 1_000;
            (
                self.knows(&worker.agent, waiting),
                proficiency + idle,
                std::cmp::Reverse((worker.idle_since, *at)),
            )
        })
    }

    fn pool(agent: &Agent) -> String {
        let Agent {
            centre,
            levels,
            skills,
            languages,
            clearances,
            ..
        } = agent;
        format!("{centre} {levels:?} {skills:?} {languages:?} {clearances:?}")
    }

    /// Whether the match is one that the rule allows; makes it.
    fn accept(&mut self, ticket: TicketId, agent: &str) -> Result<(), String> {
        let servable: Vec<&Waiting> = self
            .tickets
            .values()
            .filter(|waiting| self.workers.iter().any(|worker| self.may(worker, waiting)))
            .collect();
        let first = self.largest(servable.iter().copied());
        if first.is_empty() {
            return Err("nothing can be matched".to_owned());
        }
        // Whoever gets the largest could be made to take another.
        let allowed = first.iter().any(|largest| {
            let best = self.best_agent(&self.tickets[largest]);
            best.is_some_and(|at| {
                self.workers[at].agent.key == agent && self.bent(*largest, at).contains(&ticket)
            })
        });
        if !allowed {
            return Err(format!("largest are {first:?}, not {ticket} for {agent}"));
        }
        self.make(ticket, agent);
        Ok(())
    }

    /// The tickets that an agent may be given who is the best for the largest.
    fn bent(&self, largest: TicketId, at: usize) -> Vec<TicketId> {
        let worker = &self.workers[at];
        let turns = self.turns.get(&Self::pool(&worker.agent)).copied();
        let (since, jumps) = turns.unwrap_or_default();
        let every = self.rules.starvation_every;
        if every > 0 && since + 1 >= every {
            let mine = || self.tickets.values().filter(|it| self.may(worker, it));
            let heads = mine().filter(|it| self.is_head(it, worker));
            let past = heads.filter(|it| self.past_twice(it));
            let oldest = past.min_by_key(|it| (it.entered, it.ticket));
            if let Some(oldest) = oldest {
                return vec![oldest.ticket];
            }
        }
        if self.worth(&self.tickets[&largest]).jumps && jumps >= self.rules.jump.in_a_row_max {
            let mine = self.tickets.values().filter(|it| self.may(worker, it));
            let others = self.largest(mine.filter(|it| !self.worth(it).jumps));
            if !others.is_empty() {
                return others;
            }
        }
        vec![largest]
    }

    fn past_twice(&self, waiting: &Waiting) -> bool {
        let (_, target, due) = self.promise(waiting);
        self.now - due >= target
    }

    /// Whether no other ticket of its class that the worker may have stands before it.
    fn is_head(&self, waiting: &Waiting, worker: &Worker) -> bool {
        let class = |it: &Waiting| {
            let (share, target, _) = self.promise(it);
            let mut queues = vec![it.queue.clone()];
            for queue in &it.also {
                if !queues.contains(queue) {
                    queues.push(queue.clone());
                }
            }
            let kind = it.response.filter(|_| !it.answered).is_none() && it.resolution.is_none();
            let awaited: Vec<bool> = self.workers.iter().map(|w| self.waits_for(w, it)).collect();
            let direct = it
                .to_agent
                .clone()
                .filter(|_| awaited.iter().filter(|w| **w).count() == 1);
            (
                (
                    queues,
                    it.proficiency_min,
                    it.clearances.clone(),
                    it.channel.clone(),
                ),
                (
                    it.severity,
                    it.tier.clone(),
                    share.to_bits(),
                    target,
                    it.answered,
                    kind,
                ),
                (awaited, direct),
            )
        };
        let rank = |it: &Waiting| match self.rules.order {
            Order::CostWeightedSlack | Order::Edf => self.promise(it).2,
            _ => it.entered.as_millis(),
        };
        let before = |it: &&Waiting| (rank(it), it.ticket) < (rank(waiting), waiting.ticket);
        let mut others = self.tickets.values().filter(|it| self.may(worker, it));
        !others.any(|it| class(it) == class(waiting) && before(&it))
    }

    fn make(&mut self, ticket: TicketId, agent: &str) {
        let waiting = self.tickets.remove(&ticket).unwrap();
        let load = self.load(&waiting);
        let worth = self.worth(&waiting);
        let at = self
            .workers
            .iter()
            .position(|it| it.agent.key == agent)
            .unwrap();
        let pool = Self::pool(&self.workers[at].agent);
        let turns = self.turns.entry(pool).or_default();
        turns.0 += 1;
        turns.1 = if worth.jumps { turns.1 + 1 } else { 0 };
        self.close_span(at);
        self.workers[at].held.insert(ticket, load);
    }

    fn release(&mut self, at: usize, ticket: TicketId) {
        self.close_span(at);
        self.workers[at].held.remove(&ticket);
        if self.workers[at].held.is_empty() {
            self.workers[at].idle_since = self.now;
        }
    }

    fn change(&mut self, at: usize, presence: Presence) {
        if presence == Presence::Seen {
            return;
        }
        self.close_span(at);
        let now = self.now;
        let worker = &mut self.workers[at];
        let comes = worker.presence == Presence::SignedOut && presence != Presence::SignedOut;
        if presence == Presence::SignedIn || comes {
            worker.spans.clear();
            worker.idle_since = now;
        }
        worker.presence = presence;
    }
}

/// Lets an event happen to both.
fn happen(
    event: Event,
    naive: &mut Naive,
    dispatch: &mut Dispatch,
    kept: &mut BTreeMap<TicketId, Waiting>,
) {
    let now = Timestamp::from_millis(naive.now);
    match event {
        Event::Wait(waiting) => {
            let held = naive
                .workers
                .iter()
                .any(|it| it.held.contains_key(&waiting.ticket));
            if !held {
                kept.insert(waiting.ticket, (*waiting).clone());
                naive.tickets.insert(waiting.ticket, (*waiting).clone());
                dispatch.wait(*waiting, now);
            }
        }
        Event::Leave(number) => {
            let ticket = crate::world::ticket(number);
            naive.tickets.remove(&ticket);
            dispatch.leave(ticket);
        }
        Event::Presence(at, presence) => {
            if let Some(worker) = naive.workers.get(at) {
                let key = worker.agent.key.clone();
                naive.change(at, presence);
                dispatch.presence(&key, presence, now).unwrap();
            }
        }
        Event::Finish(at, which) | Event::Decline(at, which) => {
            let Some(worker) = naive.workers.get(at).filter(|it| !it.held.is_empty()) else {
                return;
            };
            let key = worker.agent.key.clone();
            let ticket = *which.get(&worker.held.keys().copied().collect::<Vec<_>>());
            naive.release(at, ticket);
            dispatch.release(&key, ticket, now).unwrap();
            if matches!(event, Event::Decline(..)) {
                let until = naive.now + naive.rules.refusal_ms;
                naive.refused.insert((ticket, key.clone()), until);
                dispatch.refuse(ticket, &key, now).unwrap();
                let waiting = kept[&ticket].clone();
                naive.tickets.insert(ticket, waiting.clone());
                dispatch.wait(waiting, now);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever happened, each match is the one that the rule names, and there is one as long as
    /// the rule names one.
    #[test]
    fn the_index_decides_as_the_naive_chooser(rules in rules(), history in history(60)) {
        let mut naive = Naive::new(rules.clone());
        let mut dispatch = Dispatch::new(Arc::new(rules));
        let mut kept = BTreeMap::new();
        for (passed, event) in history {
            naive.now += passed;
            happen(shifted(event, naive.now), &mut naive, &mut dispatch, &mut kept);
            let now = Timestamp::from_millis(naive.now);
            while let Some(found) = dispatch.choose(now) {
                let tie_break = found.choice.tie_break.clone();
                if let Err(why) = naive.accept(found.ticket, &found.agent) {
                    return Err(TestCaseError::fail(format!("{why}; {found:#?}; {naive:#?}")));
                }
                if tie_break.starts_with("every") {
                    let agent = naive.workers.iter().find(|it| it.agent.key == found.agent);
                    let pool = Naive::pool(&agent.unwrap().agent);
                    naive.turns.get_mut(&pool).unwrap().0 = 0;
                }
            }
            let left = naive.tickets.values().find(|waiting| {
                naive.workers.iter().any(|worker| naive.may(worker, waiting))
            });
            prop_assert!(left.is_none(), "left at {}: {left:?}", naive.now);
            prop_assert_eq!(dispatch.waiting(), naive.tickets.len());
        }
    }
}
