//! What is told of, and what templates may say of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fluent_bundle::{FluentArgs, FluentValue};
use posthouse_domain::Timestamp;
use posthouse_domain::notify::Audience;
use posthouse_domain::ticket::{ActorKind, Body, Destination, FactKind, Features};
use unic_langid::LanguageIdentifier;

use crate::date;
use crate::form::without_commands;

/// A fact of a ticket that somebody is told of.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    /// What happened.
    pub body: &'a Body,
    /// When it happened.
    pub at: Timestamp,
    /// Who caused it.
    pub by: ActorKind,
    /// The ticket, as whoever is told may see it.
    pub features: &'a Features,
    /// For whom it is written.
    pub audience: Audience,
    /// The template, where a rule names one; else that of the kind of fact.
    pub template: Option<&'a str>,
    /// The languages that whoever is told reads, the best first, BCP 47; empty ones are passed
    /// over.
    pub languages: &'a [&'a str],
    /// The time zone for dates, an IANA name; UTC where it is not known.
    pub zone: &'a str,
    /// What becomes of texts that people wrote, such as masking what is personal in them.
    pub written: fn(&str) -> String,
}

/// What every template may say.
const COMMON: &[&str] = &[
    "about", "by", "category", "customer", "kind", "number", "opened", "product", "queue",
    "region", "reopens", "severity", "state", "subject", "tier",
];

/// What a template of a kind of fact may say besides.
const fn own(kind: FactKind) -> &'static [&'static str] {
    match kind {
        FactKind::Replied => &["text"],
        FactKind::Assigned | FactKind::Accepted => &["agent"],
        FactKind::Progressed | FactKind::Transferred => &["to", "reason"],
        FactKind::Resolved => &["summary"],
        FactKind::Reopened | FactKind::Closed | FactKind::Unfolded => &["reason"],
        FactKind::TargetWarned | FactKind::TargetAtRisk => {
            &["target", "percent", "due", "left", "unit"]
        }
        FactKind::TargetBreached => &["target", "due"],
        FactKind::Escalated => &["target", "to", "reason", "ladder", "step", "due"],
        FactKind::CompensationAccrued => &["target", "amount", "currency", "computation"],
        FactKind::InfoRequested => &["question"],
        FactKind::Corrected => &["note"],
        FactKind::Folded => &["incident"],
        FactKind::Offered => &["agent", "due"],
        FactKind::Declined => &["agent", "reason"],
        FactKind::Requeued => &["agent", "why"],
        _ => &[],
    }
}

/// The variables of a template about a kind of fact.
pub(crate) fn variables(kind: FactKind) -> Vec<&'static str> {
    [COMMON, own(kind)].concat()
}

/// The variables that every template has, whatever it is about.
pub(crate) fn common_variables() -> Vec<&'static str> {
    COMMON.to_vec()
}

/// The fields that staff see below the text, in order; those without a value are left out.
const FIELDS_STAFF: &[&str] = &[
    "customer",
    "tier",
    "region",
    "product",
    "category",
    "queue",
    "opened",
    "due",
    "reason",
    "ladder",
    "step",
    "computation",
    "summary",
    "note",
];
/// The fields that customers see.
const FIELDS_CUSTOMER: &[&str] = &["number", "subject", "opened"];

/// The variables that are shown as fields, in order. A question stands alone: the policy says
/// what comes before and after it.
pub(crate) const fn fields(audience: Audience, kind: FactKind) -> &'static [&'static str] {
    match (audience, kind) {
        (_, FactKind::InfoRequested) => &[],
        (Audience::Staff, _) => FIELDS_STAFF,
        (Audience::Customer, _) => FIELDS_CUSTOMER,
    }
}

/// Every variable that is shown as a field somewhere.
pub(crate) fn all_fields() -> Vec<&'static str> {
    let mut all = [FIELDS_STAFF, FIELDS_CUSTOMER].concat();
    all.sort_unstable();
    all.dedup();
    all
}

/// One value, before a language gives it its form.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(String),
    Number(u64),
    Instant(Timestamp),
}

/// The values of the variables.
#[derive(Clone, Debug)]
pub(crate) struct Values<'a> {
    values: BTreeMap<&'static str, Value>,
    zone: &'a str,
}

impl<'a> Values<'a> {
    pub(crate) fn of(telling: &Telling<'a>) -> Self {
        let mut values = Self {
            values: BTreeMap::new(),
            zone: telling.zone,
        };
        values.take_common(telling);
        values.take_own(telling);
        values
    }

    /// The values in the form of a language.
    pub(crate) fn args(&self, language: &LanguageIdentifier) -> FluentArgs<'_> {
        let values = self.values.iter();
        values
            .map(|(name, value)| {
                let value = match value {
                    Value::Text(text) => FluentValue::from(text.as_str()),
                    Value::Number(number) => FluentValue::from(*number),
                    Value::Instant(at) => date::instant(*at, self.zone, language).into(),
                };
                (*name, value)
            })
            .collect()
    }

    /// One value as text in the form of a language; `None` where nothing is known.
    pub(crate) fn shown(&self, name: &str, language: &LanguageIdentifier) -> Option<String> {
        let text = match self.values.get(name)? {
            Value::Text(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Instant(at) => date::instant(*at, self.zone, language),
        };
        (!text.is_empty()).then_some(text)
    }

    /// A key or a word: one line.
    fn line(&mut self, name: &'static str, text: &str) {
        let text = without_commands(text);
        let words: Vec<&str> = text.split_whitespace().collect();
        self.values.insert(name, Value::Text(words.join(" ")));
    }

    fn number(&mut self, name: &'static str, number: impl Into<u64>) {
        self.values.insert(name, Value::Number(number.into()));
    }

    fn instant(&mut self, name: &'static str, at: Timestamp) {
        self.values.insert(name, Value::Instant(at));
    }

    fn take_common(&mut self, telling: &Telling<'_>) {
        let features = telling.features;
        self.line("about", telling.body.kind().as_str());
        let by_customer = telling.by == ActorKind::Customer;
        self.line("by", if by_customer { "customer" } else { "agent" });
        for (name, text) in [
            ("category", &features.category),
            ("customer", &features.customer),
            ("kind", &features.kind),
            ("number", &features.number),
            ("product", &features.product),
            ("queue", &features.queue),
            ("region", &features.region),
            ("subject", &features.excerpt),
            ("tier", &features.tier),
        ] {
            self.line(name, text);
        }
        self.line("state", features.state.as_str());
        let severity = features.severity.map_or("P?", |severity| severity.as_str());
        self.line("severity", severity);
        self.number("reopens", features.reopens);
        self.instant("opened", features.opened_at);
    }

    fn take_own(&mut self, telling: &Telling<'_>) {
        let written = telling.written;
        match telling.body {
            Body::Replied(replied) => self.paragraphs("text", &written(&replied.text)),
            Body::Assigned(assigned) => self.line("agent", &assigned.agent),
            Body::Progressed(progressed) => {
                self.line("to", progressed.to.as_str());
                self.line("reason", &written(&progressed.reason));
            }
            Body::Resolved(resolved) => self.line("summary", &written(&resolved.summary)),
            Body::Reopened(reopened) => self.line("reason", &written(&reopened.reason)),
            Body::Closed(closed) => self.line("reason", &written(&closed.reason)),
            Body::Unfolded(unfolded) => self.line("reason", &written(&unfolded.reason)),
            Body::TargetWarned(warned) => {
                self.line("target", warned.target.as_str());
                self.number("percent", warned.percent);
                self.due(warned.due_at, telling.at);
            }
            Body::TargetBreached(breached) => {
                self.line("target", breached.target.as_str());
                self.instant("due", breached.due_at);
            }
            Body::TargetAtRisk(at_risk) => {
                self.line("target", at_risk.target.as_str());
                self.number("percent", at_risk.probability_permille / 10);
                self.due(at_risk.due_at, telling.at);
            }
            Body::Escalated(escalated) => {
                self.line("target", escalated.target.as_str());
                self.line("to", &escalated.to);
                self.line("reason", &escalated.reason);
                self.line("ladder", &escalated.ladder);
                self.number("step", escalated.step);
                self.instant("due", escalated.due_at);
            }
            Body::CompensationAccrued(accrued) => {
                self.line("target", accrued.target.as_str());
                self.line("amount", &accrued.amount);
                self.line("currency", &accrued.currency);
                self.line("computation", &accrued.computation);
            }
            Body::InfoRequested(asked) => self.paragraphs("question", &asked.text),
            Body::Corrected(corrected) => self.line("note", &written(&corrected.note)),
            Body::Folded(folded) => self.line("incident", &folded.number),
            Body::Offered(offered) => {
                self.line("agent", &offered.agent);
                self.instant("due", offered.until);
            }
            Body::Accepted(accepted) => self.line("agent", &accepted.agent),
            Body::Declined(declined) => {
                self.line("agent", &declined.agent);
                self.line("reason", &written(&declined.reason));
            }
            Body::Requeued(requeued) => {
                self.line("agent", &requeued.agent);
                self.line("why", requeued.reason.as_str());
            }
            Body::Transferred(transferred) => {
                self.line("to", &key_of(&transferred.to));
                self.line("reason", &written(&transferred.reason));
            }
            _ => {}
        }
    }

    /// Text of several lines.
    fn paragraphs(&mut self, name: &'static str, text: &str) {
        let text = without_commands(text).trim().to_owned();
        self.values.insert(name, Value::Text(text));
    }

    /// When something is due, and how long that is from now: whole minutes below two hours,
    /// hours below two days, days from there.
    fn due(&mut self, due: Timestamp, now: Timestamp) {
        const MINUTE_MS: u64 = 60_000;
        const HOUR_MS: u64 = 60 * MINUTE_MS;
        const DAY_MS: u64 = 24 * HOUR_MS;
        self.instant("due", due);
        let left_ms = u64::try_from(due.millis_since(now)).unwrap_or(0);
        let (unit, unit_ms) = match left_ms {
            ms if ms < 2 * HOUR_MS => ("minute", MINUTE_MS),
            ms if ms < 2 * DAY_MS => ("hour", HOUR_MS),
            _ => ("day", DAY_MS),
        };
        self.line("unit", unit);
        self.number("left", left_ms / unit_ms);
    }
}

/// The key of a place, without the word for what sort of place it is: words are for templates.
fn key_of(place: &Destination) -> Cow<'_, str> {
    match place {
        Destination::Queue(queue) => Cow::Owned(queue.to_string()),
        Destination::Level(key) | Destination::Agent(key) | Destination::Region(key) => {
            Cow::Borrowed(key)
        }
    }
}

#[cfg(test)]
mod tests {
    use posthouse_testkit::builders::{features, opened};
    use posthouse_testkit::strategies;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_checked_is_what_templates_get(fact in strategies::fact()) {
            let features = features(&opened("It burns"));
            let telling = Telling {
                body: &fact.body,
                at: fact.at,
                by: fact.actor.kind,
                features: &features,
                audience: Audience::Staff,
                template: None,
                languages: &[],
                zone: "Asia/Shanghai",
                written: str::to_owned,
            };
            let values = Values::of(&telling);
            let mut promised = variables(fact.body.kind());
            promised.sort_unstable();
            let there: Vec<&str> = values.values.keys().copied().collect();
            prop_assert_eq!(there, promised);
        }
    }
}
