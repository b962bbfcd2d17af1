//! Preferences: what customers want to be told, by which channels and in which language.
//!
//! A customer says all of it at once, and what they said last holds (ADR 14). What the policy
//! calls mandatory reaches them whatever they said, and a channel that the policy asks consent
//! for reaches nobody who did not name it.
//!
//! # Invariants
//!
//! - Staff are told whatever a customer prefers.
//! - What is withheld has a reason that names who said so and when.
//! - A customer who said nothing is told as the policy has it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Channel;
use crate::ticket::FactKind;
use crate::time::Timestamp;

/// A customer says how they want to be told. The fact's actor tells who said it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferred {
    /// The customer's key.
    pub customer: String,
    /// The language they read, BCP 47; empty for that of each ticket.
    pub language: String,
    /// The channels by which they may be told, by their words in policies; `None` for all that
    /// need no consent.
    pub channels: Option<Vec<String>>,
    /// The kinds of fact they want to hear of; `None` for all.
    pub about: Option<Vec<FactKind>>,
}

/// What a customer said, as a courier remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// What was said.
    pub said: Preferred,
    /// Who said it, as text.
    pub by: String,
    /// When the log heard of it.
    pub at: Timestamp,
}

/// What a policy says of consent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// Kinds of fact that customers are told of whatever they prefer.
    pub mandatory: Vec<FactKind>,
    /// Channels by which only those customers are told who named them.
    pub needed_for: Vec<String>,
}

impl Preferred {
    /// Whether it asks for nothing in particular: then it takes back what was said before.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.language.is_empty() && self.channels.is_none() && self.about.is_none()
    }
}

impl Consent {
    /// Why a customer is not told of a kind of fact by a channel; `None` when they are.
    #[must_use]
    pub fn withholds(
        &self,
        customer: &str,
        preference: Option<&Preference>,
        channel: &Channel,
        about: FactKind,
    ) -> Option<String> {
        if self.mandatory.contains(&about) {
            return None;
        }
        let word = channel.as_str();
        let said = preference.map(|preference| &preference.said);
        let channels = said.and_then(|said| said.channels.as_deref());
        let unwanted = |what: &dyn fmt::Display| {
            let who = preference.map_or_else(String::new, |it| {
                format!(", as {} said at {}", it.by, it.at)
            });
            format!("customer {customer} does not want {what}{who}")
        };
        if channels.is_some_and(|wanted| !wanted.iter().any(|it| it == word)) {
            return Some(unwanted(&format_args!("to be told by {word}")));
        }
        if channels.is_none() && self.needed_for.iter().any(|it| it == word) {
            return Some(format!(
                "customer {customer} did not agree to be told by {word}"
            ));
        }
        let about_wanted = said.and_then(|said| said.about.as_deref());
        let is_unwanted = about_wanted.is_some_and(|wanted| !wanted.contains(&about));
        is_unwanted.then(|| unwanted(&format_args!("to hear of {about}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preference(channels: Option<&[&str]>, about: Option<&[FactKind]>) -> Preference {
        Preference {
            said: Preferred {
                customer: "c-1".to_owned(),
                language: String::new(),
                channels: channels.map(|it| it.iter().map(ToString::to_string).collect()),
                about: about.map(<[FactKind]>::to_vec),
            },
            by: "customer:c-1".to_owned(),
            at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn what_is_mandatory_is_told_and_what_needs_consent_is_asked_for() {
        let consent = Consent {
            mandatory: vec![FactKind::InfoRequested],
            needed_for: vec!["console".to_owned()],
        };
        let withheld = |preference: Option<&Preference>, about| {
            consent.withholds("c-1", preference, &Channel::Console, about)
        };
        let resolved = FactKind::Resolved;
        assert_eq!(
            withheld(None, resolved).unwrap(),
            "customer c-1 did not agree to be told by console"
        );
        assert_eq!(withheld(None, FactKind::InfoRequested), None);
        let agreed = preference(Some(&["console"]), None);
        assert_eq!(withheld(Some(&agreed), resolved), None);
        let nothing = preference(Some(&["console"]), Some(&[]));
        assert_eq!(
            withheld(Some(&nothing), resolved).unwrap(),
            "customer c-1 does not want to hear of resolved, as customer:c-1 said at \
             1970-01-01T00:00:00.000Z"
        );
        assert_eq!(withheld(Some(&nothing), FactKind::InfoRequested), None);
        let by_mail = preference(Some(&["email"]), None);
        let why = withheld(Some(&by_mail), resolved).unwrap();
        assert!(why.starts_with("customer c-1 does not want to be told by console, as"));
    }

    #[test]
    fn who_said_nothing_is_told_as_the_policy_has_it() {
        let consent = Consent::default();
        let told = consent.withholds("c-1", None, &Channel::Console, FactKind::Closed);
        assert_eq!(told, None);
        assert!(Preferred::default().is_empty());
    }
}
