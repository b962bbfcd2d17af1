//! The decisions, told to people and to programs.

use posthouse_domain::Timestamp;
use posthouse_domain::sla::Calendar;
use posthouse_domain::ticket::{Body, Choice, Considered, Outcome, TargetDue};
use posthouse_policy::Policy;
use serde_json::{Value, json};

use super::decide::Explained;
use super::dimensions;
use crate::exit::Error;
use crate::output::{Output, Paint, Table};

/// The explanation as one object.
pub(super) fn object(explained: &Explained, policy: &Policy) -> Value {
    let features = &explained.classified.features;
    let timed = explained.timed.as_ref();
    let targets: Vec<Value> = timed
        .iter()
        .flat_map(|timed| &timed.targets)
        .map(|target| target_object(target, policy))
        .collect();
    json!({
        "policy": {"name": policy.name, "version": policy.version},
        "at": explained.at,
        "region": explained.region,
        "severity": features.severity.map(posthouse_domain::ticket::Severity::as_str),
        "category": features.category,
        "kind": features.kind,
        "language": features.language,
        "sentiment": features.sentiment.map(posthouse_domain::ticket::Sentiment::as_str),
        "tags": features.tags,
        "missing": explained.classified.missing,
        "abstained": features.abstained,
        "signals": explained.classified.signals,
        "question": explained.question.as_ref().map(|question| &question.text),
        "confidence_permille": explained.classified.confidence_permille,
        "model": explained.classified.model,
        "reasons": explained.classified.reasons,
        "rule": explained.routing.rule,
        "queue": explained.routing.queue.to_string(),
        "considered": considered(&explained.routing.considered),
        "dimensions": dimensions::of(
            &explained.routing.features,
            &explained.standing,
            policy,
            explained.at,
        ),
        "later": explained.later.iter().map(later).collect::<Vec<_>>(),
        "agents": explained.agents,
        "sla": timed.map(|timed| &timed.sla),
        "slas_considered": timed.map(|timed| considered(&timed.considered)),
        "targets": targets,
    })
}

/// One thing that the router does while nobody takes the ticket.
fn later((at, body): &(Timestamp, Body)) -> Value {
    match body {
        Body::Routed(routed) => json!({
            "at": at,
            "step": routed.step,
            "queue": routed.queue.to_string(),
            "why": routed.why,
            "considered": considered(&routed.considered),
        }),
        Body::Transferred(transferred) => json!({
            "at": at,
            "to": transferred.to.to_string(),
            "why": transferred.reason,
        }),
        other => json!({"at": at, "fact": other.kind().as_str()}),
    }
}

fn target_object(target: &TargetDue, policy: &Policy) -> Value {
    json!({
        "target": target.target.as_str(),
        "target_ms": target.promise.working_ms(),
        "business_days": target.promise.business_days(),
        "calendar": target.calendar,
        "sla": target.sla,
        "started_at": target.started_at,
        "due_at": in_zone(target.due_at, policy.slas.calendars.get(&target.calendar)),
    })
}

fn considered(considered: &[Considered]) -> Vec<Value> {
    let one = |considered: &Considered| {
        let (outcome, why) = outcome(&considered.outcome);
        match why {
            "" => json!({"rule": considered.rule, "outcome": outcome}),
            why => json!({"rule": considered.rule, "outcome": outcome, "why": why}),
        }
    };
    considered.iter().map(one).collect()
}

fn outcome(outcome: &Outcome) -> (&'static str, &str) {
    match outcome {
        Outcome::Chosen => ("chosen", ""),
        Outcome::NoMatch => ("no_match", ""),
        Outcome::Rejected(why) => ("rejected", why),
        Outcome::Failed(why) => ("failed", why),
    }
}

/// The explanation, in the order in which the decisions are made.
pub(super) fn people(explained: &Explained, policy: &Policy, output: &Output) -> Result<(), Error> {
    let paint = output.paint();
    let version = policy.version.short();
    let (at, region) = (explained.at, &explained.region);
    output.line(paint.faint(&format!("policy {} {version}, {region}, {at}", policy.name)))?;
    output.line("")?;
    output.line(paint.strong("Labels"))?;
    output.table(labels(explained))?;
    if !explained.classified.missing.is_empty() {
        output.line(format!(
            "missing: {}",
            explained.classified.missing.join(", ")
        ))?;
    }
    if let Some(question) = &explained.question {
        output.line("")?;
        output.line(paint.strong("Question"))?;
        output.line(&question.text)?;
    }
    output.line("")?;
    output.line(format!(
        "{} {}",
        paint.strong("Queue"),
        explained.routing.queue
    ))?;
    candidates(&explained.routing.considered, paint, output)?;
    output.line("")?;
    people_later(explained, output)?;
    agents(explained.agents.as_ref(), output)?;
    let Some(timed) = &explained.timed else {
        return output.line(format!("{} nothing is promised", paint.strong("SLA")));
    };
    output.line(format!("{} {}", paint.strong("SLA"), timed.sla))?;
    candidates(&timed.considered, paint, output)?;
    output.table(targets(&timed.targets, policy))
}

/// What happens while nobody takes it.
fn people_later(explained: &Explained, output: &Output) -> Result<(), Error> {
    if explained.later.is_empty() {
        return Ok(());
    }
    output.line(output.paint().strong("While nobody takes it"))?;
    for (at, body) in &explained.later {
        let told = match body {
            Body::Routed(routed) => format!("{}: {}", routed.queue, routed.why),
            Body::Transferred(to) => format!("to {}: {}", to.to, to.reason),
            other => other.kind().to_string(),
        };
        output.line(format!("  {at} {told}"))?;
    }
    output.line("")
}

/// Whom it would be offered to, and who lost by what.
fn agents(choice: Option<&Choice>, output: &Output) -> Result<(), Error> {
    let paint = output.paint();
    let Some(choice) = choice else {
        output.line(format!(
            "{} nobody on the roster could take it now",
            paint.strong("Agents")
        ))?;
        return output.line("");
    };
    output.line(format!(
        "{} {}, were everybody on the roster ready",
        paint.strong("Agents"),
        choice.winner.agent
    ))?;
    for left in &choice.agents {
        output.line(paint.faint(&format!("  {} after {}", left.agents, left.mask)))?;
    }
    for lost in &choice.runners_up {
        output.line(format!("  ✗ {}: {}", lost.agent, lost.lost_by))?;
    }
    output.line("")
}

fn labels(explained: &Explained) -> Table {
    let mut table = Table::new(["label", "value", "rule", "because of"]);
    for reason in &explained.classified.reasons {
        table.fields([
            reason.field.as_str().into(),
            reason.value.as_str().into(),
            reason.rule.as_str().into(),
            reason.evidence.as_str().into(),
        ]);
    }
    table
}

fn candidates(considered: &[Considered], paint: Paint, output: &Output) -> Result<(), Error> {
    for Considered {
        rule,
        outcome: became,
    } in considered
    {
        output.line(match outcome(became) {
            ("chosen", _) => paint.good(&format!("  ✓ {rule}")),
            ("no_match", _) => paint.faint(&format!("  · {rule}")),
            (outcome, why) => format!("  ✗ {rule}: {outcome}: {why}"),
        })?;
    }
    Ok(())
}

fn targets(targets: &[TargetDue], policy: &Policy) -> Table {
    let mut table = Table::new(["target", "within", "calendar", "due"]);
    for target in targets {
        let calendar = policy.slas.calendars.get(&target.calendar);
        table.fields([
            target.target.as_str().into(),
            target.promise.to_string().into(),
            target.calendar.as_str().into(),
            in_zone(target.due_at, calendar).into(),
        ]);
    }
    table
}

/// An instant in RFC 3339, with the offset that holds then where the calendar is at home.
fn in_zone(at: Timestamp, calendar: Option<&Calendar>) -> String {
    match calendar {
        Some(calendar) => {
            let offset = calendar.time_zone().to_offset(at.to_jiff());
            at.to_jiff().display_with_offset(offset).to_string()
        }
        None => at.to_string(),
    }
}
