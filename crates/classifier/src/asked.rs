//! What customers were asked for, kept until they gave it or the ticket ended.
//!
//! A reply of the customer that gives some of it is a round of its own: a `classified` that says
//! what is still missing. Its labels are those of the round before; a few words in a reply are no
//! reason to move a ticket.

use posthouse_domain::ticket::{
    ActorKind, Classified, Fact, Features, InfoRequested, Reason, Replied,
};
use posthouse_runtime::{Refusal, Tickets, View};
use posthouse_store::Table;
use serde::{Deserialize, Serialize};

use crate::Engine;
use crate::combine::reason;

/// One row for each ticket whose customer was asked for something.
pub(crate) const ASKED: Table = Table::new("asked");

/// What a customer was asked for and has not given yet.
#[derive(Serialize, Deserialize)]
struct Row {
    missing: Vec<String>,
    /// The labels of the last round.
    features: Features,
    confidence_permille: u16,
}

/// Remembers that the customer was asked; only for what there was a question.
pub(crate) fn remember(
    view: &mut View,
    fact: &Fact,
    classified: &Classified,
    asked: &InfoRequested,
) -> Result<(), Refusal> {
    let keys = asked.questions.iter().map(|question| question.key.clone());
    let row = Row {
        missing: keys.collect(),
        features: classified.features.clone(),
        confidence_permille: classified.confidence_permille,
    };
    Tickets::new(ASKED).put(view, fact.ticket, &row)
}

/// Forgets the ticket: it ended.
pub(crate) fn forget(view: &mut View, fact: &Fact) {
    view.delete(ASKED, fact.ticket.0.as_bytes().to_vec());
}

/// The next round of a ticket, where a reply gives what was asked for.
pub(crate) fn answered(
    view: &mut View,
    fact: &Fact,
    replied: &Replied,
    engine: &Engine,
) -> Result<Option<Classified>, Refusal> {
    if fact.actor.kind != ActorKind::Customer {
        return Ok(None);
    }
    let rows = Tickets::new(ASKED);
    let Some(row) = rows.get::<Row>(view, fact.ticket)? else {
        return Ok(None);
    };
    let given = engine.given(&row.missing, &replied.text);
    if given.is_empty() {
        return Ok(None);
    }
    let reasons: Vec<Reason> = given
        .iter()
        .map(|(key, seen)| reason("missing", key, "replied", seen.clone()))
        .collect();
    let is_given = |key: &String| given.iter().any(|(given, _)| given == key);
    let missing: Vec<String> = row
        .missing
        .iter()
        .filter(|key| !is_given(key))
        .cloned()
        .collect();
    if missing.is_empty() {
        forget(view, fact);
    } else {
        let row = Row {
            missing: missing.clone(),
            features: row.features.clone(),
            ..row
        };
        rows.put(view, fact.ticket, &row)?;
    }
    Ok(Some(Classified {
        features: row.features,
        missing,
        confidence_permille: row.confidence_permille,
        model: engine.version().to_owned(),
        reasons,
        personal: Vec::new(),
        similar: Vec::new(),
        signals: Vec::new(),
    }))
}
