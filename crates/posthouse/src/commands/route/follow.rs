//! What follows a routing while nobody does anything: the router's own timers, and who would be
//! asked first.

use std::sync::Arc;

use posthouse_domain::Timestamp;
use posthouse_domain::dispatch::{Dispatch, Due, Waiting};
use posthouse_domain::route::{self, Closed, Conclusion, Triage};
use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{Body, Choice, Fact, Origin, Presence, Routed, Ticket, Timed};
use posthouse_policy::Policy;

/// Most things that are told: an overflow ends sooner.
const LATER_MAX: usize = 64;

/// A ticket that the router has, and what it concludes.
pub(super) struct Followed {
    /// The ticket.
    pub(super) ticket: Ticket,
    /// What the router remembers of it.
    pub(super) triage: Triage,
    /// Where it goes.
    pub(super) routed: Routed,
}

impl Followed {
    /// Where a ticket goes by a fact that it has taken in; `None` when the fact asks for no queue.
    pub(super) fn begin(
        mut ticket: Ticket,
        fact: &Fact,
        at: Timestamp,
        policy: &Policy,
    ) -> Option<Self> {
        let mut triage = Triage::default();
        let concluded = triage.apply(&ticket, fact, at, terms(policy, &fact.region))?;
        let fact = made(concluded, &ticket, &fact.region, policy);
        ticket.apply(&fact, at);
        let Body::Routed(routed) = fact.body else {
            return None;
        };
        Some(Self {
            ticket,
            triage,
            routed,
        })
    }

    /// What the router does while nobody takes it: its steps, and what the robot gives up.
    pub(super) fn later(&self, region: &str, policy: &Policy) -> Vec<(Timestamp, Body)> {
        let (mut ticket, mut triage) = (self.ticket.clone(), self.triage.clone());
        let mut later = Vec::new();
        while let Some(at) = triage.next_ring(&ticket) {
            let mut next = triage.ring(&ticket, at, terms(policy, region));
            while let Some(concluded) = next {
                let fact = made(concluded, &ticket, region, policy);
                ticket.apply(&fact, at);
                next = triage.apply(&ticket, &fact, at, terms(policy, region));
                later.push((at, fact.body));
            }
            if later.len() >= LATER_MAX {
                break;
            }
        }
        later
    }

    /// Whom of the roster the ticket would be offered to, were they all ready and nobody else
    /// waiting; `None` when nobody could take it.
    pub(super) fn agents(&self, timed: Option<&Timed>, policy: &Policy) -> Option<Choice> {
        let at = self.ticket.changed_at;
        let mut dispatch = Dispatch::new(Arc::clone(&policy.dispatch));
        for agent in &policy.dispatch.agents {
            for presence in [Presence::SignedIn, Presence::Ready] {
                dispatch.presence(&agent.key, presence, at).ok()?;
            }
        }
        dispatch.wait(self.waiting(timed, policy), at);
        dispatch.choose(at).map(|found| found.choice)
    }

    fn waiting(&self, timed: Option<&Timed>, policy: &Policy) -> Waiting {
        let features = &self.ticket.features;
        let residency = policy.routing.residency(features);
        let due = |target: Target| {
            let mut targets = timed?.targets.iter();
            let due = targets.find(|due| due.target == target)?;
            let span_ms = due.due_at.millis_since(due.started_at);
            Some(Due {
                due_at: due.due_at,
                target_ms: due.promise.working_ms().unwrap_or(span_ms),
            })
        };
        Waiting {
            ticket: self.ticket.id,
            queue: self.routed.queue.clone(),
            also: Vec::new(),
            proficiency_min: policy.routing.demand_of(&self.routed).proficiency_min,
            clearances: (!residency.is_empty())
                .then(|| residency.to_owned())
                .into_iter()
                .collect(),
            severity: features.severity.unwrap_or(policy.severity_default),
            tier: features.tier.clone(),
            customer: features.customer.clone(),
            channel: features.channel.clone(),
            entered: self.ticket.changed_at,
            response: due(Target::FirstResponse),
            resolution: due(Target::Resolution),
            answered: false,
            affinity: Vec::new(),
            to_agent: None,
        }
    }
}

fn made(concluded: Conclusion, ticket: &Ticket, region: &str, policy: &Policy) -> Fact {
    let origin = Origin {
        role: route::ROLE,
        ticket: ticket.id,
        region,
        cause: concluded.cause,
        at: concluded.at,
        policy: &policy.version,
    };
    origin.fact(concluded.rule, concluded.ordinal, concluded.body)
}

fn terms<'a>(policy: &'a Policy, region: &'a str) -> route::Terms<'a> {
    route::Terms {
        rules: &policy.routing,
        slas: &policy.slas,
        gate: &Closed,
        region,
    }
}
