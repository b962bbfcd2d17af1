//! What a person can do from the channel that told them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ticket::UnknownWord;

/// What a link in a message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LinkAction {
    /// Somebody has seen it and works on it: the ticket is in progress.
    Acknowledge,
    /// The ticket is given to whoever was told.
    TakeOver,
    /// Whoever was told is not told of the ticket for a while.
    Snooze,
    /// The problem is solved.
    Resolve,
}

impl LinkAction {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Acknowledge,
        Self::TakeOver,
        Self::Snooze,
        Self::Resolve,
    ];

    /// The word for it in policies, messages and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::TakeOver => "take_over",
            Self::Snooze => "snooze",
            Self::Resolve => "resolve",
        }
    }
}

impl FromStr for LinkAction {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("action of a link", text, &Self::ALL, Self::as_str)
    }
}
