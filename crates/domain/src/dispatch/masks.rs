//! Who could serve what, by the roster alone: one set of agents for each word of it.
//!
//! They are made once for a policy. What a kind of demand asks for is then the intersection of a
//! few sets, whatever the number of agents.

use std::collections::BTreeMap;

use super::bits::Bits;
use super::rules::Rules;
use crate::route::Queue;

/// The sets.
#[derive(Clone, Debug, Default)]
pub(super) struct Masks {
    pub(super) roster: Bits,
    agents: usize,
    centre: BTreeMap<String, Bits>,
    level: BTreeMap<String, Bits>,
    language: BTreeMap<String, Bits>,
    clearance: BTreeMap<String, Bits>,
    /// Who has a skill.
    skilled: BTreeMap<String, Bits>,
    /// And how well they know it.
    skill: BTreeMap<String, Vec<(usize, u16)>>,
}

impl Masks {
    pub(super) fn of(rules: &Rules) -> Self {
        let mut masks = Self {
            roster: Bits::all(rules.agents.len()),
            agents: rules.agents.len(),
            ..Self::default()
        };
        for (at, agent) in rules.agents.iter().enumerate() {
            note(&mut masks.centre, &agent.centre, at);
            for level in &agent.levels {
                note(&mut masks.level, level, at);
            }
            for language in &agent.languages {
                note(&mut masks.language, language, at);
            }
            for clearance in &agent.clearances {
                note(&mut masks.clearance, clearance, at);
            }
            for (skill, permille) in &agent.skills {
                note(&mut masks.skilled, skill, at);
                let skilled = masks.skill.entry(skill.clone()).or_default();
                skilled.push((at, *permille));
            }
        }
        masks
    }

    /// What a queue asks for, one set for each word, in the order in which they are told.
    pub(super) fn of_queue(
        &self,
        queue: &Queue,
        proficiency_min: u16,
    ) -> [(&'static str, Bits); 4] {
        [
            ("centre", of(&self.centre, &queue.centre)),
            ("level", of(&self.level, &queue.level)),
            ("skill", self.skilled(&queue.skill, proficiency_min)),
            ("language", of(&self.language, &queue.language)),
        ]
    }

    /// Who could serve a queue.
    pub(super) fn serving(
        &self,
        queue: &Queue,
        proficiency_min: u16,
        clearances: &[String],
    ) -> Bits {
        let mut all = self.roster.clone();
        for (_, mask) in self.of_queue(queue, proficiency_min) {
            all.keep(&mask);
        }
        all.keep(&self.cleared(clearances));
        all
    }

    /// Who is cleared for all of these.
    pub(super) fn cleared(&self, clearances: &[String]) -> Bits {
        let mut all = self.roster.clone();
        for clearance in clearances {
            all.keep(&of(&self.clearance, clearance));
        }
        all
    }

    /// How well each agent knows the skills of these queues, the best counts.
    pub(super) fn proficiency(&self, queues: &[Queue]) -> Vec<u16> {
        let mut all = vec![0; self.agents];
        for queue in queues {
            for (at, permille) in self.skill.get(&queue.skill).into_iter().flatten() {
                all[*at] = all[*at].max(*permille);
            }
        }
        all
    }

    fn skilled(&self, skill: &str, proficiency_min: u16) -> Bits {
        if proficiency_min == 0 {
            return of(&self.skilled, skill);
        }
        let mut bits = Bits::default();
        let all = self.skill.get(skill).into_iter().flatten();
        for (at, _) in all.filter(|(_, permille)| *permille >= proficiency_min) {
            bits.set(*at);
        }
        bits
    }
}

fn note(sets: &mut BTreeMap<String, Bits>, word: &str, at: usize) {
    if let Some(bits) = sets.get_mut(word) {
        bits.set(at);
        return;
    }
    let mut bits = Bits::default();
    bits.set(at);
    sets.insert(word.to_owned(), bits);
}

fn of(sets: &BTreeMap<String, Bits>, word: &str) -> Bits {
    sets.get(word).cloned().unwrap_or_default()
}
