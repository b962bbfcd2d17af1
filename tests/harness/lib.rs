//! What end-to-end tests stand on: real processes, real sockets, waits that end.
//!
//! A test starts [`Up`] (a whole region) or [`Role`]s (one process each), talks to them through
//! a [`Door`] (HTTP), through [`cli`] (the operator's hand) or with a NATS client of its own,
//! kills what it likes, and says what must be true in the end.
//!
//! # Invariants
//!
//! - Every wait is bounded by a name in [`limits`], and a wait that ends in vain says what was
//!   seen last.
//! - What a test started is gone when it ends, however it ends, the servers of killed processes
//!   included. Nothing else is ever signalled: a process is known by its id and, where it is no
//!   child of ours, by the configuration file on its command line.
//! - Everything listens on loopback, on ports that the system picks.
//! - A `nats-server` that cannot be had is a visible skip on a laptop and a failure where `CI` is
//!   set.

mod binary;
pub mod chaos;
pub mod cli;
mod door;
pub mod limits;
mod noise;
pub mod poison;
mod process;
mod role;
mod samples;
mod servers;
pub mod soak;
mod up;
mod wait;

pub use binary::posthouse;
pub use door::{Accepted, Answer, Door, STATIONS, has_all_stations};
pub use noise::Noise;
pub use process::Process;
pub use role::Role;
pub use samples::samples;
pub use servers::{kill_server, servers_on};
pub use up::{Setup, Up};
pub use wait::eventually;
