//! The walk through the rules: who is told, and, for whoever asks, who is not and why.

use super::{Receivers, Request, Rule, asked_by_ladder, event_of};
use crate::condition::Scope;
use crate::ticket::{Fact, Features};

/// A rule about a kind of fact, or some of its receivers, that tells nobody of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// The rule.
    pub rule: String,
    /// Whom it would have told: keys of receivers and persons.
    pub receivers: Vec<String>,
    /// Why it does not.
    pub why: String,
}

/// Who hears of a fact, as [`super::decide`] says, and what of the rules about its kind came to
/// nothing.
#[must_use]
pub fn explain(
    fact: &Fact,
    features: &Features,
    policy: &Receivers,
) -> (Vec<Request>, Vec<PassedOver>) {
    let mut passed_over = Vec::new();
    let mut ended_by = None;
    let requests = walk(fact, features, policy, &mut |index, note| {
        let rule = &policy.rules[index];
        let (receivers, why) = match note {
            Note::NoMatch => {
                let why = "its condition does not hold".to_owned();
                (rule.receivers.clone(), why)
            }
            Note::Told(receiver, by) => {
                let why = format!("told by `{by}` already");
                (vec![receiver.to_owned()], why)
            }
            Note::Ends => {
                ended_by = Some(index);
                return;
            }
        };
        passed_over.push(PassedOver {
            rule: rule.name.clone(),
            receivers,
            why,
        });
    });
    if let Some(index) = ended_by {
        let kind = fact.body.kind();
        let hidden = policy.rules.iter().skip(index + 1);
        let hidden = hidden.filter(|rule| rule.about.contains(&kind));
        passed_over.extend(hidden.map(|rule| PassedOver {
            rule: rule.name.clone(),
            receivers: rule.receivers.clone(),
            why: format!("`{}` matches and does not go on", policy.rules[index].name),
        }));
    }
    (requests, passed_over)
}

/// What came to nothing.
pub(super) enum Note<'a> {
    /// The rule's condition does not hold.
    NoMatch,
    /// This receiver is told already, by this rule.
    Told(&'a str, &'a str),
    /// The rule matches, and none after it is looked at.
    Ends,
}

/// Walks through the rules. What comes to nothing is noted with the index of its rule.
pub(super) fn walk(
    fact: &Fact,
    features: &Features,
    policy: &Receivers,
    note: &mut dyn FnMut(usize, Note<'_>),
) -> Vec<Request> {
    let scope = Scope {
        features,
        event: Some(event_of(&fact.body)),
        situation: None,
    };
    let kind = fact.body.kind();
    let mut evaluation = None;
    let mut requests = asked_by_ladder(&fact.body, policy);
    for (index, rule) in policy.rules.iter().enumerate() {
        if !rule.about.contains(&kind) {
            continue;
        }
        let prepared = evaluation.get_or_insert_with(|| policy.conditions.prepare(&scope));
        if !prepared.holds(index).unwrap_or(true) {
            note(index, Note::NoMatch);
            continue;
        }
        for (receiver, after_ms) in rule.receivers.iter().flat_map(|it| policy.ways_to(it)) {
            match requests.iter().find(|request| request.receiver == receiver) {
                Some(told) => note(index, Note::Told(receiver, &told.rule)),
                None => requests.push(request(rule, receiver, after_ms)),
            }
        }
        if !rule.goes_on {
            note(index, Note::Ends);
            break;
        }
    }
    requests
}

fn request(rule: &Rule, receiver: &str, after_ms: i64) -> Request {
    Request {
        receiver: receiver.to_owned(),
        rule: rule.name.clone(),
        template: rule.template.clone(),
        urgent: rule.timing.urgent,
        after_ms: rule.timing.after_ms.saturating_add(after_ms),
    }
}
