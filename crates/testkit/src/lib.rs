//! What tests of several crates share: facts, arbitrary values of the domain, and what every bus
//! must do.
//!
//! Never a dependency of production code.

pub mod builders;
pub mod conformance;
pub mod strategies;
