//! What one may look at in a request: to put requests into groups, and to silence them.
//!
//! These are plain texts that stand in the request itself, so that a silence of tonight needs no
//! policy, no compiler and no look-up, and means the same to every reader for as long as the log
//! is kept.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ticket::{NotificationRequested, UnknownWord};

/// A property of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Field {
    /// Who is to be told.
    Receiver,
    /// The rule that asked for it.
    Rule,
    /// The kind of fact it tells of.
    About,
    /// The ticket's number.
    Ticket,
    /// The customer's key.
    Customer,
    /// The customer's tier.
    Tier,
    /// The customer's region.
    Region,
    /// The way the ticket came.
    Channel,
    /// The product concerned.
    Product,
    /// The category.
    Category,
    /// The kind of ticket.
    Kind,
    /// The measured severity; empty for none.
    Severity,
    /// The queue.
    Queue,
    /// The identity of the incident that the ticket is folded into; empty for none.
    Incident,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Receiver,
        Self::Rule,
        Self::About,
        Self::Ticket,
        Self::Customer,
        Self::Tier,
        Self::Region,
        Self::Channel,
        Self::Product,
        Self::Category,
        Self::Kind,
        Self::Severity,
        Self::Queue,
        Self::Incident,
    ];

    /// The word for it in policies and silences.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receiver => "receiver",
            Self::Rule => "rule",
            Self::About => "about",
            Self::Ticket => "ticket",
            Self::Customer => "customer",
            Self::Tier => "tier",
            Self::Region => "region",
            Self::Channel => "channel",
            Self::Product => "product",
            Self::Category => "category",
            Self::Kind => "kind",
            Self::Severity => "severity",
            Self::Queue => "queue",
            Self::Incident => "incident",
        }
    }

    /// Its value in a request; empty where it is not known.
    #[must_use]
    pub fn of(self, request: &NotificationRequested) -> Cow<'_, str> {
        let features = &request.features;
        let text = match self {
            Self::Receiver => &request.receiver,
            Self::Rule => &request.rule,
            Self::About => return request.about.as_str().into(),
            Self::Ticket => &features.number,
            Self::Customer => &features.customer,
            Self::Tier => &features.tier,
            Self::Region => &features.region,
            Self::Channel => &features.channel,
            Self::Product => &features.product,
            Self::Category => &features.category,
            Self::Kind => &features.kind,
            Self::Severity => {
                let severity = features.severity;
                return severity.map_or("", |severity| severity.as_str()).into();
            }
            Self::Queue => &features.queue,
            Self::Incident => &features.incident,
        };
        text.into()
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Field {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("property of a request", text, &Self::ALL, Self::as_str)
    }
}
