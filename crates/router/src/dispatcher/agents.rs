//! Facts of agents: who is there, who is gone, and what becomes of what they had.

use std::ops::Bound;

use posthouse_domain::ticket::{
    ActorKind, AgentChanged, Body, Fact, Presence, RequeueReason, State,
};
use posthouse_domain::{FactId, TicketId};
use posthouse_runtime::Refusal;

use super::rows::{self, AgentRow, Row};
use super::tickets::open_offer;
use super::timers::Wake;
use super::work::{About, Work};
use crate::limits::TAKEN_BACK_PER_STEP_MAX;

/// The code of a fact about an agent whom the roster does not know.
pub(super) const UNKNOWN_AGENT: &str = "RTR0001";

impl Work<'_> {
    /// Takes in what an agent says of themselves, or what this role concluded of a silent one.
    pub(super) fn agent_fact(&mut self, fact: &Fact, body: &AgentChanged) -> Result<(), Refusal> {
        let known = rows::agent(self.view, &body.agent)?;
        if fact.actor.kind == ActorKind::Service {
            // They came back while it was on its way.
            let is_void = known.is_none_or(|row| row.seen_by != fact.cause);
            if is_void {
                self.view.note_void();
                return Ok(());
            }
            return self.went(&body.agent);
        }
        if body.change == Presence::SignedOut {
            self.seen(&body.agent, fact)?;
            return self.went(&body.agent);
        }
        if body.change == Presence::Seen && known.is_none_or(|row| is_out(&row)) {
            // A sign of life is no working day.
            self.view.note_void();
            return Ok(());
        }
        self.present(&body.agent, body.change, &fact.region)?;
        self.seen(&body.agent, fact)
    }

    /// Whatever an agent does who is at work is a sign of life.
    pub(super) fn sign_of_life(&mut self, fact: &Fact) -> Result<(), Refusal> {
        if fact.actor.kind != ActorKind::Agent || self.is_gone(&fact.actor.name)? {
            return Ok(());
        }
        self.seen(&fact.actor.name, fact)
    }

    /// Whether an agent is not at work, as far as was ever told.
    pub(super) fn is_gone(&self, agent: &str) -> Result<bool, Refusal> {
        Ok(rows::agent(self.view, agent)?.is_none_or(|row| is_out(&row)))
    }

    /// Whether an agent was at work and went: not so of one whom people gave a ticket by hand.
    pub(super) fn has_gone(&self, agent: &str) -> Result<bool, Refusal> {
        let row = rows::agent(self.view, agent)?;
        Ok(row.is_some_and(|row| row.seen_by.is_some() && is_out(&row)))
    }

    /// An agent has shown no sign of life for too long: they are gone, which is a fact.
    pub(super) fn fell_silent(&mut self, agent: &str) -> Result<(), Refusal> {
        let Some(row) = rows::agent(self.view, agent)? else {
            return Ok(());
        };
        let Some(cause) = row.seen_by.filter(|_| !is_out(&row)) else {
            return Ok(());
        };
        let seconds = self.active.rules.heartbeat_timeout_ms / 1_000;
        let body = Body::AgentChanged(AgentChanged {
            agent: agent.to_owned(),
            change: Presence::SignedOut,
            reason: format!("no sign of life for {seconds} s"),
        });
        let about = About {
            ticket: TicketId::of_agent(&row.region, agent),
            region: &row.region,
            cause,
        };
        self.conclude(&about, "silent", body);
        rows::put_agent(
            self.view,
            agent,
            &AgentRow {
                silent_at: None,
                ..row
            },
        )?;
        self.went(agent)
    }

    /// An agent is gone: what they had goes to others. Said twice it changes nothing.
    fn went(&mut self, agent: &str) -> Result<(), Refusal> {
        let Some(row) = rows::agent(self.view, agent)?.filter(|row| !is_out(row)) else {
            return Ok(());
        };
        let wake = Wake::Silent(agent.to_owned());
        self.wake(&wake, row.silent_at, None)?;
        let row = AgentRow {
            silent_at: None,
            ..row
        };
        rows::put_agent(self.view, agent, &row)?;
        self.present(agent, Presence::SignedOut, &row.region)?;
        self.take_back(agent, None)
    }

    /// Takes tickets from an agent who is gone, from the one behind `after` on: a bounded number
    /// now, the others in a step of their own.
    pub(super) fn take_back(
        &mut self,
        agent: &str,
        after: Option<TicketId>,
    ) -> Result<(), Refusal> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let held = self.state.held(agent, from, TAKEN_BACK_PER_STEP_MAX);
        for ticket in &held {
            if let Some(row) = rows::ticket(self.view, *ticket)?
                && let Some(cause) = given_by(&row, agent)
            {
                self.requeue(&row, cause, agent, RequeueReason::AgentGone);
            }
        }
        if let Some(last) = held
            .last()
            .filter(|_| held.len() == TAKEN_BACK_PER_STEP_MAX)
        {
            let wake = Wake::TakeBack {
                agent: agent.to_owned(),
                after: *last,
            };
            self.wake(&wake, None, Some(self.now))?;
        }
        Ok(())
    }

    fn present(&mut self, agent: &str, change: Presence, region: &str) -> Result<(), Refusal> {
        if self.state.core.presence(agent, change, self.now).is_ok() {
            return self.keep_agent(agent, region);
        }
        // Somebody whom an earlier roster knew: nobody offers them anything, but they may go.
        let Some(mut row) = rows::agent(self.view, agent)? else {
            return Ok(());
        };
        row.doing.presence = change;
        rows::put_agent(self.view, agent, &row)
    }

    /// An agent caused a fact.
    fn seen(&mut self, agent: &str, fact: &Fact) -> Result<(), Refusal> {
        let Some(row) = rows::agent(self.view, agent)? else {
            return Ok(());
        };
        let timeout_ms = self.active.rules.heartbeat_timeout_ms;
        let silent_at = (!is_out(&row)).then(|| self.now.plus_millis(timeout_ms));
        self.wake(&Wake::Silent(agent.to_owned()), row.silent_at, silent_at)?;
        let row = AgentRow {
            seen_by: Some(fact.id),
            silent_at,
            ..row
        };
        rows::put_agent(self.view, agent, &row)
    }
}

/// Whether the agent is not at work.
fn is_out(row: &AgentRow) -> bool {
    row.doing.presence == Presence::SignedOut
}

/// The fact by which the agent has the ticket, or an offer of it without an answer.
fn given_by(row: &Row, agent: &str) -> Option<FactId> {
    if let Some((offer, to)) = open_offer(row) {
        return (to == agent).then_some(offer);
    }
    let is_at_work = matches!(row.ticket.state(), State::Assigned | State::InProgress);
    let is_theirs = is_at_work && row.ticket.assignee.as_deref() == Some(agent);
    row.given_by.filter(|_| is_theirs)
}
