//! Clocks under every life that a ticket can have.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cases;
mod complaints;
mod ledgers;
mod life;
mod outlooks;
mod properties;
#[path = "../deadlines/strategies.rs"]
#[expect(dead_code, reason = "the deadlines use more of it")]
mod strategies;
mod strictest;
