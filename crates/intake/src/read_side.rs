//! What the read side knows of a ticket: for a friendly answer, not for the truth.
//!
//! The read side lags behind the log, so "not found" and "not allowed" are asked again for a
//! short time before they are believed; and when it does not answer at all, a command is
//! accepted if it gets into the log at once: what is not allowed at its place there is void, by
//! the rules of the domain.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use posthouse_bus::Bus;
use posthouse_domain::TicketId;
use posthouse_domain::ticket::State;
use posthouse_wire::v1::{TicketAnswer, TicketQuery};
use prost::Message;
use serde::Deserialize;

/// Asks the read side.
pub(crate) struct ReadSide {
    bus: Arc<dyn Bus>,
    subject: String,
    wait: Duration,
}

/// What the read side said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// It knows the ticket.
    Known(Known),
    /// It does not know the ticket, yet.
    Unknown,
    /// It did not answer, or not in a way that can be understood.
    Nothing,
}

/// A ticket that the read side knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) ticket: TicketId,
    pub(crate) state: State,
    /// Its number; empty where the answer has none.
    pub(crate) number: String,
    /// Its customer; empty where the answer has none.
    pub(crate) customer: String,
}

/// What is of use here of the ticket as JSON.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    number: String,
    customer: String,
}

impl ReadSide {
    /// Asks on `subject` and waits at most `wait` for each answer.
    pub(crate) fn new(bus: Arc<dyn Bus>, subject: String, wait: Duration) -> Self {
        Self { bus, subject, wait }
    }

    /// Asks for a ticket by identity or number.
    pub(crate) async fn ask(&self, ticket: &str) -> Said {
        self.ask_for(ticket, self.wait).await
    }

    /// The same, with a wait of its own, if that is shorter.
    pub(crate) async fn ask_for(&self, ticket: &str, wait: Duration) -> Said {
        let query = TicketQuery {
            ticket: ticket.to_owned(),
        };
        let wait = wait.min(self.wait);
        let asked = self
            .bus
            .request(&self.subject, Bytes::from(query.encode_to_vec()), wait);
        // The bus keeps time too; this is for one that does not notice that it is away.
        match tokio::time::timeout(wait, asked).await {
            Ok(Ok(answer)) => read(&answer),
            Ok(Err(error)) => {
                tracing::debug!(%error, "the read side does not answer");
                Said::Nothing
            }
            Err(_) => Said::Nothing,
        }
    }
}

fn read(answer: &[u8]) -> Said {
    let understood = TicketAnswer::decode(answer).ok().and_then(|answer| {
        if !answer.found {
            return Some(Said::Unknown);
        }
        let details: Details = serde_json::from_slice(&answer.json).unwrap_or_default();
        Some(Said::Known(Known {
            ticket: answer.ticket_id.parse().ok()?,
            state: answer.state.parse().ok()?,
            number: details.number,
            customer: details.customer,
        }))
    });
    understood.unwrap_or_else(|| {
        tracing::warn!("the read side gave an answer that cannot be understood");
        Said::Nothing
    })
}
