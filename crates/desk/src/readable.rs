//! What facts say, as JSON for people and scripts. Names are those of the proto.

use posthouse_domain::ticket::{
    Body, Choice, Classified, Considered, Corrected, Features, NotificationRequested, Opened,
    Outcome, Reason, Routed, Sentiment, Severity, TargetDue, Timed,
};
use serde_json::{Value, json};

use crate::trace::MinutesView;

/// What a fact says, without the properties of the ticket that it carries along for others.
pub(crate) fn body(body: &Body) -> Value {
    match body {
        Body::Opened(body) => opened(body),
        Body::Replied(body) => {
            json!({"text": body.text, "awaits_customer": body.awaits_customer})
        }
        Body::Assigned(body) => json!({"agent": body.agent}),
        Body::Progressed(body) => json!({"to": body.to.as_str(), "reason": body.reason}),
        Body::Resolved(body) => json!({"summary": body.summary}),
        Body::Reopened(body) => json!({"reason": body.reason}),
        Body::Closed(body) => json!({"reason": body.reason}),
        Body::Classified(body) => classified(body),
        Body::Routed(body) => routed(body),
        Body::Timed(body) => timed(body),
        Body::TargetWarned(body) => json!({
            "target": body.target.as_str(), "cycle": body.cycle, "percent": body.percent,
            "before_ms": body.before_ms, "due_at": body.due_at,
        }),
        Body::TargetBreached(body) => json!({
            "target": body.target.as_str(), "cycle": body.cycle, "due_at": body.due_at,
            "minutes": body.minutes.map(MinutesView::from),
        }),
        Body::TargetAtRisk(body) => json!({
            "target": body.target.as_str(), "cycle": body.cycle,
            "threshold_permille": body.threshold_permille,
            "probability_permille": body.probability_permille, "due_at": body.due_at,
            "reasons": body.reasons,
        }),
        Body::Escalated(body) => json!({
            "target": body.target.as_str(), "cycle": body.cycle, "ladder": body.ladder,
            "step": body.step, "to": body.to, "level": body.level, "reason": body.reason,
            "due_at": body.due_at,
        }),
        Body::CompensationAccrued(body) => json!({
            "target": body.target.as_str(), "cycle": body.cycle, "rule": body.rule,
            "amount": body.amount, "currency": body.currency, "computation": body.computation,
        }),
        Body::NotificationRequested(body) => requested(body),
        Body::Notified(body) => json!({
            "receiver": body.receiver, "attempts": body.attempts, "receipt": body.receipt,
            "possible_duplicate": body.possible_duplicate,
        }),
        Body::NotificationFailed(body) => json!({
            "receiver": body.receiver, "attempts": body.attempts, "error": body.error,
        }),
        Body::NotificationSuppressed(body) => json!({
            "receiver": body.receiver, "rule": body.rule, "why": body.why,
            "requested": body.requested,
        }),
        Body::InfoRequested(body) => json!({
            "language": body.language, "text": body.text, "questions": body.questions,
            "pauses_clocks": body.pauses_clocks,
        }),
        Body::Corrected(body) => corrected(body),
        Body::Folded(body) => json!({
            "incident": body.incident.to_string(), "number": body.number,
            "score_permille": body.score_permille, "rule": body.rule,
        }),
        Body::Unfolded(body) => json!({
            "incident": body.incident.map(|incident| incident.to_string()),
            "reason": body.reason,
        }),
        Body::AgentChanged(body) => json!({
            "agent": body.agent, "change": body.change.as_str(), "reason": body.reason,
        }),
        Body::Offered(body) => json!({
            "agent": body.agent, "queue": body.queue.to_string(), "round": body.round,
            "until": body.until, "choice": body.choice,
        }),
        Body::Accepted(body) => json!({
            "agent": body.agent, "offer": body.offer.to_string(),
        }),
        Body::Declined(body) => json!({
            "agent": body.agent, "offer": body.offer.to_string(), "reason": body.reason,
        }),
        Body::Requeued(body) => json!({
            "agent": body.agent, "reason": body.reason.as_str(), "round": body.round,
        }),
        Body::Transferred(body) => json!({
            "to": body.to.to_string(), "reason": body.reason,
        }),
        Body::Silenced(body) => json!({
            "silence": body.silence, "starts_at": body.starts_at, "ends_at": body.ends_at,
            "matchers": body.matchers.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "afterwards": body.afterwards.as_str(), "comment": body.comment,
        }),
        Body::Unsilenced(body) => json!({
            "silence": body.silence, "reason": body.reason, "round": body.round,
        }),
        Body::Resilenced(body) => json!({
            "silence": body.silence, "reason": body.reason, "round": body.round,
        }),
        Body::Preferred(body) => json!({
            "customer": body.customer, "language": body.language, "channels": body.channels,
            "about": body.about.as_ref().map(|kinds| {
                kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>()
            }),
        }),
    }
}

fn opened(body: &Opened) -> Value {
    json!({
        "number": body.number,
        "customer": body.customer,
        "subject": body.subject,
        "body": body.body,
        "severity": body.severity.map(Severity::as_str),
        "region": body.region,
        "tier": body.tier,
        "channel": body.channel,
        "language": body.language,
        "product": body.product,
        "attributes": body.attributes,
    })
}

fn classified(body: &Classified) -> Value {
    let labels = &body.features;
    json!({
        "category": labels.category,
        "kind": labels.kind,
        "severity": labels.severity.map(Severity::as_str),
        "language": labels.language,
        "sentiment": labels.sentiment.map(Sentiment::as_str),
        "tags": labels.tags,
        "missing": body.missing,
        "confidence_permille": body.confidence_permille,
        "model": body.model,
        "reasons": reasons(&body.reasons),
        "abstained": labels.abstained,
        "personal": body.personal,
        "similar": body.similar,
        "signals": body.signals,
    })
}

/// What a person set, by label; labels that were not spoken of are not there.
fn corrected(body: &Corrected) -> Value {
    let labels = &body.labels;
    let mut value = json!({"note": body.note});
    let words = [
        ("category", labels.category.as_deref()),
        ("kind", labels.kind.as_deref()),
        ("severity", labels.severity.map(Severity::as_str)),
        ("sentiment", labels.sentiment.map(Sentiment::as_str)),
        ("language", labels.language.as_deref()),
    ];
    for (label, word) in words {
        if let Some(word) = word {
            value[label] = json!(word);
        }
    }
    if let Some(tags) = &labels.tags {
        value["tags"] = json!(tags);
    }
    value
}

fn routed(body: &Routed) -> Value {
    json!({
        "queue": body.queue.to_string(),
        "rule": body.rule,
        "step": body.step,
        "why": body.why,
        "considered": considered(&body.considered),
    })
}

fn timed(body: &Timed) -> Value {
    json!({
        "sla": body.sla,
        "why": body.why,
        "targets": body.targets.iter().map(target).collect::<Vec<_>>(),
        "considered": considered(&body.considered),
    })
}

fn requested(body: &NotificationRequested) -> Value {
    json!({
        "receiver": body.receiver,
        "rule": body.rule,
        "about": body.about.as_str(),
        "title": body.title,
        "text": body.text,
    })
}

fn target(due: &TargetDue) -> Value {
    json!({
        "target": due.target.as_str(),
        "cycle": due.cycle,
        "started_at": due.started_at,
        "due_at": due.due_at,
        "previous_due_at": due.previous_due_at,
        "target_ms": due.promise.working_ms(),
        "business_days": due.promise.business_days(),
        "calendar": due.calendar,
        "sla": due.sla,
    })
}

/// Why labels were chosen.
pub(crate) fn reasons(reasons: &[Reason]) -> Vec<Value> {
    reasons
        .iter()
        .map(|reason| {
            json!({
                "field": reason.field, "value": reason.value, "rule": reason.rule,
                "evidence": reason.evidence,
            })
        })
        .collect()
}

/// What was looked at, and what became of it.
pub(crate) fn considered(considered: &[Considered]) -> Vec<Value> {
    considered
        .iter()
        .map(|considered| {
            let (outcome, why) = match &considered.outcome {
                Outcome::Chosen => ("chosen", None),
                Outcome::NoMatch => ("no_match", None),
                Outcome::Rejected(why) => ("rejected", Some(why)),
                Outcome::Failed(why) => ("failed", Some(why)),
            };
            let mut value = json!({"rule": considered.rule, "outcome": outcome});
            if let Some(why) = why {
                value["why"] = json!(why);
            }
            value
        })
        .collect()
}

/// How a choice was made, without those who could have been chosen.
pub(crate) fn chosen(choice: &Choice) -> Value {
    json!({
        "waiting": choice.waiting,
        "agents": choice.agents,
        "tie_break": choice.tie_break,
        "index_micro": choice.index_micro,
        "index": choice.index,
    })
}

/// Who could have been chosen, and why they lost: agents, then tickets.
pub(crate) fn candidates(choice: &Choice) -> Vec<Value> {
    let winner = std::iter::once((&choice.winner, "chosen"));
    let losers = choice.runners_up.iter().map(|it| (it, "rejected"));
    let agents = winner.chain(losers).map(|(it, outcome)| {
        let mut value = json!({
            "rule": format!("agent {}", it.agent), "outcome": outcome,
            "score_micro": it.score_micro, "components": it.components,
        });
        if !it.lost_by.is_empty() {
            value["why"] = json!(it.lost_by);
        }
        value
    });
    let tickets = choice.other_tickets.iter().map(|it| {
        json!({
            "rule": format!("ticket {}", it.ticket), "outcome": "rejected",
            "score_micro": it.index_micro, "components": it.components, "why": it.lost_by,
        })
    });
    agents.chain(tickets).collect()
}

/// Everything that rules could look at.
pub(crate) fn features(features: &Features) -> Value {
    json!({
        "number": features.number,
        "excerpt": features.excerpt,
        "customer": features.customer,
        "tier": features.tier,
        "region": features.region,
        "channel": features.channel,
        "product": features.product,
        "language": features.language,
        "severity": features.severity.map(Severity::as_str),
        "category": features.category,
        "kind": features.kind,
        "sentiment": features.sentiment.map(Sentiment::as_str),
        "tags": features.tags,
        "attributes": features.attributes,
        "opened_at": features.opened_at,
        "reopens": features.reopens,
        "queue": features.queue,
        "state": features.state.as_str(),
        "signals": features.signals,
        "abstained": features.abstained,
        "incident": features.incident,
    })
}
