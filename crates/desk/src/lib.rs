//! The desk: the read side of a region.
//!
//! It consumes every fact of the log, every activation of a policy and every dead letter, folds
//! them into SQLite, and answers questions: over HTTP ([`router`]), over the bus
//! (`query.ticket`), and to the process it runs in ([`Desk`]). It also reads a log to the auditor,
//! which tells whether it holds what the invariants promise ([`verify`]).
//!
//! What it refuses to do: append anything. It owns no partition and decides nothing; several
//! desks of a region may run side by side.
//!
//! # Invariants
//!
//! - What it keeps follows from the log alone. A database that is damaged, of another version
//!   or of another log is set aside and rebuilt, and a rebuilt one has the same rows.
//! - A fact and the position that reflects it are written in one transaction.
//! - A fact that changed nothing is kept, with the reason. So is one whose ticket was never
//!   opened.

mod agents;
mod answers;
mod corrections;
mod counts;
mod database;
mod dead_letters;
mod desk;
mod dump;
mod error;
mod events;
mod fold;
mod folded;
mod http;
mod ledger;
pub mod limits;
mod list;
mod number;
mod place;
mod preferences;
mod projector;
mod query;
mod readable;
mod schema;
mod search;
mod stats;
pub mod telemetry;
mod ticket;
mod trace;
mod verify;
mod why;
mod writer;

pub use agents::{AgentListing, AgentPage, AgentSummary, AgentView, OfferView, OfferedTicket};
pub use counts::Counts;
pub use dead_letters::{
    DeadLetterListing, DeadLetterPage, DeadLetterSummary, DeadLetterView, OriginView,
};
pub use desk::Desk;
pub use error::Error;
pub use events::Event;
pub use http::{PROBLEM_CODES, openapi, router};
pub use ledger::LedgerView;
pub use list::{Listing, Page, Sort, SortKey};
pub use preferences::PreferenceView;
pub use query::{Field, Filter, QueryError, Stage, parse_query};
pub use stats::Stats;
pub use ticket::{ContactView, FactView, TargetView, TicketSummary, TicketView};
pub use trace::{ContextView, LegView, MinutesView, StepView, TraceSummary, TraceView};
pub use verify::verify;
pub use why::{Decision, VoidFact, Why};
