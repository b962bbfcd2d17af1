//! Costs: which rules of a policy may accrue for a target.
//!
//! Conditions are not evaluated, and so amounts are not recomputed: a judge asks whether the rule
//! is there, is about the target, and whether the promise was missed and has ended.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::promise::{file, target};

const FILE: &str = "compensation.toml";

/// The rules, by name, with the targets that they are about.
#[derive(Debug, Default)]
pub(crate) struct Costs(BTreeMap<String, Vec<i32>>);

/// Of amounts and periods nothing is read.
#[derive(Deserialize)]
struct FileText {
    #[serde(default)]
    rule: Vec<RuleText>,
}

#[derive(Deserialize)]
struct RuleText {
    name: String,
    targets: Vec<String>,
}

impl Costs {
    /// Reads the rules of a bundle; it may have none.
    ///
    /// # Errors
    ///
    /// What is not understood, in words.
    pub(crate) fn read(files: &BTreeMap<String, String>) -> Result<Self, String> {
        if !files.contains_key(FILE) {
            return Ok(Self::default());
        }
        let text: FileText = file(files, FILE)?;
        let rules = text.rule.into_iter().map(|rule| {
            let targets = rule.targets.iter().map(|key| target(key));
            Ok((rule.name, targets.collect::<Result<_, String>>()?))
        });
        Ok(Self(rules.collect::<Result<_, String>>()?))
    }

    /// Whether a rule of that name is about a target.
    pub(crate) fn have(&self, rule: &str, target: i32) -> bool {
        self.0
            .get(rule)
            .is_some_and(|about| about.contains(&target))
    }
}
