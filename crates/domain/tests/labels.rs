//! Labels that people correct, questions that hold up clocks, incidents that tickets belong to.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use posthouse_domain::TicketId;
use posthouse_domain::ticket::{
    Body, Closed, Corrected, Fact, Folded, InfoRequested, Labels, Progress, Progressed, Severity,
    State, Ticket, Unfolded, Verdict, VoidReason,
};
use posthouse_testkit::builders;

/// A ticket that was opened, classified and routed, and the place of its next fact.
struct Life {
    ticket: Ticket,
    place: u32,
}

impl Life {
    fn routed() -> Self {
        let opened = builders::opened("The gateway drops packets");
        let labels = builders::classified(builders::features(&opened));
        let queue = builders::routed(labels.features.clone());
        let first = builders::fact(builders::ticket(1), 0, Body::Opened(opened));
        let mut life = Self {
            ticket: Ticket::open(&first, first.at).unwrap(),
            place: 0,
        };
        life.tell(Body::Classified(labels));
        life.tell(Body::Routed(queue));
        life
    }

    fn fact(&mut self, body: Body) -> Fact {
        self.place += 1;
        builders::fact(builders::ticket(1), self.place, body)
    }

    fn tell(&mut self, body: Body) -> Verdict {
        let fact = self.fact(body);
        self.ticket.apply(&fact, fact.at)
    }
}

fn corrected(labels: Labels) -> Body {
    Body::Corrected(Corrected {
        labels,
        note: String::new(),
    })
}

fn asked(pauses_clocks: bool) -> Body {
    Body::InfoRequested(InfoRequested {
        language: "en".to_owned(),
        text: "Which region is it?".to_owned(),
        questions: Vec::new(),
        pauses_clocks,
    })
}

fn folded(incident: TicketId) -> Body {
    Body::Folded(Folded {
        incident,
        number: "EU-2026-000009".to_owned(),
        score_permille: 900,
        rule: "storm".to_owned(),
    })
}

fn unfolded(incident: Option<TicketId>) -> Body {
    Body::Unfolded(Unfolded {
        incident,
        reason: String::new(),
    })
}

#[test]
fn what_a_person_corrected_no_classification_changes() {
    let mut life = Life::routed();
    life.ticket.features.abstained = true;
    let severity = Labels {
        severity: Some(Severity::P0),
        ..Labels::default()
    };
    life.tell(corrected(severity));
    assert!(life.ticket.features.abstained, "the category is still open");
    let category = Labels {
        category: Some("billing".to_owned()),
        tags: Some(Vec::new()),
        ..Labels::default()
    };
    life.tell(corrected(category));
    assert_eq!(life.ticket.state(), State::Queued);
    let mut labels = builders::classified(life.ticket.features.clone());
    labels.features.abstained = true;
    labels.features.kind = "question".to_owned();
    labels.features.tags = vec!["quota".to_owned()];
    life.tell(Body::Classified(labels));
    let features = &life.ticket.features;
    assert_eq!(features.category, "billing");
    assert_eq!(features.severity, Some(Severity::P0));
    assert_eq!(features.tags, [""; 0]);
    assert_eq!(features.kind, "question", "nobody spoke of it");
    assert!(!features.abstained, "a person knows the category");
}

#[test]
fn a_closed_ticket_is_not_corrected() {
    let mut life = Life::routed();
    life.tell(Body::Closed(Closed {
        reason: String::new(),
    }));
    let labels = Labels {
        kind: Some("request".to_owned()),
        ..Labels::default()
    };
    let verdict = life.tell(corrected(labels));
    assert!(matches!(
        verdict,
        Verdict::Void(VoidReason::NotAllowed(State::Closed, _))
    ));
    assert_eq!(life.ticket.features.kind, "incident");
}

#[test]
fn clocks_wait_for_information_until_somebody_writes_or_begins() {
    let reply = || Body::Replied(builders::replied("It is eu-west"));
    let work = || {
        Body::Progressed(Progressed {
            to: Progress::InProgress,
            reason: String::new(),
        })
    };
    let ends: [fn() -> Body; 2] = [reply, work];
    for end in ends {
        let mut life = Life::routed();
        life.tell(asked(true));
        assert_eq!(life.ticket.state(), State::Queued, "it goes its way");
        assert_eq!(life.ticket.clock_state(), State::WaitingOnCustomer);
        life.tell(Body::Assigned(builders::assigned("a-1")));
        assert_eq!(life.ticket.clock_state(), State::WaitingOnCustomer);
        life.tell(end());
        assert_eq!(life.ticket.clock_state(), life.ticket.state());
    }
    let mut life = Life::routed();
    life.tell(asked(false));
    assert_eq!(life.ticket.clock_state(), State::Queued);
}

#[test]
fn a_question_to_a_ticket_in_work_holds_up_nothing() {
    let mut life = Life::routed();
    life.tell(Body::Progressed(Progressed {
        to: Progress::InProgress,
        reason: String::new(),
    }));
    life.tell(asked(true));
    assert_eq!(life.ticket.clock_state(), State::InProgress);
    life.tell(Body::Assigned(builders::assigned("a-2")));
    assert_eq!(life.ticket.clock_state(), State::Assigned);
}

#[test]
fn a_ticket_that_was_taken_out_of_an_incident_stays_out() {
    let (one, other) = (builders::ticket(7), builders::ticket(8));
    let mut life = Life::routed();
    life.tell(folded(one));
    assert_eq!(life.ticket.features.incident, one.to_string());
    life.tell(unfolded(Some(other)));
    assert_eq!(
        life.ticket.features.incident,
        one.to_string(),
        "not that one"
    );
    life.tell(unfolded(None));
    assert_eq!(life.ticket.features.incident, "");
    let again = life.tell(folded(one));
    assert_eq!(again, Verdict::Void(VoidReason::Repeat));
    life.tell(folded(other));
    assert_eq!(life.ticket.features.incident, other.to_string());
}
