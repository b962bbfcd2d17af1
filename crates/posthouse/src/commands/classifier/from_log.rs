//! What a region's log teaches: its tickets, with what people said of their labels.
//!
//! A correction is a person's word and is always taught. A ticket that a person resolved without
//! correcting it confirms its labels, but weakly: the person may not have looked. Such tickets
//! teach only where that is asked for, and never where the classifier abstained.
//!
//! Tickets that were folded into an incident say what the incident says, hundreds of times, so they
//! teach only what people corrected.
//!
//! # Invariants
//!
//! - Facts that are void for everybody else teach nothing: tickets are folded as everywhere.
//! - Equal logs give equal rows, in the order of partitions and tickets.
//! - At most [`TICKETS_MAX`] tickets are in memory.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use futures::StreamExt;
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Until};
use posthouse_domain::ticket::{ActorKind, Body, Fact, FactKind, Labels, Opened, Ticket, Verdict};
use posthouse_domain::{TicketId, Timestamp};
use posthouse_model::{Corpus, Label};

use super::store::Region;
use crate::cli::classifier::models::FromLogArgs;
use crate::exit::Error;

/// Most tickets that are read from a log at once. With texts of a kilobyte that is half a gigabyte.
pub(super) const TICKETS_MAX: usize = 500_000;

/// A ticket of the log.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// What was reported.
    pub(super) opened: Opened,
    /// How it stands, by all facts up to now.
    pub(super) ticket: Ticket,
    /// How sure the classifier was last, in thousandths; `None` where it has not labelled it.
    pub(super) confidence_permille: Option<u16>,
    /// Whether a person of the support organisation said that it is solved.
    pub(super) was_resolved_by_a_person: bool,
}

/// One ticket to learn from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The ticket's number.
    pub(super) number: String,
    /// One line.
    pub(super) subject: String,
    /// The whole text.
    pub(super) body: String,
    /// What is known of its labels.
    pub(super) labels: Labels,
}

/// Rows to learn from, of the tickets opened since then; with the weakly confirmed ones where
/// `confirmed`.
///
/// # Errors
///
/// As [`tickets`].
pub(super) async fn rows_from_log(
    bus: &dyn Bus,
    topology: &Topology,
    since: Option<Timestamp>,
    confirmed: bool,
) -> Result<Vec<Row>, Error> {
    let told = tickets(bus, topology, since).await?;
    Ok(told
        .into_iter()
        .filter_map(|told| told.row(confirmed))
        .collect())
}

/// The tickets of a region's log that were opened since then, as the log is now.
///
/// # Errors
///
/// When the bus fails, and when there are more than [`TICKETS_MAX`].
pub(super) async fn tickets(
    bus: &dyn Bus,
    topology: &Topology,
    since: Option<Timestamp>,
) -> Result<Vec<Told>, Error> {
    let mut all = Vec::new();
    for partition in 0..topology.subjects.partitions() {
        let filters: Vec<String> = FactKind::LIFE
            .iter()
            .map(|kind| topology.subjects.fact_kind(partition, *kind))
            .collect();
        let stream = topology.log_stream(partition);
        let mut deliveries = bus.read(&stream, &filters, 1, Until::Now).await?;
        let mut tickets = BTreeMap::new();
        while let Some(delivery) = deliveries.next().await {
            let delivery = delivery?;
            // What cannot be read is a dead letter elsewhere, and nothing to learn from.
            let Ok(fact) = posthouse_wire::decode(&delivery.payload) else {
                continue;
            };
            take(&mut tickets, &fact, delivery.stored_at, since);
            if all.len() + tickets.len() > TICKETS_MAX {
                return Err(too_many());
            }
        }
        all.extend(tickets.into_values());
    }
    Ok(all)
}

fn too_many() -> Error {
    let message = format!("read the log: it has more than {TICKETS_MAX} tickets");
    Error::failed(message).hint("--since reads the newer ones only")
}

/// Folds a fact into the tickets that are known.
fn take(
    tickets: &mut BTreeMap<TicketId, Told>,
    fact: &Fact,
    log_time: Timestamp,
    since: Option<Timestamp>,
) {
    match (&fact.body, tickets.get_mut(&fact.ticket)) {
        (_, Some(told)) => told.take(fact, log_time),
        (Body::Opened(opened), None) if since.is_none_or(|since| log_time >= since) => {
            if let Ok(ticket) = Ticket::open(fact, log_time) {
                let told = Told {
                    opened: opened.clone(),
                    ticket,
                    confidence_permille: None,
                    was_resolved_by_a_person: false,
                };
                tickets.insert(fact.ticket, told);
            }
        }
        // An older ticket, or one whose opening the log no longer holds.
        (_, None) => {}
    }
}

impl Told {
    fn take(&mut self, fact: &Fact, log_time: Timestamp) {
        if let Verdict::Void(_) = self.ticket.apply(fact, log_time) {
            return;
        }
        match &fact.body {
            Body::Classified(body) => self.confidence_permille = Some(body.confidence_permille),
            Body::Resolved(_) => {
                self.was_resolved_by_a_person = fact.actor.kind == ActorKind::Agent;
            }
            Body::Reopened(_) => self.was_resolved_by_a_person = false,
            _ => {}
        }
    }

    /// Whether people said something of its labels.
    pub(super) fn is_corrected(&self) -> bool {
        !self.ticket.corrected.is_empty()
    }

    /// Whether a person dealt with it and let its labels stand.
    fn is_confirmed(&self) -> bool {
        let features = &self.ticket.features;
        self.was_resolved_by_a_person
            && self.confidence_permille.is_some()
            && !features.abstained
            && features.incident.is_empty()
    }

    /// What it teaches, if anything.
    fn row(self, confirmed: bool) -> Option<Row> {
        let labels = if confirmed && self.is_confirmed() {
            self.labels()
        } else {
            self.ticket.corrected
        };
        (!labels.is_empty()).then_some(Row {
            number: self.opened.number,
            subject: self.opened.subject,
            body: self.opened.body,
            labels,
        })
    }

    /// All its labels as they stand; corrections are among them.
    fn labels(&self) -> Labels {
        let features = &self.ticket.features;
        let word = |word: &String| (!word.is_empty()).then(|| word.clone());
        Labels {
            category: word(&features.category),
            kind: word(&features.kind),
            severity: features.severity,
            sentiment: features.sentiment,
            language: word(&features.language),
            tags: Some(features.tags.clone()),
        }
    }
}

/// Adds what a log teaches to a corpus, as far as it speaks of the corpus's fields. A label
/// `outside` says that the text comes from outside.
pub(super) fn extend(corpus: &mut Corpus, rows: &[Row], outside: &str) {
    let fields = &corpus.fields;
    let learnt = rows.iter().map(|row| posthouse_model::Row {
        subject: row.subject.clone(),
        body: row.body.clone(),
        labels: fields
            .iter()
            .map(|field| match row.label(field) {
                Label::One(label) if label == outside => Label::Outside,
                label => label,
            })
            .collect(),
    });
    let is_told = |label: &Label| *label != Label::Missing;
    let learnt: Vec<_> = learnt
        .filter(|row| row.labels.iter().any(is_told))
        .collect();
    corpus.rows.extend(learnt);
}

/// Adds what the log of the region that is meant teaches; gives how many rows that is.
///
/// # Errors
///
/// As [`rows_from_log`], and when the region cannot be reached.
pub(super) async fn learn(
    corpus: &mut Corpus,
    args: &FromLogArgs,
    outside: &str,
) -> Result<usize, Error> {
    let region = Region::open(&args.region).await?;
    let (bus, since) = (region.bus.as_ref(), args.since.since);
    let rows = rows_from_log(bus, &region.topology, since, args.confirmed).await?;
    region.bus.close().await?;
    let before = corpus.rows.len();
    extend(corpus, &rows, outside);
    Ok(corpus.rows.len() - before)
}

impl Row {
    /// What it says to one head's question.
    fn label(&self, field: &str) -> Label {
        let labels = &self.labels;
        let one = |label: Option<&str>| match label {
            Some(label) => Label::One(label.to_owned()),
            None => Label::Missing,
        };
        match field {
            "category" => one(labels.category.as_deref()),
            "kind" => one(labels.kind.as_deref()),
            "severity" => one(labels.severity.map(|severity| severity.as_str())),
            "sentiment" => one(labels.sentiment.map(|sentiment| sentiment.as_str())),
            "language" => one(labels.language.as_deref()),
            "tags" => labels
                .tags
                .as_ref()
                .map_or(Label::Missing, |tags| Label::Many(tags.clone())),
            _ => Label::Missing,
        }
    }
}
