//! What happened between a queue and a person, arbitrary.

use posthouse_domain::limits::RUNNERS_UP_MAX;
use posthouse_domain::ticket::{
    Accepted, AgentChanged, Candidate, Choice, Component, Declined, Destination, Offered,
    OtherTicket, Presence, Remaining, RequeueReason, Requeued, Transferred,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{fact_id, features, key, queue, text, ticket_id, timestamp, word};

pub(super) fn agent_changed() -> impl Strategy<Value = AgentChanged> {
    (key(), select(&Presence::ALL), text()).prop_map(|(agent, change, reason)| AgentChanged {
        agent,
        change,
        reason,
    })
}

pub(super) fn offered() -> impl Strategy<Value = Offered> {
    let said = (key(), queue(), any::<u32>(), timestamp());
    (said, choice(), features()).prop_map(|((agent, queue, round, until), choice, features)| {
        Offered {
            agent,
            queue,
            round,
            until,
            choice,
            features,
        }
    })
}

pub(super) fn accepted() -> impl Strategy<Value = Accepted> {
    (key(), fact_id()).prop_map(|(agent, offer)| Accepted { agent, offer })
}

pub(super) fn declined() -> impl Strategy<Value = Declined> {
    (key(), fact_id(), text()).prop_map(|(agent, offer, reason)| Declined {
        agent,
        offer,
        reason,
    })
}

pub(super) fn requeued() -> impl Strategy<Value = Requeued> {
    (key(), select(&RequeueReason::ALL), any::<u32>()).prop_map(|(agent, reason, round)| Requeued {
        agent,
        reason,
        round,
    })
}

pub(super) fn transferred() -> impl Strategy<Value = Transferred> {
    (destination(), text()).prop_map(|(to, reason)| Transferred { to, reason })
}

/// Where a ticket can be transferred to.
pub fn destination() -> impl Strategy<Value = Destination> {
    prop_oneof![
        queue().prop_map(Destination::Queue),
        key().prop_map(Destination::Level),
        key().prop_map(Destination::Agent),
        key().prop_map(Destination::Region),
    ]
}

/// Where somebody may ask for a ticket to go.
pub(super) fn transferable() -> impl Strategy<Value = Destination> {
    (destination(), key()).prop_map(|(mut to, language)| {
        if let Destination::Queue(queue) = &mut to {
            queue.language = language;
        }
        to
    })
}

fn choice() -> impl Strategy<Value = Choice> {
    let remaining = (key(), any::<u32>()).prop_map(|(mask, agents)| Remaining { mask, agents });
    let agents = (
        vec(remaining, 0..4),
        candidate(),
        vec(candidate(), 0..=RUNNERS_UP_MAX),
    );
    let tickets = (
        any::<i64>(),
        components(),
        vec(other_ticket(), 0..=RUNNERS_UP_MAX),
    );
    let words = (word(), any::<u32>(), text());
    (words, agents, tickets).prop_map(
        |((order, waiting, tie_break), (agents, winner, runners_up), tickets)| {
            let (index_micro, index, other_tickets) = tickets;
            Choice {
                order,
                waiting,
                agents,
                winner,
                runners_up,
                tie_break,
                index_micro,
                index,
                other_tickets,
            }
        },
    )
}

fn candidate() -> impl Strategy<Value = Candidate> {
    (key(), any::<i64>(), components(), text()).prop_map(
        |(agent, score_micro, components, lost_by)| Candidate {
            agent,
            score_micro,
            components,
            lost_by,
        },
    )
}

fn other_ticket() -> impl Strategy<Value = OtherTicket> {
    (ticket_id(), any::<i64>(), components(), text()).prop_map(
        |(ticket, index_micro, components, lost_by)| OtherTicket {
            ticket,
            index_micro,
            components,
            lost_by,
        },
    )
}

fn components() -> impl Strategy<Value = Vec<Component>> {
    let component =
        (key(), any::<i64>()).prop_map(|(name, value_micro)| Component { name, value_micro });
    vec(component, 0..4)
}
