//! Near-duplicates: tickets that say the same in nearly the same words.
//!
//! A text is cut into shingles (`shingles.rs`), these are boiled down to a sketch of fixed size
//! (`sketch.rs`), and the sketches of the last tickets are kept in an index that finds those with
//! much in common (`index.rs`). `Duplicates` keeps the index in the view of a partition.
//!
//! # What it refuses to do
//!
//! It does not look across partitions of the log: a link is found where both tickets are in one.
//! Storms are looked for across all of them, by [`crate::storm`].
//!
//! # Invariants
//!
//! - Equal texts in equal order give equal links, on every machine.
//! - Work per ticket and memory are bounded, whatever the texts; see [`crate::limits`].
//! - No digits and no addresses survive into a sketch, and no text can be had back from it.

mod duplicates;
mod index;
mod shingles;
mod sketch;

pub(crate) use duplicates::{Duplicates, TABLE};
pub use index::{Entry, Hit, Index, Window};
pub use sketch::Sketch;
