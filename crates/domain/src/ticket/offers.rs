//! Offers as a ticket sees them: which facts about them count, and what they change.
//!
//! At most one offer stands at a time, and only while the ticket waits in the queue in which it
//! was made: whatever moves the ticket from there withdraws it. Two dispatchers at once, or one
//! that wakes late, can therefore add nothing but what is void.

use super::{
    ActorKind, Answer, Body, Destination, Fact, Offer, Offered, RequeueReason, Requeued, State,
    Ticket, VoidReason,
};
use crate::ids::FactId;

impl Ticket {
    /// Why a fact about offers is void here; `None` when it counts, and for all other facts.
    pub(super) fn misplaced(&self, fact: &Fact) -> Option<VoidReason> {
        let is_in_place = match &fact.body {
            Body::Offered(body) => return self.refuses_offer(body),
            Body::Accepted(body) => self.is_open_offer(body.offer, &body.agent),
            Body::Declined(body) => self.is_open_offer(body.offer, &body.agent),
            Body::Requeued(body) if self.state() == State::Queued => self.can_lapse(body),
            Body::Requeued(body) => {
                let is_theirs = self.assignee.as_ref() == Some(&body.agent);
                return (!is_theirs).then_some(VoidReason::NotTheirs);
            }
            // A person may give a ticket to anybody; a dispatcher to whom it offered it.
            Body::Assigned(body) if fact.actor.kind == ActorKind::Service => {
                let offer = self.offer.as_ref();
                offer.is_some_and(|offer| {
                    offer.agent == body.agent && offer.answer != Some(Answer::Declined)
                })
            }
            _ => true,
        };
        (!is_in_place).then_some(VoidReason::NoOffer)
    }

    fn refuses_offer(&self, offered: &Offered) -> Option<VoidReason> {
        let is_next = self.rounds.checked_add(1) == Some(offered.round);
        let is_here = offered.queue.to_string() == self.features.queue;
        let is_free = self.offer.is_none();
        (!(is_next && is_here && is_free)).then_some(VoidReason::OfferOutOfTurn)
    }

    fn is_open_offer(&self, id: FactId, agent: &str) -> bool {
        self.offer
            .as_ref()
            .is_some_and(|offer| offer.id == id && offer.agent == agent && offer.answer.is_none())
    }

    /// An offer that was accepted can only become an assignment.
    fn can_lapse(&self, requeued: &Requeued) -> bool {
        self.offer.as_ref().is_some_and(|offer| {
            offer.agent == requeued.agent && offer.answer != Some(Answer::Accepted)
        })
    }

    /// What a fact that counts does to the offer and to who has the ticket; the ticket's state is
    /// already the new one, its queue still the old.
    pub(super) fn change_hands(&mut self, fact: &Fact) {
        match &fact.body {
            Body::Offered(body) => {
                self.rounds = body.round;
                self.offer = Some(Offer {
                    id: fact.id,
                    agent: body.agent.clone(),
                    until: body.until,
                    answer: None,
                });
            }
            Body::Accepted(_) => self.answer(Answer::Accepted),
            Body::Declined(_) => self.answer(Answer::Declined),
            Body::Assigned(body) => {
                self.meant_for = None;
                let before = self.assignee.replace(body.agent.clone());
                self.left_by(before.filter(|before| *before != body.agent));
            }
            Body::Requeued(body) => self.requeue(body),
            Body::Transferred(body) => {
                self.offer = None;
                self.let_go();
                self.meant_for = match &body.to {
                    Destination::Agent(agent) => Some(agent.clone()),
                    _ => None,
                };
            }
            Body::Routed(body) if body.queue.to_string() != self.features.queue => {
                self.offer = None;
                self.meant_for = None;
            }
            Body::Reopened(_) => self.let_go(),
            _ => {}
        }
        if self.state() != State::Queued {
            self.offer = None;
        }
    }

    const fn answer(&mut self, answer: Answer) {
        if let Some(offer) = &mut self.offer {
            offer.answer = Some(answer);
        }
    }

    fn requeue(&mut self, requeued: &Requeued) {
        self.offer = None;
        self.let_go();
        // Who has no time for what was meant for them leaves it to the others.
        if requeued.reason != RequeueReason::Transferred
            && self.meant_for.as_ref() == Some(&requeued.agent)
        {
            self.meant_for = None;
        }
    }

    /// Nobody has the ticket any more.
    fn let_go(&mut self) {
        let before = self.assignee.take();
        self.left_by(before);
    }

    fn left_by(&mut self, agent: Option<String>) {
        if agent.is_some() {
            self.last_agent = agent;
        }
    }
}
