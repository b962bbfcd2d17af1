//! What a label was before a person corrected it.
//!
//! A correction says what a label is; only the fold of what stands before it tells what it was.

use std::collections::HashMap;

use posthouse_domain::FactId;
use posthouse_domain::ticket::{Body, Features, Labels, Sentiment, Severity, Ticket};
use serde_json::{Value, json};

use crate::ticket::KeptFact;

/// For each correction among the facts of a ticket, in the order of the log: the labels that it
/// speaks of, with what they were and what they became.
pub(crate) fn changes(facts: &[KeptFact]) -> HashMap<FactId, Vec<Value>> {
    let mut changes = HashMap::new();
    let mut folded: Option<Ticket> = None;
    for kept in facts {
        let Some(ticket) = &mut folded else {
            folded = Ticket::open(&kept.fact, kept.log_time).ok();
            continue;
        };
        if let Body::Corrected(corrected) = &kept.fact.body {
            let told = told(&ticket.features, &corrected.labels);
            // A repeat has the identity of the first, which alone changed something.
            changes.entry(kept.fact.id).or_insert(told);
        }
        ticket.apply(&kept.fact, kept.log_time);
    }
    changes
}

/// Each label that is spoken of: `{"field","before","value"}`.
fn told(before: &Features, labels: &Labels) -> Vec<Value> {
    let change = |field: &str, before: Value, value: Option<Value>| {
        Some(json!({"field": field, "before": before, "value": value?}))
    };
    let word = |word: &Option<String>| word.as_ref().map(|word| json!(word));
    let severity = |severity: Option<Severity>| severity.map(|it| json!(it.as_str()));
    let sentiment = |sentiment: Option<Sentiment>| sentiment.map(|it| json!(it.as_str()));
    [
        change("category", json!(before.category), word(&labels.category)),
        change("kind", json!(before.kind), word(&labels.kind)),
        change(
            "severity",
            severity(before.severity).unwrap_or_default(),
            severity(labels.severity),
        ),
        change(
            "sentiment",
            sentiment(before.sentiment).unwrap_or_default(),
            sentiment(labels.sentiment),
        ),
        change("language", json!(before.language), word(&labels.language)),
        change(
            "tags",
            json!(before.tags),
            labels.tags.as_ref().map(|tags| json!(tags)),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
