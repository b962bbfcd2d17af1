//! The port between Posthouse and whatever carries its messages.
//!
//! Services know this crate and no broker. It holds the names of all subjects, the topology of
//! a region as data, the shape of what is sent and delivered, and [`Bus`], which an adapter
//! implements. [`memory::MemoryBus`] is one adapter, for tests and simulation; JetStream is the
//! other. One conformance suite (in the test kit) holds both to the same behaviour.
//!
//! # Invariants
//!
//! - Delivery is at least once and in order within a partition while it has one owner; nothing
//!   here is a lock. What makes repeats harmless is that effects have names (ADR 1).
//! - A [`Stored`] receipt means that the message is in the log, under the durability that the
//!   topology asks for.

mod error;
pub mod limits;
pub mod memory;
mod message;
mod port;
mod role;
pub mod subject;
pub mod topology;

pub use error::Error;
pub use message::{AckToken, Delivery, Headers, Outgoing, Stored, header};
pub use port::{
    Bucket, Bus, Deliveries, Entry, InboxConsumer, InboxDelivery, Objects, Owned, Queries, Query,
    Receipt, Revision, Turn, Until,
};
pub use role::Role;
