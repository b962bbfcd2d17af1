//! SLA policies: which promises hold for a ticket, and by which calendar they count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Calendar, Target};
use crate::condition::{Conditions, Scope};
use crate::ticket::{Considered, Features, Outcome, Severity, State};

/// The SLA part of a policy bundle.
#[derive(Clone, Debug)]
pub struct Slas {
    /// The SLA policies, in order; the first that matches holds.
    pub slas: Vec<Sla>,
    /// Their conditions, at the same indices.
    pub conditions: Arc<dyn Conditions>,
    /// The calendars, by name.
    pub calendars: BTreeMap<String, Calendar>,
    /// The severity assumed while a ticket has none.
    pub severity_default: Severity,
}

/// One SLA policy; its condition stands at the same index in [`Slas::conditions`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sla {
    /// Its name, unique in the list.
    pub name: String,
    /// The calendar whose open time counts, by name.
    pub calendar: String,
    /// The promise for each target and severity, in milliseconds of working time. A target
    /// without an entry is not promised.
    pub promises: BTreeMap<(Target, Severity), i64>,
    /// When to warn: percent of the working time used, ascending, each 1 to 99.
    pub warn_percents: Vec<u8>,
    /// The states in which a target's clock stands still.
    pub pauses: BTreeMap<Target, BTreeSet<State>>,
}

/// The SLA policy of a ticket, and what was looked at to find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// The policy; `None` when nothing is promised to this ticket.
    pub sla: Option<&'a Sla>,
    /// What was looked at, in order.
    pub considered: Vec<Considered>,
}

impl Slas {
    /// The first policy whose condition holds for the ticket.
    #[must_use]
    pub fn choose(&self, features: &Features) -> Choice<'_> {
        let mut considered = Vec::new();
        let mut evaluation = self.conditions.prepare(&Scope {
            features,
            event: None,
        });
        for (index, sla) in self.slas.iter().enumerate() {
            let outcome = match evaluation.holds(index) {
                Ok(true) => Outcome::Chosen,
                Ok(false) => Outcome::NoMatch,
                Err(why) => Outcome::Failed(why),
            };
            let chosen = outcome == Outcome::Chosen;
            considered.push(Considered {
                rule: sla.name.clone(),
                outcome,
            });
            if chosen {
                return Choice {
                    sla: Some(sla),
                    considered,
                };
            }
        }
        Choice {
            sla: None,
            considered,
        }
    }
}

impl Sla {
    /// The working time promised for a target, in milliseconds.
    #[must_use]
    pub fn promise(&self, target: Target, severity: Severity) -> Option<i64> {
        self.promises.get(&(target, severity)).copied()
    }

    /// Whether the clock of `target` stands still while a ticket is in `state`.
    #[must_use]
    pub fn pauses(&self, target: Target, state: State) -> bool {
        self.pauses
            .get(&target)
            .is_some_and(|states| states.contains(&state))
    }
}
