//! Agents: what they say of themselves, and what they have.
//!
//! What an agent says is about no ticket, so it has a table of its own: the last word in the log
//! holds, and any fact that an agent causes is a sign of life. What a dispatcher says of an agent
//! who fell silent counts unless they were seen meanwhile. What an agent has follows from the
//! tickets. The desk knows nothing of the roster: an agent is here who said something, or has a
//! ticket.

use std::str::FromStr;

use posthouse_domain::Timestamp;
use posthouse_domain::ticket::{ActorKind, AgentChanged, Body, Fact, Offer, Presence};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Doing, Error};
use crate::folded::Folded;
use crate::limits;
use crate::ticket::TicketSummary;

const READ: &str = "read what agents said";
const READ_TICKETS: &str = "read the tickets of an agent";
const WRITE: &str = "write what an agent said";

/// An agent on a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgentSummary {
    /// The agent's key.
    pub agent: String,
    /// The region whose log holds what they said.
    pub region: String,
    /// What they last said of themselves: `signed_in`, `ready`, `busy`, `on_break`, `signed_out`;
    /// null when they said nothing, or only that they are there.
    pub presence: Option<String>,
    /// Since when; null when they said nothing.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Their last sign of life; null when there was none.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub seen_at: Option<Timestamp>,
    /// Why; empty when they did not say.
    pub reason: String,
    /// How many open tickets they have.
    pub tickets: u32,
    /// How many tickets are offered to them.
    pub offers: u32,
}

/// An agent with what they have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgentView {
    /// What the list shows too, but for the numbers.
    pub agent: String,
    /// The region whose log holds what they said.
    pub region: String,
    /// What they last said of themselves; null when they said nothing.
    pub presence: Option<String>,
    /// Since when; null when they said nothing.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Their last sign of life; null when there was none.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub seen_at: Option<Timestamp>,
    /// Why; empty when they did not say.
    pub reason: String,
    /// The open tickets they have, the oldest first.
    pub tickets: Vec<TicketSummary>,
    /// The tickets that are offered to them, the oldest first.
    pub offers: Vec<OfferedTicket>,
}

/// A ticket that is offered to an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OfferedTicket {
    /// The offer.
    pub offer: OfferView,
    /// The ticket.
    pub ticket: TicketSummary,
}

/// An offer that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OfferView {
    /// The fact that offered it; an answer names it.
    pub id: String,
    /// To whom.
    pub agent: String,
    /// When it lapses, unless it was answered.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// How many times the ticket was offered, this one included.
    pub round: u32,
    /// What the agent said: `accepted` or `declined`; null while they did not.
    pub answer: Option<&'static str>,
}

/// Agents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgentPage {
    /// In the order of their keys, at most 5,000.
    pub agents: Vec<AgentSummary>,
}

/// Which agents to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentListing {
    /// Only those who last said this of themselves.
    pub presence: Option<Presence>,
}

impl OfferView {
    /// An offer that stands, as people and programs see it.
    pub(crate) fn of(offer: &Offer, round: u32) -> Self {
        use posthouse_domain::ticket::Answer;
        Self {
            id: offer.id.to_string(),
            agent: offer.agent.clone(),
            until: offer.until,
            round,
            answer: offer.answer.map(|answer| match answer {
                Answer::Accepted => "accepted",
                Answer::Declined => "declined",
            }),
        }
    }
}

impl FromStr for AgentListing {
    type Err = String;

    /// Reads the value of the parameter `presence`.
    fn from_str(presence: &str) -> Result<Self, String> {
        match presence.parse() {
            Ok(Presence::Seen) | Err(_) => {
                let known = Presence::ALL.iter().filter(|it| **it != Presence::Seen);
                let known: Vec<&str> = known.map(|it| it.as_str()).collect();
                Err(format!("want one of {}", known.join(", ")))
            }
            Ok(presence) => Ok(Self {
                presence: Some(presence),
            }),
        }
    }
}

/// Takes in what a fact says of agents.
///
/// # Errors
///
/// Those of the database.
pub(crate) fn hear(
    transaction: &Transaction<'_>,
    fact: &Fact,
    log_time: Timestamp,
) -> Result<(), Error> {
    let now = log_time.as_millis();
    match &fact.body {
        Body::AgentChanged(changed) if fact.actor.kind == ActorKind::Service => {
            fell_silent(transaction, fact, changed, now)
        }
        Body::AgentChanged(changed) => {
            seen(transaction, &changed.agent, fact, now, true)?;
            match changed.change {
                Presence::Seen => Ok(()),
                _ => change(transaction, changed, now),
            }
        }
        _ if fact.actor.kind == ActorKind::Agent => {
            seen(transaction, &fact.actor.name, fact, now, false)
        }
        _ => Ok(()),
    }
}

/// A dispatcher heard nothing of an agent since the fact that it names as the cause.
fn fell_silent(
    transaction: &Transaction<'_>,
    fact: &Fact,
    changed: &AgentChanged,
    now: i64,
) -> Result<(), Error> {
    let seen_by: Option<[u8; 16]> = transaction
        .prepare_cached("SELECT seen_by FROM agent WHERE key = ?1")
        .and_then(|mut select| {
            select
                .query_row([&changed.agent], |row| row.get(0))
                .optional()
        })
        .doing(READ)?;
    let cause = fact.cause.map(|cause| cause.0.into_bytes());
    if cause.is_some() && seen_by == cause {
        change(transaction, changed, now)?;
    }
    Ok(())
}

fn change(transaction: &Transaction<'_>, changed: &AgentChanged, now: i64) -> Result<(), Error> {
    let sql = "UPDATE agent SET since = CASE WHEN presence = ?2 THEN since ELSE ?3 END, \
               presence = ?2, reason = ?4 WHERE key = ?1";
    let word = changed.change.as_str();
    transaction
        .prepare_cached(sql)
        .and_then(|mut put| put.execute(params![changed.agent, word, now, changed.reason]))
        .doing(WRITE)?;
    Ok(())
}

/// A sign of life. Who speaks of themselves `begins` here; others are left out, since whoever
/// asks in the name of an agent need not be one of the roster.
fn seen(
    transaction: &Transaction<'_>,
    agent: &str,
    fact: &Fact,
    now: i64,
    begins: bool,
) -> Result<(), Error> {
    let id = fact.id.0.as_bytes();
    let updated = transaction
        .prepare_cached("UPDATE agent SET seen_at = max(seen_at, ?2), seen_by = ?3 WHERE key = ?1")
        .and_then(|mut put| put.execute(params![agent, now, id]))
        .doing(WRITE)?;
    if updated == 0 && begins {
        transaction
            .prepare_cached("INSERT INTO agent VALUES (?1, '', 0, ?2, ?3, '')")
            .and_then(|mut put| put.execute(params![agent, now, id]))
            .doing(WRITE)?;
    }
    Ok(())
}

/// Agents in the order of their keys, at most [`limits::AGENTS_MAX`].
///
/// # Errors
///
/// Those of the database.
pub(crate) fn list(
    connection: &Connection,
    region: &str,
    listing: AgentListing,
) -> Result<Vec<AgentSummary>, Error> {
    let sql = format!(
        "SELECT key, presence, since, seen_at, reason, \
         (SELECT count(*) FROM ticket WHERE agent <> '' AND agent = key), \
         (SELECT count(*) FROM ticket WHERE offered <> '' AND offered = key) \
         FROM agent WHERE ?1 = '' OR presence = ?1 ORDER BY key LIMIT {}",
        limits::AGENTS_MAX
    );
    let presence = listing.presence.map_or("", Presence::as_str);
    let mut select = connection.prepare_cached(&sql).doing(READ)?;
    let rows = select
        .query_map([presence], |row| {
            let said = Said::read(row)?;
            Ok(AgentSummary {
                agent: row.get(0)?,
                region: region.to_owned(),
                presence: said.presence,
                since: said.since,
                seen_at: said.seen_at,
                reason: said.reason,
                tickets: row.get(5)?,
                offers: row.get(6)?,
            })
        })
        .doing(READ)?;
    rows.collect::<Result<_, _>>().doing(READ)
}

/// The agent with this key, if they said something or have a ticket.
///
/// # Errors
///
/// Those of the database.
pub(crate) fn show(
    connection: &Connection,
    region: &str,
    key: &str,
) -> Result<Option<AgentView>, Error> {
    let sql = "SELECT key, presence, since, seen_at, reason FROM agent WHERE key = ?1";
    let said = connection
        .prepare_cached(sql)
        .and_then(|mut select| select.query_row([key], Said::read).optional())
        .doing(READ)?;
    let tickets = tickets(connection, "agent <> '' AND agent = ?1", key)?;
    let offered = tickets_of_offers(connection, key)?;
    if said.is_none() && tickets.is_empty() && offered.is_empty() {
        return Ok(None);
    }
    let said = said.unwrap_or_default();
    Ok(Some(AgentView {
        agent: key.to_owned(),
        region: region.to_owned(),
        presence: said.presence,
        since: said.since,
        seen_at: said.seen_at,
        reason: said.reason,
        tickets: tickets
            .into_iter()
            .map(|(folded, subject)| TicketSummary::of(&folded, subject))
            .collect(),
        offers: offered,
    }))
}

fn tickets_of_offers(connection: &Connection, key: &str) -> Result<Vec<OfferedTicket>, Error> {
    let offered = tickets(connection, "offered <> '' AND offered = ?1", key)?;
    let offers = offered.into_iter().filter_map(|(folded, subject)| {
        let offer = OfferView::of(folded.ticket.offer.as_ref()?, folded.ticket.rounds);
        let ticket = TicketSummary::of(&folded, subject);
        Some(OfferedTicket { offer, ticket })
    });
    Ok(offers.collect())
}

/// Tickets with their subjects, the oldest first, at most [`limits::PAGE_MAX`].
fn tickets(
    connection: &Connection,
    which: &str,
    key: &str,
) -> Result<Vec<(Folded, String)>, Error> {
    let sql = format!(
        "SELECT folded, subject FROM ticket WHERE {which} ORDER BY place LIMIT {}",
        limits::PAGE_MAX
    );
    let mut select = connection.prepare_cached(&sql).doing(READ_TICKETS)?;
    let rows = select
        .query_map([key], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?))
        })
        .doing(READ_TICKETS)?;
    let mut tickets = Vec::new();
    for row in rows {
        let (bytes, subject) = row.doing(READ_TICKETS)?;
        let folded = postcard::from_bytes(&bytes).doing("read the row of a ticket")?;
        tickets.push((folded, subject));
    }
    Ok(tickets)
}

/// What an agent said, as the table has it.
#[derive(Default)]
struct Said {
    presence: Option<String>,
    since: Option<Timestamp>,
    seen_at: Option<Timestamp>,
    reason: String,
}

impl Said {
    fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        let presence: String = row.get(1)?;
        let said_something = !presence.is_empty();
        Ok(Self {
            presence: said_something.then_some(presence),
            since: said_something
                .then(|| row.get(2).map(Timestamp::from_millis))
                .transpose()?,
            seen_at: Some(Timestamp::from_millis(row.get(3)?)),
            reason: row.get(4)?,
        })
    }
}
