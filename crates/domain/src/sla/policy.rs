//! SLA policies: which promises hold for a ticket, and by which calendar they count.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::forecast::Forecasts;
use super::history::Stretch;
use super::{Calendar, Promise, Target};
use crate::condition::{Conditions, Scope};
use crate::ticket::{Considered, Features, Outcome, Severity, State};

/// The SLA part of a policy bundle.
#[derive(Clone, Debug)]
pub struct Slas {
    /// The SLA policies, in order.
    pub slas: Vec<Sla>,
    /// Which of those that match hold.
    pub choose: Choose,
    /// Their conditions, at the same indices.
    pub conditions: Arc<dyn Conditions>,
    /// The calendars, by name.
    pub calendars: BTreeMap<String, Calendar>,
    /// The severity assumed while a ticket has none.
    pub severity_default: Severity,
}

/// Which of several SLA policies that match a ticket hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choose {
    /// The first.
    #[default]
    First,
    /// For each target the one with the earliest deadline; the first of equal ones.
    Strictest,
}

/// One SLA policy; its condition stands at the same index in [`Slas::conditions`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sla {
    /// Its name, unique in the list.
    pub name: String,
    /// The calendar whose open time counts, by name.
    pub calendar: String,
    /// The promise for each target and severity. A target without an entry is not promised.
    pub promises: BTreeMap<(Target, Severity), Promise>,
    /// When to warn, each once.
    pub warnings: Vec<Warning>,
    /// What a target's clock stands still for.
    pub pauses: BTreeMap<Target, Vec<PauseRule>>,
    /// When to ask how likely a breach is.
    pub forecasts: Forecasts,
}

/// When to warn of a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Warning {
    /// When so much of the working time is used, in percent: 1 to 99.
    Percent(u8),
    /// When so much working time is left, in milliseconds.
    Before(i64),
}

/// A state in which a clock stands still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseRule {
    /// The state.
    pub state: State,
    /// Only for one of these reasons; empty for any. See [`Self::holds`].
    pub reasons: Vec<String>,
}

/// The SLA policies of a ticket, and what was looked at to find them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// The policies that hold, in order; empty when nothing is promised to this ticket.
    pub slas: Vec<&'a Sla>,
    /// What was looked at, in order.
    pub considered: Vec<Considered>,
}

impl Slas {
    /// The policies that hold for the ticket: the first one whose condition does, or each of
    /// them where the strictest is wanted.
    #[must_use]
    pub fn choose(&self, features: &Features) -> Choice<'_> {
        let mut choice = Choice {
            slas: Vec::new(),
            considered: Vec::new(),
        };
        let mut evaluation = self.conditions.prepare(&Scope {
            features,
            event: None,
            situation: None,
        });
        for (index, sla) in self.slas.iter().enumerate() {
            let outcome = match evaluation.holds(index) {
                Ok(true) => Outcome::Chosen,
                Ok(false) => Outcome::NoMatch,
                Err(why) => Outcome::Failed(why),
            };
            if outcome == Outcome::Chosen {
                choice.slas.push(sla);
            }
            choice.considered.push(Considered {
                rule: sla.name.clone(),
                outcome,
            });
            if self.choose == Choose::First && !choice.slas.is_empty() {
                break;
            }
        }
        choice
    }

    /// The policy of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Sla> {
        self.slas.iter().find(|sla| sla.name == name)
    }

    /// Whether any policy asks for forecasts.
    #[must_use]
    pub fn forecasts_any(&self) -> bool {
        let mut slas = self.slas.iter();
        slas.any(|sla| !sla.forecasts.at_percents.is_empty())
    }

    /// Whether any policy promises the target.
    #[must_use]
    pub fn promise_any(&self, target: Target) -> bool {
        let mut promises = self.slas.iter().flat_map(|sla| sla.promises.keys());
        promises.any(|(of, _)| *of == target)
    }
}

impl Sla {
    /// What is promised for a target.
    #[must_use]
    pub fn promise(&self, target: Target, severity: Severity) -> Option<Promise> {
        self.promises.get(&(target, severity)).copied()
    }

    /// Whether the clock of `target` stands still in a stretch of a ticket's life.
    #[must_use]
    pub fn pauses(&self, target: Target, stretch: &Stretch) -> bool {
        let rules = self.pauses.get(&target).map(Vec::as_slice);
        rules
            .unwrap_or_default()
            .iter()
            .any(|rule| rule.holds(stretch))
    }
}

impl PauseRule {
    /// Standing still in a state, whatever the reason.
    #[must_use]
    pub const fn any(state: State) -> Self {
        Self {
            state,
            reasons: Vec::new(),
        }
    }

    /// Whether it holds in a stretch. A reason holds when what was said is that word or begins
    /// with it, in any case: `vendor` holds for `Vendor: part ordered`, not for `vendors`.
    #[must_use]
    pub fn holds(&self, stretch: &Stretch) -> bool {
        let said = |reason: &String| begins_with_word(&stretch.reason, reason);
        stretch.state == self.state && (self.reasons.is_empty() || self.reasons.iter().any(said))
    }
}

fn begins_with_word(text: &str, word: &str) -> bool {
    let (mut text, mut word) = (text.chars(), word.chars());
    loop {
        match (word.next(), text.next()) {
            (None, rest) => return rest.is_none_or(|next| !next.is_alphanumeric()),
            (Some(wanted), Some(found)) if wanted.to_lowercase().eq(found.to_lowercase()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_word_at_the_beginning() {
        for (text, holds) in [
            ("vendor", true),
            ("Vendor: part ordered", true),
            ("vendors", false),
            ("the vendor", false),
            ("", false),
            ("vend", false),
        ] {
            assert_eq!(begins_with_word(text, "vendor"), holds, "{text:?}");
        }
        assert!(begins_with_word("供应商：备件", "供应商"));
    }
}
