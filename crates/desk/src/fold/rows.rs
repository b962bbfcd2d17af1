//! Rows of tickets, as a batch reads and writes them.

use posthouse_domain::{TicketId, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};

use crate::error::{Doing, Error};
use crate::folded::Folded;
use crate::number::order_key;
use crate::place::Place;
use crate::schema::{NEVER, SEVERITY_UNKNOWN};

/// A ticket's row while a batch is folded.
pub(super) struct Row {
    /// Where its opening stands.
    pub(super) place: Place,
    /// What is kept of it.
    pub(super) folded: Folded,
    /// The whole subject, for a row that is not written yet.
    pub(super) new: Option<String>,
    /// Whether it is to be written.
    pub(super) changed: bool,
}

/// The row of a ticket, if it was opened.
pub(super) fn read(transaction: &Transaction<'_>, ticket: TicketId) -> Result<Option<Row>, Error> {
    let mut select = transaction
        .prepare_cached("SELECT place, folded FROM ticket WHERE id = ?1")
        .doing("read a ticket")?;
    let found: Option<(i64, Vec<u8>)> = select
        .query_row([ticket.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .doing("read a ticket")?;
    let Some((place, bytes)) = found else {
        return Ok(None);
    };
    let folded = postcard::from_bytes(&bytes).doing("read the row of a ticket")?;
    Ok(Some(Row {
        place: Place(place),
        folded,
        new: None,
        changed: false,
    }))
}

/// Writes a ticket that was opened in this batch.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    row: &Row,
    subject: &str,
    region: &str,
) -> Result<(), Error> {
    let mut insert = transaction
        .prepare_cached(
            "INSERT INTO ticket VALUES \
             (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21)",
        )
        .doing("write a ticket")?;
    let ticket = &row.folded.ticket;
    let features = &ticket.features;
    let customers_region = if features.region.is_empty() {
        region
    } else {
        &features.region
    };
    insert
        .execute(params![
            row.place.0,
            ticket.id.0.as_bytes(),
            features.number,
            order_key(&features.number),
            features.state.as_str(),
            ticket.engineering.map_or("", |step| step.as_str()),
            severity(row),
            features.category,
            features.kind,
            features.queue,
            customers_region,
            features.customer,
            features.language,
            features.tier,
            subject,
            features.opened_at.as_millis(),
            ticket.changed_at.as_millis(),
            due_at(row),
            agent(row),
            offered(row),
            blob(row)?,
        ])
        .doing("write a ticket")?;
    Ok(())
}

/// Writes what facts after the first can change.
pub(super) fn update(transaction: &Transaction<'_>, row: &Row) -> Result<(), Error> {
    let mut update = transaction
        .prepare_cached(
            "UPDATE ticket SET state = ?2, step = ?3, severity = ?4, category = ?5, kind = ?6, \
             queue = ?7, language = ?8, changed_at = ?9, due_at = ?10, agent = ?11, \
             offered = ?12, folded = ?13 \
             WHERE place = ?1",
        )
        .doing("write a ticket")?;
    let ticket = &row.folded.ticket;
    let features = &ticket.features;
    update
        .execute(params![
            row.place.0,
            features.state.as_str(),
            ticket.engineering.map_or("", |step| step.as_str()),
            severity(row),
            features.category,
            features.kind,
            features.queue,
            features.language,
            ticket.changed_at.as_millis(),
            due_at(row),
            agent(row),
            offered(row),
            blob(row)?,
        ])
        .doing("write a ticket")?;
    Ok(())
}

fn severity(row: &Row) -> i64 {
    row.folded
        .ticket
        .features
        .severity
        .map_or(SEVERITY_UNKNOWN, |severity| severity as i64)
}

/// Who has an open ticket; empty for nobody.
fn agent(row: &Row) -> &str {
    let ticket = &row.folded.ticket;
    let agent = ticket.assignee.as_deref();
    agent
        .filter(|_| ticket.state().is_open())
        .unwrap_or_default()
}

/// To whom it is offered; empty for nobody.
fn offered(row: &Row) -> &str {
    let offer = row.folded.ticket.offer.as_ref();
    offer.map_or("", |offer| offer.agent.as_str())
}

fn due_at(row: &Row) -> i64 {
    row.folded.due_at().map_or(NEVER, Timestamp::as_millis)
}

fn blob(row: &Row) -> Result<Vec<u8>, Error> {
    postcard::to_stdvec(&row.folded).doing("write the row of a ticket")
}
