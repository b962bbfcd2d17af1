//! For whom a notice is written.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ticket::{FactKind, UnknownWord};

/// For whom a notice is written: what the organisation thinks of a ticket is for its staff alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Audience {
    /// The support organisation.
    #[default]
    Staff,
    /// The customer whose ticket it is.
    Customer,
}

impl Audience {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Staff, Self::Customer];

    /// The word for it in policies and in the names of templates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Customer => "customer",
        }
    }

    /// For whom a receiver is told of a fact. A question for information is for the customer,
    /// whoever passes it on.
    #[must_use]
    pub fn of(self, about: FactKind) -> Self {
        if about == FactKind::InfoRequested {
            Self::Customer
        } else {
            self
        }
    }
}

impl FromStr for Audience {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("audience", text, &Self::ALL, Self::as_str)
    }
}
