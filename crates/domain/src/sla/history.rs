//! The history of a ticket as its clocks see it: which states it was in, since when, and why.
//!
//! Clocks keep no sums of paused time. What pauses a clock is a rule of the policy, and the rule
//! changes when severity, tier, region or the bundle do; so the pauses are found anew from the
//! history whenever a deadline is computed, and none is lost or counted twice.
//!
//! # Invariants
//!
//! - Stretches follow each other without gaps; neighbours differ in state or reason.
//! - The history is bounded; beyond the bound a ticket counts as being worked on.

use serde::{Deserialize, Serialize};

use super::Pause;
use crate::limits::{CLOCK_PAUSES_MAX, KEY_BYTES_MAX, cut};
use crate::ticket::{Body, Fact, State};
use crate::time::Timestamp;

/// A state that a ticket was in, and since when; until the next one begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Since when.
    pub from: Timestamp,
    /// The state.
    pub state: State,
    /// Why it waits, as the person said who moved it; empty when it does not wait or nobody said.
    pub reason: String,
}

/// The states of a ticket with their instants, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History(Vec<Stretch>);

/// The spans in which a clock stood still, and since when it does, if it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pauses {
    /// Those that are over, in order.
    pub over: Vec<Pause>,
    /// Since when it stands still.
    pub since: Option<Timestamp>,
}

/// Why a ticket waits whose customer was asked for information.
pub const INFORMATION: &str = "information";

/// Most stretches that are kept: each pause has one before it.
const STRETCHES_MAX: usize = 2 * CLOCK_PAUSES_MAX;

impl History {
    /// Notes the state in which `fact` left the ticket at `at`.
    pub fn note(&mut self, at: Timestamp, state: State, fact: &Fact) {
        let reason = match &fact.body {
            Body::Progressed(progressed) if state.is_waiting() => {
                cut(progressed.reason.trim(), KEY_BYTES_MAX)
            }
            Body::InfoRequested(_) if state.is_waiting() && !self.is_in(state) => {
                INFORMATION.to_owned()
            }
            // Nobody said anything new: it waits for what it waited for.
            _ => match self.0.last() {
                Some(last) if last.state == state => last.reason.clone(),
                _ => String::new(),
            },
        };
        self.push(at, state, reason);
    }

    fn is_in(&self, state: State) -> bool {
        self.0.last().is_some_and(|last| last.state == state)
    }

    /// Forgets everything before `at`: the ticket begins a new cycle.
    pub fn restart(&mut self) {
        self.0.clear();
    }

    /// A history that was kept.
    pub(super) fn of(stretches: impl Iterator<Item = Stretch>) -> Self {
        Self(stretches.collect())
    }

    /// The stretches, in order.
    #[must_use]
    pub fn stretches(&self) -> &[Stretch] {
        &self.0
    }

    /// The present stretch.
    #[must_use]
    pub fn now(&self) -> Option<&Stretch> {
        self.0.last()
    }

    /// Each stretch from `from` on with its end; `None` for the present one.
    pub fn since(
        &self,
        from: Timestamp,
    ) -> impl Iterator<Item = (Timestamp, Option<Timestamp>, &Stretch)> {
        let ends = self.0.iter().skip(1).map(|next| Some(next.from));
        self.0
            .iter()
            .zip(ends.chain([None]))
            .filter(move |(_, to)| to.is_none_or(|to| to > from))
            .map(move |(stretch, to)| (stretch.from.max(from), to, stretch))
    }

    /// When a clock stood still that began at `from`, where `pauses` says in which stretches it
    /// does.
    #[must_use]
    pub fn pauses(&self, from: Timestamp, pauses: impl Fn(&Stretch) -> bool) -> Pauses {
        let mut found = Pauses::default();
        for (from, to, stretch) in self.since(from) {
            if !pauses(stretch) {
                continue;
            }
            let since = match found.over.last() {
                Some(before) if before.to() == from => {
                    let since = before.from();
                    found.over.pop();
                    since
                }
                _ => from,
            };
            match to {
                Some(to) => found.over.extend(Pause::new(since, to)),
                None => found.since = Some(since),
            }
        }
        found
    }

    fn push(&mut self, from: Timestamp, state: State, reason: String) {
        let state = if self.0.len() < STRETCHES_MAX {
            state
        } else {
            State::InProgress
        };
        if self
            .0
            .last()
            .is_some_and(|last| last.state == state && last.reason == reason)
        {
            return;
        }
        if self.0.len() <= STRETCHES_MAX {
            self.0.push(Stretch {
                from,
                state,
                reason,
            });
        }
    }
}
