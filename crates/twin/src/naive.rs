//! A floor that is written anew, as simply as can be: every ticket is looked at for every agent.
//! What the twin finds must not hang on how clever the production's index is.

use crate::dice::Ms;
use crate::draw::Demand;
use crate::floor::{Floor, Standing};
use crate::plan::Plan;
use crate::reach::Desks;

/// In which order the naive floor takes tickets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line {
    Fifo,
    LastFirst,
    Severity,
    Deadline,
}

/// One agent.
#[derive(Clone, Debug, Default)]
struct Hand {
    here: bool,
    used: u32,
}

pub(crate) struct Naive<'a> {
    plan: &'a Plan,
    desks: &'a Desks,
    demand: &'a Demand,
    line: Line,
    hands: Vec<Hand>,
    waiting: Vec<Standing>,
}

impl<'a> Naive<'a> {
    pub(crate) fn new(plan: &'a Plan, desks: &'a Desks, demand: &'a Demand, line: Line) -> Self {
        Self {
            plan,
            desks,
            demand,
            line,
            hands: vec![Hand::default(); plan.agents.len()],
            waiting: Vec::new(),
        }
    }

    fn key(&self, one: &Standing) -> (Ms, usize) {
        let key = match self.line {
            Line::Fifo => one.entered,
            Line::LastFirst => -one.entered,
            Line::Severity => {
                let severity = self.demand.tickets[one.ticket].severity;
                Ms::try_from(severity).unwrap() * (1 << 50) + one.entered
            }
            Line::Deadline if one.answered => one.resolve_due,
            Line::Deadline => one.response_due,
        };
        (key, one.ticket)
    }

    fn load(&self, ticket: usize) -> u32 {
        self.plan.channels[self.demand.tickets[ticket].channel].load_permille
    }

    fn serves(&self, agent: usize, one: &Standing) -> bool {
        let pool = &self.plan.pools[self.plan.agents[agent].pool];
        let drawn = &self.demand.tickets[one.ticket];
        let skill = self.plan.categories[drawn.category].skill;
        let hand = &self.hands[agent];
        let speaks = |language: &usize| {
            self.plan
                .spoken(one.level, drawn.language)
                .contains(language)
        };
        hand.here
            && hand.used + self.load(one.ticket) <= pool.capacity_permille
            && pool.level == one.level
            && pool.skills.contains(&skill)
            && pool.languages.iter().any(speaks)
            && one.desks.contains(&self.desks.of_pool(pool))
            && (pool.eu_cleared || !self.plan.regions[drawn.region].eu)
    }
}

impl Floor for Naive<'_> {
    fn come(&mut self, agent: usize, _now: Ms) {
        self.hands[agent].here = true;
    }

    fn go(&mut self, agent: usize, _now: Ms) {
        self.hands[agent].here = false;
    }

    fn wait(&mut self, standing: &Standing, _now: Ms) {
        self.withdraw(standing.ticket);
        self.waiting.push(standing.clone());
    }

    fn withdraw(&mut self, ticket: usize) {
        self.waiting.retain(|one| one.ticket != ticket);
    }

    fn release(&mut self, agent: usize, ticket: usize, _now: Ms) {
        self.hands[agent].used -= self.load(ticket);
    }

    fn pick(&mut self, _now: Ms) -> Option<(usize, usize)> {
        let mut order: Vec<usize> = (0..self.waiting.len()).collect();
        order.sort_unstable_by_key(|at| self.key(&self.waiting[*at]));
        for at in order {
            let one = &self.waiting[at];
            let agent = (0..self.hands.len()).find(|agent| self.serves(*agent, one));
            if let Some(agent) = agent {
                let ticket = self.waiting.swap_remove(at).ticket;
                self.hands[agent].used += self.load(ticket);
                return Some((ticket, agent));
            }
        }
        None
    }

    fn next_wake(&self) -> Option<Ms> {
        None
    }
}
