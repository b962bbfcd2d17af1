//! Taking a ticket up in the middle of its life.

use std::collections::BTreeSet;

use super::{Features, Labels, Rounds, Ticket};
use crate::ids::TicketId;
use crate::time::Timestamp;

impl Ticket {
    /// A ticket as a fact in the middle of its life tells of it, before that fact is folded in:
    /// for a reader that does not read from the beginning.
    ///
    /// What `features` do not tell is taken for what it is at the beginning of a cycle: nobody
    /// has it, nobody answered, it was offered to nobody. Facts that were judged before are not
    /// known, so a repeat of one of them is not recognised.
    #[must_use]
    pub fn resume(id: TicketId, features: &Features, log_time: Timestamp) -> Self {
        let mut updates = Rounds::default();
        updates.begin(log_time);
        Self {
            id,
            features: features.clone(),
            engineering: None,
            assignee: None,
            last_agent: None,
            meant_for: None,
            offer: None,
            rounds: 0,
            answered_at: None,
            next_answers: Rounds::default(),
            updates,
            resolved_at: None,
            closed_at: None,
            changed_at: log_time,
            void: 0,
            corrected: Labels::default(),
            awaits_information: false,
            judged: BTreeSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ids::FactId;
    use crate::ticket::{
        Actor, Attributes, Body, Contact, Fact, Opened, PolicyVersion, RequeueReason, Requeued,
        Resolved, State, Verdict,
    };

    use super::*;

    fn opened() -> Opened {
        Opened {
            number: "CN-1".to_owned(),
            customer: "c-1".to_owned(),
            subject: "No answer".to_owned(),
            body: String::new(),
            severity: None,
            region: String::new(),
            tier: String::new(),
            channel: String::new(),
            language: String::new(),
            product: String::new(),
            attributes: Attributes::new(),
            contact: Contact::default(),
        }
    }

    fn fact(ticket: TicketId, body: Body) -> Fact {
        Fact {
            id: FactId::from_command(&[body.kind().as_str()]),
            ticket,
            region: "cn-north".to_owned(),
            at: Timestamp::MIN,
            actor: Actor::service("test"),
            cause: None,
            policy: PolicyVersion::default(),
            body,
        }
    }

    #[test]
    fn a_ticket_goes_on_where_it_is_taken_up() {
        let features = Features {
            state: State::Queued,
            ..Features::declared(&opened(), "cn-north", Timestamp::MIN)
        };
        let id = TicketId::derive(&["t"]);
        let mut ticket = Ticket::resume(id, &features, Timestamp::MIN);
        let requeued = Body::Requeued(Requeued {
            agent: "a-1".to_owned(),
            reason: RequeueReason::TimedOut,
            round: 1,
        });
        let verdict = ticket.apply(&fact(id, requeued), Timestamp::MIN);
        assert!(matches!(verdict, Verdict::Void(_)), "nothing was offered");
        let resolved = Body::Resolved(Resolved {
            summary: String::new(),
        });
        let verdict = ticket.apply(&fact(id, resolved), Timestamp::MIN);
        assert_eq!(verdict, Verdict::Counted(State::Queued, State::Resolved));
    }
}
