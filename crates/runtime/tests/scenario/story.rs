//! The log as people read it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use posthouse_bus::subject::{Said, said};
use posthouse_bus::{Delivery, Role};
use posthouse_domain::Timestamp;
use posthouse_domain::ticket::{
    Body, Considered, Fact, Features, Opened, Outcome, PolicyVersion, TargetDue,
};
use posthouse_testkit::builders;
use posthouse_wire::{DeadLetter, PolicyActivated};

/// The fact that a message of the log carries, if it does, and its log time.
pub(super) fn fact_of(delivery: &Delivery) -> Option<(Timestamp, Fact)> {
    matches!(said(&delivery.subject), Said::Fact(_)).then(|| {
        (
            delivery.stored_at,
            posthouse_wire::decode(&delivery.payload).unwrap(),
        )
    })
}

/// The whole log, a line for each message. Times are the log's for what went in, and the facts'
/// own for what `role` appended.
pub(super) fn tell(log: &[Delivery], role: Role) -> String {
    let mut names = BTreeMap::<PolicyVersion, String>::new();
    let mut story = String::new();
    for delivery in log {
        match said(&delivery.subject) {
            Said::PolicyActivated => {
                let told = PolicyActivated::decode(delivery.payload.clone()).unwrap();
                line(
                    &mut story,
                    delivery.stored_at,
                    '=',
                    &format!("bundle {} is in force", told.name),
                );
                names.insert(told.version, told.name);
            }
            Said::Fact(_) => {
                let (stored_at, fact) = fact_of(delivery).unwrap();
                let text = format!("{} {}", ticket(&fact), describe(&fact.body));
                if fact.actor.name == role.as_str() {
                    let policy = names.get(&fact.policy).map_or("?", String::as_str);
                    line(&mut story, fact.at, '<', &format!("{text} [{policy}]"));
                } else {
                    line(
                        &mut story,
                        stored_at,
                        '>',
                        &format!("{text} by {}", fact.actor),
                    );
                }
                story.push_str(&details(&fact.body));
            }
            Said::DeadLetter(_) => {
                let letter = DeadLetter::decode(delivery.payload.clone()).unwrap();
                line(
                    &mut story,
                    delivery.stored_at,
                    '!',
                    &format!("{}: {}", letter.code, letter.reason),
                );
            }
            _ => {}
        }
    }
    story
}

/// `11-23 09:00:00.000`
pub(crate) fn stamp(at: Timestamp) -> String {
    at.to_string()[5..23].replace('T', " ")
}

fn line(story: &mut String, at: Timestamp, mark: char, text: &str) {
    writeln!(story, "{} {mark} {text}", stamp(at)).unwrap();
}

fn ticket(fact: &Fact) -> String {
    let number = (0..100).find(|number| builders::ticket(*number) == fact.ticket);
    number.map_or_else(|| fact.ticket.to_string(), |number| format!("T{number}"))
}

/// What happened, in one line.
pub(crate) fn describe(body: &Body) -> String {
    let what = match body {
        Body::Opened(opened) => declared(opened),
        Body::Classified(labelled) => labels(&labelled.features),
        Body::Replied(replied) if replied.awaits_customer => {
            "and waits for the customer".to_owned()
        }
        Body::Assigned(assigned) => format!("to {}", assigned.agent),
        Body::Progressed(progressed) => format!("to {}", progressed.to),
        Body::Routed(routed) => {
            let step = match routed.step {
                0 => String::new(),
                step => format!(", step {step}"),
            };
            let why = match routed.why.as_str() {
                "" => String::new(),
                why => format!(": {why}"),
            };
            format!("to {} by {}{step}{why}", routed.queue, routed.rule)
        }
        Body::Transferred(it) if it.reason.is_empty() => format!("to {}", it.to),
        Body::Transferred(it) => format!("to {}: {}", it.to, it.reason),
        Body::Offered(it) => format!("to {} until {}", it.agent, stamp(it.until)),
        Body::Requeued(it) => format!("from {}: {}", it.agent, it.reason),
        Body::Timed(timed) if timed.sla.is_empty() => "by nothing".to_owned(),
        Body::Timed(timed) if timed.why.is_empty() => format!("by {}", timed.sla),
        Body::Timed(timed) => format!("by {}: {}", timed.sla, timed.why),
        Body::TargetWarned(it) => {
            let (target, percent, cycle) = (it.target, it.percent, it.cycle);
            format!(
                "{target} {percent} % of cycle {cycle}, due {}",
                stamp(it.due_at)
            )
        }
        Body::TargetBreached(it) => {
            format!(
                "{} of cycle {}, was due {}",
                it.target,
                it.cycle,
                stamp(it.due_at)
            )
        }
        Body::TargetAtRisk(it) => format!(
            "{} of cycle {} at {} permille, due {}",
            it.target,
            it.cycle,
            it.probability_permille,
            stamp(it.due_at)
        ),
        Body::Escalated(it) => format!(
            "{} of cycle {} to {} by step {} of {}: {}",
            it.target, it.cycle, it.to, it.step, it.ladder, it.reason
        ),
        Body::CompensationAccrued(it) => format!(
            "{} {} for {} of cycle {} by {}: {}",
            it.amount, it.currency, it.target, it.cycle, it.rule, it.computation
        ),
        Body::NotificationRequested(it) => {
            format!(
                "to {} by {} about {}: {}",
                it.receiver, it.rule, it.about, it.title
            )
        }
        Body::Notified(it) => {
            let again = if it.possible_duplicate {
                ", possible duplicate"
            } else {
                ""
            };
            format!(
                "{} at attempt {}{again}: {}",
                it.receiver, it.attempts, it.receipt
            )
        }
        Body::NotificationFailed(it) => {
            format!(
                "{} after {} attempts: {}",
                it.receiver, it.attempts, it.error
            )
        }
        _ => String::new(),
    };
    format!("{} {what}", body.kind()).trim_end().to_owned()
}

fn declared(opened: &Opened) -> String {
    let severity = opened.severity.map_or("", |severity| severity.as_str());
    let words = [
        &quoted(&opened.subject),
        severity,
        &opened.tier,
        &opened.region,
    ];
    let known: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    known.join(" ")
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn labels(features: &Features) -> String {
    let severity = features.severity.map_or("P?", |severity| severity.as_str());
    format!(
        "{severity} {} {} in {}",
        features.category,
        features.kind,
        quoted(&features.language)
    )
}

/// What was looked at and what came of it, a line each.
fn details(body: &Body) -> String {
    match body {
        Body::Routed(routed) => considered(&routed.considered),
        Body::Timed(timed) => considered(&timed.considered) + &targets(&timed.targets),
        _ => String::new(),
    }
}

/// Rules that did not match share a line with the next that is worth one.
fn considered(considered: &[Considered]) -> String {
    let mut text = String::new();
    let mut passed = 0;
    for it in considered {
        let outcome = match &it.outcome {
            Outcome::NoMatch => {
                passed += 1;
                continue;
            }
            Outcome::Chosen => "chosen".to_owned(),
            Outcome::Rejected(why) => format!("rejected, {why}"),
            Outcome::Failed(why) => format!("failed, {why}"),
        };
        let after = if passed > 0 {
            format!(", after {passed} that do not match")
        } else {
            String::new()
        };
        writeln!(text, "{:21}- {}: {outcome}{after}", "", it.rule).unwrap();
        passed = 0;
    }
    if passed > 0 {
        writeln!(text, "{:21}- {passed} that do not match", "").unwrap();
    }
    text
}

fn targets(targets: &[TargetDue]) -> String {
    targets
        .iter()
        .map(|it| {
            let since = stamp(it.started_at);
            let before = it
                .previous_due_at
                .map_or_else(String::new, |at| format!(", before {}", stamp(at)));
            format!(
                "{:21}* {} due {}{before}: {} of {} since {since}, cycle {}\n",
                "",
                it.target,
                stamp(it.due_at),
                it.promise,
                it.calendar,
                it.cycle,
            )
        })
        .collect()
}
