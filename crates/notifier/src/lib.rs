//! The notifier: decides who is told of a fact, and tells them.
//!
//! Two roles. [`Notifier`] reads the facts of a ticket, decides by the policy's receivers and
//! appends `notification_requested`; it is owned by ticket. [`Courier`] reads those requests by
//! receiver, delivers them, tries again, and appends `notified` or `notification_failed`.
//!
//! # Invariants
//!
//! - One request per cause and receiver, one outcome per request. A request that comes again is
//!   recognised for as long as the log is kept.
//! - A receiver that never answers keeps no other waiting; none of its requests overtakes another.
//! - Nothing leaves the system before its attempt was claimed in the log; a zombie loses the
//!   claim. Each attempt of a request carries the same identity, so that the other side can
//!   recognise a repeat.
//! - A policy cannot make the courier reach what is not public; see [`Reach`].

mod courier;
mod errand;
pub mod limits;
mod notifier;
mod pending;
mod post;
mod reach;
mod webhook;

pub use courier::Courier;
pub use notifier::Notifier;
pub use post::Post;
pub use reach::{Forbidden, Reach};
pub use webhook::{Client, Error as WebhookError, Parcel};
