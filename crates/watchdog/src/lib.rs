//! The watchdog: keeps the time of every promise about every ticket.
//!
//! It reads the facts of a ticket's life and appends `timed` when targets are set,
//! `target_warned` when a deadline comes near and `target_breached` when one is missed. What the
//! clocks do is [`posthouse_domain::sla::watch`]; this crate keeps them, with an index of when
//! to look at which ticket again.
//!
//! # Invariants
//!
//! - The index holds exactly one entry for each ticket with a running clock: its next ring.
//! - Clocks ring by log time, so a replay rings as the first run did.

mod experience;
mod handler;
mod modes;
mod rows;
pub mod telemetry;
mod words;

pub use handler::Watchdog;
pub use rows::Row;
pub use words::Vocabulary;
