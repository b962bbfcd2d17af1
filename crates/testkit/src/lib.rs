//! What tests of several crates share: arbitrary values of the domain.
//!
//! Never a dependency of production code.

pub mod strategies;
