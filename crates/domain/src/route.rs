//! Routing: which queue a ticket belongs in, and why.
//!
//! This is *triage*: it looks at one ticket at a time and at no person. Rules are looked at in
//! order; the first that matches names level and skill ([`decide`]). The robot may try first
//! ([`Robot`]). Of the centres that could take the ticket the one with the least in its way does:
//! the nearest that is cleared for its data, up, speaks its language and, for what must not wait,
//! is open ([`Centre`]). While nobody takes it, the steps of an [`Overflow`] widen who may.
//! [`Triage`] is what has to be remembered of a ticket for that.
//!
//! It refuses to know agents: who takes a ticket out of its queue is dispatch.
//!
//! # Invariants
//!
//! - There is always a queue; what no rule wants goes to the default of its region.
//! - Equal tickets at equal instants get equal queues, and equal explanations.
//! - Data never leaves the centres that are cleared for it: where there is none, the queue is
//!   [`UNASSIGNED`] and nobody serves it.
//! - Everything that was looked at is told with what became of it.

mod centres;
mod decide;
mod dimension;
mod entry;
mod gate;
mod overflow;
mod queue;
mod robot;
mod rules;
mod situation;
mod triage;

pub use centres::UNASSIGNED;
pub use decide::{Asked, Routing, Wish, decide};
pub use dimension::{DIMENSIONS, Dimension, Of};
pub use entry::{Caller, Entries, Entry, Matches};
pub use gate::{Closed, Gate, Passage, Refused};
pub use overflow::{Demand, Overflow, Overflows, Step};
pub use queue::{InvalidQueue, Queue};
pub use robot::{Robot, Trial};
pub use rules::{Centre, FollowTheSun, Rule, Rules, residency};
pub use situation::{Home, Situation, Standing};
pub use triage::{Conclusion, ROLE, Terms, Triage};
