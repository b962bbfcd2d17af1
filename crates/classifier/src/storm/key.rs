//! What a ticket is about, as storms count it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fold::fold;
use crate::limits::KEY_CHARS_MAX;

/// What tickets are counted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Key {
    /// A category of the taxonomy.
    Category(String),
    /// A product, as customers name it.
    Product(String),
    /// A place of the provider that the text names.
    Place(String),
}

impl Key {
    /// The key of a product, in one spelling; `None` where none is named.
    #[must_use]
    pub fn product(name: &str) -> Option<Self> {
        let head = name.chars().take(KEY_CHARS_MAX).collect::<String>();
        let name = fold(&head);
        (!name.is_empty()).then_some(Self::Product(name))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Category(name) => write!(f, "category {name}"),
            Self::Product(name) => write!(f, "product {name}"),
            Self::Place(name) => write!(f, "place {name}"),
        }
    }
}
