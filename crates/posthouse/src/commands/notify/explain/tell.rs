//! The explanation, for people and for programs.

use posthouse_domain::notify::Audience;
use posthouse_domain::ticket::NotificationRequested;
use posthouse_policy::Policy;
use serde_json::{Value, json};

use super::Explained;
use super::play::{Asked, End};
use crate::exit::Error;
use crate::output::Output;

/// The explanation as one object.
pub(super) fn object(policy: &Policy, explained: &[Explained]) -> Value {
    let facts: Vec<Value> = explained.iter().map(|one| fact(policy, one)).collect();
    json!({
        "policy": {"name": policy.name, "version": policy.version},
        "number": explained.iter().find_map(number),
        "facts": facts,
    })
}

fn number(explained: &Explained) -> Option<&str> {
    let words = explained.asked.iter().find_map(|it| it.words.as_ref())?;
    Some(words.features.number.as_str())
}

fn fact(policy: &Policy, one: &Explained) -> Value {
    let told = one.asked.iter().filter_map(|asked| told(policy, asked));
    let dropped = one.asked.iter().filter_map(dropped);
    let passed_over = one.passed_over.iter().map(|passed| {
        json!({
            "rule": passed.rule,
            "receivers": passed.receivers,
            "why": passed.why,
        })
    });
    json!({
        "fact": one.fact.body.kind().as_str(),
        "at": one.fact.at,
        "told": told.collect::<Vec<_>>(),
        "not_told": dropped.chain(passed_over).collect::<Vec<_>>(),
    })
}

/// A request that is told, or waits to be.
fn told(policy: &Policy, asked: &Asked) -> Option<Value> {
    let words = asked.words.as_ref()?;
    let (told_at, others) = match &asked.end {
        End::Told { at, others } => (Some(*at), *others),
        End::Open => (None, 0),
        End::Never { .. } => return None,
    };
    let waits = asked.waits.as_ref();
    let fields: Vec<Value> = words
        .fields
        .iter()
        .map(|field| json!({"label": field.label, "value": field.value}))
        .collect();
    Some(json!({
        "receiver": asked.receiver,
        "channel": channel(policy, &asked.receiver),
        "rule": asked.rule,
        "at": asked.at,
        "round": words.round,
        "waits": waits.map(|it| json!({"why": it.why, "until": it.until})),
        "told_at": told_at,
        "others": others,
        "urgent": words.urgent,
        "audience": audience(policy, words).as_str(),
        "language": words.language,
        "title": words.title,
        "text": words.text,
        "fields": fields,
    }))
}

/// A request that comes to nothing.
fn dropped(asked: &Asked) -> Option<Value> {
    let End::Never { why } = &asked.end else {
        return None;
    };
    Some(json!({
        "rule": asked.rule,
        "receivers": [asked.receiver],
        "at": asked.at,
        "why": why,
    }))
}

fn channel(policy: &Policy, receiver: &str) -> Option<&'static str> {
    let receiver = policy.receivers.receivers.get(receiver)?;
    Some(receiver.channel.as_str())
}

fn audience(policy: &Policy, words: &NotificationRequested) -> Audience {
    let receiver = policy.receivers.receivers.get(&words.receiver);
    let audience = receiver.map_or(Audience::Staff, |receiver| receiver.audience);
    audience.of(words.about)
}

/// The explanation, line by line.
pub(super) fn people(
    policy: &Policy,
    explained: &[Explained],
    output: &Output,
) -> Result<(), Error> {
    for one in explained {
        output.line(format!("{} {}", one.fact.at, one.fact.body.kind()))?;
        for asked in &one.asked {
            output.line(line(policy, one, asked))?;
        }
        for passed in &one.passed_over {
            let receivers = passed.receivers.join(", ");
            output.line(format!(
                "  - {receivers}: not by `{}`: {}",
                passed.rule, passed.why
            ))?;
        }
        if one.asked.is_empty() && one.passed_over.is_empty() {
            output.line("  nobody: no rule is about it")?;
        }
    }
    Ok(())
}

fn line(policy: &Policy, one: &Explained, asked: &Asked) -> String {
    let (receiver, rule) = (&asked.receiver, &asked.rule);
    if let End::Never { why } = &asked.end {
        return format!("  - {receiver}: not by `{rule}`: {why}");
    }
    let channel = channel(policy, receiver).unwrap_or("no such receiver");
    let words = asked.words.as_ref();
    let (language, title) = words.map_or(("", ""), |it| (&it.language, &it.title));
    let when = when(one, asked);
    format!("  + {receiver} ({channel}, {language}) by `{rule}`{when}: {title}")
}

/// What is worth saying of the time: nothing where the fact is told at once.
fn when(one: &Explained, asked: &Asked) -> String {
    let mut when = String::new();
    if asked.at != one.fact.at {
        when += &format!(", asked at {}", asked.at);
    }
    if let Some(waits) = &asked.waits {
        when += &format!(", waits for {}", waits.why);
    }
    match &asked.end {
        End::Told { at, others } => {
            if *at != asked.at {
                when += &format!(", told at {at}");
            }
            match others {
                0 => {}
                1 => when += " with one other",
                _ => when += &format!(" with {others} others"),
            }
        }
        End::Open => when += ", not told in the time that is looked at",
        End::Never { .. } => {}
    }
    when
}
