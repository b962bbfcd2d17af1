//! Offers: one at a time, in the queue where the ticket waits, answered once by whom it is for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use posthouse_domain::ticket::{
    Accepted, Actor, AgentChanged, Assigned, Body, Choice, Declined, Destination, Fact, FactKind,
    Offered, Presence, Progress, Progressed, RequeueReason, Requeued, Routed, State, Ticket,
    Transferred, Verdict, VoidReason,
};
use posthouse_domain::{FactId, TicketId};
use posthouse_testkit::builders;

/// A ticket that was opened, classified and routed, and the place of its next fact.
struct Life {
    ticket: Ticket,
    routed: Routed,
    place: u32,
}

impl Life {
    fn routed() -> Self {
        let opened = builders::opened("The gateway drops packets");
        let labels = builders::classified(builders::features(&opened));
        let routed = builders::routed(labels.features.clone());
        let first = builders::fact(builders::ticket(1), 0, Body::Opened(opened));
        let mut life = Self {
            ticket: Ticket::open(&first, first.at).unwrap(),
            routed: routed.clone(),
            place: 0,
        };
        life.tell(Body::Classified(labels));
        life.tell(Body::Routed(routed));
        life
    }

    /// With an offer to `agent`, and its identity.
    fn offered(agent: &str) -> (Self, FactId) {
        let mut life = Self::routed();
        let offer = life.offer(agent).unwrap();
        (life, offer)
    }

    fn fact(&mut self, body: Body) -> Fact {
        self.place += 1;
        builders::fact(builders::ticket(1), self.place, body)
    }

    fn tell(&mut self, body: Body) -> Verdict {
        let fact = self.fact(body);
        self.ticket.apply(&fact, fact.at)
    }

    /// As a dispatcher concludes it.
    fn conclude(&mut self, body: Body) -> Verdict {
        let mut fact = self.fact(body);
        fact.actor = Actor::service("dispatcher");
        self.ticket.apply(&fact, fact.at)
    }

    fn offer(&mut self, agent: &str) -> Result<FactId, VoidReason> {
        let body = Body::Offered(Offered {
            agent: agent.to_owned(),
            queue: self.routed.queue.clone(),
            round: self.ticket.rounds + 1,
            until: self.ticket.changed_at.plus_millis(30_000),
            choice: Choice::default(),
            features: self.ticket.features.clone(),
        });
        let fact = self.fact(body);
        match self.ticket.apply(&fact, fact.at) {
            Verdict::Counted(..) => Ok(fact.id),
            Verdict::Void(reason) => Err(reason),
        }
    }

    fn route_to(&mut self, level: &str) -> Verdict {
        let mut routed = self.routed.clone();
        routed.queue.level = level.to_owned();
        self.tell(Body::Routed(routed))
    }
}

fn accepted(agent: &str, offer: FactId) -> Body {
    let agent = agent.to_owned();
    Body::Accepted(Accepted { agent, offer })
}

fn declined(agent: &str, offer: FactId) -> Body {
    Body::Declined(Declined {
        agent: agent.to_owned(),
        offer,
        reason: String::new(),
    })
}

fn requeued(agent: &str, reason: RequeueReason) -> Body {
    Body::Requeued(Requeued {
        agent: agent.to_owned(),
        reason,
        round: 1,
    })
}

fn assigned(agent: &str) -> Body {
    Body::Assigned(Assigned {
        agent: agent.to_owned(),
    })
}

fn transferred(to: &str) -> Body {
    Body::Transferred(Transferred {
        to: to.parse().unwrap(),
        reason: String::new(),
    })
}

const fn counted(from: State, to: State) -> Verdict {
    Verdict::Counted(from, to)
}

const NO_OFFER: Verdict = Verdict::Void(VoidReason::NoOffer);

#[test]
fn an_offer_that_is_accepted_becomes_an_assignment() {
    let (mut life, offer) = Life::offered("li");
    let queued = counted(State::Queued, State::Queued);
    assert_eq!(life.tell(accepted("li", offer)), queued);
    assert_eq!(
        life.conclude(assigned("li")),
        counted(State::Queued, State::Assigned)
    );
    assert_eq!(life.ticket.assignee.as_deref(), Some("li"));
    assert_eq!((life.ticket.offer.as_ref(), life.ticket.rounds), (None, 1));
}

#[test]
fn one_offer_stands_at_a_time() {
    let (mut life, _) = Life::offered("li");
    assert_eq!(life.offer("anna"), Err(VoidReason::OfferOutOfTurn));
    assert_eq!(life.ticket.offer.as_ref().unwrap().agent, "li");
    life.conclude(requeued("li", RequeueReason::TimedOut));
    life.offer("anna").unwrap();
    assert_eq!(life.ticket.rounds, 2);
}

#[test]
fn one_fact_leads_to_one_offer() {
    let mut life = Life::routed();
    let cause = FactId(posthouse_domain::ids::Uuid::from_u128(77));
    let queue = life.routed.queue.clone();
    let mut tell = |agent: &str| {
        let body = Body::Offered(Offered {
            agent: agent.to_owned(),
            queue: queue.clone(),
            round: 1,
            until: life.ticket.changed_at,
            choice: Choice::default(),
            features: life.ticket.features.clone(),
        });
        let mut fact = life.fact(body);
        fact.cause = Some(cause);
        let verdict = life.ticket.apply(&fact, fact.at);
        life.conclude(requeued(agent, RequeueReason::TimedOut));
        verdict
    };
    assert_eq!(tell("li"), counted(State::Queued, State::Queued));
    assert_eq!(
        tell("anna"),
        Verdict::Void(VoidReason::Repeat),
        "a dispatcher that wakes late chooses otherwise from the same fact"
    );
}

#[test]
fn an_answer_is_given_once_by_whom_it_is_asked_of() {
    let (mut life, offer) = Life::offered("li");
    assert_eq!(life.tell(accepted("anna", offer)), NO_OFFER);
    let other = FactId(posthouse_domain::ids::Uuid::from_u128(9));
    assert_eq!(life.tell(accepted("li", other)), NO_OFFER);
    life.tell(declined("li", offer));
    assert_eq!(life.tell(accepted("li", offer)), NO_OFFER, "they declined");
    assert_eq!(
        life.conclude(assigned("li")),
        NO_OFFER,
        "who declined does not get it"
    );
}

#[test]
fn an_answer_in_the_last_moment_stands() {
    let (mut life, offer) = Life::offered("li");
    life.tell(accepted("li", offer));
    let late = requeued("li", RequeueReason::TimedOut);
    assert_eq!(life.conclude(late), NO_OFFER);
    let (mut life, offer) = Life::offered("li");
    life.conclude(requeued("li", RequeueReason::TimedOut));
    assert_eq!(life.tell(accepted("li", offer)), NO_OFFER);
}

#[test]
fn another_queue_withdraws_an_offer_and_the_same_does_not() {
    let (mut life, offer) = Life::offered("li");
    let routed = life.routed.clone();
    life.tell(Body::Routed(routed));
    assert!(life.ticket.offer.is_some());
    life.route_to("L2");
    assert_eq!(life.tell(accepted("li", offer)), NO_OFFER);
    assert_eq!(
        life.offer("li"),
        Err(VoidReason::OfferOutOfTurn),
        "the offer names the queue of before"
    );
}

#[test]
fn a_person_may_give_a_ticket_to_anybody() {
    let (mut life, offer) = Life::offered("li");
    life.tell(assigned("anna"));
    assert_eq!(life.ticket.assignee.as_deref(), Some("anna"));
    assert!(matches!(
        life.tell(accepted("li", offer)),
        Verdict::Void(VoidReason::NotAllowed(State::Assigned, FactKind::Accepted))
    ));
    assert_eq!(life.conclude(assigned("li")), NO_OFFER);
}

#[test]
fn a_ticket_is_taken_back_from_who_has_it() {
    let (mut life, _) = Life::offered("li");
    life.conclude(assigned("li"));
    let gone = |agent| requeued(agent, RequeueReason::AgentGone);
    assert_eq!(
        life.conclude(gone("anna")),
        Verdict::Void(VoidReason::NotTheirs)
    );
    assert_eq!(
        life.conclude(gone("li")),
        counted(State::Assigned, State::Queued)
    );
    let ticket = &life.ticket;
    assert_eq!(
        (ticket.assignee.as_deref(), ticket.last_agent.as_deref()),
        (None, Some("li"))
    );
}

#[test]
fn work_that_waits_outside_goes_on_waiting() {
    let (mut life, _) = Life::offered("li");
    life.conclude(assigned("li"));
    life.tell(Body::Progressed(Progressed {
        to: Progress::WaitingOnCustomer,
        reason: String::new(),
    }));
    let state = State::WaitingOnCustomer;
    assert_eq!(
        life.conclude(requeued("li", RequeueReason::AgentGone)),
        Verdict::Void(VoidReason::NotAllowed(state, FactKind::Requeued))
    );
}

#[test]
fn a_transfer_looks_for_a_queue_unless_it_is_to_an_agent() {
    let (mut life, _) = Life::offered("li");
    life.conclude(assigned("li"));
    assert_eq!(
        life.tell(transferred("agent anna")),
        counted(State::Assigned, State::Queued)
    );
    assert_eq!(life.ticket.meant_for.as_deref(), Some("anna"));
    assert_eq!(life.ticket.last_agent.as_deref(), Some("li"));
    let offer = life.offer("anna").unwrap();
    life.tell(declined("anna", offer));
    life.conclude(requeued("anna", RequeueReason::Declined));
    assert_eq!(life.ticket.meant_for, None, "it is anybody's now");
    assert_eq!(
        life.tell(transferred("level L2")),
        counted(State::Queued, State::Triaged)
    );
    assert!(life.offer("li").is_err(), "it waits in no queue");
    assert_eq!(life.route_to("L2"), counted(State::Triaged, State::Queued));
}

#[test]
fn what_agents_say_is_about_no_ticket() {
    let mut life = Life::routed();
    let before = life.ticket.clone();
    let body = Body::AgentChanged(AgentChanged {
        agent: "li".to_owned(),
        change: Presence::Ready,
        reason: String::new(),
    });
    assert_eq!(life.tell(body), Verdict::Void(VoidReason::NoTicket));
    assert_eq!(life.ticket.state(), before.state());
    assert!(!FactKind::AgentChanged.is_about_ticket());
    assert!(!FactKind::LIFE.contains(&FactKind::AgentChanged));
    let id = TicketId::of_agent("cn-north", "li");
    assert_eq!(id, TicketId::of_agent("cn-north", "li"));
    assert_ne!(id, TicketId::of_agent("cn-nort", "hli"));
    assert_ne!(id, TicketId::derive(&["cn-north", "li"]));
}

#[test]
fn who_transfers_names_the_place() {
    assert!(Destination::Level("L2".to_owned()).is_routed_anew());
    assert!(!Destination::Agent("li".to_owned()).is_routed_anew());
}
