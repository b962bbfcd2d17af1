//! Facts with sensible values, for tests that care about one or two of them.
//!
//! Equal arguments give equal facts. Whatever else a test cares about it changes itself:
//!
//! ```
//! use posthouse_domain::ticket::{Actor, Body, Fact, Opened, Severity};
//! use posthouse_testkit::builders::{fact, opened, ticket};
//!
//! let urgent = Opened { severity: Some(Severity::P0), ..opened("it burns") };
//! let first = Fact { actor: Actor::service("desk"), ..fact(ticket(1), 0, Body::Opened(urgent)) };
//! assert_eq!(first.ticket, ticket(1));
//! ```

use posthouse_domain::ticket::{
    Actor, ActorKind, Assigned, Attributes, Body, Classified, Contact, Fact, Features, Opened,
    PolicyVersion, Replied, Routed, Severity,
};
use posthouse_domain::{FactId, TicketId, Timestamp, route};

/// The region of all facts made here.
pub const REGION: &str = "eu-central";

/// When the first fact of each ticket happens: a Monday morning, 2026-11-23T09:00:00Z.
pub const START: Timestamp = Timestamp::from_millis(1_795_424_400_000);

/// A ticket's identity, by number.
#[must_use]
pub fn ticket(number: u32) -> TicketId {
    TicketId::derive(&["testkit", &number.to_string()])
}

/// A fact of a ticket. `place` tells the facts of one ticket apart: each happens so many
/// seconds after [`START`].
///
/// Its actor is the one that causes such facts: the customer who opens and replies, the agent
/// who works, the role that concludes.
#[must_use]
pub fn fact(ticket: TicketId, place: u32, body: Body) -> Fact {
    let id = FactId::from_command(&["testkit", &ticket.to_string(), &place.to_string()]);
    Fact {
        id,
        ticket,
        region: REGION.to_owned(),
        at: START.plus_millis(1000 * i64::from(place)),
        actor: actor(&body),
        cause: None,
        policy: PolicyVersion("0".repeat(64)),
        body,
    }
}

/// A ticket with this subject, from `c-1` by the portal; everything else is left open.
#[must_use]
pub fn opened(subject: &str) -> Opened {
    Opened {
        number: "EU-2026-000001".to_owned(),
        customer: "c-1".to_owned(),
        subject: subject.to_owned(),
        body: format!("{subject}. Please help."),
        severity: None,
        region: String::new(),
        tier: String::new(),
        channel: "portal".to_owned(),
        language: String::new(),
        product: String::new(),
        attributes: Attributes::new(),
        contact: Contact::default(),
    }
}

/// A reply that asks nothing back.
#[must_use]
pub fn replied(text: &str) -> Replied {
    Replied {
        text: text.to_owned(),
        awaits_customer: false,
    }
}

/// The properties of a ticket opened at [`START`], before anybody looked at it.
#[must_use]
pub fn features(opened: &Opened) -> Features {
    Features::declared(opened, REGION, START)
}

/// Labels for a ticket with these properties: an incident in the network of severity P2.
#[must_use]
pub fn classified(features: Features) -> Classified {
    Classified {
        features: Features {
            severity: Some(Severity::P2),
            category: "network".to_owned(),
            kind: "incident".to_owned(),
            language: "en".to_owned(),
            ..features
        },
        missing: Vec::new(),
        confidence_permille: 800,
        model: "testkit/1".to_owned(),
        reasons: Vec::new(),
        personal: Vec::new(),
        similar: Vec::new(),
        signals: Vec::new(),
    }
}

/// A place in the queue `frankfurt/L1/network/en`.
#[must_use]
pub fn routed(features: Features) -> Routed {
    let queue = route::Queue {
        centre: "frankfurt".to_owned(),
        level: "L1".to_owned(),
        skill: "network".to_owned(),
        language: "en".to_owned(),
    };
    Routed {
        queue,
        rule: "network".to_owned(),
        considered: Vec::new(),
        features,
        step: 0,
        why: String::new(),
    }
}

/// The work given to `agent`.
#[must_use]
pub fn assigned(agent: &str) -> Assigned {
    Assigned {
        agent: agent.to_owned(),
    }
}

/// Who causes facts of this kind.
fn actor(body: &Body) -> Actor {
    let (kind, name) = match body {
        Body::Opened(opened) => (ActorKind::Customer, opened.customer.as_str()),
        Body::Replied(_) | Body::Reopened(_) => (ActorKind::Customer, "c-1"),
        Body::Assigned(_) | Body::Progressed(_) | Body::Resolved(_) | Body::Closed(_) => {
            (ActorKind::Agent, "a-1")
        }
        Body::Corrected(_)
        | Body::AgentChanged(_)
        | Body::Accepted(_)
        | Body::Declined(_)
        | Body::Transferred(_) => (ActorKind::Agent, "a-1"),
        Body::Classified(_) | Body::InfoRequested(_) | Body::Folded(_) | Body::Unfolded(_) => {
            (ActorKind::Service, "classifier")
        }
        Body::Routed(_) => (ActorKind::Service, "router"),
        Body::Offered(_) | Body::Requeued(_) => (ActorKind::Service, "dispatcher"),
        Body::Timed(_)
        | Body::TargetWarned(_)
        | Body::TargetBreached(_)
        | Body::TargetAtRisk(_)
        | Body::Escalated(_)
        | Body::CompensationAccrued(_) => (ActorKind::Service, "watchdog"),
        Body::NotificationRequested(_) | Body::NotificationSuppressed(_) => {
            (ActorKind::Service, "notifier")
        }
        Body::Notified(_) | Body::NotificationFailed(_) => (ActorKind::Service, "courier"),
        Body::Silenced(_) | Body::Unsilenced(_) => (ActorKind::Agent, "a-1"),
        Body::Resilenced(_) => (ActorKind::Service, "notifier"),
        Body::Preferred(preferred) => (ActorKind::Customer, preferred.customer.as_str()),
    };
    Actor {
        kind,
        name: name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use posthouse_domain::ticket::{State, Ticket, Verdict};

    use super::*;

    #[test]
    fn facts_made_here_tell_a_ticket_that_stands() {
        let opened = opened("The gateway drops packets");
        let features = features(&opened);
        let labels = classified(features);
        let place = routed(labels.features.clone());
        let first = fact(ticket(1), 0, Body::Opened(opened));
        let mut told = Ticket::open(&first, first.at).unwrap();
        let bodies = [
            Body::Classified(labels),
            Body::Routed(place),
            Body::Assigned(assigned("a-1")),
            Body::Replied(replied("It still does")),
        ];
        for (place, body) in (1..).zip(bodies) {
            let next = fact(ticket(1), place, body);
            let verdict = told.apply(&next, next.at);
            assert!(!matches!(verdict, Verdict::Void(_)), "{verdict:?} {next:?}");
        }
        assert_eq!(told.state(), State::Assigned);
    }

    #[test]
    fn equal_arguments_give_equal_facts_and_places_differ() {
        let at = |number, place| fact(ticket(number), place, Body::Replied(replied("x")));
        assert_eq!(at(1, 2), at(1, 2));
        assert_ne!(at(1, 2).id, at(1, 3).id);
        assert_ne!(at(1, 2).id, at(2, 2).id);
        assert!(START.to_string().starts_with("2026-11-23T09:00:00"));
    }
}
