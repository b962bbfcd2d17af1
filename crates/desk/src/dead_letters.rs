//! Dead letters: what roles could not handle, and what became of it.
//!
//! The desk lists and shows them. Whoever redrives or drops one publishes a `DeadLetterSettled`,
//! and the desk folds that like everything else.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use posthouse_domain::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Doing, Error};
use crate::limits;
use crate::list::parse_limit;
use crate::place::Place;
use crate::query::{QueryError, hint};

/// A dead letter on a line. `stream` and `sequence` name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeadLetterSummary {
    /// The stream it stands in.
    pub stream: String,
    /// Its sequence there.
    pub sequence: u64,
    /// The role that could not handle the message.
    pub role: String,
    /// A stable code with a page in `docs/errors`.
    pub code: String,
    /// What was wrong.
    pub reason: String,
    /// `open`, `redriven` or `dropped`.
    pub status: String,
    /// Who dealt with it; null while open.
    pub settled_by: Option<String>,
    /// When it was dealt with; null while open.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub settled_at: Option<Timestamp>,
    /// When the message was set aside.
    #[schema(value_type = String, format = DateTime)]
    pub refused_at: Timestamp,
    /// The message as it stood.
    pub origin: OriginView,
}

/// Where a message stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OriginView {
    /// Its stream.
    pub stream: String,
    /// Its sequence there.
    pub sequence: u64,
    /// Its subject.
    pub subject: String,
}

/// A dead letter with the message that it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeadLetterView {
    /// What the list shows too.
    #[serde(flatten)]
    pub summary: DeadLetterSummary,
    /// The message's headers.
    pub headers: BTreeMap<String, String>,
    /// The message's bytes, in Base64 with padding.
    pub payload_base64: String,
    /// How many bytes these are.
    pub payload_bytes: usize,
    /// The same as text, where it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_text: Option<String>,
}

/// A page of dead letters, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeadLetterPage {
    /// The dead letters.
    pub dead_letters: Vec<DeadLetterSummary>,
    /// How many there are that the filter wants, on this page or not.
    pub total: u64,
}

/// Which dead letters are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterListing {
    /// Those of this role; of all, when `None`.
    pub role: Option<String>,
    /// Those with this code.
    pub code: Option<String>,
    /// Those with this status: `open`, `redriven` or `dropped`.
    pub status: Option<String>,
    /// How many at most.
    pub limit: usize,
    /// How many to pass over.
    pub offset: usize,
}

const STATUSES: [&str; 3] = ["open", "redriven", "dropped"];
const PARAMETERS: [&str; 5] = ["role", "code", "status", "limit", "offset"];

impl Default for DeadLetterListing {
    fn default() -> Self {
        Self {
            role: None,
            code: None,
            status: None,
            limit: limits::PAGE_DEFAULT,
            offset: 0,
        }
    }
}

impl DeadLetterListing {
    /// Reads the parameters of a request.
    ///
    /// # Errors
    ///
    /// [`QueryError`], which names the parameter.
    pub fn from_parameters<'p>(
        parameters: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Result<Self, QueryError> {
        let mut listing = Self::default();
        for (name, value) in parameters {
            match name {
                "role" => listing.role = Some(value.to_owned()),
                "code" => listing.code = Some(value.to_uppercase()),
                "status" if STATUSES.contains(&value) => listing.status = Some(value.to_owned()),
                "status" => {
                    let hint = hint(value, STATUSES, &STATUSES);
                    return Err(QueryError::UnknownWord {
                        key: "status",
                        word: value.into(),
                        hint,
                    });
                }
                "limit" => listing.limit = parse_limit(value)?,
                "offset" => listing.offset = parse_offset(value)?,
                _ => {
                    let hint = hint(name, PARAMETERS, &PARAMETERS);
                    return Err(QueryError::UnknownKey {
                        key: name.into(),
                        hint,
                    });
                }
            }
        }
        Ok(listing)
    }

    fn conditions(&self) -> (String, Vec<Value>) {
        let mut text = "1".to_owned();
        let mut values = Vec::new();
        for (column, wanted) in [
            ("role", &self.role),
            ("code", &self.code),
            (STATUS, &self.status),
        ] {
            if let Some(wanted) = wanted {
                text.push_str(&format!(" AND {column} = ?"));
                values.push(Value::from(wanted.clone()));
            }
        }
        (text, values)
    }
}

fn parse_offset(value: &str) -> Result<usize, QueryError> {
    // SQLite counts rows in 63 bits.
    value
        .parse()
        .ok()
        .filter(|offset| i64::try_from(*offset).is_ok())
        .ok_or_else(|| QueryError::UnknownWord {
            key: "offset",
            word: value.chars().take(64).collect(),
            hint: "want a number from 0".to_owned(),
        })
}

const STATUS: &str = "coalesce(settlement.settlement, 'open')";
/// Letters with what became of them. `2^48 - 1` takes the sequence out of a place.
const JOINED: &str = "dead_letter JOIN stream ON stream.number = dead_letter.place >> 48 \
     LEFT JOIN settlement ON settlement.stream = stream.name \
     AND settlement.sequence = (dead_letter.place & 281474976710655)";
const COLUMNS: &str = "stream.name, place, role, code, reason, \
     coalesce(settlement.settlement, 'open'), settled_by, settled_at, refused_at, origin_stream, \
     origin_sequence, subject";

/// A page of dead letters.
///
/// # Errors
///
/// Those of the database.
pub(crate) fn list(
    connection: &Connection,
    listing: &DeadLetterListing,
) -> Result<DeadLetterPage, Error> {
    let (conditions, values) = listing.conditions();
    let (limit, offset) = (listing.limit, listing.offset);
    let sql = format!(
        "SELECT {COLUMNS} FROM {JOINED} WHERE {conditions} \
         ORDER BY refused_at DESC, place DESC LIMIT {limit} OFFSET {offset}"
    );
    let dead_letters = connection
        .prepare_cached(&sql)
        .and_then(|mut select| {
            select
                .query_map(params_from_iter(values.clone()), summary)?
                .collect()
        })
        .doing("list dead letters")?;
    let total: i64 = connection
        .prepare_cached(&format!("SELECT count(*) FROM {JOINED} WHERE {conditions}"))
        .and_then(|mut select| select.query_row(params_from_iter(values), |row| row.get(0)))
        .doing("count dead letters")?;
    Ok(DeadLetterPage {
        dead_letters,
        total: total.unsigned_abs(),
    })
}

/// The dead letter at a place.
///
/// # Errors
///
/// Those of the database.
pub(crate) fn show(
    connection: &Connection,
    stream: &str,
    sequence: u64,
) -> Result<Option<DeadLetterView>, Error> {
    let number: Option<u16> = connection
        .prepare_cached("SELECT number FROM stream WHERE name = ?1")
        .and_then(|mut select| select.query_row([stream], |row| row.get(0)).optional())
        .doing("find a stream")?;
    let Some(number) = number.filter(|_| sequence < 1 << 48) else {
        return Ok(None);
    };
    let sql =
        format!("SELECT {COLUMNS}, headers, payload FROM {JOINED} WHERE dead_letter.place = ?1");
    let found: Option<(DeadLetterSummary, String, Vec<u8>)> = connection
        .prepare_cached(&sql)
        .and_then(|mut select| {
            let place = Place::new(number, sequence).0;
            select
                .query_row([place], |row| {
                    Ok((summary(row)?, row.get(12)?, row.get(13)?))
                })
                .optional()
        })
        .doing("show a dead letter")?;
    let Some((summary, headers, payload)) = found else {
        return Ok(None);
    };
    let headers = serde_json::from_str(&headers)
        .map_err(|error| Error::Damaged(format!("the headers of a dead letter: {error}")))?;
    Ok(Some(DeadLetterView {
        summary,
        headers,
        payload_base64: STANDARD.encode(&payload),
        payload_bytes: payload.len(),
        payload_text: readable_text(payload),
    }))
}

fn summary(row: &Row<'_>) -> Result<DeadLetterSummary, rusqlite::Error> {
    let settled_at: Option<i64> = row.get(7)?;
    Ok(DeadLetterSummary {
        stream: row.get(0)?,
        sequence: Place(row.get(1)?).sequence(),
        role: row.get(2)?,
        code: row.get(3)?,
        reason: row.get(4)?,
        status: row.get(5)?,
        settled_by: row.get(6)?,
        settled_at: settled_at.map(Timestamp::from_millis),
        refused_at: Timestamp::from_millis(row.get(8)?),
        origin: OriginView {
            stream: row.get(9)?,
            sequence: row.get::<_, i64>(10)?.unsigned_abs(),
            subject: row.get(11)?,
        },
    })
}

/// The bytes as text, if people can read it.
fn readable_text(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let readable = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    text.chars().all(readable).then_some(text)
}
