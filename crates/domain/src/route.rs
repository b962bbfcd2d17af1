//! Routing: which queue a ticket belongs in, and why.
//!
//! Rules are looked at in order; the first that matches names level and skill. The centre is
//! the first of the region's centres that speaks the ticket's language. Every rule and centre
//! that was looked at is recorded with what became of it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::condition::{Conditions, Scope};
use crate::region::Region;
use crate::shown::shown;
use crate::ticket::{Considered, Features, Outcome};

/// A queue: centre x level x skill x language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Queue {
    /// The support centre.
    pub centre: String,
    /// The support level: `L0` (robot) to `L3`.
    pub level: String,
    /// The skill wanted.
    pub skill: String,
    /// The language spoken, BCP 47.
    pub language: String,
}

/// The text is no queue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read queue `{0}`: want centre/level/skill/language, such as beijing/L1/network/zh")]
pub struct InvalidQueue(pub String);

/// A support centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Centre {
    /// Its key.
    pub key: String,
    /// Its name for people.
    pub title: String,
    /// The languages it speaks, BCP 47; the first is the one it falls back to.
    pub languages: Vec<String>,
    /// The name of the calendar of its service hours.
    pub calendar: String,
}

/// One routing rule; its condition stands at the same index in [`Rules::conditions`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name, unique in the list.
    pub name: String,
    /// The level it sends to.
    pub level: String,
    /// The skill it asks for.
    pub skill: String,
    /// The centre it sends to; `None` for the region's own.
    pub centre: Option<String>,
}

/// The routing part of a policy.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// Their conditions, at the same indices.
    pub conditions: Arc<dyn Conditions>,
    /// The centres, by key.
    pub centres: BTreeMap<String, Centre>,
    /// The regions, by key.
    pub regions: BTreeMap<String, Region>,
    /// Where a ticket goes that no rule matches.
    pub fallback: Rule,
}

/// Where a ticket goes, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// The queue.
    pub queue: Queue,
    /// The rule that decided.
    pub rule: String,
    /// What was looked at, in order.
    pub considered: Vec<Considered>,
}

/// Decides the queue of a ticket. There is always one: the fallback takes what no rule wants.
#[must_use]
pub fn decide(features: &Features, rules: &Rules) -> Routing {
    let mut considered = Vec::new();
    let rule = first_match(features, rules, &mut considered).unwrap_or(&rules.fallback);
    considered.push(Considered {
        rule: rule.name.clone(),
        outcome: Outcome::Chosen,
    });
    let (centre, language) = choose_centre(features, rules, rule, &mut considered);
    let queue = Queue {
        centre,
        level: rule.level.clone(),
        skill: rule.skill.clone(),
        language,
    };
    Routing {
        queue,
        rule: rule.name.clone(),
        considered,
    }
}

fn first_match<'a>(
    features: &Features,
    rules: &'a Rules,
    considered: &mut Vec<Considered>,
) -> Option<&'a Rule> {
    let mut evaluation = rules.conditions.prepare(&Scope {
        features,
        event: None,
    });
    for (index, rule) in rules.rules.iter().enumerate() {
        let outcome = match evaluation.holds(index) {
            Ok(true) => return Some(rule),
            Ok(false) => Outcome::NoMatch,
            Err(why) => Outcome::Failed(why),
        };
        considered.push(Considered {
            rule: rule.name.clone(),
            outcome,
        });
    }
    None
}

/// The first centre that speaks the language; else the first centre, in its own language.
fn choose_centre(
    features: &Features,
    rules: &Rules,
    rule: &Rule,
    considered: &mut Vec<Considered>,
) -> (String, String) {
    let wanted = candidates(features, rules, rule);
    for (key, centre) in &wanted {
        let speaks = centre.is_some_and(|centre| centre.languages.contains(&features.language));
        let outcome = if speaks {
            Outcome::Chosen
        } else {
            Outcome::Rejected(format!("does not speak `{}`", features.language))
        };
        considered.push(Considered {
            rule: format!("centre {key}"),
            outcome,
        });
        if speaks {
            return (key.to_string(), features.language.clone());
        }
    }
    let (key, centre) = wanted.first().copied().unwrap_or(("unassigned", None));
    let language = centre.and_then(|centre| centre.languages.first());
    let fallback = format!("centre {key} in its own language");
    considered.push(Considered {
        rule: fallback,
        outcome: Outcome::Chosen,
    });
    (
        key.to_owned(),
        language.unwrap_or(&features.language).clone(),
    )
}

/// The centres to look at: the rule's own, else those of the customer's region.
fn candidates<'a>(
    features: &Features,
    rules: &'a Rules,
    rule: &'a Rule,
) -> Vec<(&'a str, Option<&'a Centre>)> {
    let keys: Vec<&str> = match &rule.centre {
        Some(centre) => vec![centre.as_str()],
        None => rules
            .regions
            .get(&features.region)
            .map(|region| region.centres.iter().map(String::as_str).collect())
            .unwrap_or_default(),
    };
    keys.into_iter()
        .map(|key| (key, rules.centres.get(key)))
        .collect()
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}/{}",
            self.centre, self.level, self.skill, self.language
        )
    }
}

impl FromStr for Queue {
    type Err = InvalidQueue;
    fn from_str(text: &str) -> Result<Self, InvalidQueue> {
        let parts: Vec<&str> = text.split('/').collect();
        let [centre, level, skill, language] = parts[..] else {
            return Err(InvalidQueue(shown(text)));
        };
        Ok(Self {
            centre: centre.to_owned(),
            level: level.to_owned(),
            skill: skill.to_owned(),
            language: language.to_owned(),
        })
    }
}
