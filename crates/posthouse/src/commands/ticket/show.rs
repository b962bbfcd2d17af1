//! `posthouse ticket show`: what a ticket is, what was promised, what happened.

use serde_json::{Map, Value};

use super::read::{Ticket, local, text_of};
use crate::cli::ticket::ShowArgs;
use crate::client::Client;
use crate::exit::{Error, Exit};
use crate::output::{Field, Output, Table};

/// Longest account of a fact, in characters.
const ACCOUNT_CHARS_MAX: usize = 100;

/// Shows a ticket.
pub(super) async fn run(args: &ShowArgs, output: &Output) -> Result<Exit, Error> {
    let client = Client::new(&args.ticket.server)?;
    let path = ["v1", "tickets", args.ticket.id.as_str()];
    let text = client.get_text(&path, &[]).await?;
    if output.json() {
        output.line(text.trim())?;
        return Ok(Exit::Done);
    }
    let ticket: Ticket = client.read(&path, &text)?;
    head(&ticket, output)?;
    if !ticket.targets.is_empty() {
        output.line("")?;
        output.table(targets(&ticket.targets))?;
    }
    output.line("")?;
    output.table(timeline(&ticket.facts))?;
    Ok(Exit::Done)
}

fn head(ticket: &Ticket, output: &Output) -> Result<(), Error> {
    let paint = output.paint();
    output.line(format!(
        "{}  {}",
        paint.strong(&ticket.number),
        ticket.subject
    ))?;
    output.line(paint.faint(&ticket.ticket_id))?;
    let severity = paint.severity(&ticket.severity);
    for (name, value) in [
        ("state", &ticket.state),
        ("severity", &severity),
        ("category", &ticket.category),
        ("kind", &ticket.kind),
        ("language", &ticket.language),
        ("sentiment", &ticket.sentiment),
        ("queue", &ticket.queue),
        ("assignee", &ticket.assignee),
        ("customer", &ticket.customer),
        ("tier", &ticket.tier),
        ("region", &ticket.region),
        ("opened", &local(&ticket.opened_at)),
    ] {
        if !value.is_empty() {
            output.line(format!("  {name:<10} {value}"))?;
        }
    }
    Ok(())
}

fn targets(targets: &[Map<String, Value>]) -> Table {
    let mut table = Table::new(["target", "due", "calendar", "status"]);
    for target in targets {
        let status = text_of(target, "status");
        let status = match status.as_str() {
            "breached" => Field::bad(status),
            "warned" => Field::warn(status),
            "met" => Field::good(status),
            _ => status.into(),
        };
        table.fields([
            text_of(target, "target").into(),
            local(&text_of(target, "due_at")).into(),
            text_of(target, "calendar").into(),
            status,
        ]);
    }
    table
}

fn timeline(facts: &[Map<String, Value>]) -> Table {
    let mut table = Table::new(["at", "fact", "by", "what"]);
    for fact in facts {
        let (kind, void) = (text_of(fact, "kind"), text_of(fact, "void"));
        let account = if void.is_empty() {
            account(fact)
        } else {
            void.clone()
        };
        let kind = match kind.as_str() {
            _ if !void.is_empty() => Field::warn(format!("{kind} (void)")),
            "target_breached" | "notification_failed" => Field::bad(kind),
            "target_warned" | "target_at_risk" | "escalated" => Field::warn(kind),
            _ => kind.into(),
        };
        let at = local(&text_of(fact, "at"));
        table.fields([
            at.into(),
            kind,
            text_of(fact, "actor").into(),
            account.into(),
        ]);
    }
    table
}

/// What a fact says, in short: its fields that are plain.
fn account(fact: &Map<String, Value>) -> String {
    let Some(Value::Object(data)) = fact.get("data") else {
        return String::new();
    };
    let says_something = |value: &Value| match value {
        Value::String(text) => !text.is_empty(),
        Value::Number(_) | Value::Bool(true) => true,
        _ => false,
    };
    let plain = data.iter().filter(|(_, value)| says_something(value));
    let told: Vec<String> = plain
        .map(|(name, _)| format!("{name}={}", text_of(data, name)))
        .collect();
    let told = told.join("  ").replace('\n', " ");
    match told.char_indices().nth(ACCOUNT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &told[..end]),
        None => told,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fact(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn facts_are_told_in_short() {
        let routed = fact(json!({"kind": "routed", "data": {
            "rule": "network", "queue": "beijing/L1/network/zh", "considered": [{"rule": "x"}],
        }}));
        assert_eq!(
            account(&routed),
            "queue=beijing/L1/network/zh  rule=network"
        );
        let long = fact(json!({"kind": "replied", "data": {"text": "丢\n".repeat(200)}}));
        assert_eq!(account(&long).chars().count(), ACCOUNT_CHARS_MAX + 1);
    }
}
