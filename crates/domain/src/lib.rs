//! Every rule of Posthouse: what a ticket is, how it is classified, routed and timed, who
//! hears of it. Pure and deterministic: no I/O, no clock, no randomness, no async.
//!
//! Services convert a message to a [`ticket::Fact`], call a function of this crate, and convert
//! what it returns back to messages. Equal inputs give equal results on every machine; that is
//! what makes a redelivery harmless and a decision explainable.
//!
//! # Invariants
//!
//! - A ticket is the fold of its facts ([`ticket::Ticket::apply`]); readers that fold the same
//!   facts in the same order agree on every field.
//! - A fact that is not allowed where it stands is *void*: it changes nothing, for any reader.
//! - What follows from a fact has an identity derived from it ([`ids::FactId::derive`]).

pub mod classify;
pub mod command;
pub mod condition;
pub mod dispatch;
pub mod ids;
pub mod limits;
pub mod notify;
pub mod region;
pub mod route;
mod shown;
pub mod sla;
pub mod storm;
pub mod ticket;
pub mod time;
pub mod words;

pub use ids::{FactId, TicketId};
pub use time::Timestamp;
