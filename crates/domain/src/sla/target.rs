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
    /// A person answers what the customer wrote after an answer.
    NextResponse,
    /// The customer hears how things stand, again and again.
    Update,
    /// The problem is solved.
    Resolution,
}

impl Target {
    /// All targets.
    pub const ALL: [Self; 4] = [
        Self::FirstResponse,
        Self::NextResponse,
        Self::Update,
        Self::Resolution,
    ];

    /// The word for it in messages, policies and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstResponse => "first_response",
            Self::NextResponse => "next_response",
            Self::Update => "update",
            Self::Resolution => "resolution",
        }
    }

    /// Whether it begins anew within the life of a ticket. Its cycles are the rounds, numbered
    /// from 1 over the whole life; those of the others are the reopenings, from 0.
    #[must_use]
    pub const fn begins_anew(self) -> bool {
        matches!(self, Self::NextResponse | Self::Update)
    }
}

/// How much time is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Promise {
    /// Working time in milliseconds.
    Working(i64),
    /// Business days: the same time of day, that many working dates later.
    BusinessDays(u32),
}

impl Promise {
    /// Working time in milliseconds, if that is promised.
    #[must_use]
    pub const fn working_ms(self) -> Option<i64> {
        match self {
            Self::Working(ms) => Some(ms),
            Self::BusinessDays(_) => None,
        }
    }

    /// Business days, if those are promised.
    #[must_use]
    pub const fn business_days(self) -> Option<u32> {
        match self {
            Self::Working(_) => None,
            Self::BusinessDays(days) => Some(days),
        }
    }
}

impl fmt::Display for Promise {
    /// `4h 30m`, `5 business days`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Working(ms) => write!(f, "{:#}", jiff::SignedDuration::from_millis(*ms)),
            Self::BusinessDays(1) => f.write_str("1 business day"),
            Self::BusinessDays(days) => write!(f, "{days} business days"),
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
