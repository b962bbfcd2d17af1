//! One fixed value of each kind, with every field filled.

use std::collections::BTreeMap;

use bytes::Bytes;
use posthouse_domain::command::{Command, CommandBody, Opening};
use posthouse_domain::notify::{
    Afterwards, Field, Matcher, Preferred, Resilenced, Silenced, Unsilenced,
};
use posthouse_domain::route::Queue;
use posthouse_domain::sla::{Promise, Target};
use posthouse_domain::ticket::{
    Accepted, Actor, ActorKind, AgentChanged, Assigned, Body, Candidate, Choice, Classified,
    Closed, CompensationAccrued, Component, Considered, Contact, Corrected, Declined, Destination,
    Engineering, Escalated, Fact, FactKind, Features, Folded, InfoRequested, Labels, Minutes,
    NoticeField, NotificationFailed, NotificationRequested, NotificationSuppressed, Notified,
    Offered, OtherTicket, Outcome, PersonalSpan, PolicyVersion, Presence, Progress, Progressed,
    Question, Reason, Remaining, Reopened, Replied, RequeueReason, Requeued, Resolved, RiskReason,
    Routed, Sentiment, Severity, Signal, SimilarTicket, State, TargetAtRisk, TargetBreached,
    TargetDue, TargetWarned, Timed, Transferred, Unfolded,
};
use posthouse_domain::{FactId, Timestamp};
use posthouse_wire::{
    Claim, DeadLetter, DeadLetterSettled, PolicyActivated, Row, Settlement, Snapshot, Table,
};

const AT: &str = "2026-11-22T06:30:00.125Z";
const DUE: &str = "2026-11-22T10:30:00Z";
const POLICY: &str = "5f1d";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(last: u8) -> T {
    format!("0192f0c1-2345-7890-abcd-ef01234567{last:02x}")
        .parse()
        .unwrap()
}

/// One fact of each kind, in the order of [`FactKind::ALL`].
pub(crate) fn facts() -> Vec<Fact> {
    FactKind::ALL.iter().map(|kind| fact(*kind)).collect()
}

/// The fact of one kind.
pub(crate) fn fact(kind: FactKind) -> Fact {
    Fact {
        id: id(0x01),
        ticket: id(0x02),
        region: "eu".to_owned(),
        at: at(AT),
        actor: Actor {
            kind: ActorKind::Agent,
            name: "a-7".to_owned(),
        },
        cause: Some(id(0x03)),
        policy: PolicyVersion(POLICY.to_owned()),
        body: body(kind),
    }
}

fn body(kind: FactKind) -> Body {
    let receiver = "oncall".to_owned();
    let rule = "r1".to_owned();
    let text = "words".to_owned();
    match kind {
        FactKind::Opened => Body::Opened(opening().opened("EU-2026-000001".to_owned())),
        FactKind::Replied => Body::Replied(Replied {
            text,
            awaits_customer: true,
        }),
        FactKind::Assigned => Body::Assigned(Assigned {
            agent: "a-7".to_owned(),
        }),
        FactKind::Progressed => Body::Progressed(Progressed {
            to: Progress::Engineering(Engineering::Testing),
            reason: text,
        }),
        FactKind::Resolved => Body::Resolved(Resolved { summary: text }),
        FactKind::Reopened => Body::Reopened(Reopened { reason: text }),
        FactKind::Closed => Body::Closed(Closed { reason: text }),
        FactKind::Classified => Body::Classified(classified()),
        FactKind::Routed => Body::Routed(Routed {
            queue: queue(),
            rule,
            considered: considered(),
            features: features(),
            step: 1,
            why: text,
        }),
        FactKind::Timed => Body::Timed(timed()),
        FactKind::TargetWarned => Body::TargetWarned(TargetWarned {
            target: Target::Resolution,
            cycle: 1,
            percent: 80,
            before_ms: 900_000,
            due_at: at(DUE),
            features: features(),
        }),
        FactKind::TargetBreached => Body::TargetBreached(TargetBreached {
            target: Target::FirstResponse,
            cycle: 1,
            due_at: at(DUE),
            features: features(),
            minutes: Some(Minutes {
                decide_ms: 300,
                queue_ms: 7_200_000,
                person_ms: 600_000,
                pause_ms: 1,
                notifier_ms: 128,
            }),
        }),
        FactKind::TargetAtRisk => Body::TargetAtRisk(TargetAtRisk {
            target: Target::NextResponse,
            cycle: 2,
            threshold_permille: 500,
            probability_permille: 640,
            due_at: at(DUE),
            reasons: vec![RiskReason {
                what: "queue ahead".to_owned(),
                value: "14".to_owned(),
            }],
            features: features(),
        }),
        FactKind::Escalated => Body::Escalated(Escalated {
            target: Target::Resolution,
            cycle: 1,
            ladder: "night".to_owned(),
            step: 2,
            to: "duty_manager".to_owned(),
            level: "L3".to_owned(),
            reason: text,
            due_at: at(DUE),
            features: features(),
        }),
        FactKind::CompensationAccrued => Body::CompensationAccrued(CompensationAccrued {
            target: Target::Resolution,
            cycle: 1,
            rule,
            amount: "12.50".to_owned(),
            currency: "CNY".to_owned(),
            computation: "5 h x 0.5 % of 500 CNY".to_owned(),
            features: features(),
        }),
        FactKind::NotificationRequested => Body::NotificationRequested(NotificationRequested {
            receiver,
            rule,
            about: FactKind::TargetWarned,
            title: "title".to_owned(),
            text,
            fields: vec![NoticeField {
                label: "Kunde".to_owned(),
                value: "c-1".to_owned(),
            }],
            language: "de".to_owned(),
            features: features(),
            urgent: true,
            round: 2,
            told_of: vec![1, 2],
        }),
        FactKind::Notified => Body::Notified(Notified {
            receiver,
            attempts: 2,
            receipt: "204".to_owned(),
            possible_duplicate: true,
        }),
        FactKind::NotificationFailed => Body::NotificationFailed(NotificationFailed {
            receiver,
            attempts: 8,
            error: text,
        }),
        FactKind::NotificationSuppressed => Body::NotificationSuppressed(NotificationSuppressed {
            receiver,
            rule,
            why: text,
            requested: true,
        }),
        FactKind::InfoRequested => Body::InfoRequested(InfoRequested {
            language: "zh".to_owned(),
            text,
            questions: vec![Question {
                key: "region".to_owned(),
                text: "在哪个区域？".to_owned(),
                choices: vec!["cn-north".to_owned(), "cn-east".to_owned()],
            }],
            pauses_clocks: true,
        }),
        FactKind::Corrected => Body::Corrected(Corrected {
            labels: labels(),
            note: text,
        }),
        FactKind::Folded => Body::Folded(Folded {
            incident: id(0x05),
            number: "EU-2026-000007".to_owned(),
            score_permille: 930,
            rule,
        }),
        FactKind::Unfolded => Body::Unfolded(Unfolded {
            incident: Some(id(0x05)),
            reason: text,
        }),
        FactKind::AgentChanged => Body::AgentChanged(AgentChanged {
            agent: "a-7".to_owned(),
            change: Presence::OnBreak,
            reason: text,
        }),
        FactKind::Offered => Body::Offered(Offered {
            agent: "a-7".to_owned(),
            queue: queue(),
            round: 2,
            until: at(DUE),
            choice: choice(),
            features: features(),
        }),
        FactKind::Accepted => Body::Accepted(Accepted {
            agent: "a-7".to_owned(),
            offer: id(0x07),
        }),
        FactKind::Declined => Body::Declined(Declined {
            agent: "a-7".to_owned(),
            offer: id(0x07),
            reason: text,
        }),
        FactKind::Requeued => Body::Requeued(Requeued {
            agent: "a-7".to_owned(),
            reason: RequeueReason::TimedOut,
            round: 2,
        }),
        FactKind::Transferred => Body::Transferred(Transferred {
            to: Destination::Queue(queue()),
            reason: text,
        }),
        FactKind::Silenced => Body::Silenced(Silenced {
            silence: "s-1".to_owned(),
            starts_at: Timestamp::from_millis(1_000),
            ends_at: Timestamp::from_millis(2_000),
            matchers: vec![Matcher {
                field: Field::About,
                is_not: true,
                values: vec!["target_breached".to_owned()],
            }],
            afterwards: Afterwards::Tell,
            comment: text,
        }),
        FactKind::Unsilenced => Body::Unsilenced(Unsilenced {
            silence: "s-1".to_owned(),
            reason: text,
            round: 0,
        }),
        FactKind::Resilenced => Body::Resilenced(Resilenced {
            silence: "s-1".to_owned(),
            reason: text,
            round: 1,
        }),
        FactKind::Preferred => Body::Preferred(Preferred {
            customer: "c-1".to_owned(),
            language: "de".to_owned(),
            channels: Some(vec!["email".to_owned()]),
            about: Some(Vec::new()),
        }),
    }
}

fn choice() -> Choice {
    let component = |name: &str, value_micro| Component {
        name: name.to_owned(),
        value_micro,
    };
    let candidate = |agent: &str, lost_by: &str| Candidate {
        agent: agent.to_owned(),
        score_micro: -250_000,
        components: vec![component("idle_share", -250_000)],
        lost_by: lost_by.to_owned(),
    };
    Choice {
        order: "cost_weighted_slack".to_owned(),
        waiting: 14,
        agents: vec![Remaining {
            mask: "ready".to_owned(),
            agents: 3,
        }],
        winner: candidate("a-7", ""),
        runners_up: vec![candidate("a-8", "idle_share")],
        tie_break: "agent".to_owned(),
        index_micro: 1_500_000,
        index: vec![component("weight", 6_000_000)],
        other_tickets: vec![OtherTicket {
            ticket: id(0x08),
            index_micro: 1_400_000,
            components: vec![component("weight", 4_000_000)],
            lost_by: "index".to_owned(),
        }],
    }
}

fn opening() -> Opening {
    Opening {
        customer: "c-42".to_owned(),
        subject: "支付失败".to_owned(),
        body: "line\nline".to_owned(),
        severity: Some(Severity::P1),
        region: "de".to_owned(),
        tier: "gold".to_owned(),
        channel: "mail".to_owned(),
        language: "zh".to_owned(),
        product: "pay".to_owned(),
        attributes: BTreeMap::from([("order".to_owned(), "17".to_owned())]),
        contact: Contact {
            name: "Wei".to_owned(),
            email: "wei@example.com".to_owned(),
            phone: "+49 1".to_owned(),
        },
    }
}

fn features() -> Features {
    Features {
        number: "EU-2026-000001".to_owned(),
        excerpt: "支付失败".to_owned(),
        customer: "c-42".to_owned(),
        tier: "gold".to_owned(),
        region: "de".to_owned(),
        channel: "mail".to_owned(),
        product: "pay".to_owned(),
        language: "zh".to_owned(),
        severity: Some(Severity::P0),
        category: "payment".to_owned(),
        kind: "incident".to_owned(),
        sentiment: Some(Sentiment::Negative),
        tags: vec!["outage".to_owned(), "vip".to_owned()],
        attributes: BTreeMap::from([("order".to_owned(), "17".to_owned())]),
        opened_at: at(AT),
        reopens: 1,
        queue: "beijing/L1/network/zh".to_owned(),
        state: State::WaitingOnThirdParty,
        signals: vec!["churn".to_owned()],
        abstained: true,
        incident: "0192f0c1-2345-7890-abcd-ef0123456702".to_owned(),
    }
}

fn classified() -> Classified {
    let reason = Reason {
        field: "category".to_owned(),
        value: "payment".to_owned(),
        rule: "keywords".to_owned(),
        evidence: "支付".to_owned(),
    };
    Classified {
        features: features(),
        missing: vec!["order".to_owned()],
        confidence_permille: 900,
        model: "rules-1".to_owned(),
        reasons: vec![reason],
        personal: vec![PersonalSpan {
            kind: "PHONE".to_owned(),
            field: "body".to_owned(),
            start: 4,
            end: 15,
        }],
        similar: vec![SimilarTicket {
            ticket: id(0x06),
            number: "EU-2026-000008".to_owned(),
            score_permille: 870,
        }],
        signals: vec![Signal {
            key: "churn".to_owned(),
            evidence: "换供应商".to_owned(),
        }],
    }
}

fn queue() -> Queue {
    Queue {
        centre: "beijing".to_owned(),
        level: "L1".to_owned(),
        skill: "network".to_owned(),
        language: "zh".to_owned(),
    }
}

fn considered() -> Vec<Considered> {
    [
        ("r1", Outcome::NoMatch),
        ("r2", Outcome::Failed("no key".to_owned())),
        ("r3", Outcome::Rejected("asleep".to_owned())),
        ("r4", Outcome::Chosen),
    ]
    .map(|(rule, outcome)| Considered {
        rule: rule.to_owned(),
        outcome,
    })
    .into()
}

fn timed() -> Timed {
    let due = TargetDue {
        target: Target::FirstResponse,
        cycle: 1,
        started_at: at(AT),
        due_at: at(DUE),
        previous_due_at: Some(at(AT)),
        promise: Promise::Working(14_400_000),
        calendar: "office".to_owned(),
        sla: "gold".to_owned(),
    };
    Timed {
        sla: "gold".to_owned(),
        why: "severity P2 to P1".to_owned(),
        considered: considered(),
        targets: vec![due],
        features: features(),
    }
}

fn labels() -> Labels {
    Labels {
        category: Some("network".to_owned()),
        kind: Some("request".to_owned()),
        severity: Some(Severity::P3),
        sentiment: Some(Sentiment::Neutral),
        language: Some("en".to_owned()),
        tags: Some(vec!["quota".to_owned()]),
    }
}

/// One command of each kind.
pub(crate) fn commands() -> Vec<Command> {
    let ticket = || "EU-2026-000001".to_owned();
    let reason = || "words".to_owned();
    [
        CommandBody::Open(opening()),
        CommandBody::Reply {
            ticket: ticket(),
            text: reason(),
            awaits_customer: true,
        },
        CommandBody::Assign {
            ticket: ticket(),
            agent: "a-7".to_owned(),
        },
        CommandBody::Progress {
            ticket: ticket(),
            to: Progress::InProgress,
            reason: reason(),
        },
        CommandBody::Resolve {
            ticket: ticket(),
            summary: reason(),
        },
        CommandBody::Reopen {
            ticket: ticket(),
            reason: reason(),
        },
        CommandBody::Close {
            ticket: ticket(),
            reason: reason(),
        },
        CommandBody::Correct {
            ticket: ticket(),
            labels: labels(),
            note: reason(),
        },
        CommandBody::Unfold {
            ticket: ticket(),
            reason: reason(),
        },
        CommandBody::Accept {
            ticket: ticket(),
            agent: "a-7".to_owned(),
            offer: id(0x07),
        },
        CommandBody::Decline {
            ticket: ticket(),
            agent: "a-7".to_owned(),
            offer: id(0x07),
            reason: reason(),
        },
        CommandBody::Transfer {
            ticket: ticket(),
            to: Destination::Level("L2".to_owned()),
            reason: reason(),
        },
        CommandBody::Presence {
            agent: "a-7".to_owned(),
            change: Presence::Ready,
            reason: reason(),
        },
    ]
    .map(|body| Command {
        id: Some("m-1".to_owned()),
        asked_at: Some(at(AT)),
        actor: Some(Actor {
            kind: ActorKind::System,
            name: "crm".to_owned(),
        }),
        body,
    })
    .into()
}

/// A policy that begins.
pub(crate) fn policy_activated() -> PolicyActivated {
    PolicyActivated {
        version: PolicyVersion(POLICY.to_owned()),
        name: "standard".to_owned(),
        at: at(AT),
        by: "a-7".to_owned(),
    }
}

/// A message set aside.
pub(crate) fn dead_letter() -> DeadLetter {
    DeadLetter {
        role: "router".to_owned(),
        code: "WIRE0002".to_owned(),
        reason: "read ticket_id: it is required and absent".to_owned(),
        stream: "PH_eu_0".to_owned(),
        sequence: 7,
        subject: "ph.eu.00.opened".to_owned(),
        headers: BTreeMap::from([("Nats-Msg-Id".to_owned(), "m-1".to_owned())]),
        payload: Bytes::from_static(&[0xff, 0x00]),
        refused_at: at(AT),
    }
}

/// A dead letter that an operator dealt with.
pub(crate) fn dead_letter_settled() -> DeadLetterSettled {
    DeadLetterSettled {
        stream: "PH_eu_0".to_owned(),
        sequence: 7,
        settlement: Settlement::Dropped,
        by: "a-7".to_owned(),
        at: at(AT),
    }
}

/// A view.
pub(crate) fn snapshot() -> Snapshot {
    let row = Row {
        key: Bytes::from_static(b"k"),
        value: Bytes::from_static(b"v"),
    };
    Snapshot {
        schema: 1,
        role: "router".to_owned(),
        partition: 3,
        position: 99,
        policy: PolicyVersion(POLICY.to_owned()),
        tables: vec![Table {
            name: "tickets".to_owned(),
            rows: vec![row],
        }],
        taken_at: at(AT),
    }
}

/// A claim.
pub(crate) fn claim() -> Claim {
    Claim {
        errand: id::<FactId>(0x04).to_string(),
        attempt: 1,
        owner: "host-1/77".to_owned(),
    }
}
