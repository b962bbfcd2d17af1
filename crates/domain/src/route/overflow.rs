//! Overflow: what happens while nobody takes a ticket out of its queue.
//!
//! The first overflow whose condition holds is the ticket's. Its steps follow the routing by wall
//! time and add up: each widens who may take the ticket, in skill, in centres or in language, and
//! each is a fact. A step that is noticed late does not move the next one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::condition::{Conditions, Scope};

/// The overflows of a policy.
#[derive(Clone, Debug)]
pub struct Overflows {
    /// In order: the first whose condition holds counts.
    pub list: Vec<Overflow>,
    /// Their conditions, at the same indices.
    pub conditions: Arc<dyn Conditions>,
}

/// What happens to some tickets while nobody takes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overflow {
    /// Its name, unique in the list.
    pub name: String,
    /// Its steps, in order. The first is due at once: it is how the ticket begins.
    pub steps: Vec<Step>,
}

/// One step; what it leaves open is as the step before it had it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// How long after the routing, in milliseconds of wall time.
    pub after_ms: i64,
    /// The lowest proficiency that will do, in permille.
    pub proficiency_min: Option<u16>,
    /// The skill that will do instead of the rule's.
    pub skill: Option<String>,
    /// How many of the centres that could take it are asked, the nearest first.
    pub centres: Option<u32>,
    /// A language that the centre speaks will do, whatever the ticket's.
    pub any_language: Option<bool>,
}

/// Who may take a ticket after some steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand<'a> {
    /// The lowest proficiency that will do, in permille.
    pub proficiency_min: u16,
    /// The skill instead of the rule's, if another.
    pub skill: Option<&'a str>,
    /// How many of the centres that could take it; `None` for all.
    pub centres: Option<u32>,
    /// Whether any language will do.
    pub any_language: bool,
}

impl Overflows {
    /// No overflow for anybody.
    #[must_use]
    pub fn none() -> Self {
        Self {
            list: Vec::new(),
            conditions: Arc::new(crate::condition::Functions(Vec::new())),
        }
    }

    /// The overflow of a ticket, if it has one. A condition that fails does not hold.
    #[must_use]
    pub fn choose(&self, scope: &Scope<'_>) -> Option<&Overflow> {
        if self.list.is_empty() {
            return None;
        }
        let mut evaluation = self.conditions.prepare(scope);
        let found = (0..self.list.len()).find(|index| evaluation.holds(*index).unwrap_or(false))?;
        self.list.get(found)
    }

    /// The overflow of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Overflow> {
        self.list.iter().find(|overflow| overflow.name == name)
    }
}

impl Overflow {
    /// The step with this number, from 0.
    #[must_use]
    pub fn step(&self, number: u32) -> Option<&Step> {
        self.steps.get(usize::try_from(number).ok()?)
    }

    /// Who may take a ticket once the step with this number was taken: what the steps up to it
    /// say, the last word counting.
    #[must_use]
    pub fn demand(&self, number: u32) -> Demand<'_> {
        let taken = usize::try_from(number).map_or(usize::MAX, |number| number.saturating_add(1));
        let mut demand = Demand::default();
        for step in self.steps.iter().take(taken) {
            demand.proficiency_min = step.proficiency_min.unwrap_or(demand.proficiency_min);
            demand.skill = step.skill.as_deref().or(demand.skill);
            demand.centres = step.centres.or(demand.centres);
            demand.any_language = step.any_language.unwrap_or(demand.any_language);
        }
        demand
    }
}

impl Step {
    /// What the step does, for people: `3 centres, any language`.
    #[must_use]
    pub fn what(&self) -> String {
        let mut what = Vec::new();
        if let Some(proficiency) = self.proficiency_min {
            what.push(match proficiency {
                0 => "any proficiency".to_owned(),
                least => format!("proficiency from {least}"),
            });
        }
        if let Some(skill) = &self.skill {
            what.push(format!("skill {skill}"));
        }
        if let Some(centres) = self.centres {
            let what_of = if centres == 1 { "centre" } else { "centres" };
            what.push(format!("{centres} {what_of}"));
        }
        if self.any_language == Some(true) {
            what.push("any language".to_owned());
        }
        what.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_add_up_and_the_last_word_counts() {
        let overflow = Overflow {
            name: "urgent".to_owned(),
            steps: vec![
                Step {
                    centres: Some(1),
                    proficiency_min: Some(600),
                    ..Step::default()
                },
                Step {
                    after_ms: 60_000,
                    proficiency_min: Some(0),
                    ..Step::default()
                },
                Step {
                    after_ms: 120_000,
                    centres: Some(3),
                    skill: Some("general".to_owned()),
                    ..Step::default()
                },
            ],
        };
        let demand = |step| overflow.demand(step);
        assert_eq!(
            (demand(0).proficiency_min, demand(0).centres),
            (600, Some(1))
        );
        assert_eq!((demand(1).proficiency_min, demand(1).centres), (0, Some(1)));
        assert_eq!(
            (demand(2).skill, demand(2).centres),
            (Some("general"), Some(3))
        );
        assert_eq!(demand(99), demand(2));
        assert_eq!(overflow.steps[2].what(), "skill general, 3 centres");
    }
}
