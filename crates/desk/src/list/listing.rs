//! What a list is to show: filter, order, page.

use serde::{Deserialize, Serialize};

use super::cursor::Cursor;
use crate::limits;
use crate::query::{Field, Filter, QueryError, cut, hint, parse_query};

/// What a list is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Which tickets.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// How many at most, 1 to [`limits::PAGE_MAX`].
    pub limit: usize,
    /// Behind which ticket.
    pub(super) cursor: Option<Cursor>,
}

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// What is compared.
    pub key: SortKey,
    /// The greatest first.
    pub descending: bool,
}

/// What tickets can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortKey {
    /// When it was opened.
    OpenedAt,
    /// Its number, by value.
    Number,
    /// Its severity; the worst is the least, unknown the greatest.
    Severity,
    /// Its nearest deadline; none is the greatest.
    DueAt,
    /// When a fact last counted.
    ChangedAt,
}

impl SortKey {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::OpenedAt,
        Self::Number,
        Self::Severity,
        Self::DueAt,
        Self::ChangedAt,
    ];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenedAt => "opened_at",
            Self::Number => "number",
            Self::Severity => "severity",
            Self::DueAt => "due_at",
            Self::ChangedAt => "changed_at",
        }
    }

    pub(super) const fn column(self) -> &'static str {
        match self {
            Self::Number => "number_order",
            other => other.as_str(),
        }
    }

    pub(super) const fn is_text(self) -> bool {
        matches!(self, Self::Number)
    }
}

impl Default for Listing {
    /// All tickets, the newest first.
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            sort: Sort {
                key: SortKey::OpenedAt,
                descending: true,
            },
            limit: limits::PAGE_DEFAULT,
            cursor: None,
        }
    }
}

impl Listing {
    /// The parameters besides the fields of a filter.
    const OTHERS: [&'static str; 4] = ["query", "sort", "limit", "cursor"];

    /// The newest of the tickets that a filter wants.
    #[must_use]
    pub fn of(filter: Filter) -> Self {
        Self {
            filter,
            ..Self::default()
        }
    }

    /// Reads the parameters of a request: the fields of a filter by any of their names (with
    /// alternatives between commas or `|`), `query`, `sort`, `limit`, `cursor`.
    ///
    /// # Errors
    ///
    /// [`QueryError`], which names the parameter.
    pub fn from_parameters<'p>(
        parameters: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Result<Self, QueryError> {
        let mut listing = Self::default();
        let mut cursor = None;
        for (name, value) in parameters {
            match name {
                "query" => listing.filter = parse_into(listing.filter, value)?,
                "sort" => listing.sort = parse_sort(value)?,
                "limit" => listing.limit = parse_limit(value)?,
                "cursor" => cursor = Some(value),
                _ => {
                    let field = Field::named(name, &Self::OTHERS)?;
                    listing.filter.add_list(field, value, &[',', '|', '，'])?;
                }
            }
        }
        listing.cursor = cursor
            .map(|text| Cursor::decode(text, listing.sort))
            .transpose()?;
        Ok(listing)
    }
}

fn parse_into(filter: Filter, query: &str) -> Result<Filter, QueryError> {
    let mut asked = parse_query(query)?;
    asked.merge(filter)?;
    Ok(asked)
}

fn parse_sort(value: &str) -> Result<Sort, QueryError> {
    let (descending, word) = match value.strip_prefix('-') {
        Some(word) => (true, word),
        None => (false, value),
    };
    let key = SortKey::ALL.into_iter().find(|key| key.as_str() == word);
    let key = key.ok_or_else(|| {
        let known: Vec<&str> = SortKey::ALL.into_iter().map(SortKey::as_str).collect();
        let hint = hint(word, known.iter().copied(), &known);
        QueryError::UnknownWord {
            key: "sort",
            word: cut(word),
            hint,
        }
    })?;
    Ok(Sort { key, descending })
}

/// How many on a page.
///
/// # Errors
///
/// [`QueryError::UnknownWord`] outside 1 to [`limits::PAGE_MAX`].
pub(crate) fn parse_limit(value: &str) -> Result<usize, QueryError> {
    let limit = value
        .parse()
        .ok()
        .filter(|limit| (1..=limits::PAGE_MAX).contains(limit));
    limit.ok_or_else(|| QueryError::UnknownWord {
        key: "limit",
        word: cut(value),
        hint: format!("want a number from 1 to {}", limits::PAGE_MAX),
    })
}
