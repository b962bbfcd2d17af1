//! The dispatcher: the role that gives waiting tickets to agents.
//!
//! It reads what the bus copies for it from all partitions: how tickets come to stand in queues,
//! who has them, by when they are to be answered, and what agents say of themselves. Which ticket
//! goes to whom is decided by [`posthouse_domain::dispatch`]; this is the role around it. It
//! keeps tickets and agents as rows of its view, offers, assigns what was accepted, and gives back
//! to the queue what was declined, left unanswered, or held by an agent who is gone.
//!
//! # What it refuses to do
//!
//! It puts no ticket in another queue: that is the router's. It takes nothing from anybody whom
//! people gave it by hand, unless that agent was at work and went.
//!
//! # Invariants
//!
//! - An agent is offered nothing beyond their capacity, and a ticket is offered to one agent at a
//!   time: an offer takes both from the moment that it is decided, not from when the log has it.
//! - Each time a ticket waits it is offered once: the offer follows from the fact that made it
//!   wait, and is named by it.
//! - Everything it decides by is in the view's rows or follows from them. Whether they were
//!   written live, by a replay or came from a snapshot makes no difference.
//! - What follows from one input is bounded; what is left over follows in steps of its own, at
//!   the same instant.

mod agents;
mod offers;
mod rows;
mod state;
pub mod telemetry;
mod tickets;
mod timers;
mod work;

use std::sync::Arc;

use posthouse_bus::topology::DISPATCH_KINDS;
use posthouse_domain::Timestamp;
use posthouse_domain::dispatch::Rules;
use posthouse_domain::ticket::{Body, Fact, FactKind, PolicyVersion};
use posthouse_policy::Policy;
use posthouse_runtime::{Handler, Input, Refusal, View};
use posthouse_store::Table;

use state::State;
use telemetry::Floor;
use timers::Wake;
use work::Work;

/// The version of the view's format.
const SCHEMA: u32 = 1;

/// The dispatcher of a region. There is one: whoever offers tickets to agents has to see all of
/// both, so that nobody is offered two things at once (ADR 10).
#[derive(Debug, Default)]
pub struct Dispatcher {
    active: Active,
    /// `None` until it was read from the view.
    state: Option<State>,
    /// Where its figures are shown, if anywhere.
    floor: Option<Floor>,
    /// Whether the input that was just refused had changed nothing, so that the memory is still
    /// that of the view.
    is_untouched: bool,
}

/// What is decided by; before the first policy nobody is on the roster.
#[derive(Debug, Default)]
struct Active {
    version: PolicyVersion,
    rules: Arc<Rules>,
    /// For what the steps of an overflow, and the residency of data, ask of agents.
    policy: Option<Arc<Policy>>,
}

impl Dispatcher {
    /// A dispatcher whose figures are shown.
    #[must_use]
    pub fn showing(floor: Floor) -> Self {
        Self {
            floor: Some(floor),
            ..Self::default()
        }
    }

    /// Does a step, with the memory read from the view where that was replaced. A step that fails
    /// has to be forgotten, as the view undoes it.
    fn step(
        &mut self,
        view: &mut View,
        now: Timestamp,
        take: impl FnOnce(&mut Work<'_>) -> Result<(), Refusal>,
    ) -> Result<Vec<Fact>, Refusal> {
        let mut state = match self.state.take() {
            Some(state) => state,
            None => State::load(view, &self.active.rules)?,
        };
        let mut work = Work {
            view,
            state: &mut state,
            active: &self.active,
            now,
            facts: Vec::new(),
        };
        take(&mut work)?;
        let Work { now, facts, .. } = work;
        rows::put_clock(view, now)?;
        if let Some(floor) = &self.floor {
            floor.note(&facts, state.core.waiting(), state.core.ready());
        }
        self.state = Some(state);
        Ok(facts)
    }

    /// What cannot be taken in, found out before anything is changed.
    fn check(&self, fact: &Fact) -> Result<(), Refusal> {
        let Body::AgentChanged(body) = &fact.body else {
            return Ok(());
        };
        if self.active.version == PolicyVersion::default() {
            return Err(Refusal::no_policy());
        }
        let is_known = self.active.rules.agent(&body.agent).is_some();
        let unknown = || Refusal {
            code: agents::UNKNOWN_AGENT,
            reason: format!(
                "the roster of the policy in force has no agent {}; add them to agents.toml, \
                 apply the policy and redrive",
                body.agent
            ),
        };
        is_known.then_some(()).ok_or_else(unknown)
    }
}

impl Handler for Dispatcher {
    fn tables(&self) -> &'static [Table] {
        &[
            rows::TICKET,
            rows::ENDED,
            rows::AGENT,
            rows::TURNS,
            rows::CLOCK,
            state::WAKE,
        ]
    }

    fn schema(&self) -> u32 {
        SCHEMA
    }

    fn consumes(&self) -> &'static [FactKind] {
        &DISPATCH_KINDS
    }

    fn produces(&self) -> &'static [FactKind] {
        &[
            FactKind::Offered,
            FactKind::Assigned,
            FactKind::Requeued,
            FactKind::AgentChanged,
        ]
    }

    fn restored(&mut self) {
        if !std::mem::take(&mut self.is_untouched) {
            self.state = None;
        }
    }

    fn counting(&mut self, counts: bool) {
        if let Some(floor) = &mut self.floor {
            floor.counting(counts);
        }
    }

    fn activate(&mut self, policy: &Arc<Policy>) {
        self.active = Active {
            version: policy.version.clone(),
            rules: Arc::clone(&policy.dispatch),
            policy: Some(Arc::clone(policy)),
        };
        // Another roster is another index: it is read from the rows, as a successor would.
        self.state = None;
    }

    fn activated(&mut self, view: &mut View, log_time: Timestamp) -> Result<(), Refusal> {
        self.step(view, log_time, |work| {
            work.wake(&Wake::OfferMore, None, Some(log_time))
        })
        .map(drop)
    }

    fn handle(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        self.check(input.fact)
            .inspect_err(|_| self.is_untouched = true)?;
        self.step(view, input.log_time, |work| {
            match &input.fact.body {
                Body::AgentChanged(body) => work.agent_fact(input.fact, body)?,
                _ => work.ticket_fact(input.fact)?,
            }
            work.offer_all()
        })
    }

    fn next_wake(&mut self, view: &View) -> Option<Timestamp> {
        // A view that cannot be read is due at once: the ring finds out, and the loop starts anew.
        if self.state.is_none() {
            self.state = State::load(view, &self.active.rules).ok();
        }
        let Some(state) = &mut self.state else {
            return Some(Timestamp::MIN);
        };
        state.next_wake(view).unwrap_or(Some(Timestamp::MIN))
    }

    fn ring(&mut self, view: &mut View, now: Timestamp) -> Result<Vec<Fact>, Refusal> {
        self.step(view, now, |work| work.ring_until(now))
    }
}
