//! Lists of tickets: filtered, sorted, a page at a time, over one or several regions.

mod cursor;
mod listing;
mod rows;

pub(crate) use listing::parse_limit;
pub use listing::{Listing, Sort, SortKey};
pub(crate) use rows::{Found, rows};

use cursor::{Cursor, Key};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Desk;
use crate::error::Error;
use crate::ticket::TicketSummary;

/// A page of tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Page {
    /// The tickets, in the order that was asked for.
    pub tickets: Vec<TicketSummary>,
    /// What to give as `cursor` to get the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A page over several regions: each gives its first rows, and the first of all are the page.
///
/// # Errors
///
/// Those of any of the desks.
pub(crate) async fn across(desks: &[Desk], listing: &Listing) -> Result<Page, Error> {
    let asked = desks.iter().map(|desk| desk.rows(listing));
    let mut found: Vec<Found> = futures::future::try_join_all(asked)
        .await?
        .into_iter()
        .flatten()
        .collect();
    found.sort_by(|a, b| {
        let order = (&a.key, &a.region, a.place).cmp(&(&b.key, &b.region, b.place));
        if listing.sort.descending {
            order.reverse()
        } else {
            order
        }
    });
    let more = found.len() > listing.limit;
    found.truncate(listing.limit);
    let next_cursor = found.last().filter(|_| more).map(|last| {
        let (key, region) = (last.key.clone(), last.region.clone());
        Cursor {
            sort: listing.sort,
            key,
            region,
            place: last.place.0,
        }
        .encode()
    });
    let tickets = found.into_iter().map(|found| found.summary).collect();
    Ok(Page {
        tickets,
        next_cursor,
    })
}
