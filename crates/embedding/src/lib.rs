//! A second opinion: what a text means, asked only where the words of it leave the model unsure.
//!
//! The linear model answers by the words that it has seen. An *embedder* turns any text into a
//! vector that lies near those of texts that mean the same, at a thousand times the cost. A
//! [`Cascade`] asks it about the texts of which the model is least sure, and weighs both.
//!
//! Where to start: [`Cascade`] for the rule, [`SecondOpinion`] for what is learnt and kept beside
//! a model, [`Embed`] for what an embedder is; `fusion.rs` for how two opinions become one.
//! With the feature `candle`, `Bert` reads sentence models of the family of BERT.
//!
//! # What it refuses to do
//!
//! It brings no weights and fetches none: a folder is given to it. It changes nothing of the
//! linear model, and a file that was learnt with another model or another embedder is refused.
//! The services do not ask it: embeddings differ in the last digit between processors, and what
//! the log holds must be decided alike everywhere (`docs/adr/0009-embeddings-by-candle.md`).
//!
//! # Invariants
//!
//! - A text of which the model is sure keeps its answer, untouched.
//! - Equal rows, vectors and seed give equal bytes.
//! - Work for one text is bounded: [`limits`].

#[cfg(feature = "candle")]
mod bert;
mod cascade;
mod embed;
mod error;
mod fusion;
pub mod limits;
mod lines;
mod number;
mod opinion;
mod train;

#[cfg(feature = "candle")]
pub use bert::Bert;
pub use cascade::{Cascade, Cost};
pub use embed::Embed;
pub use error::Error;
pub use fusion::Fusion;
pub use lines::Lines;
pub use opinion::{Head, Quality, SecondOpinion, Step};
pub use train::train;
