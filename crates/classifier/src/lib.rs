//! The classifier: puts labels on tickets and says why.
//!
//! [`Engine`] is its pure heart. It is compiled once from the taxonomy of a policy bundle and
//! then labels any number of tickets: language, category, kind, severity, sentiment, tags, and
//! which information the category asks for that the text does not give.
//!
//! Three parts have a say. *Words*: every label names the words that speak for it, one automaton
//! finds all words of all labels in one pass, and each word found is a reason that can be shown to
//! people. A trained *model* (`posthouse-model`), which abstains where it does not know. *Rules*
//! of the policy, which force, suggest or veto. Where to read on: `combine.rs` for who decides;
//! `fold.rs` and `words.rs` for what a word is, how it is found and how it counts; `voter.rs`;
//! `rules.rs`; [`language`]; `severity.rs`; `information.rs` and `ask.rs` for what is missing;
//! `engine.rs` for how the labels come together.
//!
//! # What it refuses to do
//!
//! It reads no clock, no file and no network, and never lowers a P0 that the customer declared.
//! Of a ticket it keeps what it asked the customer for, until that is answered or the ticket ends.
//!
//! # Invariants
//!
//! - Equal policy, equal model and equal text give equal labels, confidence and reasons on every
//!   machine.
//! - No text can make it panic, and its work is linear in the length of the text.
//! - Case, full-width letters and accents change no label.
//! - Every label has a [`Reason`](posthouse_domain::ticket::Reason).

mod ask;
mod asked;
mod combine;
mod engine;
mod engines;
mod error;
mod fold;
mod handler;
mod information;
pub mod language;
pub mod limits;
pub mod models;
mod personal;
mod rules;
mod severity;
pub mod shadow;
mod signals;
pub mod similar;
pub mod storm;
pub mod telemetry;
mod voter;
mod words;

pub use engine::Engine;
pub use engines::Engines;
pub use error::Error;
pub use handler::Classifier;
pub use storm::Lookout;
