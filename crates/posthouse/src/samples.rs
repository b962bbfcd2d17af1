//! The shipped sample tickets: real text in many languages, for demonstrations and benchmarks.

use posthouse_domain::command::{Command, CommandBody, Opening};
use posthouse_domain::ticket::{Attributes, Contact};
use posthouse_policy::Policy;
use serde::Deserialize;

use crate::exit::Error;

const TICKETS: &str = include_str!("../../../deploy/samples/tickets.jsonl");
const STORM: &str = include_str!("../../../deploy/samples/storm.jsonl");

/// One sample, with what a careful reader says of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sample {
    customer: String,
    subject: String,
    body: String,
    #[serde(default)]
    severity: Option<String>,
    #[serde(default)]
    tier: String,
    #[serde(default)]
    channel: String,
    #[serde(default)]
    product: String,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    contact: Person,
    /// The labels that a careful reader gave it.
    pub(crate) expected: Expected,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Person {
    name: String,
    email: String,
    phone: String,
}

/// The labels that a careful reader gave a sample.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// What it is about.
    pub(crate) category: String,
    /// What the customer wants.
    pub(crate) kind: String,
    /// How bad it is.
    pub(crate) severity: String,
    /// The language of the text.
    pub(crate) language: String,
}

/// All samples.
pub(crate) fn samples() -> Result<Vec<Sample>, Error> {
    read(TICKETS)
}

/// The samples of one outage, reported by many.
pub(crate) fn storm() -> Result<Vec<Sample>, Error> {
    read(STORM)
}

fn read(lines: &str) -> Result<Vec<Sample>, Error> {
    lines
        .lines()
        .enumerate()
        .map(|(line, text)| {
            serde_json::from_str(text)
                .map_err(|error| Error::failed(format!("read sample ticket {}: {error}", line + 1)))
        })
        .collect()
}

impl Sample {
    /// What the customer wrote, without the headline.
    pub(crate) fn text(&self) -> &str {
        &self.body
    }

    /// The command that opens it. Tiers and channels that the policy does not know are left out.
    pub(crate) fn command(&self, policy: &Policy) -> Command {
        let known = |word: &str, words: &[String]| {
            if words.iter().any(|known| known == word) {
                word.to_owned()
            } else {
                String::new()
            }
        };
        Command {
            id: None,
            asked_at: None,
            actor: None,
            body: CommandBody::Open(Opening {
                customer: self.customer.clone(),
                subject: self.subject.clone(),
                body: self.body.clone(),
                severity: self
                    .severity
                    .as_deref()
                    .and_then(|severity| severity.parse().ok()),
                region: String::new(),
                tier: known(&self.tier, &policy.tiers),
                channel: known(&self.channel, &policy.channels),
                language: String::new(),
                product: self.product.clone(),
                attributes: self.attributes.clone(),
                contact: Contact {
                    name: self.contact.name.clone(),
                    email: self.contact.email.clone(),
                    phone: self.contact.phone.clone(),
                },
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_sample_is_a_good_command_with_known_labels() {
        let source = posthouse_policy::Source::shipped("default").unwrap();
        let (policy, _) = posthouse_policy::compile(&source).unwrap();
        let samples = samples().unwrap();
        assert!(samples.len() >= 300, "{}", samples.len());
        let categories: BTreeSet<_> = policy
            .taxonomy
            .categories
            .iter()
            .map(|label| label.key.as_str())
            .collect();
        let kinds: BTreeSet<_> = policy
            .taxonomy
            .kinds
            .iter()
            .map(|label| label.key.as_str())
            .collect();
        for sample in &samples {
            sample.command(&policy).check().unwrap();
            let expected = &sample.expected;
            assert!(
                categories.contains(expected.category.as_str()),
                "{expected:?}"
            );
            assert!(kinds.contains(expected.kind.as_str()), "{expected:?}");
            expected
                .severity
                .parse::<posthouse_domain::ticket::Severity>()
                .unwrap();
        }
        let texts: BTreeSet<_> = samples.iter().map(|sample| &sample.body).collect();
        assert_eq!(texts.len(), samples.len(), "no text twice");
    }
}
