//! The explanation, for people and for programs.

use posthouse_domain::Timestamp;
use posthouse_domain::notify::{Audience, Request};
use posthouse_domain::ticket::{Fact, NotificationRequested};
use posthouse_policy::Policy;
use serde_json::{Value, json};

use super::Explained;
use crate::exit::Error;
use crate::output::Output;

/// The explanation as one object.
pub(super) fn object(policy: &Policy, explained: &[Explained]) -> Value {
    let facts: Vec<Value> = explained
        .iter()
        .map(|one| {
            let told: Vec<Value> = one
                .told
                .iter()
                .map(|(request, words)| told(policy, &one.fact, request, words))
                .collect();
            let not_told: Vec<Value> = one
                .passed_over
                .iter()
                .map(|passed| {
                    json!({
                        "rule": passed.rule,
                        "receivers": passed.receivers,
                        "why": passed.why,
                    })
                })
                .collect();
            json!({
                "fact": one.fact.body.kind().as_str(),
                "at": one.fact.at,
                "told": told,
                "not_told": not_told,
            })
        })
        .collect();
    json!({
        "policy": {"name": policy.name, "version": policy.version},
        "number": explained.first().and_then(number),
        "facts": facts,
    })
}

fn number(explained: &Explained) -> Option<&str> {
    let (_, words) = explained.told.first()?;
    Some(words.features.number.as_str())
}

fn told(policy: &Policy, fact: &Fact, request: &Request, words: &NotificationRequested) -> Value {
    let receiver = policy.receivers.receivers.get(&request.receiver);
    let fields: Vec<Value> = words
        .fields
        .iter()
        .map(|field| json!({"label": field.label, "value": field.value}))
        .collect();
    json!({
        "receiver": request.receiver,
        "channel": receiver.map(|receiver| receiver.channel.as_str()),
        "rule": request.rule,
        "at": when(fact, request),
        "urgent": request.urgent,
        "audience": receiver
            .map_or(Audience::Staff, |receiver| receiver.audience)
            .of(words.about)
            .as_str(),
        "language": words.language,
        "title": words.title,
        "text": words.text,
        "fields": fields,
    })
}

/// When the request is made: at once, or when the rule's delay is over.
fn when(fact: &Fact, request: &Request) -> Timestamp {
    fact.at.plus_millis(request.after_ms)
}

/// The explanation, line by line.
pub(super) fn people(
    policy: &Policy,
    explained: &[Explained],
    output: &Output,
) -> Result<(), Error> {
    for one in explained {
        output.line(format!("{} {}", one.fact.at, one.fact.body.kind()))?;
        for (request, words) in &one.told {
            output.line(line(policy, &one.fact, request, words))?;
        }
        for passed in &one.passed_over {
            let receivers = passed.receivers.join(", ");
            output.line(format!(
                "  - {receivers}: not by `{}`: {}",
                passed.rule, passed.why
            ))?;
        }
        if one.told.is_empty() && one.passed_over.is_empty() {
            output.line("  nobody: no rule is about it")?;
        }
    }
    Ok(())
}

fn line(policy: &Policy, fact: &Fact, request: &Request, words: &NotificationRequested) -> String {
    let receiver = policy.receivers.receivers.get(&request.receiver);
    let channel = receiver.map_or("no such receiver", |receiver| receiver.channel.as_str());
    let later = match request.after_ms {
        0 => String::new(),
        _ => format!(" at {}", when(fact, request)),
    };
    format!(
        "  + {} ({channel}, {}) by `{}`{later}: {}",
        request.receiver, words.language, request.rule, words.title
    )
}
