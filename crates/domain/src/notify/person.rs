//! Persons: somebody who is told in one way first and, if nothing happens, in another.
//!
//! A person has receivers of their own, in the order in which they want to be told, each so long
//! after the first. A rule, or a step of a ladder, names the person like a receiver; what stops it
//! stops the next way, too.

use serde::{Deserialize, Serialize};

/// A person, and how they want to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their key.
    pub key: String,
    /// Their receivers, in the order in which they are told.
    pub contacts: Vec<ContactMethod>,
    /// The calendar in whose open time they may be disturbed; `None` for any time. A step of a
    /// ladder that has no hours of its own asks them within these.
    pub hours: Option<String>,
}

/// One way to tell a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactMethod {
    /// The receiver's key.
    pub receiver: String,
    /// How long after the rule, in milliseconds.
    pub after_ms: i64,
}
