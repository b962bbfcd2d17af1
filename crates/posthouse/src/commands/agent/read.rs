//! Agents as the HTTP door gives them, as far as people and commands need them.
//!
//! Reading is lenient, as that of tickets is: a field that is missing is empty, one that is not
//! known is left alone.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

pub(super) use crate::commands::ticket::read::{local, text_of};
use crate::exit::{Error, Exit};

/// Agents of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) agents: Vec<Map<String, Value>>,
}

/// An agent with what they have.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Agent {
    #[serde(deserialize_with = "text")]
    pub(super) agent: String,
    #[serde(deserialize_with = "text")]
    pub(super) region: String,
    #[serde(deserialize_with = "text")]
    pub(super) presence: String,
    #[serde(deserialize_with = "text")]
    pub(super) since: String,
    #[serde(deserialize_with = "text")]
    pub(super) seen_at: String,
    #[serde(deserialize_with = "text")]
    pub(super) reason: String,
    /// What they have.
    pub(super) tickets: Vec<Summary>,
    /// What is offered to them.
    pub(super) offers: Vec<Offered>,
}

/// A ticket that is offered.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Offered {
    pub(super) offer: Offer,
    pub(super) ticket: Summary,
}

/// An offer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Offer {
    #[serde(deserialize_with = "text")]
    pub(super) id: String,
    #[serde(deserialize_with = "text")]
    pub(super) until: String,
}

/// A ticket in a word.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Summary {
    #[serde(deserialize_with = "text")]
    pub(super) ticket_id: String,
    #[serde(deserialize_with = "text")]
    pub(super) number: String,
    #[serde(deserialize_with = "text")]
    pub(super) state: String,
    #[serde(deserialize_with = "text")]
    pub(super) severity: String,
    #[serde(deserialize_with = "text")]
    pub(super) subject: String,
}

/// Text, or nothing.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}

impl Agent {
    /// The offer of this ticket, or the only one.
    pub(super) fn offer(&self, named: Option<&str>) -> Result<(&Summary, &str), Error> {
        let found = one(&self.offers, |it| &it.ticket, named);
        let offered = found.ok_or_else(|| self.none("offered to", self.offers.len(), named))?;
        Ok((&offered.ticket, &offered.offer.id))
    }

    /// This ticket of the agent's, or the only one.
    pub(super) fn ticket(&self, named: Option<&str>) -> Result<&Summary, Error> {
        let found = one(&self.tickets, |it| it, named);
        found.ok_or_else(|| self.none("with", self.tickets.len(), named))
    }

    fn none(&self, how: &str, count: usize, named: Option<&str>) -> Error {
        let agent = &self.agent;
        match (named, count) {
            (Some(ticket), _) => Error::new(
                Exit::NotFound,
                format!("find {ticket} among what is {how} {agent}"),
            ),
            (None, 0) => Error::new(Exit::NotFound, format!("find a ticket {how} {agent}")),
            (None, count) => Error::usage(format!(
                "choose: {count} tickets are {how} {agent}; name one of them"
            )),
        }
        .hint(format!("`posthouse agent show {agent}` lists them"))
    }
}

/// The one that is named by number or identity; the only one where nothing is named.
fn one<'a, T>(all: &'a [T], ticket: impl Fn(&T) -> &Summary, named: Option<&str>) -> Option<&'a T> {
    let is_named = |it: &&T| {
        let ticket = ticket(it);
        named.is_none_or(|name| ticket.number == name || ticket.ticket_id == name)
    };
    let mut found = all.iter().filter(is_named);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent() -> Agent {
        serde_json::from_value(serde_json::json!({
            "agent": "anna", "presence": null, "unknown": 1,
            "tickets": [{"ticket_id": "t-1", "number": "CN-1"}, {"ticket_id": "t-2", "number": "CN-2"}],
            "offers": [{"offer": {"id": "o-1"}, "ticket": {"ticket_id": "t-3", "number": "CN-3"}}],
        }))
        .unwrap()
    }

    #[test]
    fn the_only_one_need_not_be_named() {
        assert_eq!(agent().offer(None).unwrap().1, "o-1");
        assert_eq!(agent().offer(Some("CN-3")).unwrap().0.ticket_id, "t-3");
        assert_eq!(agent().ticket(Some("t-2")).unwrap().number, "CN-2");
        assert_eq!(agent().ticket(None).unwrap_err().exit(), Exit::Usage);
        let missing = agent().offer(Some("CN-1")).unwrap_err();
        assert_eq!(missing.exit(), Exit::NotFound);
        let none = Agent::default().offer(None).unwrap_err();
        assert_eq!(none.exit(), Exit::NotFound);
    }
}
