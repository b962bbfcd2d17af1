//! The measurement: decisions of the production's dispatch, one by one.
//!
//! Two kinds alternate, as they do by day: an agent finishes and takes one of the tickets that
//! wait, whereupon another comes, so that their number stays; and a ticket comes to a queue in
//! which agents are idle, who may have the next one after it. What is timed is what a decision
//! takes with its explanation: giving back what was finished, or taking the ticket in, and
//! choosing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use posthouse_domain::TicketId;
use posthouse_domain::Timestamp;
use posthouse_domain::dispatch::{Dispatch, Match};
use posthouse_domain::ticket::Presence;

use super::crowd::{self, Dice};

/// So many decisions are made before any is measured, and so many are.
const WARM_UP: usize = 2_000;
const MEASURED: usize = 40_000;
/// What passes between two decisions, in milliseconds.
const PACE_MS: i64 = 40;
/// 2026-11-22 at midnight: any instant would do.
const START_MS: i64 = 1_795_305_600_000;
const SEED: u64 = 6;

/// What was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Each decision, sorted.
    pub(super) each: Vec<Duration>,
    /// All of it, arrivals included.
    pub(super) total: Duration,
}

/// A region with so many agents and waiting tickets.
#[derive(Clone)]
pub(super) struct Region {
    dispatch: Dispatch,
    dice: Dice,
    now: Timestamp,
    next: u64,
    /// Who has what.
    busy: Vec<(String, TicketId)>,
    quiet: Vec<(String, TicketId)>,
}

impl Region {
    pub(super) fn new(agents: usize) -> Self {
        let mut dice = Dice::new(SEED);
        let rules = Arc::new(crowd::rules(agents, &mut dice));
        let mut dispatch = Dispatch::new(Arc::clone(&rules));
        let now = Timestamp::from_millis(START_MS);
        for agent in &rules.agents {
            let ready = dispatch.presence(&agent.key, Presence::Ready, now);
            ready.expect("the agent is on the roster");
        }
        Self {
            dispatch,
            dice,
            now,
            next: 0,
            busy: Vec::new(),
            quiet: Vec::new(),
        }
    }

    /// Lets tickets come until all agents are busy and `waiting` more wait.
    pub(super) fn fill(&mut self, waiting: usize) {
        while self.dispatch.waiting() < waiting {
            self.arrive();
            while let Some(found) = self.dispatch.choose(self.now) {
                self.busy.push((found.agent, found.ticket));
            }
        }
    }

    pub(super) fn measure(&mut self, waiting: usize) -> Found {
        self.fill(waiting);
        for _ in 0..WARM_UP {
            self.decide();
        }
        let started = Instant::now();
        let mut each: Vec<Duration> = (0..MEASURED).filter_map(|_| self.decide()).collect();
        let total = started.elapsed();
        each.sort_unstable();
        Found { each, total }
    }

    /// A decision of either kind, and how long it took.
    fn decide(&mut self) -> Option<Duration> {
        self.now = self.now.plus_millis(PACE_MS);
        match self.next % 2 {
            0 => self.finish(),
            _ => self.come(),
        }
    }

    /// An agent finishes and takes another ticket; one comes for it.
    fn finish(&mut self) -> Option<Duration> {
        self.arrive();
        let which = self.dice.below(self.busy.len());
        if self.busy.is_empty() {
            return None;
        }
        let (agent, ticket) = self.busy.swap_remove(which);
        let started = Instant::now();
        let released = self.dispatch.release(&agent, ticket, self.now);
        released.expect("the agent is on the roster");
        let found = self.dispatch.choose(self.now)?;
        let took = started.elapsed();
        self.busy.push((found.agent, found.ticket));
        while let Some(Match { agent, ticket, .. }) = self.dispatch.choose(self.now) {
            self.busy.push((agent, ticket));
        }
        Some(took)
    }

    /// A ticket comes to a queue in which agents are idle.
    fn come(&mut self) -> Option<Duration> {
        if let Some((agent, ticket)) = self.quiet.pop() {
            let released = self.dispatch.release(&agent, ticket, self.now);
            released.expect("the agent is on the roster");
        }
        self.next += 1;
        let ticket = crowd::quiet(self.next, self.now, &mut self.dice);
        let started = Instant::now();
        self.dispatch.wait(ticket, self.now);
        let found = self.dispatch.choose(self.now);
        let took = started.elapsed();
        let found = found?;
        self.quiet.insert(0, (found.agent, found.ticket));
        Some(took)
    }

    fn arrive(&mut self) {
        self.next += 1;
        let ticket = crowd::waiting(self.next, self.now, &mut self.dice);
        self.dispatch.wait(ticket, self.now);
    }
}
