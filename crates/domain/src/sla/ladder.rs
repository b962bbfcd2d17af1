//! Ladders: who is told, and when, while a warning or a breach goes unanswered.
//!
//! A ladder is a list of steps with delays. A warning or breach that it is for begins a
//! [`Climb`], which takes one step after the other until somebody answers (R23, R30, R50).
//! [`Climbs`] holds the climbs of a ticket, and [`holes`] proves when a ladder would reach nobody.
//!
//! It refuses to know whether a message arrived: a step is due at its instant, whatever became of
//! the message of the step before. Nothing here reads a clock.
//!
//! # Invariants
//!
//! - Delays are wall time from the beginning of the climb, not from when a step was noticed, so
//!   what is noticed late does not move what comes later.
//! - Steps are numbered on over repeats and over later climbs of one promise, so ladder, promise
//!   and number name one step for ever.
//! - A climb does not end by itself before it has reached anybody.

mod climb;
mod climbs;
mod holes;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use climb::{Climb, End, Rung};
pub use climbs::Climbs;
pub use holes::{Hole, holes, meet};

use super::Target;
use crate::condition::{Conditions, Event, Functions, Scope};
use crate::notify::event_of;
use crate::ticket::{Body, FactKind, Features};

/// The ladders of a policy bundle.
#[derive(Clone, Debug)]
pub struct Ladders {
    /// The ladders, in order; the first that is for a warning or breach is climbed.
    pub ladders: Vec<Ladder>,
    /// Their conditions, at the same indices.
    pub conditions: Arc<dyn Conditions>,
    /// When somebody stands on a level: the calendar, by level. A level that is not here is
    /// served by the centres of the ticket's region, in their hours.
    pub level_hours: BTreeMap<String, String>,
}

/// One ladder; its condition stands at the same index in [`Ladders::conditions`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// Its name, unique in the list.
    pub name: String,
    /// What it is for, at least one.
    pub on: Vec<On>,
    /// Its steps by ascending delay, at least one.
    pub steps: Vec<Step>,
    /// How often it begins again after its last step.
    pub repeats: u32,
    /// The wait between its last step and its first one again, in milliseconds.
    pub repeat_after_ms: i64,
    /// What stops a climb.
    pub until: Until,
}

/// What a ladder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum On {
    /// A deadline was missed.
    Breached,
    /// So much of the promised time is used, in percent.
    Warned(u8),
    /// So much of the promised time is left, in milliseconds.
    WarnedBefore(i64),
    /// A deadline will probably be missed.
    AtRisk,
}

/// One step of a ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Who is told.
    pub to: Destination,
    /// How long after the beginning, in milliseconds of wall time; 0 for at once.
    pub after_ms: i64,
    /// The calendar in whose open time the step is taken; `None` for any time.
    pub hours: Option<String>,
    /// What becomes of the step outside of those hours.
    pub closed: Closed,
}

/// Who a step is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Destination {
    /// A level of support: the ticket is to stand there.
    Level(String),
    /// A receiver or a person: they are told, and the ticket stays where it is.
    Receiver(String),
}

/// What becomes of a step that falls due outside of its hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Closed {
    /// It is passed over: another step is for that time (a duty manager by night).
    #[default]
    Skip,
    /// The climb waits for the opening; the steps behind it wait with it.
    Wait,
}

/// What stops a climb. The end of the ticket always does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Until {
    /// A person takes care: an agent replies, moves the ticket, or is given it.
    #[default]
    Answer,
    /// The promise is kept after all, however late.
    Target,
    /// The problem is solved.
    Resolution,
}

impl Ladders {
    /// No ladder at all: nothing is ever escalated.
    #[must_use]
    pub fn none() -> Self {
        Self {
            ladders: Vec::new(),
            conditions: Arc::new(Functions(Vec::new())),
            level_hours: BTreeMap::new(),
        }
    }

    /// The ladder of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Ladder> {
        self.ladders.iter().find(|ladder| ladder.name == name)
    }

    /// The first ladder that is for the warning, breach or forecast `body`; `None` for any other
    /// kind of fact.
    ///
    /// A ladder whose condition cannot be evaluated matches: a step too many is better than one
    /// that nobody takes.
    #[must_use]
    pub fn choose(&self, body: &Body, features: &Features) -> Option<&Ladder> {
        self.first_for(On::of(body)?, event_of(body), features)
    }

    fn first_for(&self, on: On, event: Event<'_>, features: &Features) -> Option<&Ladder> {
        let scope = Scope {
            features,
            event: Some(event),
            situation: None,
        };
        let mut evaluation = self.conditions.prepare(&scope);
        let mut all = self.ladders.iter().enumerate();
        let chosen = all.find(|(index, ladder)| {
            ladder.on.contains(&on) && evaluation.holds(*index).unwrap_or(true)
        });
        chosen.map(|(_, ladder)| ladder)
    }
}

impl Ladder {
    /// How long one pass takes, from the first step's beginning to the next pass, in milliseconds.
    #[must_use]
    pub fn pass_ms(&self) -> i64 {
        let last = self.steps.last().map_or(0, |step| step.after_ms);
        last + self.repeat_after_ms
    }
}

impl On {
    /// What conditions may know of the fact that began a climb, long after it.
    fn event(self, target: Target) -> Event<'static> {
        let (kind, percent) = match self {
            Self::Breached => (FactKind::TargetBreached, Some(100)),
            Self::Warned(percent) => (FactKind::TargetWarned, Some(percent)),
            Self::WarnedBefore(_) => (FactKind::TargetWarned, None),
            Self::AtRisk => (FactKind::TargetAtRisk, None),
        };
        Event {
            target: Some(target),
            percent,
            ..Event::of(kind)
        }
    }

    /// What a fact would begin a climb for, if it is such a fact.
    #[must_use]
    pub fn of(body: &Body) -> Option<Self> {
        Some(match body {
            Body::TargetBreached(_) => Self::Breached,
            Body::TargetWarned(warned) if warned.before_ms > 0 => {
                Self::WarnedBefore(warned.before_ms)
            }
            Body::TargetWarned(warned) => Self::Warned(warned.percent),
            Body::TargetAtRisk(_) => Self::AtRisk,
            _ => return None,
        })
    }
}

impl Destination {
    /// The key of the level or receiver.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Level(key) | Self::Receiver(key) => key,
        }
    }

    /// The level of support; empty for a receiver.
    #[must_use]
    pub fn level(&self) -> &str {
        match self {
            Self::Level(level) => level,
            Self::Receiver(_) => "",
        }
    }
}

impl fmt::Display for On {
    /// `missed`, `at 75 %`, `30m before the deadline`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Breached => f.write_str("missed"),
            Self::Warned(percent) => write!(f, "at {percent} %"),
            Self::WarnedBefore(ms) => write!(f, "{} before the deadline", shown(*ms)),
            Self::AtRisk => f.write_str("at risk"),
        }
    }
}

/// Milliseconds as people write them: `4h 30m`.
fn shown(ms: i64) -> String {
    format!("{:#}", jiff::SignedDuration::from_millis(ms))
}
