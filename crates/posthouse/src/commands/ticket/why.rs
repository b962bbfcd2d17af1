//! `posthouse ticket why`: every decision about a ticket, and what it rests on.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::minutes::Minutes;
use super::read::{local, text_of};
use crate::cli::ticket::WhyArgs;
use crate::client::Client;
use crate::exit::{Error, Exit};
use crate::output::{Output, Paint};

/// Digits of a policy's version that people are shown.
const VERSION_DIGITS: usize = 12;
/// What every decision of a ticket was based on and that tells nothing of the ticket itself.
const OBVIOUS: &[&str] = &["number", "excerpt", "opened_at"];

/// Where a breach says where the ticket's time went.
const MINUTES: &str = "minutes";
/// What is said on a line of its own.
const BESIDE: &[&str] = &[MINUTES];

/// The decisions about a ticket.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Why {
    number: String,
    state: String,
    decisions: Vec<Decision>,
    void: Vec<Void>,
    ledgers: Vec<Ledger>,
}

/// Where the time went for one promise.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ledger {
    target: String,
    cycle: u32,
    promise: String,
    sla: String,
    calendar: String,
    policy: String,
    due_at: String,
    done_at: Option<String>,
    working_ms: i64,
    paused_ms: i64,
    spans: Vec<Map<String, Value>>,
    revisions: Vec<Map<String, Value>>,
    finding: Option<String>,
}

/// One decision.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Decision {
    kind: String,
    at: String,
    actor: String,
    cause_kind: Option<String>,
    policy: String,
    policy_name: Option<String>,
    rule: String,
    outcome: Map<String, Value>,
    reasons: Vec<Map<String, Value>>,
    changes: Vec<Map<String, Value>>,
    considered: Vec<Map<String, Value>>,
    inputs: Map<String, Value>,
    void: Option<String>,
}

/// A fact that changed nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Void {
    kind: String,
    at: String,
    actor: String,
    reason: String,
}

/// Shows the decisions.
pub(super) async fn run(args: &WhyArgs, output: &Output) -> Result<Exit, Error> {
    let client = Client::new(&args.ticket.server)?;
    let path = ["v1", "tickets", args.ticket.id.as_str(), "why"];
    let text = client.get_text(&path, &[]).await?;
    if output.json() {
        output.line(text.trim())?;
        return Ok(Exit::Done);
    }
    let why: Why = client.read(&path, &text)?;
    let paint = output.paint();
    output.line(format!("{}  {}", paint.strong(&why.number), why.state))?;
    for decision in &why.decisions {
        output.line("")?;
        output.line(decision.told(paint))?;
    }
    for ledger in &why.ledgers {
        output.line("")?;
        output.line(ledger.told(paint))?;
    }
    if !why.void.is_empty() {
        output.line("")?;
        output.line(paint.strong("Facts that changed nothing"))?;
    }
    for Void {
        kind,
        at,
        actor,
        reason,
    } in &why.void
    {
        output.line(format!("  {}  {kind}  {actor}: {reason}", local(at)))?;
    }
    Ok(Exit::Done)
}

impl Decision {
    /// What was decided, by which rule, from what, and what was passed over.
    fn told(&self, paint: Paint) -> String {
        let (kind, at) = (paint.strong(&self.kind), local(&self.at));
        let mut lines = vec![format!("{kind}  {at}  {}", self.actor)];
        let mut say = |name: &str, told: String| {
            if !told.is_empty() {
                lines.push(format!("  {name:<10} {told}"));
            }
        };
        say(
            "void",
            self.void
                .as_deref()
                .map(|why| paint.warn(why))
                .unwrap_or_default(),
        );
        say("after", self.cause_kind.clone().unwrap_or_default());
        say("policy", self.policy());
        say("rule", self.rule.clone());
        say("outcome", plainly(&self.outcome, BESIDE));
        say("minutes", self.minutes());
        say("inputs", plainly(&self.inputs, OBVIOUS));
        lines.extend(self.reasons.iter().map(reason));
        lines.extend(self.changes.iter().map(change));
        lines.extend(self.considered.iter().map(|it| candidate(it, paint)));
        lines.join("\n")
    }

    /// Where the ticket's time went, where the decision says so.
    fn minutes(&self) -> String {
        let minutes = self.outcome.get(MINUTES).cloned();
        let minutes = minutes.and_then(|it| serde_json::from_value::<Minutes>(it).ok());
        minutes.map(|minutes| minutes.told()).unwrap_or_default()
    }

    fn policy(&self) -> String {
        let version: String = self.policy.chars().take(VERSION_DIGITS).collect();
        match &self.policy_name {
            Some(name) => format!("{name} {version}"),
            None => version,
        }
    }
}

impl Ledger {
    /// What was promised, what it was before, and where the time went.
    fn told(&self, paint: Paint) -> String {
        let name = paint.strong(&format!("time for {} {}", self.target, self.cycle));
        let done = self.done_at.as_deref().map(local);
        let done = done.map_or_else(String::new, |at| format!(", done {at}"));
        let version: String = self.policy.chars().take(VERSION_DIGITS).collect();
        let mut lines = vec![
            format!("{name}  due {}{done}", local(&self.due_at)),
            format!(
                "  {} of {} by {}, policy {version}",
                self.promise, self.calendar, self.sla
            ),
            format!(
                "  ran {}, paused {}",
                in_words(self.working_ms),
                in_words(self.paused_ms)
            ),
        ];
        lines.extend(
            self.finding
                .as_deref()
                .map(|it| paint.warn(&format!("  {it}"))),
        );
        lines.extend(self.revisions.iter().map(revision));
        lines.extend(self.spans.iter().map(span));
        lines.join("\n")
    }
}

/// What was promised from an instant on, and why.
fn revision(revision: &Map<String, Value>) -> String {
    let text = |name| text_of(revision, name);
    let before = match text("previous_due_at") {
        before if before.is_empty() => String::new(),
        before => format!(" instead of {}", local(&before)),
    };
    let why = match text("why") {
        why if why.is_empty() => String::new(),
        why => format!(": {why}"),
    };
    let (at, due_at) = (local(&text("at")), local(&text("due_at")));
    format!("  {at}  due {due_at}{before}{why}")
}

/// What the clock did from an instant on, and for how long.
fn span(span: &Map<String, Value>) -> String {
    let text = |name| text_of(span, name);
    let ms = span.get("ms").and_then(Value::as_i64).unwrap_or_default();
    let what = match (text("what"), text("state"), text("reason")) {
        (what, state, _) if state.is_empty() => what,
        (what, state, reason) if reason.is_empty() => format!("{what} by {state}"),
        (what, state, reason) => format!("{what} by {state}: {reason}"),
    };
    format!("  {}  {:>14}  {what}", local(&text("from")), in_words(ms))
}

/// Milliseconds as people read them: `1h 30m`.
fn in_words(ms: i64) -> String {
    format!("{:#}", jiff::SignedDuration::from_millis(ms))
}

/// Why one label was chosen.
fn reason(reason: &Map<String, Value>) -> String {
    let text = |name| text_of(reason, name);
    let evidence = match text("evidence") {
        evidence if evidence.is_empty() => String::new(),
        evidence => format!(": {evidence}"),
    };
    format!(
        "  {} = {}  by {}{evidence}",
        text("field"),
        text("value"),
        text("rule")
    )
}

/// What a label was and what a person made of it.
fn change(change: &Map<String, Value>) -> String {
    let shown = |name| match change.get(name).map(short) {
        Some(value) if !matches!(value.as_str(), "" | "null") => value,
        _ => "none".to_owned(),
    };
    let field = text_of(change, "field");
    format!("  {field}: {} → {}", shown("before"), shown("value"))
}

/// What became of one candidate.
fn candidate(candidate: &Map<String, Value>, paint: Paint) -> String {
    let rule = text_of(candidate, "rule");
    let outcome = text_of(candidate, "outcome");
    match (outcome.as_str(), text_of(candidate, "why")) {
        ("chosen", _) => paint.good(&format!("  ✓ {rule}")),
        ("no_match", _) => paint.faint(&format!("  · {rule}: its condition does not hold")),
        (_, why) => format!("  ✗ {rule}: {outcome}: {why}"),
    }
}

/// The fields of an object that say something, on one line.
fn plainly(object: &Map<String, Value>, obvious: &[&str]) -> String {
    let says_something = |(name, value): &(&String, &Value)| match value {
        _ if obvious.contains(&name.as_str()) => false,
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    };
    let fields = object.iter().filter(says_something);
    let told: Vec<String> = fields
        .map(|(name, value)| format!("{name}={}", short(value)))
        .collect();
    told.join("  ").replace('\n', " ")
}

/// A value in short: lists of words without their brackets, targets as their deadlines.
fn short(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(short).collect::<Vec<_>>().join(","),
        Value::Object(target) if target.contains_key("due_at") => {
            format!(
                "{} due {}",
                text_of(target, "target"),
                text_of(target, "due_at")
            )
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_decision_is_told_with_what_was_passed_over() {
        let decision = json!({
            "kind": "routed", "at": "no instant", "actor": "service:router", "id": "f",
            "policy": "0123456789abcdef", "policy_name": "a1", "cause_kind": "classified",
            "rule": "network", "outcome": {"queue": "beijing/L1/network/zh"},
            "considered": [
                {"rule": "security", "outcome": "no_match"},
                {"rule": "network", "outcome": "chosen"},
                {"rule": "centre dublin", "outcome": "rejected", "why": "does not speak `zh`"},
            ],
            "inputs": {"severity": "P1", "product": "", "tags": ["a", "b"], "number": "CN-1"},
        });
        let decision: Decision = serde_json::from_value(decision).unwrap();
        expect_test::expect![[r#"
            routed  no instant  service:router
              after      classified
              policy     a1 0123456789ab
              rule       network
              outcome    queue=beijing/L1/network/zh
              inputs     severity=P1  tags=a,b
              · security: its condition does not hold
              ✓ network
              ✗ centre dublin: rejected: does not speak `zh`"#]]
        .assert_eq(&decision.told(Paint::new(false)));
    }

    #[test]
    fn a_breach_is_told_with_where_the_minutes_went() {
        let decision = json!({
            "kind": "target_breached", "at": "no instant", "actor": "service:watchdog", "id": "f",
            "policy": "0123456789abcdef", "cause_kind": "classified",
            "outcome": {"target": "resolution", "late_ms": 12, "minutes": {
                "decide_ms": 45, "queue_ms": 7_200_000, "notifier_ms": 0, "person_ms": 60_000,
                "pause_ms": 0, "whole_ms": 7_260_045,
            }},
        });
        let decision: Decision = serde_json::from_value(decision).unwrap();
        expect_test::expect![[r#"
            target_breached  no instant  service:watchdog
              after      classified
              policy     0123456789ab
              outcome    late_ms=12  target=resolution
              minutes    queue 2h, person 1m, decide 45ms of 2h 1m"#]]
        .assert_eq(&decision.told(Paint::new(false)));
    }

    #[test]
    fn a_correction_is_told_with_what_was_before() {
        let decision = json!({
            "kind": "corrected", "at": "no instant", "actor": "agent:anna", "id": "f",
            "policy": "0123456789abcdef", "outcome": {"category": "network", "note": "not a disk"},
            "changes": [
                {"field": "category", "before": "storage", "value": "network"},
                {"field": "severity", "before": null, "value": "P1"},
                {"field": "tags", "before": ["a", "b"], "value": []},
            ],
        });
        let decision: Decision = serde_json::from_value(decision).unwrap();
        expect_test::expect![[r#"
            corrected  no instant  agent:anna
              policy     0123456789ab
              outcome    category=network  note=not a disk
              category: storage → network
              severity: none → P1
              tags: a,b → none"#]]
        .assert_eq(&decision.told(Paint::new(false)));
    }

    #[test]
    fn targets_are_told_by_their_deadlines() {
        let outcome = json!({"sla": "gold", "targets": [
            {"target": "resolution", "due_at": "2026-11-22T06:30:00.000Z", "target_ms": 1}]});
        let told = plainly(outcome.as_object().unwrap(), &[]);
        assert_eq!(
            told,
            "sla=gold  targets=resolution due 2026-11-22T06:30:00.000Z"
        );
    }
}
