//! One step of the dispatcher: an input or a timer, and what follows from it.

use posthouse_bus::Role;
use posthouse_domain::ticket::{Body, Fact, Origin};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_runtime::{Refusal, View};

use super::Active;
use super::rows::{self, AgentRow};
use super::state::State;
use super::timers::Wake;

/// A step under way.
pub(super) struct Work<'a> {
    pub(super) view: &'a mut View,
    pub(super) state: &'a mut State,
    pub(super) active: &'a Active,
    /// The log time of the input, or the instant of the timer.
    pub(super) now: Timestamp,
    /// What follows, in order.
    pub(super) facts: Vec<Fact>,
}

/// What a fact of the dispatcher is about, and what it follows from.
pub(super) struct About<'a> {
    pub(super) ticket: TicketId,
    pub(super) region: &'a str,
    pub(super) cause: FactId,
}

impl Work<'_> {
    /// Concludes a fact. Its identity follows from its cause and `rule`.
    pub(super) fn conclude(&mut self, about: &About<'_>, rule: &str, body: Body) -> FactId {
        let origin = Origin {
            role: Role::Dispatcher.as_str(),
            ticket: about.ticket,
            region: about.region,
            cause: about.cause,
            at: self.now,
            policy: &self.active.version,
        };
        let fact = origin.fact(rule, 0, body);
        let id = fact.id;
        self.facts.push(fact);
        id
    }

    /// Moves a wake-up.
    pub(super) fn wake(
        &mut self,
        wake: &Wake,
        old: Option<Timestamp>,
        new: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        self.state.wake(self.view, wake, old, new)
    }

    /// Writes down what an agent of the roster is doing, as the index has it now.
    pub(super) fn keep_agent(&mut self, key: &str, region: &str) -> Result<(), Refusal> {
        let Some(doing) = self.state.core.agent_state(key) else {
            return Ok(());
        };
        let row = match rows::agent(self.view, key)? {
            Some(row) => AgentRow { doing, ..row },
            None => AgentRow {
                region: region.to_owned(),
                seen_by: None,
                silent_at: None,
                doing,
            },
        };
        rows::put_agent(self.view, key, &row)
    }
}
