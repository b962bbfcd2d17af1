//! The router: puts each classified ticket in a queue, and says why.
//!
//! It reads the facts of a ticket's life and appends `routed`. The rules are the policy's; what
//! they mean is [`posthouse_domain::route`]. A ticket is routed when it is first classified,
//! when it is reopened, and again when it is classified anew or corrected while it still waits in a queue.
//! Once a person has it, its queue is left alone.

mod handler;

pub use handler::Router;
