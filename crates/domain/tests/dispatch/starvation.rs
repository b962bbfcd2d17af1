//! Nobody starves: a ticket that waits past twice its target is taken within a bound that depends
//! on what waits before it, whatever else comes.

use std::sync::Arc;

use posthouse_domain::TicketId;
use posthouse_domain::dispatch::{Dispatch, Due, Order, Rules};
use posthouse_domain::ticket::{Presence, Severity};
use proptest::prelude::*;

use crate::world::{MINUTE_MS, at, member, queue, ticket, waiting};

/// An endless stream of tickets that are worth more, and the lowest of all among them.
struct Flood {
    dispatch: Dispatch,
    now: i64,
    next: usize,
    urgent: usize,
}

impl Flood {
    fn new(rules: Rules, agents: usize, urgent: usize) -> Self {
        let roster =
            (0..agents).map(|number| member(&format!("a-{number}"), &[("compute", 900)], &["en"]));
        let mut dispatch = Dispatch::new(Arc::new(rules.with_agents(roster.collect())));
        for number in 0..agents {
            let key = format!("a-{number}");
            dispatch.presence(&key, Presence::Ready, at(0)).unwrap();
        }
        Self {
            dispatch,
            now: 0,
            next: 1_000,
            urgent,
        }
    }

    fn lowest(&mut self, number: usize, target_ms: i64) {
        let lowest = waiting(number, queue("compute", "en"), self.now, target_ms);
        self.dispatch.wait(lowest, at(self.now));
    }

    /// A step: urgent tickets come, so that there are always more than are served; each agent
    /// finishes what they have; all are given out. Returns what was given out.
    fn step(&mut self) -> Vec<TicketId> {
        for _ in 0..self.urgent {
            let mut urgent = waiting(self.next, queue("compute", "en"), self.now, 15 * MINUTE_MS);
            urgent.severity = Severity::P0;
            urgent.tier = "platinum".to_owned();
            urgent.response = Some(Due {
                due_at: at(self.now + 15 * MINUTE_MS),
                target_ms: 15 * MINUTE_MS,
            });
            self.dispatch.wait(urgent, at(self.now));
            self.next += 1;
        }
        let states: Vec<_> = self.dispatch.agent_states().collect();
        for state in states {
            for held in state.held.keys() {
                let now = at(self.now);
                self.dispatch.release(&state.agent, *held, now).unwrap();
            }
        }
        let mut given = Vec::new();
        while let Some(found) = self.dispatch.pick(at(self.now)) {
            given.push(found.ticket);
        }
        self.now += MINUTE_MS;
        given
    }
}

fn without_lane(order: Order) -> Rules {
    Rules {
        order,
        starvation_every: 0,
        ..Rules::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// With `ahead` tickets that are as late and came before it, the lowest ticket is taken within
    /// `every` picks for each of them and for itself, counted from when it is past twice its
    /// target.
    #[test]
    fn the_lowest_ticket_is_taken_within_the_bound(
        order in prop::sample::select(vec![Order::CostWeightedSlack, Order::StrictPriority, Order::Gcmu]),
        every in 1_u32..20,
        agents in 1_usize..4,
        ahead in 0_usize..4,
        target_minutes in 1_i64..30,
    ) {
        let rules = Rules { starvation_every: every, ..without_lane(order) };
        // All agents are kept busy with what is worth more.
        let mut flood = Flood::new(rules, agents, agents + 1);
        let _ = flood.step();
        for number in 0..=ahead {
            flood.lowest(number, target_minutes * MINUTE_MS);
        }
        let last = ticket(ahead);
        let past = flood.now + 2 * target_minutes * MINUTE_MS;
        let bound = usize::try_from(every).unwrap() * (ahead + 1) + agents;
        let mut picks = 0;
        loop {
            let overdue = flood.now >= past;
            let given = flood.step();
            if given.contains(&last) {
                break;
            }
            picks += if overdue { given.len() } else { 0 };
            prop_assert!(picks <= bound, "not taken after {picks} picks");
        }
    }
}

#[test]
fn without_the_lane_it_would_starve() {
    for order in [Order::CostWeightedSlack, Order::StrictPriority] {
        let mut flood = Flood::new(without_lane(order), 1, 2);
        let _ = flood.step();
        flood.lowest(0, 60 * MINUTE_MS);
        for _ in 0..2_000 {
            assert!(!flood.step().contains(&ticket(0)), "{order:?}");
        }
    }
}

#[test]
fn who_can_serve_a_starving_ticket_takes_it_although_others_pick_more() {
    // One pool serves only what floods in; the other also what starves.
    let rules = Rules {
        starvation_every: 16,
        ..without_lane(Order::StrictPriority)
    };
    let roster = vec![
        member("a-0", &[("compute", 900)], &["en"]),
        member("a-1", &[("compute", 900), ("network", 900)], &["en"]),
    ];
    let mut flood = Flood::new(Rules::default(), 0, 4);
    flood.dispatch = Dispatch::new(Arc::new(rules.with_agents(roster)));
    for key in ["a-0", "a-1"] {
        flood
            .dispatch
            .presence(key, Presence::Ready, at(0))
            .unwrap();
    }
    let _ = flood.step();
    let starving = waiting(0, queue("network", "en"), flood.now, MINUTE_MS);
    flood.dispatch.wait(starving, at(flood.now));
    let taken = (0..20).position(|_| flood.step().contains(&ticket(0)));
    assert!(
        taken.is_some(),
        "sixteen picks of the second agent are enough"
    );
}
