//! Dispatch: its promises, for every state that a short random history reaches.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cases;
mod fairness;
mod reference;
mod replay;
mod starvation;
mod world;
