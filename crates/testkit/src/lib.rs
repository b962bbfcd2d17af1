//! What tests of several crates share: arbitrary values of the domain, and what every bus
//! must do.
//!
//! Never a dependency of production code.

pub mod conformance;
pub mod strategies;
