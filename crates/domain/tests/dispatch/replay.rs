//! Replay: equal histories give equal decisions, to the byte, also when the state is kept outside
//! and brought back between any two of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use posthouse_domain::TicketId;
use posthouse_domain::dispatch::{Dispatch, Match, Rules, Waiting};
use posthouse_domain::ticket::{Presence, Severity};

use crate::world::{MINUTE_MS, SKILLS, TIERS, at, member, queue, waiting};

const AGENTS: usize = 40;

/// A portable generator of pseudo-random numbers (SplitMix64), so that the history is the same
/// everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % below).unwrap()
    }
}

fn rules() -> Arc<Rules> {
    let roster = (0..AGENTS).map(|number| {
        let skills = [(SKILLS[number % 3], 900), (SKILLS[(number + 1) % 3], 600)];
        let languages: &[&str] = if number % 4 == 0 {
            &["en", "zh"]
        } else {
            &["zh"]
        };
        member(&format!("a-{number:02}"), &skills, languages)
    });
    Arc::new(Rules::default().with_agents(roster.collect()))
}

/// A region at work: what waits and who has what, as the dispatcher's rows would hold it.
struct Region {
    dispatch: Dispatch,
    rules: Arc<Rules>,
    dice: Dice,
    rows: BTreeMap<TicketId, Waiting>,
    held: Vec<(String, TicketId, Waiting)>,
    refused: BTreeMap<(TicketId, String), i64>,
    now: i64,
    next: usize,
}

impl Region {
    fn new(seed: u64) -> Self {
        let rules = rules();
        let mut dispatch = Dispatch::new(Arc::clone(&rules));
        for agent in &rules.agents {
            dispatch
                .presence(&agent.key, Presence::Ready, at(0))
                .unwrap();
        }
        Self {
            dispatch,
            rules,
            dice: Dice(seed),
            rows: BTreeMap::new(),
            held: Vec::new(),
            refused: BTreeMap::new(),
            now: 0,
            next: 0,
        }
    }

    /// Something happens: a ticket comes, an agent finishes or declines, comes or goes.
    fn step(&mut self) -> Vec<Match> {
        self.now += i64::try_from(self.dice.roll(2_000)).unwrap();
        let now = at(self.now);
        match self.dice.roll(20) {
            0..10 => self.arrival(),
            10..18 if !self.held.is_empty() => {
                let which = self.dice.roll(self.held.len() as u64);
                let (agent, ticket, waiting) = self.held.swap_remove(which);
                self.dispatch.release(&agent, ticket, now).unwrap();
                if self.dice.roll(8) == 0 {
                    self.dispatch.refuse(ticket, &agent, now).unwrap();
                    self.refused.insert((ticket, agent), self.now);
                    self.rows.insert(ticket, waiting.clone());
                    self.dispatch.wait(waiting, now);
                }
            }
            _ => {
                let agent = format!("a-{:02}", self.dice.roll(AGENTS as u64));
                let presence = [Presence::OnBreak, Presence::Ready, Presence::Ready];
                let presence = presence[self.dice.roll(3)];
                self.dispatch.presence(&agent, presence, now).unwrap();
            }
        }
        let mut made = Vec::new();
        while let Some(found) = self.dispatch.choose(now) {
            let row = self.rows.remove(&found.ticket).unwrap();
            self.held.push((found.agent.clone(), found.ticket, row));
            made.push(found);
        }
        made
    }

    fn arrival(&mut self) {
        let language = ["en", "zh"][self.dice.roll(2)];
        let queue = queue(SKILLS[self.dice.roll(3)], language);
        let target = [15, 30, 60, 240][self.dice.roll(4)] * MINUTE_MS;
        let mut ticket = waiting(self.next, queue, self.now, target);
        ticket.severity = Severity::ALL[self.dice.roll(4)];
        ticket.tier = TIERS[self.dice.roll(3)].to_owned();
        if self.dice.roll(5) == 0 {
            ticket.affinity = vec![format!("a-{:02}", self.dice.roll(AGENTS as u64))];
        }
        self.next += 1;
        self.rows.insert(ticket.ticket, ticket.clone());
        self.dispatch.wait(ticket, at(self.now));
    }

    /// The process ends and another reads what the rows say.
    fn restart(&mut self) {
        let mut next = Dispatch::new(Arc::clone(&self.rules));
        let now = at(self.now);
        for waiting in self.rows.values() {
            next.wait(waiting.clone(), now);
        }
        for ((ticket, agent), refused_at) in &self.refused {
            next.refuse(*ticket, agent, at(*refused_at)).unwrap();
        }
        for state in self.dispatch.agent_states() {
            let bytes = postcard::to_stdvec(&state).unwrap();
            next.restore_agent(postcard::from_bytes(&bytes).unwrap())
                .unwrap();
        }
        for agent in &self.rules.agents {
            let turns = self.dispatch.turns(&agent.key).unwrap();
            let bytes = postcard::to_stdvec(turns).unwrap();
            assert!(next.restore_turns(&postcard::from_bytes(&bytes).unwrap()));
        }
        self.dispatch = next;
    }
}

#[test]
fn a_hundred_thousand_decisions_are_the_same_on_replay() {
    let (mut first, mut second) = (Region::new(7), Region::new(7));
    let mut decisions = 0;
    let mut steps = 0_u64;
    while decisions < 100_000 {
        steps += 1;
        let (one, other) = (first.step(), second.step());
        assert_eq!(one.len(), other.len(), "at step {steps}");
        for (one, other) in one.iter().zip(&other) {
            let bytes =
                |it: &Match| postcard::to_stdvec(&(it.ticket, &it.agent, &it.choice)).unwrap();
            assert_eq!(bytes(one), bytes(other), "at step {steps}");
            decisions += 1;
        }
        // One of them dies now and then.
        if steps.is_multiple_of(5_000) {
            second.restart();
        }
    }
}

#[test]
fn equal_rules_put_in_force_change_nothing() {
    let (mut first, mut second) = (Region::new(11), Region::new(11));
    for step in 0..20_000 {
        assert_eq!(first.step(), second.step(), "at step {step}");
        if step % 500 == 0 {
            let gone = second.dispatch.set_rules(rules(), at(second.now));
            assert!(gone.is_empty());
        }
    }
}
