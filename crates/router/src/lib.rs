//! The router: puts each classified ticket in a queue, and says why.
//!
//! It reads the facts of a ticket's life and appends `routed`, and `transferred` where the robot
//! hands over to people. The rules are the policy's; what they mean is
//! [`posthouse_domain::route`]. A ticket is routed when it is first classified, when it is
//! reopened, when somebody asks for a level, a queue or a region, when it is classified anew or
//! corrected while it still waits, and step by step while nobody takes it. Once a person has it,
//! its queue is left alone.

pub mod dispatcher;
pub mod limits;
pub mod telemetry;
mod triage;

pub use dispatcher::Dispatcher;
pub use triage::Router;
