//! Storms: many customers report one matter, each in words of their own.
//!
//! A storm is resemblance times rate above what is usual. Reports of an outage share neither
//! words nor language, so tickets are counted by what they are about: category, product, and the
//! place of the provider that they name ([`Key`]). What comes in a short window is compared with
//! what is usual for the key (`usual.rs`) and with what else comes at the time, so that neither
//! a Monday morning nor a bulk import is a storm. A ticket that repeats the text of another
//! customer counts twice.
//!
//! [`Detector`] decides; it is pure and is told every ticket of a region in the order of the
//! stream that the bus copies from the log (ADR 8). [`Lookout`] is the role around it: it opens
//! one incident for a storm, a ticket with a derived identity and number, and folds tickets into
//! it. A folded ticket stays a ticket, with its own clocks.
//!
//! # What it refuses to do
//!
//! It closes nothing, answers nobody, and never folds a ticket again that a person unfolded.
//!
//! # Invariants
//!
//! - Equal tickets in equal order give equal storms, on every machine, through any restart:
//!   whatever it decides by is in its view, and it computes with whole numbers only.
//! - Within the window, what counts does not depend on the order in which tickets came.
//! - Memory and work per ticket are bounded; see [`crate::limits`].

mod detector;
mod incident;
mod key;
mod lookout;
mod ongoing;
mod places;
mod rows;
mod tally;
mod usual;
mod waiting;
mod window;

pub use detector::{Change, Detector, Scene};
pub use incident::{Conclusion, Incident, What};
pub use key::Key;
pub use lookout::Lookout;
pub use ongoing::Storm;
pub use places::Places;
pub use rows::Unreadable;
pub use window::Heard;
