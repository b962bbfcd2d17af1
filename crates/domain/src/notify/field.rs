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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// The tags; a matcher holds for any of them.
    Tags,
    /// A free property of the ticket, by its name, as whoever is told may see it.
    Attribute(String),
}

/// What stands before the name of a free property.
const ATTRIBUTES: &str = "attributes.";

impl Field {
    /// All of them but free properties, which have names of their own.
    pub const ALL: [Self; 15] = [
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
        Self::Tags,
    ];

    /// The word for it in policies and silences; of a free property, what stands before its name.
    const fn word(&self) -> &'static str {
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
            Self::Tags => "tags",
            Self::Attribute(_) => ATTRIBUTES,
        }
    }

    /// Whether it has one of these values in a request.
    #[must_use]
    pub fn is_any_of(&self, values: &[String], request: &NotificationRequested) -> bool {
        let is_wanted = |value: &str| values.iter().any(|wanted| wanted == value);
        match self {
            Self::Tags => request.features.tags.iter().any(|tag| is_wanted(tag)),
            _ => is_wanted(&self.of(request)),
        }
    }

    /// Its value in a request; empty where it is not known. Tags stand with commas between.
    #[must_use]
    pub fn of<'r>(&self, request: &'r NotificationRequested) -> Cow<'r, str> {
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
            Self::Tags => return features.tags.join(",").into(),
            Self::Attribute(name) => match features.attributes.get(name) {
                Some(value) => value,
                None => return "".into(),
            },
        };
        text.into()
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            Self::Attribute(name) => f.write_str(name),
            _ => Ok(()),
        }
    }
}

impl FromStr for Field {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        if let Some(name) = text.strip_prefix(ATTRIBUTES).filter(|it| !it.is_empty()) {
            return Ok(Self::Attribute(name.to_owned()));
        }
        let plain = Self::ALL.into_iter().find(|field| field.word() == text);
        plain.ok_or_else(|| UnknownWord {
            what: "property of a request",
            word: crate::shown::shown(text),
            known: Self::ALL
                .iter()
                .map(Self::word)
                .chain(["attributes.NAME"])
                .collect::<Vec<_>>()
                .join(", "),
        })
    }
}
