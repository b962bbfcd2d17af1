//! What every service runs on: the worker loop, configuration, telemetry, health, drain.
//!
//! A service brings a [`Handler`]: a function from facts to facts with a view of its own. This
//! crate owns partitions for it, keeps the view in step with the log, publishes what it
//! concludes, survives restarts and hand-overs, and tells operators how it is doing.
//!
//! # Invariants
//!
//! - The commit point of a view never passes an input whose outputs are not all in the log.
//! - A delivery is acknowledged only when its effects on the view are committed.
//! - `now` is the time the log gave a message; real clocks only decide when to ask the log.

pub mod clock;
pub mod config;
mod handler;
pub mod health;
pub mod limits;
pub mod logs;
pub mod metrics;
pub mod policies;
pub mod problem;
pub mod shutdown;
pub mod telemetry;
mod tickets;
pub mod trace;
mod view;
pub mod views;
mod wake;
mod worker;
mod workers;

pub use handler::{Errand, Handler, Input, Refusal};
pub use tickets::{Folded, Tickets};
pub use view::View;
pub use wake::WakeIndex;
pub use worker::{CommitPoint, Context, Fatal, Pace, run_partition};
pub use workers::{Service, run_service};
