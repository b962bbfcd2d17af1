//! What tests of several crates share: facts, arbitrary values of the domain, what every bus must
//! do, and ports for servers.
//!
//! Never a dependency of production code.

pub mod builders;
pub mod conformance;
pub mod ports;
pub mod smtp;
pub mod strategies;
