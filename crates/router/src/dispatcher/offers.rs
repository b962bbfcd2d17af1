//! Offers: what the index chooses becomes a fact, and holds from then on.

use posthouse_domain::dispatch::{Accept, Match};
use posthouse_domain::route::Queue;
use posthouse_domain::ticket::{Assigned, Body, Offered};
use posthouse_domain::{FactId, TicketId};
use posthouse_runtime::Refusal;

use super::rows::{self, Offering, Row};
use super::tickets::about;
use super::timers::Wake;
use super::work::{About, Work};
use crate::limits::OFFERS_PER_STEP_MAX;

impl Work<'_> {
    /// Offers what can be offered now: a bounded number, the rest in a step of its own.
    pub(super) fn offer_all(&mut self) -> Result<(), Refusal> {
        for _ in 0..OFFERS_PER_STEP_MAX {
            let Some(chosen) = self.state.core.choose(self.now) else {
                self.state.looked_at(self.now);
                return Ok(());
            };
            self.offer(chosen)?;
        }
        self.wake(&Wake::OfferMore, None, Some(self.now))
    }

    fn offer(&mut self, chosen: Match) -> Result<(), Refusal> {
        let (mut row, cause, queue) = self.chosen_row(chosen.ticket)?;
        let rules = &self.active.rules;
        let until = self.now.plus_millis(rules.accept_timeout_ms);
        let is_asked = rules.accept == Accept::Ask;
        let round = row.ticket.rounds.saturating_add(1);
        let body = Body::Offered(Offered {
            agent: chosen.agent.clone(),
            queue,
            round,
            until,
            choice: chosen.choice,
            features: row.ticket.features.clone(),
        });
        let id = self.conclude(&about(&row, cause), "offered", body);
        if !is_asked {
            let body = Body::Assigned(Assigned {
                agent: chosen.agent.clone(),
            });
            let about = About {
                cause: id,
                ..about(&row, cause)
            };
            self.conclude(&about, "assigned", body);
        }
        if let Some(turns) = self.state.core.turns(&chosen.agent) {
            rows::put_turns(self.view, turns)?;
        }
        row.offering = Some(Offering {
            id,
            agent: chosen.agent,
            until,
            round,
        });
        self.settle(row)
    }

    /// The row of a ticket that the index says waits, with the fact that its offer follows from.
    fn chosen_row(&self, ticket: TicketId) -> Result<(Row, FactId, Queue), Refusal> {
        let disagree = || Refusal {
            code: Refusal::VIEW,
            reason: format!("offer ticket {ticket}: the view does not say that it waits"),
        };
        let mut row = rows::ticket(self.view, ticket)?.ok_or_else(disagree)?;
        let cause = row.cause.take().ok_or_else(disagree)?;
        let queue = row.ticket.features.queue.parse().map_err(|_| disagree())?;
        Ok((row, cause, queue))
    }
}
