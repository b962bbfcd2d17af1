//! Notifications: which receivers hear of a fact, and why.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::condition::{Conditions, Event, Scope};
use crate::ticket::{Body, Fact, FactKind, Features, UnknownWord};

/// Somebody or something that can be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// Its key.
    pub key: String,
    /// How it is reached.
    pub channel: Channel,
    /// Most attempts before giving up.
    pub attempts_max: u32,
    /// The first wait after a failed attempt, in milliseconds; it doubles each time.
    pub backoff_ms: u32,
    /// The longest wait between attempts, in milliseconds.
    pub backoff_ms_max: u32,
    /// How long one attempt may take, in milliseconds.
    pub timeout_ms: u32,
    /// What becomes of personal data in what it is told.
    pub personal: Personal,
}

/// What becomes of personal data in what a receiver is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Personal {
    /// It is masked.
    #[default]
    Mask,
    /// It stays: for receivers that may know it, as those of one's own house.
    Keep,
}

impl Personal {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Mask, Self::Keep];

    /// The word for it in policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mask => "mask",
            Self::Keep => "keep",
        }
    }
}

impl FromStr for Personal {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("way with personal data", text, &Self::ALL, Self::as_str)
    }
}

/// How a receiver is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// The live console stream of this deployment: nothing leaves the system.
    Console,
    /// An HTTP endpoint of another system, signed after Standard Webhooks.
    Webhook {
        /// Where to post.
        url: String,
        /// The file that holds the signing secret (`whsec_` and base64).
        secret_file: Option<String>,
    },
}

/// One rule; its condition stands at the same index in [`Receivers::conditions`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name, unique in the list.
    pub name: String,
    /// The kinds of fact it tells of.
    pub about: Vec<FactKind>,
    /// Who is told.
    pub receivers: Vec<String>,
    /// Whether later rules are looked at too.
    pub goes_on: bool,
}

/// The notification part of a policy.
#[derive(Clone, Debug)]
pub struct Receivers {
    /// The receivers, by key.
    pub receivers: BTreeMap<String, Receiver>,
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// Their conditions, at the same indices.
    pub conditions: Arc<dyn Conditions>,
}

impl Receivers {
    /// What becomes of personal data in what a receiver is told; masked for one that is unknown.
    #[must_use]
    pub fn personal(&self, receiver: &str) -> Personal {
        let known = self.receivers.get(receiver);
        known.map_or(Personal::Mask, |receiver| receiver.personal)
    }
}

/// Somebody is to be told, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The receiver's key.
    pub receiver: String,
    /// The rule that asked for it.
    pub rule: String,
}

/// Who hears of `fact`, each receiver once: the receiver that a step of a ladder is for, then
/// others in the order of the rules.
///
/// A rule whose condition cannot be evaluated matches: a message too many is better than one
/// that nobody gets.
#[must_use]
pub fn decide(fact: &Fact, features: &Features, policy: &Receivers) -> Vec<Request> {
    let scope = Scope {
        features,
        event: Some(event_of(&fact.body)),
        situation: None,
    };
    let kind = fact.body.kind();
    let mut evaluation = None;
    let mut requests: Vec<Request> = asked_by_ladder(&fact.body).into_iter().collect();
    for (index, rule) in policy.rules.iter().enumerate() {
        if !rule.about.contains(&kind) {
            continue;
        }
        let prepared = evaluation.get_or_insert_with(|| policy.conditions.prepare(&scope));
        if !prepared.holds(index).unwrap_or(true) {
            continue;
        }
        for receiver in &rule.receivers {
            if !requests.iter().any(|request| request.receiver == *receiver) {
                requests.push(Request {
                    receiver: receiver.clone(),
                    rule: rule.name.clone(),
                });
            }
        }
        if !rule.goes_on {
            break;
        }
    }
    requests
}

/// The receiver that a step of a ladder is for; no rule has to name it.
///
/// A step to a level is for nobody by itself: rules say who stands there. A receiver that the
/// policy has no more is asked for all the same, so that the log tells that it was not reached.
fn asked_by_ladder(body: &Body) -> Option<Request> {
    let Body::Escalated(escalated) = body else {
        return None;
    };
    escalated.level.is_empty().then(|| Request {
        receiver: escalated.to.clone(),
        rule: format!("ladder {}", escalated.ladder),
    })
}

/// What conditions may know of the fact that is being told of.
#[must_use]
pub fn event_of(body: &Body) -> Event<'_> {
    let event = Event::of(body.kind());
    match body {
        Body::TargetWarned(warned) => Event {
            target: Some(warned.target),
            percent: Some(warned.percent),
            ..event
        },
        Body::TargetBreached(breached) => Event {
            target: Some(breached.target),
            percent: Some(100),
            risk: Some(100),
            ..event
        },
        Body::TargetAtRisk(at_risk) => Event {
            target: Some(at_risk.target),
            risk: u8::try_from(at_risk.probability_permille / 10).ok(),
            ..event
        },
        Body::Escalated(escalated) => Event {
            target: Some(escalated.target),
            step: Some(escalated.step),
            ladder: Some(&escalated.ladder),
            to: Some(&escalated.to),
            ..event
        },
        Body::CompensationAccrued(accrued) => Event {
            target: Some(accrued.target),
            ..event
        },
        _ => event,
    }
}

/// One line for people about a fact of a ticket. A question for information is for the customer:
/// what the organisation thinks of the ticket is not in it.
#[must_use]
pub fn title(body: &Body, features: &Features) -> String {
    if let Body::InfoRequested(_) = body {
        return format!("{}: {}", features.number, features.excerpt);
    }
    let severity = features.severity.map_or("P?", |severity| severity.as_str());
    let what: Box<dyn fmt::Display> = match body {
        Body::TargetWarned(warned) => {
            Box::new(format!("{} at {} %", warned.target, warned.percent))
        }
        Body::TargetBreached(breached) => Box::new(format!("{} missed", breached.target)),
        Body::TargetAtRisk(at_risk) => Box::new(format!(
            "{} at risk ({} %)",
            at_risk.target,
            at_risk.probability_permille / 10
        )),
        Body::Escalated(escalated) => Box::new(format!("escalated to {}", escalated.to)),
        Body::CompensationAccrued(accrued) => Box::new(format!(
            "compensation of {} {}",
            accrued.amount, accrued.currency
        )),
        Body::Folded(folded) => Box::new(format!("folded into {}", folded.number)),
        Body::Offered(offered) => Box::new(format!("offered to {}", offered.agent)),
        Body::Accepted(accepted) => Box::new(format!("accepted by {}", accepted.agent)),
        Body::Declined(declined) => Box::new(format!("declined by {}", declined.agent)),
        Body::Requeued(requeued) => Box::new(format!("taken back from {}", requeued.agent)),
        Body::Transferred(transferred) => Box::new(format!("transferred to {}", transferred.to)),
        other => Box::new(other.kind()),
    };
    format!(
        "[{severity}] {} {what}: {}",
        features.number, features.excerpt
    )
}

/// The text for people about a fact of a ticket: what, who, where, until when; of a question for
/// information, what the customer is asked and nothing else.
#[must_use]
pub fn text(body: &Body, features: &Features) -> String {
    if let Body::InfoRequested(asked) = body {
        return crate::limits::cut(&asked.text, crate::limits::NOTICE_CHARS_MAX);
    }
    let mut lines = vec![
        title(body, features),
        format!(
            "customer: {} ({})",
            features.customer,
            or_unknown(&features.tier)
        ),
        format!("region: {}", features.region),
        format!("category: {}", or_unknown(&features.category)),
        format!("queue: {}", or_unknown(&features.queue)),
        format!("opened: {}", features.opened_at),
    ];
    match body {
        Body::TargetWarned(warned) => lines.push(format!("due: {}", warned.due_at)),
        Body::TargetBreached(breached) => lines.push(format!("was due: {}", breached.due_at)),
        Body::TargetAtRisk(at_risk) => {
            lines.push(format!("due: {}", at_risk.due_at));
            let reasons = at_risk.reasons.iter();
            lines.extend(reasons.map(|reason| format!("{}: {}", reason.what, reason.value)));
        }
        Body::Escalated(escalated) => {
            lines.push(format!("why: {}", escalated.reason));
            lines.push(format!(
                "ladder: {}, step {}",
                escalated.ladder, escalated.step
            ));
            lines.push(format!("due: {}", escalated.due_at));
        }
        Body::CompensationAccrued(accrued) => {
            lines.push(format!("because: {}", accrued.computation));
        }
        Body::Resolved(resolved) => lines.push(format!("summary: {}", resolved.summary)),
        Body::Replied(replied) => lines.push(format!("text: {}", replied.text)),
        Body::Corrected(corrected) => lines.push(format!("note: {}", corrected.note)),
        Body::Folded(folded) => lines.push(format!("incident: {}", folded.number)),
        Body::Unfolded(unfolded) => lines.push(format!("why: {}", unfolded.reason)),
        Body::Offered(offered) => lines.push(format!("answer until: {}", offered.until)),
        Body::Declined(declined) => lines.push(format!("why: {}", declined.reason)),
        Body::Requeued(requeued) => lines.push(format!("why: {}", requeued.reason)),
        Body::Transferred(transferred) => lines.push(format!("why: {}", transferred.reason)),
        _ => {}
    }
    crate::limits::cut(&lines.join("\n"), crate::limits::NOTICE_CHARS_MAX)
}

fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "not known" } else { text }
}
