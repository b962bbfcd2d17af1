//! The ticket of a file, and what follows when nobody does anything.
//!
//! The clocks and the router run side by side: what one concludes is told to the other, as the
//! log would.

use std::collections::VecDeque;

use posthouse_bus::Role;
use posthouse_domain::Timestamp;
use posthouse_domain::route::{self, Closed, Triage};
use posthouse_domain::sla::watch::{self, Inexperienced, Terms, Watched};
use posthouse_domain::ticket::{Body, Fact, FactKind, Origin, Ticket, Verdict};
use posthouse_policy::Policy;
use posthouse_runtime::clock::Clock;

use super::{HOUR_MS, Placed, Scene};
use crate::cli::notify::ExplainArgs;
use crate::commands::bundle;
use crate::commands::route::decide::{self, Explained};
use crate::commands::route::read;
use crate::exit::Error;
use crate::files::read_input;
use crate::output::Output;

/// Most facts of a story: a ladder that repeats for months would never end.
const FACTS_MAX: usize = 500;

/// The facts of a ticket that nobody touches, up to the end of the time that is asked for.
pub(super) fn of_file(args: &ExplainArgs, output: &Output) -> Result<Scene, Error> {
    let source = bundle::open(args.policy.as_deref().unwrap_or("default"))?;
    let policy = bundle::usable(&source, output)?;
    let text = read_input(args.ticket.as_ref())?;
    let region = args.bus.region.as_deref();
    let asked = read::ticket(args.ticket.as_ref(), &text, &policy, region)?;
    let at = args.at.unwrap_or_else(|| Clock::system().now());
    let explained = decide::decide(&asked, &policy, at)?;
    let until = at.plus_millis(i64::from(args.hours) * HOUR_MS);
    let facts = Story::of(explained, &policy).told(until);
    Ok(Scene {
        facts: facts.into_iter().map(Placed::at_its_time).collect(),
        said: Vec::new(),
        until,
        policy,
    })
}

/// A ticket, and who concludes something of it by themselves.
struct Story<'p> {
    policy: &'p Policy,
    /// The clocks and ladders.
    watched: Watched,
    /// The ticket as the router folds it, and what the router remembers of it.
    ticket: Ticket,
    triage: Triage,
    region: String,
    facts: Vec<Fact>,
}

impl<'p> Story<'p> {
    /// What happens at once.
    fn of(explained: Explained, policy: &'p Policy) -> Self {
        let Explained {
            at,
            facts: [opened, labels],
            question,
            timed,
            watched,
            ..
        } = explained;
        let mut story = Self {
            policy,
            ticket: watched.ticket.clone(),
            watched,
            triage: Triage::default(),
            region: labels.region.clone(),
            facts: vec![opened, labels.clone()],
        };
        let concluded = |role: Role, rule: &str, body: Body| {
            Origin::of(role.as_str(), &labels, at, &policy.version).fact(rule, 0, body)
        };
        let timed = timed.map(|timed| concluded(Role::Watchdog, "timed", Body::Timed(timed)));
        let question =
            question.map(|asked| concluded(Role::Classifier, "asked", Body::InfoRequested(asked)));
        let routed = story.routed_by(&labels, at);
        timed
            .into_iter()
            .chain(question)
            .chain(routed)
            .for_each(|fact| story.take(fact));
        story
    }

    /// What happens until then.
    fn told(mut self, until: Timestamp) -> Vec<Fact> {
        loop {
            let clocks = self.watched.next_ring();
            let steps = self.triage.next_ring(&self.ticket);
            let next = clocks.into_iter().chain(steps).min();
            let Some(at) = next.filter(|at| *at <= until) else {
                return self.facts;
            };
            if self.facts.len() >= FACTS_MAX {
                return self.facts;
            }
            if clocks == Some(at) {
                self.ring_clocks(at);
            } else {
                self.ring_router(at);
            }
        }
    }

    fn ring_clocks(&mut self, at: Timestamp) {
        let terms = clock_terms(self.policy);
        // Clocks ring what is due before an instant.
        let now = at.plus_millis(1);
        for conclusion in self.watched.ring(now, terms, &mut Inexperienced) {
            let fact = self.by_watchdog(conclusion);
            self.take(fact);
        }
    }

    fn ring_router(&mut self, at: Timestamp) {
        let terms = router_terms(self.policy, &self.region);
        if let Some(conclusion) = self.triage.ring(&self.ticket, at, terms) {
            let fact = self.by_router(conclusion);
            self.take(fact);
        }
    }

    /// Takes in a fact, and what follows from it at once.
    fn take(&mut self, fact: Fact) {
        let mut next = VecDeque::from([fact]);
        while let Some(fact) = next.pop_front() {
            if self.facts.len() >= FACTS_MAX {
                return;
            }
            if FactKind::LIFE.contains(&fact.body.kind()) {
                let terms = clock_terms(self.policy);
                let conclusions = self
                    .watched
                    .apply(&fact, fact.at, terms, &mut Inexperienced);
                next.extend(conclusions.into_iter().map(|it| self.by_watchdog(it)));
            }
            if matches!(self.ticket.apply(&fact, fact.at), Verdict::Counted(..)) {
                next.extend(self.routed_by(&fact, fact.at));
            }
            self.facts.push(fact);
        }
    }

    /// What the router concludes from a fact that counted.
    fn routed_by(&mut self, fact: &Fact, at: Timestamp) -> Option<Fact> {
        let terms = router_terms(self.policy, &self.region);
        let conclusion = self.triage.apply(&self.ticket, fact, at, terms)?;
        Some(self.by_router(conclusion))
    }

    fn by_watchdog(&self, conclusion: watch::Conclusion) -> Fact {
        let origin = Origin {
            role: watch::ROLE,
            ticket: self.ticket.id,
            region: &self.region,
            cause: conclusion.cause,
            at: conclusion.at,
            policy: &self.policy.version,
        };
        origin.fact(&conclusion.rule, conclusion.ordinal, conclusion.body)
    }

    fn by_router(&self, conclusion: route::Conclusion) -> Fact {
        let origin = Origin {
            role: route::ROLE,
            ticket: self.ticket.id,
            region: &self.region,
            cause: conclusion.cause,
            at: conclusion.at,
            policy: &self.policy.version,
        };
        origin.fact(conclusion.rule, conclusion.ordinal, conclusion.body)
    }
}

fn clock_terms(policy: &Policy) -> Terms<'_> {
    Terms {
        slas: &policy.slas,
        ladders: &policy.ladders,
        compensations: &policy.compensations,
    }
}

fn router_terms<'a>(policy: &'a Policy, region: &'a str) -> route::Terms<'a> {
    route::Terms {
        rules: &policy.routing,
        slas: &policy.slas,
        gate: &Closed,
        region,
    }
}
