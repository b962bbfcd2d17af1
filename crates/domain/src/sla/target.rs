//! Targets: the promises of a service-level agreement.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ticket::UnknownWord;

/// A promise about a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Target {
    /// A person answers for the first time.
    FirstResponse,
    /// The problem is solved.
    Resolution,
}

impl Target {
    /// All targets.
    pub const ALL: [Self; 2] = [Self::FirstResponse, Self::Resolution];

    /// The word for it in messages, policies and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstResponse => "first_response",
            Self::Resolution => "resolution",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Target {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("target", text, &Self::ALL, Self::as_str)
    }
}
