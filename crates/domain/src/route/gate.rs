//! The gate to another region: what a ticket takes along, and who lets it pass.
//!
//! A ticket that is transferred to another region crosses through a gate, with its clocks and with
//! whom its customer knows, so that no promise begins anew and nobody has to introduce themselves
//! again. Which gates are open is not the router's to know; it asks a [`Gate`]. A refusal leaves
//! the ticket where it is, and says so.

use serde::{Deserialize, Serialize};

use super::Standing;
use crate::ids::TicketId;
use crate::ticket::Ticket;

/// What crosses with a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The ticket.
    pub ticket: TicketId,
    /// The region it leaves.
    pub from: String,
    /// The region it is for.
    pub to: String,
    /// Its deadlines, how often it was escalated, and who had it last.
    pub standing: Standing,
    /// How often it was reopened: its clocks count on from there.
    pub reopens: u32,
}

/// Lets tickets pass to other regions, or not.
pub trait Gate: std::fmt::Debug + Send + Sync {
    /// Whether the ticket may pass.
    ///
    /// # Errors
    ///
    /// [`Refused`], with the reason; the ticket stays.
    fn pass(&self, passage: &Passage) -> Result<(), Refused>;
}

/// A ticket may not pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pass to region `{to}`: {why}")]
pub struct Refused {
    /// Where to.
    pub to: String,
    /// Why not.
    pub why: String,
}

/// The gate of a region that stands alone: nobody passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closed;

impl Gate for Closed {
    fn pass(&self, passage: &Passage) -> Result<(), Refused> {
        Err(Refused {
            to: passage.to.clone(),
            why: "no gate leads there".to_owned(),
        })
    }
}

impl Passage {
    /// What a ticket takes along.
    #[must_use]
    pub fn of(ticket: &Ticket, standing: &Standing, from: &str, to: &str) -> Self {
        Self {
            ticket: ticket.id,
            from: from.to_owned(),
            to: to.to_owned(),
            standing: standing.clone(),
            reopens: ticket.features.reopens,
        }
    }
}
