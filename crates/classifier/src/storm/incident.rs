//! What the detector concludes: an incident to be opened, a ticket to be folded into it.

use posthouse_domain::ticket::{Folded, Unfolded};
use posthouse_domain::{FactId, TicketId, Timestamp};

use super::Key;

/// Something that follows from a ticket, or from the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// The ticket that it is about.
    pub ticket: TicketId,
    /// The region whose log holds it.
    pub region: String,
    /// The fact that it follows from: the one that labelled the ticket. What unfolds a ticket
    /// follows from what folded it, which follows from this.
    pub cause: FactId,
    /// When it became true.
    pub at: Timestamp,
    /// What is to be said.
    pub what: What,
}

/// What is concluded of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A storm began: the ticket is to be opened.
    Opened(Incident),
    /// The ticket belongs to an incident.
    Folded(Folded),
    /// The ticket does not belong to its incident, because nothing does.
    Unfolded(Unfolded),
}

/// A storm that began, as its incident tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its number, which follows from its identity.
    pub number: String,
    /// What the tickets have in common.
    pub key: Key,
    /// The place that they name, if they agree on one.
    pub place: Option<String>,
    /// How many customers report it in the window.
    pub customers: usize,
    /// How many tickets are expected in a window without a storm, in thousandths.
    pub expected_thousandths: u64,
    /// The length of the window, in milliseconds.
    pub window_ms: i64,
}
