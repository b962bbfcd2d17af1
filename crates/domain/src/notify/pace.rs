//! Pace: when a receiver is told what waits for it.
//!
//! Four things can keep a request waiting: that others may join it (its group), that the receiver
//! must not be disturbed (its hours), that it was told too often (its limit), and that it is held
//! (by a silence, a maintenance window or an open incident). This module says until when, and
//! which of them it is.
//!
//! # Invariants
//!
//! - Nothing waits for ever: hours that never come count as open, and a hold has an end.
//! - What is urgent waits for the limit alone.
//! - The answer follows from the policy, the log's times and what was told before; so a replay
//!   tells at the same instants, however late it comes to it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::field::Field;
use super::limit::Limit;
use crate::sla::Calendar;
use crate::ticket::NotificationRequested;
use crate::time::Timestamp;

/// When a receiver is told.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    /// What is told together; nothing is, without it.
    pub group: Option<Grouping>,
    /// How often it is told at most.
    pub limit: Option<Limit>,
    /// When it may be disturbed; always, without it.
    pub hours: Option<Calendar>,
}

/// Which requests are told together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grouping {
    /// Requests that agree on these are one group; with none, all of the receiver's are.
    pub by: Vec<Field>,
    /// How long the first of a group waits for others, in milliseconds.
    pub wait_ms: i64,
    /// How long a group that was told waits before it is told again, in milliseconds.
    pub interval_ms: i64,
}

/// What waits for a receiver, as far as the time matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Since when the first of it waits.
    pub since: Timestamp,
    /// When the same group was told last.
    pub told_at: Option<Timestamp>,
    /// Since when something urgent is among it.
    pub urgent_at: Option<Timestamp>,
    /// Until when it is held, if it is.
    pub held_until: Option<Timestamp>,
}

/// When it is told, and what it waits for until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The instant.
    pub at: Timestamp,
    /// What decided it.
    pub why: Why,
}

/// What a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// For nothing.
    Nothing,
    /// For others of its group.
    Group,
    /// For the interval since its group was told last.
    Interval,
    /// For the end of what holds it.
    Held,
    /// For hours in which the receiver may be disturbed.
    Hours,
    /// For the receiver's limit.
    Limit,
}

impl Pace {
    /// Whether nothing can keep a request waiting.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.group.is_none() && self.limit.is_none() && self.hours.is_none()
    }

    /// When what waits is told, if the receiver's last messages went out at `told`.
    #[must_use]
    pub fn due(&self, waiting: &Waiting, told: &[Timestamp]) -> Due {
        let mut due = match waiting.urgent_at {
            Some(at) => Due {
                at,
                why: Why::Nothing,
            },
            None => self.due_by_group(waiting),
        };
        let is_urgent = waiting.urgent_at.is_some();
        due.delay(self.open_from(due.at, is_urgent), Why::Hours);
        if let Some(limit) = &self.limit {
            due.delay(limit.free_from(told, due.at), Why::Limit);
            // The limit is no narrower later on, so what waits for hours again can be told then.
            due.delay(self.open_from(due.at, is_urgent), Why::Hours);
        }
        due
    }

    fn due_by_group(&self, waiting: &Waiting) -> Due {
        let mut due = Due {
            at: waiting.since,
            why: Why::Nothing,
        };
        if let Some(held_until) = waiting.held_until {
            due.delay(held_until, Why::Held);
        } else if let Some(group) = &self.group {
            due.delay(waiting.since.plus_millis(group.wait_ms), Why::Group);
            if let Some(told_at) = waiting.told_at {
                due.delay(told_at.plus_millis(group.interval_ms), Why::Interval);
            }
        }
        due
    }

    /// The first instant at or after `at` at which the receiver may be disturbed. A calendar that
    /// never opens again disturbs at once: a message at night is better than none.
    fn open_from(&self, at: Timestamp, is_urgent: bool) -> Timestamp {
        match &self.hours {
            Some(hours) if !is_urgent => hours.next_opening(at).unwrap_or(at),
            _ => at,
        }
    }

    /// The group of a request: what it has in common with the others of it.
    #[must_use]
    pub fn group_of(&self, request: &NotificationRequested) -> String {
        let by = self.group.iter().flat_map(|group| &group.by);
        let parts: Vec<String> = by
            .map(|field| format!("{field}={}", field.of(request)))
            .collect();
        parts.join(" ")
    }
}

impl Due {
    fn delay(&mut self, until: Timestamp, why: Why) {
        if until > self.at {
            *self = Self { at: until, why };
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::Group => "others of its group",
            Self::Interval => "the interval since its group was told",
            Self::Held => "the end of what holds it",
            Self::Hours => "hours in which the receiver may be disturbed",
            Self::Limit => "the receiver's limit",
        })
    }
}
