//! Where the minutes of a ticket's life went: who had each instant of it.
//!
//! This is time by the wall. What of it counts against a promise, by which calendar, stands in
//! the ledger of that promise ([`crate::sla::ledger`]).
//!
//! It is found from the facts of the ticket and their log times, and from nothing else. Whoever
//! reads all of them, as the desk does, and whoever reads only those that bear on it
//! ([`Course::KINDS`]), as the watchdog does, finds the same.
//!
//! # Invariants
//!
//! - Each instant from the opening to the end belongs to exactly one [`Part`].
//! - Legs follow each other without gaps; the parts add up to the age, to the millisecond.
//! - Facts that are void, and repeats, change nothing.
//! - A log time before that of an earlier fact counts as that one: no leg is shorter than nothing.

mod course;

use std::fmt;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

pub use course::{Count, Course, Leg, legs};

/// Who has a ticket, as far as its time is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The machines: no queue has been found for it yet.
    Decide,
    /// A queue: it waits for somebody.
    Queue,
    /// Somebody has it.
    Person,
    /// Somebody outside, mostly the customer; clocks stand still.
    Pause,
    /// The notifier: who must act is being told and was not told yet.
    Notifier,
}

/// The time of a ticket by part, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Minutes {
    /// See [`Part::Decide`].
    pub decide_ms: u64,
    /// See [`Part::Queue`].
    pub queue_ms: u64,
    /// See [`Part::Person`].
    pub person_ms: u64,
    /// See [`Part::Pause`].
    pub pause_ms: u64,
    /// See [`Part::Notifier`].
    pub notifier_ms: u64,
}

impl Part {
    /// All parts, in the order in which most tickets come to them.
    pub const ALL: [Self; 5] = [
        Self::Decide,
        Self::Queue,
        Self::Notifier,
        Self::Person,
        Self::Pause,
    ];

    /// The word for the part in outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decide => "decide",
            Self::Queue => "queue",
            Self::Person => "person",
            Self::Pause => "pause",
            Self::Notifier => "notifier",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Minutes {
    /// The time of one part, in milliseconds.
    #[must_use]
    pub const fn of(&self, part: Part) -> u64 {
        match part {
            Part::Decide => self.decide_ms,
            Part::Queue => self.queue_ms,
            Part::Person => self.person_ms,
            Part::Pause => self.pause_ms,
            Part::Notifier => self.notifier_ms,
        }
    }

    /// The time of all parts together, in milliseconds.
    #[must_use]
    pub fn whole_ms(&self) -> u64 {
        let parts = Part::ALL.into_iter().map(|part| self.of(part));
        parts.fold(0, u64::saturating_add)
    }
}

impl AddAssign<(Part, u64)> for Minutes {
    fn add_assign(&mut self, (part, ms): (Part, u64)) {
        let sum = match part {
            Part::Decide => &mut self.decide_ms,
            Part::Queue => &mut self.queue_ms,
            Part::Person => &mut self.person_ms,
            Part::Pause => &mut self.pause_ms,
            Part::Notifier => &mut self.notifier_ms,
        };
        *sum = sum.saturating_add(ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_never_overflow() {
        let mut minutes = Minutes::default();
        for (part, ms) in Part::ALL.into_iter().zip([1, 20, 300, 4_000, 50_000]) {
            minutes += (part, ms);
            assert_eq!(minutes.of(part), ms);
        }
        assert_eq!(minutes.whole_ms(), 54_321);
        minutes += (Part::Pause, u64::MAX);
        assert_eq!(minutes.whole_ms(), u64::MAX);
    }
}
