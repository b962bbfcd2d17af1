//! The model: learns labels from tickets in seconds, tells them in microseconds, and knows when
//! it does not know.
//!
//! A linear support vector machine over hashed n-grams of words and characters. A text is read
//! once; all heads (category, kind, tags, …) share what was read. Where to start: [`Model`] for
//! answers, [`train()`] for learning, [`evaluate`] for how well it does; `grams.rs` for what is
//! read, `solver.rs` for how it is learnt, `artefact.rs` for how a model lies in bytes.
//!
//! # What it refuses to do
//!
//! It reads no file, no clock and no network, and draws no number that a seed does not give. It
//! answers any text, and says of each answer how sure it is; it is for the caller to act on it.
//!
//! # Invariants
//!
//! - Equal rows, options and seed give equal bytes, on every machine: `libm` computes what
//!   processors disagree about, and no order depends on a memory address.
//! - No text can make it panic or work long: [`limits`].
//! - Bytes that are not those that were written are refused, so an identity vouches for answers.

mod artefact;
mod bag;
mod calibrate;
mod corpus;
mod error;
mod evaluate;
mod explain;
mod fold;
mod grams;
mod header;
pub mod limits;
mod measure;
mod model;
mod number;
mod places;
mod plan;
mod random;
mod revise;
mod shipped;
mod solver;
mod sums;
mod text;
pub mod train;

pub use bag::Scratch;
pub use corpus::{Corpus, Label, Row};
pub use error::Error;
pub use evaluate::{Confusion, Coverage, LabelReport, Outside, Report, evaluate, evaluate_as};
pub use explain::{Explanation, Weighed};
pub use header::{Choice, Data, Head, Header, Quality};
pub use model::{Answer, Bytes, Mark, Model, Prediction};
pub use random::Random;
pub use revise::Revise;
pub use sums::{Best, Honest, Sums};
pub use text::{Part, Text};
pub use train::{Options, Trained, train, train_honestly};
