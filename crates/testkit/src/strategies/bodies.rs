//! What happened, arbitrary, for each kind of fact.

use posthouse_domain::notify::{
    Afterwards, CHANNELS, Field, Matcher, Preferred, Resilenced, Silenced, TOLD, Unsilenced,
};
use posthouse_domain::ticket::{
    Assigned, Body, Closed, FactKind, NoticeField, NotificationFailed, NotificationRequested,
    NotificationSuppressed, Notified, Progressed, Reopened, Replied, Resolved, Routed,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::dispatched::{accepted, agent_changed, declined, offered, requeued, transferred};
use super::labels::{classified, corrected, folded, info_requested, unfolded};
use super::promised::{
    compensation_accrued, escalated, target_at_risk, target_breached, target_warned, timed,
};
use super::{considered, features, key, opening, progress, queue, text, timestamp, word};

/// What happened, of one kind.
pub fn body_of(kind: FactKind) -> BoxedStrategy<Body> {
    match kind {
        FactKind::Opened => (opening(), key())
            .prop_map(|(opening, number)| Body::Opened(opening.opened(number)))
            .boxed(),
        FactKind::Replied => (text(), any::<bool>())
            .prop_map(|(text, awaits_customer)| {
                Body::Replied(Replied {
                    text,
                    awaits_customer,
                })
            })
            .boxed(),
        FactKind::Assigned => key()
            .prop_map(|agent| Body::Assigned(Assigned { agent }))
            .boxed(),
        FactKind::Progressed => (progress(), text())
            .prop_map(|(to, reason)| Body::Progressed(Progressed { to, reason }))
            .boxed(),
        FactKind::Resolved => text()
            .prop_map(|summary| Body::Resolved(Resolved { summary }))
            .boxed(),
        FactKind::Reopened => text()
            .prop_map(|reason| Body::Reopened(Reopened { reason }))
            .boxed(),
        FactKind::Closed => text()
            .prop_map(|reason| Body::Closed(Closed { reason }))
            .boxed(),
        FactKind::Classified => classified().prop_map(Body::Classified).boxed(),
        FactKind::Routed => routed().prop_map(Body::Routed).boxed(),
        FactKind::Timed => timed().prop_map(Body::Timed).boxed(),
        FactKind::TargetWarned => target_warned().prop_map(Body::TargetWarned).boxed(),
        FactKind::TargetBreached => target_breached().prop_map(Body::TargetBreached).boxed(),
        FactKind::TargetAtRisk => target_at_risk().prop_map(Body::TargetAtRisk).boxed(),
        FactKind::Escalated => escalated().prop_map(Body::Escalated).boxed(),
        FactKind::CompensationAccrued => compensation_accrued()
            .prop_map(Body::CompensationAccrued)
            .boxed(),
        FactKind::NotificationRequested => notification_requested()
            .prop_map(Body::NotificationRequested)
            .boxed(),
        FactKind::Notified => notified().prop_map(Body::Notified).boxed(),
        FactKind::NotificationFailed => (key(), any::<u32>(), text())
            .prop_map(|(receiver, attempts, error)| {
                Body::NotificationFailed(NotificationFailed {
                    receiver,
                    attempts,
                    error,
                })
            })
            .boxed(),
        FactKind::NotificationSuppressed => (key(), key(), text(), any::<bool>())
            .prop_map(|(receiver, rule, why, requested)| {
                Body::NotificationSuppressed(NotificationSuppressed {
                    receiver,
                    rule,
                    why,
                    requested,
                })
            })
            .boxed(),
        FactKind::InfoRequested => info_requested().prop_map(Body::InfoRequested).boxed(),
        FactKind::Corrected => corrected().prop_map(Body::Corrected).boxed(),
        FactKind::Folded => folded().prop_map(Body::Folded).boxed(),
        FactKind::Unfolded => unfolded().prop_map(Body::Unfolded).boxed(),
        FactKind::AgentChanged => agent_changed().prop_map(Body::AgentChanged).boxed(),
        FactKind::Offered => offered().prop_map(Body::Offered).boxed(),
        FactKind::Accepted => accepted().prop_map(Body::Accepted).boxed(),
        FactKind::Declined => declined().prop_map(Body::Declined).boxed(),
        FactKind::Requeued => requeued().prop_map(Body::Requeued).boxed(),
        FactKind::Transferred => transferred().prop_map(Body::Transferred).boxed(),
        FactKind::Silenced => silenced().prop_map(Body::Silenced).boxed(),
        FactKind::Unsilenced => (key(), text(), any::<u32>())
            .prop_map(|(silence, reason, round)| {
                Body::Unsilenced(Unsilenced {
                    silence,
                    reason,
                    round,
                })
            })
            .boxed(),
        FactKind::Resilenced => (key(), text(), any::<u32>())
            .prop_map(|(silence, reason, round)| {
                Body::Resilenced(Resilenced {
                    silence,
                    reason,
                    round,
                })
            })
            .boxed(),
        FactKind::Preferred => preferred().prop_map(Body::Preferred).boxed(),
    }
}

fn routed() -> impl Strategy<Value = Routed> {
    let again = (any::<u32>(), text());
    (queue(), key(), vec(considered(), 0..4), features(), again).prop_map(
        |(queue, rule, considered, features, (step, why))| Routed {
            queue,
            rule,
            considered,
            features,
            step,
            why,
        },
    )
}

fn notification_requested() -> impl Strategy<Value = NotificationRequested> {
    (
        key(),
        key(),
        select(FactKind::ALL),
        (text(), text(), vec((key(), text()), 0..3), key()),
        features(),
        any::<bool>(),
        any::<u32>(),
    )
        .prop_map(|(receiver, rule, about, told, features, urgent, round)| {
            let (title, text, fields, language) = told;
            let fields = fields.into_iter();
            NotificationRequested {
                receiver,
                rule,
                about,
                title,
                text,
                fields: fields
                    .map(|(label, value)| NoticeField { label, value })
                    .collect(),
                language,
                features,
                urgent,
                round,
                told_of: Vec::new(),
            }
        })
}

/// What a customer prefers.
pub(super) fn preferred() -> impl Strategy<Value = Preferred> {
    let channels = option::of(vec(select(CHANNELS), 0..3));
    let about = option::of(vec(select(TOLD), 0..3));
    (key(), word(), channels, about).prop_map(|(customer, language, channels, about)| Preferred {
        customer,
        language,
        channels: channels.map(|words| words.into_iter().map(str::to_owned).collect()),
        about,
    })
}

fn silenced() -> impl Strategy<Value = Silenced> {
    let field = prop_oneof![
        select(Field::ALL.to_vec()),
        key().prop_map(Field::Attribute)
    ];
    let matcher =
        (field, any::<bool>(), vec(key(), 1..3)).prop_map(|(field, is_not, values)| Matcher {
            field,
            is_not,
            values,
        });
    (
        key(),
        timestamp(),
        timestamp(),
        vec(matcher, 1..3),
        select(&Afterwards::ALL[..]),
        text(),
    )
        .prop_map(
            |(silence, starts_at, ends_at, matchers, afterwards, comment)| Silenced {
                silence,
                starts_at,
                ends_at,
                matchers,
                afterwards,
                comment,
            },
        )
}

fn notified() -> impl Strategy<Value = Notified> {
    (key(), any::<u32>(), text(), any::<bool>()).prop_map(
        |(receiver, attempts, receipt, possible_duplicate)| Notified {
            receiver,
            attempts,
            receipt,
            possible_duplicate,
        },
    )
}
