//! One batch of the log, folded into the database in one transaction.
//!
//! The position of each stream is in the same transaction as what it led to, so after a crash
//! the fold goes on exactly behind what it has. A ticket's row is read and written once for each
//! batch, however many of its facts are in it.

mod rows;

use std::collections::HashMap;

use posthouse_bus::subject::{Said, partition_in, said};
use posthouse_bus::{Delivery, header};
use posthouse_domain::ticket::Fact;
use posthouse_domain::{TicketId, Timestamp};
use posthouse_runtime::trace::SpanContext;
use posthouse_wire::{DeadLetter, DeadLetterSettled, PolicyActivated, Settlement};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::agents;
use crate::counts::Counts;
use crate::error::{Doing, Error};
use crate::events::Event;
use crate::folded::Folded;
use crate::place::Place;
use crate::preferences;
use crate::trace;

use self::rows::Row;

/// Why a fact of a ticket that was never opened is void.
pub(crate) const ORPHAN: &str = "orphan";

/// Deliveries of one stream, in order.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// The stream's number.
    pub(crate) stream: u16,
    /// What it delivered.
    pub(crate) deliveries: Vec<Delivery>,
}

/// What a batch did.
#[derive(Debug)]
pub(crate) struct Written {
    /// The counts after it.
    pub(crate) counts: Counts,
    /// When the log stored the newest message of it.
    pub(crate) newest: Timestamp,
    /// The last sequence of each stream in it.
    pub(crate) positions: Vec<(u16, u64)>,
    /// What to tell listeners.
    pub(crate) events: Vec<Event>,
}

/// Folds a batch in. Nothing of it is kept when this fails.
///
/// # Errors
///
/// Those of the database; the batch may be written again.
pub(crate) fn write(
    connection: &mut Connection,
    region: &str,
    batch: &[Chunk],
    counts: Counts,
    wants_events: bool,
) -> Result<Written, Error> {
    let transaction = connection.transaction().doing("begin a batch")?;
    let mut fold = Fold {
        transaction: &transaction,
        region,
        counts,
        tickets: HashMap::new(),
        events: wants_events.then(Vec::new),
    };
    let (mut newest, mut positions) = (Timestamp::MIN, Vec::new());
    for chunk in batch {
        let position = fold.position(chunk.stream)?;
        let new = chunk
            .deliveries
            .iter()
            .filter(|delivery| delivery.sequence > position);
        for delivery in new {
            fold.message(Place::new(chunk.stream, delivery.sequence), delivery)?;
        }
        if let Some(last) = chunk.deliveries.last() {
            newest = newest.max(last.stored_at);
            fold.move_position(chunk.stream, last)?;
            positions.push((chunk.stream, last.sequence));
        }
    }
    fold.write_tickets()?;
    let Fold {
        counts: after,
        events,
        ..
    } = fold;
    after
        .store(&counts, &transaction)
        .doing("write the counts")?;
    transaction.commit().doing("commit a batch")?;
    Ok(Written {
        counts: after,
        newest,
        positions,
        events: events.unwrap_or_default(),
    })
}

struct Fold<'t> {
    transaction: &'t Transaction<'t>,
    region: &'t str,
    counts: Counts,
    /// The tickets of this batch; `None` for those that were never opened.
    tickets: HashMap<TicketId, Option<Row>>,
    events: Option<Vec<Event>>,
}

impl Fold<'_> {
    /// Takes one message in. One that this version cannot read is counted and passed over: the
    /// roles that should have handled it make dead letters of it, with the reason.
    fn message(&mut self, place: Place, delivery: &Delivery) -> Result<(), Error> {
        let payload = delivery.payload.as_ref();
        match said(&delivery.subject) {
            Said::Fact(_) => match posthouse_wire::decode(payload) {
                Ok(fact) => self.fact(place, delivery, &fact),
                Err(error) => self.unreadable(delivery, &error.to_string()),
            },
            Said::PolicyActivated => match PolicyActivated::decode(payload) {
                Ok(activated) => self.policy(place, delivery, &activated),
                Err(error) => self.unreadable(delivery, &error.to_string()),
            },
            Said::DeadLetter(_) => match DeadLetter::decode(payload) {
                Ok(letter) => self.dead_letter(place, &letter),
                Err(error) => self.unreadable(delivery, &error.to_string()),
            },
            Said::DeadLetterSettled(_) => match DeadLetterSettled::decode(payload) {
                Ok(settled) => self.settlement(&settled),
                Err(error) => self.unreadable(delivery, &error.to_string()),
            },
            Said::Tick | Said::Claim => Ok(()),
            Said::Unknown => self.unreadable(delivery, "the subject says nothing that is known"),
        }
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "one of the arms that all end alike"
    )]
    fn unreadable(&mut self, delivery: &Delivery, why: &str) -> Result<(), Error> {
        let (stream, sequence) = (&delivery.stream, delivery.sequence);
        tracing::warn!(%stream, sequence, why, "a message of the log cannot be read");
        self.counts.unreadable += 1;
        Ok(())
    }

    fn fact(&mut self, place: Place, delivery: &Delivery, fact: &Fact) -> Result<(), Error> {
        let log_time = delivery.stored_at;
        agents::hear(self.transaction, fact, log_time)?;
        preferences::hear(self.transaction, fact, log_time)?;
        if !fact.body.kind().is_about_ticket() {
            self.counts.facts += 1;
            return Ok(());
        }
        let void = self.apply(place, fact, log_time)?;
        self.counts.facts += 1;
        self.counts.void += u64::from(void.is_some());
        let context = delivery.headers.get(header::TRACEPARENT);
        let context = context.and_then(SpanContext::parse);
        let mut insert = self
            .transaction
            .prepare_cached("INSERT INTO fact VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)")
            .doing("write a fact")?;
        insert
            .execute(params![
                place.0,
                fact.ticket.0.as_bytes(),
                fact.id.0.as_bytes(),
                fact.body.kind().as_str(),
                fact.at.as_millis(),
                log_time.as_millis(),
                fact.actor.to_string(),
                fact.cause.as_ref().map(|cause| cause.0.as_bytes()),
                fact.policy.0,
                void,
                context.map(trace::pack),
                delivery.payload.as_ref(),
            ])
            .doing("write a fact")?;
        if let Some(events) = &mut self.events {
            let row = self.tickets.get(&fact.ticket).and_then(Option::as_ref);
            let ticket = row.map(|row| &row.folded.ticket);
            events.push(Event::of(fact, log_time, ticket, void.as_deref()));
        }
        Ok(())
    }

    /// Folds a fact into its ticket; gives why it is void, if it is.
    fn apply(
        &mut self,
        place: Place,
        fact: &Fact,
        log_time: Timestamp,
    ) -> Result<Option<String>, Error> {
        if !self.tickets.contains_key(&fact.ticket) {
            let row = rows::read(self.transaction, fact.ticket)?;
            self.tickets.insert(fact.ticket, row);
        }
        let row = self.tickets.entry(fact.ticket).or_default();
        let kind = fact.body.kind();
        let Some(row) = row else {
            let Ok(folded) = Folded::open(fact, log_time) else {
                self.counts.orphans += 1;
                return Ok(Some(ORPHAN.to_owned()));
            };
            *row = Some(Row {
                place,
                folded,
                new: Some(subject_of(fact)),
                changed: true,
            });
            self.counts.count(kind, true);
            return Ok(None);
        };
        row.changed = true;
        match row.folded.apply(fact, log_time) {
            Ok(first) => {
                self.counts.count(kind, first);
                Ok(None)
            }
            Err(reason) => Ok(Some(reason.to_string())),
        }
    }

    fn policy(
        &mut self,
        place: Place,
        delivery: &Delivery,
        activated: &PolicyActivated,
    ) -> Result<(), Error> {
        self.transaction
            .prepare_cached("INSERT INTO policy_activation VALUES (?1,?2,?3,?4,?5,?6,?7)")
            .and_then(|mut insert| {
                insert.execute(params![
                    place.0,
                    partition_in(&delivery.subject).unwrap_or_default(),
                    activated.version.0,
                    activated.name,
                    activated.at.as_millis(),
                    activated.by,
                    delivery.stored_at.as_millis(),
                ])
            })
            .doing("write an activation")?;
        self.counts.policy_activations += 1;
        Ok(())
    }

    /// A message that a role set aside twice (after a hand-over, say) is one dead letter.
    fn dead_letter(&mut self, place: Place, letter: &DeadLetter) -> Result<(), Error> {
        let headers = serde_json::to_string(&letter.headers)
            .map_err(|error| Error::Stopped(format!("write headers down: {error}")))?;
        let added = self
            .transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO dead_letter VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    place.0,
                    letter.role,
                    letter.code,
                    letter.reason,
                    letter.stream,
                    i64::try_from(letter.sequence).unwrap_or(i64::MAX),
                    letter.subject,
                    headers,
                    letter.payload.as_ref(),
                    letter.refused_at.as_millis(),
                ])
            })
            .doing("write a dead letter")?;
        self.counts.dead_letters += u64::from(added > 0);
        Ok(())
    }

    /// The last word on a dead letter counts. It may come before the letter itself, when that
    /// stands in another stream.
    fn settlement(&mut self, settled: &DeadLetterSettled) -> Result<(), Error> {
        let sequence = i64::try_from(settled.sequence).unwrap_or(i64::MAX);
        let known: Option<i64> = self
            .transaction
            .query_row(
                "SELECT 1 FROM settlement WHERE stream = ?1 AND sequence = ?2",
                (&settled.stream, sequence),
                |row| row.get(0),
            )
            .optional()
            .doing("read a settlement")?;
        let word = match settled.settlement {
            Settlement::Redriven => "redriven",
            Settlement::Dropped => "dropped",
        };
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO settlement VALUES (?1,?2,?3,?4,?5)")
            .and_then(|mut insert| {
                let at = settled.at.as_millis();
                insert.execute(params![settled.stream, sequence, word, settled.by, at])
            })
            .doing("write a settlement")?;
        self.counts.settled_dead_letters += u64::from(known.is_none());
        Ok(())
    }

    /// The last sequence of a stream that was folded. A stream that was read anew may deliver
    /// what is there already.
    fn position(&self, stream: u16) -> Result<u64, Error> {
        let position: i64 = self
            .transaction
            .prepare_cached("SELECT position FROM stream WHERE number = ?1")
            .and_then(|mut select| select.query_row([stream], |row| row.get(0)))
            .doing("read a position")?;
        Ok(position.unsigned_abs())
    }

    fn move_position(&self, stream: u16, last: &Delivery) -> Result<(), Error> {
        self.transaction
            .prepare_cached("UPDATE stream SET position = ?2, stored_at = ?3 WHERE number = ?1")
            .and_then(|mut update| {
                let sequence = i64::try_from(last.sequence).unwrap_or(i64::MAX);
                update.execute((stream, sequence, last.stored_at.as_millis()))
            })
            .doing("write a position")?;
        Ok(())
    }

    fn write_tickets(&mut self) -> Result<(), Error> {
        let mut rows: Vec<Row> = self
            .tickets
            .drain()
            .filter_map(|(_, row)| row)
            .filter(|row| row.changed)
            .collect();
        rows.sort_unstable_by_key(|row| row.place);
        for row in rows {
            match &row.new {
                Some(subject) => rows::insert(self.transaction, &row, subject, self.region)?,
                None => rows::update(self.transaction, &row)?,
            }
        }
        Ok(())
    }
}

fn subject_of(fact: &Fact) -> String {
    match &fact.body {
        posthouse_domain::ticket::Body::Opened(opened) => opened.subject.clone(),
        _ => String::new(),
    }
}
