//! Where a page ended. Opaque to callers: they give back what they got.
//!
//! It names the last ticket of the page by what the page is sorted by, so that the next page
//! begins behind it whatever was added or moved meanwhile. A ticket that changes while somebody
//! pages through tickets sorted by their change may come twice, or be passed over.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::Sort;
use crate::query::QueryError;

/// The last ticket of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// What the page is sorted by.
    pub(crate) sort: Sort,
    /// The ticket's value of it.
    pub(crate) key: Key,
    /// The region whose desk has the ticket; breaks ties.
    pub(crate) region: String,
    /// Its place; breaks ties.
    pub(crate) place: i64,
}

/// A value that tickets are sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Key {
    Number(i64),
    Text(String),
}

impl Cursor {
    /// Writes it down.
    pub(crate) fn encode(&self) -> String {
        let bytes = postcard::to_stdvec(self).expect("numbers and texts can be written down");
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads it back, for a page that is sorted by `sort`.
    ///
    /// # Errors
    ///
    /// [`QueryError::BadCursor`].
    pub(crate) fn decode(text: &str, sort: Sort) -> Result<Self, QueryError> {
        let foreign = QueryError::BadCursor {
            why: "it is not one of ours",
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| foreign.clone())?;
        let cursor: Self = postcard::from_bytes(&bytes).map_err(|_| foreign.clone())?;
        if cursor.sort != sort {
            return Err(QueryError::BadCursor {
                why: "it is of another order",
            });
        }
        let fits = matches!(cursor.key, Key::Text(_)) == sort.key.is_text();
        if fits { Ok(cursor) } else { Err(foreign) }
    }
}
