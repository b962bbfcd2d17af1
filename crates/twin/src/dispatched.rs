//! The floor of production: `domain::dispatch`, told of the scenario's agents and tickets.

use std::collections::BTreeMap;
use std::sync::Arc;

use posthouse_domain::dispatch::{
    Accept, Agent, BreachCost, Dispatch, Due, Order, PERSON, Rules, Waiting,
};
use posthouse_domain::ids::Uuid;
use posthouse_domain::route::Queue;
use posthouse_domain::ticket::{Presence, Severity};
use posthouse_domain::{TicketId, Timestamp};

use crate::dice::{Ms, ms};
use crate::draw::Demand;
use crate::error::Error;
use crate::floor::{Floor, Standing};
use crate::plan::{LEVELS, Plan};
use crate::reach::Desks;

/// The severities of the house, worst first.
const SEVERITIES: [(&str, Severity); 4] = [
    ("P0", Severity::P0),
    ("P1", Severity::P1),
    ("P2", Severity::P2),
    ("P3", Severity::P3),
];
/// What lets an agent see tickets whose data stays in the European Union.
const EU: &str = "eu";

/// The dispatch of production.
pub(crate) struct Dispatched<'a> {
    plan: &'a Plan,
    demand: &'a Demand,
    dispatch: Dispatch,
    /// The keys of agents; they sort as the agents stand in the plan.
    keys: Vec<String>,
    /// The names of desks, which dispatch takes for centres.
    desks: Vec<String>,
    severities: Vec<Severity>,
}

impl<'a> Dispatched<'a> {
    /// Everybody at home, nothing waiting.
    ///
    /// # Errors
    ///
    /// [`Error::Senseless`] when a severity is none of the house's.
    pub(crate) fn new(
        plan: &'a Plan,
        desks: &Desks,
        demand: &'a Demand,
        order: Order,
    ) -> Result<Self, Error> {
        let severities = plan.severities.iter().map(|one| severity(&one.id));
        let severities: Vec<Severity> = severities.collect::<Result<_, _>>()?;
        let names: Vec<String> = (0..desks.len()).map(|at| desks.name(at, plan)).collect();
        let keys: Vec<String> = (0..plan.agents.len())
            .map(|at| format!("a{at:06}"))
            .collect();
        let agents = keys.iter().zip(&plan.agents).map(|(key, one)| {
            let pool = &plan.pools[one.pool];
            let centre = &names[desks.of_pool(pool)];
            agent(plan, key, one.pool, centre)
        });
        let rules = rules(plan, order).with_agents(agents.collect());
        Ok(Self {
            plan,
            demand,
            dispatch: Dispatch::new(Arc::new(rules)),
            keys,
            desks: names,
            severities,
        })
    }

    fn presence(&mut self, agent: usize, presence: Presence, now: Ms) {
        self.dispatch
            .presence(&self.keys[agent], presence, at(now))
            .expect("all agents of the plan are on the roster");
    }

    /// The queues of a ticket, in order of preference.
    fn queues(&self, standing: &Standing) -> Vec<Queue> {
        let drawn = &self.demand.tickets[standing.ticket];
        let skill = self.plan.categories[drawn.category].skill;
        let spoken = self.plan.spoken(standing.level, drawn.language);
        let mut queues = Vec::with_capacity(standing.desks.len() * spoken.len());
        for desk in &standing.desks {
            for language in &spoken {
                queues.push(Queue {
                    centre: self.desks[*desk].clone(),
                    level: LEVELS[standing.level].to_owned(),
                    skill: self.plan.skills[skill].clone(),
                    language: self.plan.languages[*language].clone(),
                });
            }
        }
        queues
    }
}

impl Floor for Dispatched<'_> {
    fn come(&mut self, agent: usize, now: Ms) {
        self.presence(agent, Presence::SignedIn, now);
        self.presence(agent, Presence::Ready, now);
    }

    fn go(&mut self, agent: usize, now: Ms) {
        self.presence(agent, Presence::SignedOut, now);
    }

    fn wait(&mut self, standing: &Standing, now: Ms) {
        let drawn = &self.demand.tickets[standing.ticket];
        let mut queues = self.queues(standing).into_iter();
        let Some(queue) = queues.next() else {
            return;
        };
        let due = |due_at, target_ms| {
            Some(Due {
                due_at: at(due_at),
                target_ms,
            })
        };
        let eu = self.plan.regions[drawn.region].eu;
        let waiting = Waiting {
            ticket: id(standing.ticket),
            queue,
            also: queues.collect(),
            proficiency_min: 0,
            clearances: if eu { vec![EU.to_owned()] } else { Vec::new() },
            severity: self.severities[drawn.severity],
            tier: self.plan.tiers[drawn.tier].id.clone(),
            customer: String::new(),
            channel: self.plan.channels[drawn.channel].id.clone(),
            entered: at(standing.entered),
            response: due(standing.response_due, standing.response_target),
            resolution: due(standing.resolve_due, standing.resolve_target),
            answered: standing.answered,
            affinity: standing
                .last_agent
                .map(|agent| self.keys[agent].clone())
                .into_iter()
                .collect(),
            to_agent: None,
        };
        self.dispatch.wait(waiting, at(now));
    }

    fn withdraw(&mut self, ticket: usize) {
        self.dispatch.leave(id(ticket));
    }

    fn release(&mut self, agent: usize, ticket: usize, now: Ms) {
        self.dispatch
            .release(&self.keys[agent], id(ticket), at(now))
            .expect("all agents of the plan are on the roster");
    }

    fn pick(&mut self, now: Ms) -> Option<(usize, usize)> {
        let pick = self.dispatch.pick(at(now))?;
        Some((number(pick.ticket), pick.agent))
    }

    fn next_wake(&self) -> Option<Ms> {
        self.dispatch.next_wake().map(Timestamp::as_millis)
    }
}

/// The rules of a scenario: its agents and weights under an order.
fn rules(plan: &Plan, order: Order) -> Rules {
    let defaults = Rules::default();
    let channels = plan.channels.iter();
    let levels = LEVELS.iter().zip(plan.expected_work);
    // The lane against starvation is part of the default; orders that it is compared with are
    // what others do, who have none.
    let starvation_every = match order {
        Order::CostWeightedSlack => defaults.starvation_every,
        _ => 0,
    };
    Rules {
        order,
        accept: Accept::Auto,
        starvation_every,
        affinity_grace_ms: plan.reply.as_ref().map_or(0, |reply| reply.same_agent),
        cost: cost(plan),
        handling_ms: levels
            .map(|(level, work)| ((*level).to_owned(), work))
            .collect(),
        channel_load: channels
            .map(|one| (one.id.clone(), one.load_permille))
            .collect(),
        ..defaults
    }
}

fn cost(plan: &Plan) -> BreachCost {
    let micro = |weight: f64| ms(weight * 1e6);
    let weight = |name: &str| {
        let of = plan.severities.iter().find(|one| one.id == name);
        of.map_or(0, |one| micro(one.weight))
    };
    let parts = plan.response_share + plan.resolve_share;
    let response = if parts > 0.0 {
        plan.response_share / parts
    } else {
        0.0
    };
    BreachCost {
        severity_micro: SEVERITIES.map(|(name, _)| weight(name)),
        tier_micro: plan
            .tiers
            .iter()
            .map(|one| (one.id.clone(), micro(one.weight)))
            .collect(),
        response_permille: u16::try_from(ms(response * 1_000.0)).unwrap_or(1_000),
    }
}

/// An agent of a pool. All know their skills equally well: a scenario has speeds, which only the
/// twin knows.
fn agent(plan: &Plan, key: &str, pool: usize, centre: &str) -> Agent {
    const BEST: u16 = 1_000;
    let pool = &plan.pools[pool];
    let skills = pool.skills.iter();
    Agent {
        key: key.to_owned(),
        title: String::new(),
        centre: centre.to_owned(),
        levels: vec![LEVELS[pool.level].to_owned()],
        skills: skills
            .map(|at| (plan.skills[*at].clone(), BEST))
            .collect::<BTreeMap<_, _>>(),
        languages: pool
            .languages
            .iter()
            .map(|at| plan.languages[*at].clone())
            .collect(),
        clearances: if pool.eu_cleared {
            vec![EU.to_owned()]
        } else {
            Vec::new()
        },
        capacity: pool.capacity_permille * PERSON / 1_000,
        shift: None,
        account_manager_of: Vec::new(),
        team: pool.id.clone(),
    }
}

fn severity(name: &str) -> Result<Severity, Error> {
    let known = SEVERITIES.iter().find(|(known, _)| *known == name);
    known.map(|(_, severity)| *severity).ok_or_else(|| {
        let why = "a severity is one of P0, P1, P2 and P3";
        Error::senseless(format!("severities.{name}"), why)
    })
}

const fn at(ms: Ms) -> Timestamp {
    Timestamp::from_millis(ms)
}

/// The identity of a drawn ticket; it sorts as the tickets were drawn.
const fn id(ticket: usize) -> TicketId {
    TicketId(Uuid::from_u128(ticket as u128))
}

fn number(ticket: TicketId) -> usize {
    usize::try_from(ticket.0.as_u128()).expect("identities are made of places")
}
