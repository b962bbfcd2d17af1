//! What listeners are told, live, of each fact.

use posthouse_domain::Timestamp;
use posthouse_domain::ticket::{Fact, Severity, Ticket};
use posthouse_personal::masked;
use serde::Serialize;
use utoipa::ToSchema;

/// One fact, small enough to be shown on a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Event {
    /// The region whose log holds it.
    pub region: String,
    /// What happened: a kind of fact.
    pub kind: &'static str,
    /// The ticket.
    pub ticket_id: String,
    /// The ticket's number; empty when it was never opened.
    pub number: String,
    /// The first characters of the ticket's subject, personal data masked.
    pub title: String,
    /// The ticket's state after it.
    pub state: &'static str,
    /// The ticket's severity, if known.
    pub severity: Option<&'static str>,
    /// The ticket's queue; empty while it has none.
    pub queue: String,
    /// Who caused it.
    pub actor: String,
    /// When the log stored it.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Why it changed nothing, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void: Option<String>,
}

impl Event {
    /// What is told of `fact`, after which its ticket is `ticket`.
    pub(crate) fn of(
        fact: &Fact,
        at: Timestamp,
        ticket: Option<&Ticket>,
        void: Option<&str>,
    ) -> Self {
        let features = ticket.map(|ticket| &ticket.features);
        Self {
            region: fact.region.clone(),
            kind: fact.body.kind().as_str(),
            ticket_id: fact.ticket.to_string(),
            number: features.map(|f| f.number.clone()).unwrap_or_default(),
            title: features.map_or_else(String::new, |f| masked(&f.excerpt, &[]).into_owned()),
            state: features.map_or("", |f| f.state.as_str()),
            severity: features.and_then(|f| f.severity).map(Severity::as_str),
            queue: features.map(|f| f.queue.clone()).unwrap_or_default(),
            actor: fact.actor.to_string(),
            at,
            void: void.map(str::to_owned),
        }
    }
}
