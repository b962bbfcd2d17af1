//! NATS: the bus on JetStream, and a server of one's own for a laptop.
//!
//! The only crate that knows NATS. [`NatsBus`] is JetStream behind the port of `posthouse-bus`;
//! [`server`] finds, fetches, starts and keeps a local server.

mod baseline;
mod jetstream;
pub mod server;

pub use baseline::baseline;
pub use jetstream::{
    ConsumerReport, Inspection, Login, NatsBus, Options, StreamReport, StreamState, Tls,
};
