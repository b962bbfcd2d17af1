//! Facts of tickets: each ticket's own fold decides which of them count, and what the ticket is
//! then says who is occupied by it and whether it waits.

use posthouse_domain::dispatch::Waiting;
use posthouse_domain::ticket::{
    ActorKind, Assigned, Body, Destination, Fact, RequeueReason, Requeued, Severity, State, Ticket,
    Verdict,
};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_runtime::Refusal;

use super::rows::{self, Row};
use super::timers::Wake;
use super::work::{About, Work};
use crate::limits::ENDED_KEPT_MS;

impl Work<'_> {
    /// Takes a fact of a ticket in.
    pub(super) fn ticket_fact(&mut self, fact: &Fact) -> Result<(), Refusal> {
        self.sign_of_life(fact)?;
        let Some(mut row) = self.row_for(fact)? else {
            self.view.note_void();
            return Ok(());
        };
        let before = row.ticket.state();
        let verdict = row.ticket.apply(fact, self.now);
        if row.offering.as_ref().is_some_and(|it| it.id == fact.id) {
            row.offering = None;
        }
        match verdict {
            Verdict::Void(_) => self.view.note_void(),
            Verdict::Counted(..) => self.counted(&mut row, fact, before)?,
        }
        self.settle(row)
    }

    /// The row of the ticket that a fact is about. A ticket begins with its first queue, or with
    /// its first deadline, whichever of the two comes first; and never with a fact that is so
    /// late that the ticket may have ended and been forgotten.
    fn row_for(&self, fact: &Fact) -> Result<Option<Row>, Refusal> {
        if let Some(row) = rows::ticket(self.view, fact.ticket)? {
            return Ok(Some(row));
        }
        let features = match &fact.body {
            Body::Routed(body) => &body.features,
            Body::Timed(body) => &body.features,
            _ => return Ok(None),
        };
        let is_late = self.now.millis_since(fact.at) > ENDED_KEPT_MS;
        let begin = || {
            let ticket = Ticket::resume(fact.ticket, features, self.now);
            Row::new(ticket, &fact.region)
        };
        Ok((!is_late).then(begin))
    }

    /// A fact counted: what it changes for dispatch, and what follows from it.
    fn counted(&mut self, row: &mut Row, fact: &Fact, before: State) -> Result<(), Refusal> {
        match &fact.body {
            Body::Routed(body) => {
                row.entered.get_or_insert(self.now);
                row.cause = Some(fact.id);
                if let Some(policy) = &self.active.policy {
                    row.demand(body, &policy.routing);
                }
            }
            Body::Timed(body) => row.promise(&body.targets),
            Body::Requeued(body) => self.waits_again(row, fact, body),
            // Where it goes elsewhere, a queue has to be found for it first.
            Body::Transferred(body) => {
                row.cause = matches!(body.to, Destination::Agent(_)).then_some(fact.id);
            }
            Body::Reopened(_) => row.begin_anew(),
            Body::Accepted(body) => self.assign(row, fact.id, &body.agent),
            Body::Declined(body) => {
                self.requeue(row, fact.id, &body.agent, RequeueReason::Declined);
            }
            Body::Assigned(body) => {
                row.given_by = Some(fact.id);
                let is_ours = fact.actor.kind == ActorKind::Service;
                if is_ours && self.is_gone(&body.agent)? {
                    self.requeue(row, fact.id, &body.agent, RequeueReason::AgentGone);
                }
            }
            Body::Replied(_) if before.is_waiting() => self.comes_back(row, fact)?,
            _ => {}
        }
        Ok(())
    }

    fn waits_again(&mut self, row: &mut Row, fact: &Fact, requeued: &Requeued) {
        row.entered.get_or_insert(self.now);
        row.cause = Some(fact.id);
        let did_not_take_it = matches!(
            requeued.reason,
            RequeueReason::Declined | RequeueReason::TimedOut
        );
        if did_not_take_it {
            let over_at = self.now.plus_millis(-self.active.rules.refusal_ms);
            row.refusals
                .retain(|(agent, at)| *agent != requeued.agent && *at > over_at);
            row.refusals.push((requeued.agent.clone(), self.now));
            let refused = self
                .state
                .core
                .refuse(row.ticket.id, &requeued.agent, self.now);
            // Whom the roster does not have is offered nothing anyway.
            refused.ok();
        }
    }

    /// The customer answered somebody who has gone meanwhile: others go on.
    fn comes_back(&mut self, row: &Row, fact: &Fact) -> Result<(), Refusal> {
        if row.ticket.state() != State::InProgress {
            return Ok(());
        }
        if let Some(agent) = row.ticket.assignee.clone()
            && self.has_gone(&agent)?
        {
            self.requeue(row, fact.id, &agent, RequeueReason::AgentGone);
        }
        Ok(())
    }

    /// Brings everything in line with what the ticket is now: whose capacity it takes, when its
    /// offer lapses, when it is forgotten, and whether it waits; and writes it down.
    pub(super) fn settle(&mut self, mut row: Row) -> Result<(), Refusal> {
        if row.ticket.state() != State::Queued {
            row.offering = None;
        }
        self.settle_capacity(&mut row)?;
        let id = row.ticket.id;
        let lapses_at = lapses_at(&row);
        self.wake(&Wake::Lapse(id), row.lapses_at, lapses_at)?;
        row.lapses_at = lapses_at;
        let is_open = row.ticket.state().is_open();
        let forgotten_at = (!is_open).then(|| row.ticket.changed_at.plus_millis(ENDED_KEPT_MS));
        self.wake(&Wake::Forget(id), row.forgotten_at, forgotten_at)?;
        row.forgotten_at = forgotten_at;
        match waiting(&row) {
            Some(waiting) => self.state.core.wait(waiting, self.now),
            None => self.state.core.leave(id),
        }
        rows::put_ticket(self.view, &row)
    }

    fn settle_capacity(&mut self, row: &mut Row) -> Result<(), Refusal> {
        let taken_by = taken_by(row);
        if row.taken_by == taken_by {
            return Ok(());
        }
        if let Some(before) = row.taken_by.take() {
            self.state.give_back(&before, row.ticket.id, self.now);
            self.keep_agent(&before, &row.region)?;
        }
        if let Some(agent) = &taken_by {
            self.state.take(agent, row, self.now);
            self.keep_agent(agent, &row.region)?;
        }
        row.taken_by = taken_by;
        Ok(())
    }

    /// An agent said yes: it is theirs.
    fn assign(&mut self, row: &Row, cause: FactId, agent: &str) {
        let body = Body::Assigned(Assigned {
            agent: agent.to_owned(),
        });
        self.conclude(&about(row, cause), "assigned", body);
    }

    /// An offer came to nothing, or who had the ticket is gone. The cause is a fact of this ticket:
    /// the answer, the offer, or what gave the ticket to them.
    pub(super) fn requeue(&mut self, row: &Row, cause: FactId, agent: &str, reason: RequeueReason) {
        let round = row
            .offering
            .as_ref()
            .map_or(row.ticket.rounds, |it| it.round);
        let body = Body::Requeued(Requeued {
            agent: agent.to_owned(),
            reason,
            round,
        });
        self.conclude(&about(row, cause), "requeued", body);
    }

    /// Nobody answered an offer in time. Where it was answered in the last moment the answer is
    /// in the fold, and stands.
    pub(super) fn lapse(&mut self, ticket: TicketId) -> Result<(), Refusal> {
        let Some(mut row) = rows::ticket(self.view, ticket)? else {
            return Ok(());
        };
        row.lapses_at = None;
        if let Some((id, agent)) = open_offer(&row) {
            self.requeue(&row, id, &agent, RequeueReason::TimedOut);
        }
        rows::put_ticket(self.view, &row)
    }
}

pub(super) const fn about(row: &Row, cause: FactId) -> About<'_> {
    About {
        ticket: row.ticket.id,
        region: row.region.as_str(),
        cause,
    }
}

/// The offer that waits for an answer, in the log or on its way there.
pub(super) fn open_offer(row: &Row) -> Option<(FactId, String)> {
    let of_the_log = row.ticket.offer.as_ref().filter(|it| it.answer.is_none());
    of_the_log
        .map(|offer| (offer.id, offer.agent.clone()))
        .or_else(|| {
            let offering = row.offering.as_ref()?;
            Some((offering.id, offering.agent.clone()))
        })
}

fn lapses_at(row: &Row) -> Option<Timestamp> {
    match (&row.ticket.offer, &row.offering) {
        (Some(offer), _) => offer.answer.is_none().then_some(offer.until),
        (None, offering) => offering.as_ref().map(|it| it.until),
    }
}

/// Whose capacity the ticket takes: of whom it is offered to, or of whom works on it. While it
/// waits for somebody outside it takes nobody's.
fn taken_by(row: &Row) -> Option<String> {
    if let Some(offer) = &row.ticket.offer {
        return Some(offer.agent.clone());
    }
    if let Some(offering) = &row.offering {
        return Some(offering.agent.clone());
    }
    match row.ticket.state() {
        State::Assigned | State::InProgress => row.ticket.assignee.clone(),
        _ => None,
    }
}

/// The ticket as it waits for an agent; `None` when it does not.
pub(super) fn waiting(row: &Row) -> Option<Waiting> {
    let ticket = &row.ticket;
    let waits = ticket.state() == State::Queued
        && ticket.offer.is_none()
        && row.offering.is_none()
        && row.cause.is_some();
    let entered = row.entered.filter(|_| waits)?;
    let features = &ticket.features;
    Some(Waiting {
        ticket: ticket.id,
        queue: features.queue.parse().ok()?,
        also: Vec::new(),
        proficiency_min: row.proficiency_min,
        clearances: clearances(row),
        severity: features.severity.unwrap_or(Severity::P3),
        tier: features.tier.clone(),
        customer: features.customer.clone(),
        channel: features.channel.clone(),
        entered,
        response: row.response(),
        resolution: row.resolution(),
        answered: ticket.answered_at.is_some(),
        affinity: ticket.last_agent.iter().cloned().collect(),
        to_agent: ticket.meant_for.clone(),
    })
}

/// What whoever serves the ticket has to be cleared for: the residency of its data, and the
/// attribute `clearance`, several separated by commas.
fn clearances(row: &Row) -> Vec<String> {
    let named = row.ticket.features.attributes.get(CLEARANCE).into_iter();
    let names = named.flat_map(|names| names.split(','));
    let names = names.chain([row.residency.as_str()]);
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// The attribute of a ticket that says what agents have to be cleared for.
const CLEARANCE: &str = "clearance";
