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
//! - An endpoint that fails again and again is asked by one request at a time, so that the
//!   attempts of the others are not used up while it is down.
//! - Who said that they want no more is not asked again until their address is another.
//! - Nothing leaves the system before its attempt was claimed in the log; a zombie loses the
//!   claim. Each attempt of a request carries the same identity, so that the other side can
//!   recognise a repeat.
//! - A customer is not told what they do not want, and in their language what they do (ADR 14).
//! - A policy cannot make the courier reach what is not public; see [`Reach`].

mod breaker;
mod bundle;
mod channel;
mod client;
mod courier;
mod errand;
mod gone;
mod groups;
mod later;
pub mod limits;
#[cfg(test)]
mod made;
mod notifier;
mod offers;
mod parcel;
mod pending;
mod post;
mod preferences;
mod silences;
pub mod telemetry;
pub mod wording;

pub use channel::Error as PostError;
pub use client::{Client, Forbidden, Reach};
pub use courier::{Courier, Waits};
pub use notifier::Notifier;
pub use offers::Offers;
pub use parcel::Parcel;
pub use post::Post;
