//! Rules: what forces, suggests or vetoes a label, because an organisation knows it.
//!
//! A rule holds where its condition does and, if it has patterns, one of them is in the text as
//! words see it. Conditions see the ticket as it was declared, with the labels that words and
//! model gave it. For each label, the first rule that holds and forces it decides; likewise the
//! first that suggests it. Vetoes add up.
//!
//! A condition that cannot be evaluated does not hold: a rule too few is noticed, a label that
//! nobody wanted is not.

use posthouse_domain::classify::{LabelRule, LabelRules};
use posthouse_domain::condition::Scope;
use posthouse_domain::limits::cut;
use posthouse_domain::ticket::{Features, Labels, Sentiment, Severity};
use regex::Regex;

use crate::error::Error;
use crate::information;
use crate::limits::{EVIDENCE_CHARS_MAX, PATTERNS_MAX};

/// The rules of a taxonomy, compiled.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    list: LabelRules,
    /// At the same indices.
    patterns: Vec<Vec<Regex>>,
}

/// A value that a rule gives to a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Says<T> {
    pub(crate) value: T,
    /// `rule:NAME`.
    pub(crate) by: String,
    /// Why: the rule's reason, and what in the text it saw.
    pub(crate) evidence: String,
}

/// What rules say of each label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) category: Option<Says<String>>,
    pub(crate) kind: Option<Says<String>>,
    pub(crate) severity: Option<Says<Severity>>,
    pub(crate) sentiment: Option<Says<Sentiment>>,
    pub(crate) tags: Vec<Says<String>>,
}

/// What all rules that hold say together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ruling {
    pub(crate) force: Said,
    pub(crate) suggest: Said,
    /// What may not be, by rule.
    pub(crate) veto: Vec<Labels>,
}

impl Rules {
    /// Compiles the patterns.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyPatterns`] or [`Error::Pattern`].
    pub(crate) fn compile(list: &LabelRules) -> Result<Self, Error> {
        let count = list.rules.iter().map(|rule| rule.patterns.len()).sum();
        if count > PATTERNS_MAX {
            return Err(Error::TooManyPatterns { count });
        }
        let compiled = |rule: &LabelRule| {
            let owner = format!("rule {}", rule.name);
            let patterns = rule.patterns.iter();
            patterns
                .map(|pattern| information::compile(&owner, pattern))
                .collect()
        };
        let patterns = list.rules.iter().map(compiled).collect::<Result<_, _>>()?;
        Ok(Self {
            list: list.clone(),
            patterns,
        })
    }

    /// What the rules say of a ticket; `text` is folded.
    pub(crate) fn judge(&self, features: &Features, text: &str) -> Ruling {
        let mut ruling = Ruling::default();
        let mut evaluation = None;
        for (index, rule) in self.list.rules.iter().enumerate() {
            let Some(seen) = seen(&self.patterns[index], text) else {
                continue;
            };
            let prepared = evaluation.get_or_insert_with(|| {
                self.list.conditions.prepare(&Scope {
                    features,
                    event: None,
                    situation: None,
                })
            });
            if prepared.holds(index).unwrap_or(false) {
                ruling.take(rule, &seen);
            }
        }
        ruling
    }
}

/// What the first pattern that matches saw; nothing where there are patterns and none matches.
fn seen(patterns: &[Regex], text: &str) -> Option<String> {
    if patterns.is_empty() {
        return Some(String::new());
    }
    let found = patterns.iter().find_map(|pattern| pattern.find(text))?;
    Some(found.as_str().trim().to_owned())
}

impl Ruling {
    fn take(&mut self, rule: &LabelRule, seen: &str) {
        let evidence = match (rule.reason.is_empty(), seen.is_empty()) {
            (false, false) => format!("{}: {seen}", rule.reason),
            (false, true) => rule.reason.clone(),
            (true, _) => seen.to_owned(),
        };
        let by = By {
            rule: format!("rule:{}", rule.name),
            evidence: cut(&evidence, EVIDENCE_CHARS_MAX),
        };
        self.force.take(&rule.force, &by);
        self.suggest.take(&rule.suggest, &by);
        if !rule.veto.is_empty() {
            self.veto.push(rule.veto.clone());
        }
    }

    /// Whether a rule says that the tag does not hold.
    pub(crate) fn vetoes_tag(&self, tag: &str) -> bool {
        let mut vetoed = self.veto.iter().flat_map(|veto| veto.tags.iter().flatten());
        vetoed.any(|vetoed| vetoed == tag)
    }

    /// Whether a rule says that the severity does not hold.
    pub(crate) fn vetoes_severity(&self, severity: Severity) -> bool {
        let mut vetoes = self.veto.iter();
        vetoes.any(|veto| veto.severity == Some(severity))
    }
}

/// The rule that says something, and why.
struct By {
    rule: String,
    evidence: String,
}

impl By {
    fn says<T: Clone>(&self, value: &T) -> Says<T> {
        Says {
            value: value.clone(),
            by: self.rule.clone(),
            evidence: self.evidence.clone(),
        }
    }
}

impl Said {
    fn take(&mut self, labels: &Labels, by: &By) {
        first(&mut self.category, labels.category.as_ref(), by);
        first(&mut self.kind, labels.kind.as_ref(), by);
        first(&mut self.severity, labels.severity.as_ref(), by);
        first(&mut self.sentiment, labels.sentiment.as_ref(), by);
        for tag in labels.tags.iter().flatten() {
            if self.tags.iter().all(|said| said.value != *tag) {
                self.tags.push(by.says(tag));
            }
        }
    }
}

fn first<T: Clone>(slot: &mut Option<Says<T>>, value: Option<&T>, by: &By) {
    if slot.is_none() {
        *slot = value.map(|value| by.says(value));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use posthouse_domain::Timestamp;
    use posthouse_domain::condition::Functions;
    use posthouse_domain::ticket::{Attributes, Contact, Opened};

    use super::*;
    use crate::fold::fold;

    fn features(tier: &str) -> Features {
        let opened = Opened {
            number: String::new(),
            customer: String::new(),
            subject: String::new(),
            body: String::new(),
            severity: None,
            region: String::new(),
            tier: tier.to_owned(),
            channel: String::new(),
            language: String::new(),
            product: String::new(),
            attributes: Attributes::new(),
            contact: Contact::default(),
        };
        Features::declared(&opened, "cn", Timestamp::from_millis(0))
    }

    fn category(key: &str) -> Labels {
        Labels {
            category: Some(key.to_owned()),
            ..Labels::default()
        }
    }

    fn rules() -> Rules {
        let rule = |name: &str, pattern: &str| LabelRule {
            name: name.to_owned(),
            patterns: vec![pattern.to_owned()],
            ..LabelRule::default()
        };
        let rules = vec![
            LabelRule {
                force: category("database"),
                reason: "an error of Oracle".to_owned(),
                ..rule("oracle", "ORA-[0-9]{5}")
            },
            LabelRule {
                force: category("network"),
                suggest: category("network"),
                patterns: Vec::new(),
                ..rule("gold", "")
            },
            LabelRule {
                veto: category("other"),
                ..rule("never", "ORA")
            },
        ];
        let conditions = Functions(vec![
            |_| true,
            |scope| scope.features.tier == "gold",
            |scope| scope.features.tier == "gold",
        ]);
        Rules::compile(&LabelRules {
            rules,
            conditions: Arc::new(conditions),
        })
        .unwrap()
    }

    #[test]
    fn the_first_rule_that_forces_a_label_decides() {
        let ruling = rules().judge(&features("gold"), &fold("it says ＯＲＡ-00600 again"));
        let forced = ruling.force.category.unwrap();
        assert_eq!(
            (forced.value.as_str(), forced.by.as_str()),
            ("database", "rule:oracle")
        );
        assert_eq!(forced.evidence, "an error of Oracle: ora-00600");
        assert_eq!(ruling.suggest.category.unwrap().by, "rule:gold");
        assert_eq!(ruling.veto, [category("other")]);
    }

    #[test]
    fn patterns_and_condition_must_both_hold() {
        assert_eq!(
            rules().judge(&features("basic"), "nothing"),
            Ruling::default()
        );
        let ruling = rules().judge(&features("basic"), "ora");
        assert!(ruling.veto.is_empty(), "the condition does not hold");
    }
}
