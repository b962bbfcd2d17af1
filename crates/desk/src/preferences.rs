//! What customers prefer: the last word of each in the log.
//!
//! Couriers decide by their own memory of it; this is for whoever wants to look.

use posthouse_domain::Timestamp;
use posthouse_domain::ticket::{Body, Fact};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Doing, Error};

const READ: &str = "read what a customer prefers";
const WRITE: &str = "write what a customer prefers";

/// How a customer wants to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreferenceView {
    /// The customer's key.
    pub customer: String,
    /// The language they read, BCP 47; empty for that of each ticket.
    pub language: String,
    /// The channels by which they may be told; null for all that need no consent.
    pub channels: Option<Vec<String>>,
    /// The kinds of fact they want to hear of; null for all.
    pub about: Option<Vec<String>>,
    /// Who said so; null when nobody said anything.
    pub by: Option<String>,
    /// When; null when nobody said anything.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// Takes in what a customer prefers.
///
/// # Errors
///
/// Those of the database.
pub(crate) fn hear(
    transaction: &Transaction<'_>,
    fact: &Fact,
    log_time: Timestamp,
) -> Result<(), Error> {
    let Body::Preferred(said) = &fact.body else {
        return Ok(());
    };
    if said.is_empty() {
        let sql = "DELETE FROM preference WHERE customer = ?1";
        transaction
            .prepare_cached(sql)
            .and_then(|mut delete| delete.execute([&said.customer]))
            .doing(WRITE)?;
        return Ok(());
    }
    let channels = said.channels.as_ref().map(|words| words.join(" "));
    let about = said.about.as_ref().map(|kinds| {
        let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        words.join(" ")
    });
    let sql = "INSERT OR REPLACE INTO preference VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let row = params![
        said.customer,
        said.language,
        channels,
        about,
        fact.actor.to_string(),
        log_time.as_millis(),
    ];
    transaction
        .prepare_cached(sql)
        .and_then(|mut put| put.execute(row))
        .doing(WRITE)?;
    Ok(())
}

/// What a customer prefers, if anybody said it.
///
/// # Errors
///
/// Those of the database.
pub(crate) fn show(
    connection: &Connection,
    customer: &str,
) -> Result<Option<PreferenceView>, Error> {
    let sql = "SELECT customer, language, channels, about, said_by, said_at \
               FROM preference WHERE customer = ?1";
    connection
        .prepare_cached(sql)
        .and_then(|mut select| select.query_row([customer], read).optional())
        .doing(READ)
}

fn read(row: &Row<'_>) -> Result<PreferenceView, rusqlite::Error> {
    // Neither words of channels nor of kinds have blanks.
    let words = |joined: Option<String>| {
        joined.map(|it| it.split_whitespace().map(str::to_owned).collect())
    };
    Ok(PreferenceView {
        customer: row.get(0)?,
        language: row.get(1)?,
        channels: words(row.get(2)?),
        about: words(row.get(3)?),
        by: row.get(4)?,
        at: Some(Timestamp::from_millis(row.get(5)?)),
    })
}
