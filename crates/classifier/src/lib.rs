//! The classifier: puts labels on tickets and says why.
//!
//! [`Engine`] is its pure heart. It is compiled once from the taxonomy of a policy bundle and
//! then labels any number of tickets: language, category, kind, severity, sentiment, tags, and
//! which information the category asks for that the text does not give.
//!
//! It works by words, not by a trained model: every label names the words that speak for it, one
//! automaton finds all words of all labels in one pass, and each word found is a reason that can
//! be shown to people. Where to read on: `fold.rs` and `words.rs` for what a word is, how it is
//! found and how it counts; [`language`]; `severity.rs`; `information.rs`; `engine.rs` for how
//! the labels come together.
//!
//! # What it refuses to do
//!
//! It reads no clock, no file and no network, keeps nothing between two tickets, and never
//! lowers a P0 that the customer declared.
//!
//! # Invariants
//!
//! - Equal taxonomy and equal text give equal labels, confidence and reasons on every machine.
//! - No text can make it panic, and its work is linear in the length of the text.
//! - Case, full-width letters and accents change no label.
//! - Every label has a [`Reason`](posthouse_domain::ticket::Reason).

mod engine;
mod engines;
mod error;
mod fold;
mod handler;
mod information;
pub mod language;
pub mod limits;
mod severity;
mod words;

pub use engine::Engine;
pub use engines::Engines;
pub use error::Error;
pub use handler::Classifier;
