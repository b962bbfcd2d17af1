//! What one region's database has of a page.

use std::cmp::Ordering;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::{Cursor, Key, Listing};
use crate::error::{Doing, Error};
use crate::folded::Folded;
use crate::place::Place;
use crate::ticket::TicketSummary;

/// A ticket of a page, with what the page is sorted by.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(super) key: Key,
    pub(super) region: String,
    pub(super) place: Place,
    pub(super) summary: TicketSummary,
}

/// The first tickets of a page that this region has, and one more if there is one.
///
/// # Errors
///
/// Those of the database.
pub(crate) fn rows(
    connection: &Connection,
    region: &str,
    listing: &Listing,
) -> Result<Vec<Found>, Error> {
    let (mut conditions, mut values) = listing.filter.conditions();
    if let Some(cursor) = &listing.cursor {
        let (condition, more) = behind(cursor, region);
        conditions.push(condition);
        values.extend(more);
    }
    let filter = if conditions.is_empty() {
        "1".to_owned()
    } else {
        conditions.join(" AND ")
    };
    let column = listing.sort.key.column();
    let direction = if listing.sort.descending {
        "DESC"
    } else {
        "ASC"
    };
    let limit = listing.limit + 1;
    let sql = format!(
        "SELECT place, {column}, subject, folded FROM ticket WHERE {filter} \
         ORDER BY {column} {direction}, place {direction} LIMIT {limit}"
    );
    let mut select = connection.prepare_cached(&sql).doing("list tickets")?;
    let mut rows = select
        .query(params_from_iter(values))
        .doing("list tickets")?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().doing("list tickets")? {
        found.push(read(row, region)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>, region: &str) -> Result<Found, Error> {
    let key = match row.get(1).doing("list tickets")? {
        Value::Integer(number) => Key::Number(number),
        Value::Text(text) => Key::Text(text),
        other => return Err(Error::Damaged(format!("a sort key is {other:?}"))),
    };
    let subject: String = row.get(2).doing("list tickets")?;
    let folded = row
        .get_ref(3)
        .and_then(|value| Ok(value.as_blob()?))
        .doing("list tickets")?;
    let folded: Folded = postcard::from_bytes(folded).doing("read the row of a ticket")?;
    Ok(Found {
        key,
        region: region.to_owned(),
        place: Place(row.get(0).doing("list tickets")?),
        summary: TicketSummary::of(&folded, subject),
    })
}

/// What is behind the cursor, for this region: the order is by key, then region, then place.
fn behind(cursor: &Cursor, region: &str) -> (String, Vec<Value>) {
    let column = cursor.sort.key.column();
    let (descending, beyond) = (
        cursor.sort.descending,
        if cursor.sort.descending { "<" } else { ">" },
    );
    let key = match &cursor.key {
        Key::Number(number) => Value::from(*number),
        Key::Text(text) => Value::from(text.clone()),
    };
    let order = region.cmp(&cursor.region);
    let order = if descending { order.reverse() } else { order };
    match order {
        Ordering::Equal => (
            format!("({column}, place) {beyond} (?, ?)"),
            vec![key, Value::from(cursor.place)],
        ),
        Ordering::Greater => (format!("{column} {beyond}= ?"), vec![key]),
        Ordering::Less => (format!("{column} {beyond} ?"), vec![key]),
    }
}
