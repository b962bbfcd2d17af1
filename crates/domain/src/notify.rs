//! Notifications: which receivers hear of a fact, and why.

mod audience;
mod channel;
mod considered;
pub mod field;
pub mod limit;
mod link;
pub mod pace;
pub mod person;
pub mod preference;
pub mod rules;
pub mod silence;
mod told;

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::condition::{Conditions, Event};
use crate::ticket::{Body, Fact, FactKind, Features, UnknownWord};

pub use field::Field;
pub use limit::Limit;
pub use link::LinkAction;
pub use pace::{Due, Grouping, Pace, Waiting, Why};
pub use person::{ContactMethod, Person};
pub use preference::{Consent, Preference, Preferred};
pub use rules::{Repeat, Timing};
pub use silence::{
    Afterwards, Folding, InvalidMatcher, Matcher, Mute, Phase, Resilenced, Silence, Silenced,
    Silences, Unsilenced, Window, Windows,
};

pub use audience::Audience;
pub use channel::{
    Address, Aliyun, Apprise, CHANNELS, Channel, Email, Gateway, HttpGateway, Login, Messenger,
    Nats, Relay, Robot, SECRET_VARIABLE_PREFIX, Secret, Sms, Tls, Twilio, Webhook,
};
pub use considered::{PassedOver, explain};
pub use told::TOLD;

/// Somebody or something that can be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// Its key.
    pub key: String,
    /// How it is reached.
    pub channel: Channel,
    /// Most attempts before giving up.
    pub attempts_max: u32,
    /// The first wait after a failed attempt, in milliseconds; it doubles each time.
    pub backoff_ms: u32,
    /// The longest wait between attempts, in milliseconds.
    pub backoff_ms_max: u32,
    /// How long one attempt may take, in milliseconds.
    pub timeout_ms: u32,
    /// How long after it was asked for something is still told, in milliseconds.
    pub give_up_ms: u32,
    /// What becomes of personal data in what it is told.
    pub personal: Personal,
    /// For whom it is told.
    pub audience: Audience,
    /// The language it is told in, BCP 47; empty for the usual one: of customers that of their
    /// ticket, of staff [`Receivers::language`].
    pub language: String,
    /// What it can do from its channel; nothing of customers'.
    pub links: Vec<LinkAction>,
}

/// What becomes of personal data in what a receiver is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Personal {
    /// It is masked.
    #[default]
    Mask,
    /// It stays: for receivers that may know it, as those of one's own house.
    Keep,
}

impl Personal {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Mask, Self::Keep];

    /// The word for it in policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mask => "mask",
            Self::Keep => "keep",
        }
    }
}

impl FromStr for Personal {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("way with personal data", text, &Self::ALL, Self::as_str)
    }
}

/// One rule; its condition stands at the same index in [`Receivers::conditions`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name, unique in the list.
    pub name: String,
    /// The kinds of fact it tells of.
    pub about: Vec<FactKind>,
    /// Who is told.
    pub receivers: Vec<String>,
    /// Whether later rules are looked at too.
    pub goes_on: bool,
    /// The template it is told with; `None` for that of the kind of fact.
    pub template: Option<String>,
    /// When it tells.
    pub timing: Timing,
}

/// The notification part of a policy.
#[derive(Clone, Debug)]
pub struct Receivers {
    /// The receivers, by key.
    pub receivers: BTreeMap<String, Receiver>,
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// Their conditions, at the same indices.
    pub conditions: Arc<dyn Conditions>,
    /// The language of staff who have none of their own, BCP 47.
    pub language: String,
    /// When and how receivers want to be told.
    pub manners: Manners,
}

/// When and how the receivers of a policy want to be told.
#[derive(Clone, Debug)]
pub struct Manners {
    /// The pace of each receiver, by key; one without is told at once.
    pub paces: BTreeMap<String, Pace>,
    /// The persons, by key; a rule names them like receivers.
    pub persons: BTreeMap<String, Person>,
    /// What customers are told without, and against, their word.
    pub consent: Consent,
    /// What is not told of folded tickets.
    pub folding: Folding,
    /// When nothing is told, as planned.
    pub windows: Windows,
    /// What stops rules, at the indices of the rules.
    pub stops: Arc<dyn Conditions>,
}

impl Receivers {
    /// What becomes of personal data in what a receiver is told; masked for one that is unknown.
    #[must_use]
    pub fn personal(&self, receiver: &str) -> Personal {
        let known = self.receivers.get(receiver);
        known.map_or(Personal::Mask, |receiver| receiver.personal)
    }

    /// The receivers that a rule means by a key, and how long after the rule each is told, in
    /// milliseconds: a person's, one after the other, or the receiver itself.
    fn ways_to<'a>(&'a self, key: &'a str) -> Vec<(&'a str, i64)> {
        match self.manners.persons.get(key) {
            Some(person) => {
                let contacts = person.contacts.iter();
                contacts
                    .map(|contact| (contact.receiver.as_str(), contact.after_ms))
                    .collect()
            }
            None => vec![(key, 0)],
        }
    }
}

/// Somebody is to be told, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The receiver's key.
    pub receiver: String,
    /// The rule that asked for it.
    pub rule: String,
    /// The template that the rule names, if any.
    pub template: Option<String>,
    /// Whether it disturbs outside of the receiver's hours, and waits for no group.
    pub urgent: bool,
    /// How long after the fact, in milliseconds.
    pub after_ms: i64,
}

/// Who hears of `fact`, each receiver once: those that a step of a ladder is for, then others in
/// the order of the rules.
///
/// A rule whose condition cannot be evaluated matches: a message too many is better than one
/// that nobody gets.
#[must_use]
pub fn decide(fact: &Fact, features: &Features, policy: &Receivers) -> Vec<Request> {
    considered::walk(fact, features, policy, &mut |_, _| {})
}

/// The receivers that a step of a ladder is for: a person's, one after the other, or one. No rule
/// has to name them.
///
/// A step to a level is for nobody by itself: rules say who stands there. A receiver that the
/// policy has no more is asked for all the same, so that the log tells that it was not reached.
fn asked_by_ladder(body: &Body, policy: &Receivers) -> Vec<Request> {
    let Body::Escalated(escalated) = body else {
        return Vec::new();
    };
    if !escalated.level.is_empty() {
        return Vec::new();
    }
    let ways = policy.ways_to(&escalated.to).into_iter();
    let requests = ways.map(|(receiver, after_ms)| Request {
        receiver: receiver.to_owned(),
        rule: rules::of_ladder(&escalated.ladder),
        template: None,
        // A ladder heeds the hours of whom it asks.
        urgent: true,
        after_ms,
    });
    requests.collect()
}

/// What conditions may know of the fact that is being told of.
#[must_use]
pub fn event_of(body: &Body) -> Event<'_> {
    let event = Event::of(body.kind());
    match body {
        Body::TargetWarned(warned) => Event {
            target: Some(warned.target),
            percent: Some(warned.percent),
            ..event
        },
        Body::TargetBreached(breached) => Event {
            target: Some(breached.target),
            percent: Some(100),
            risk: Some(100),
            ..event
        },
        Body::TargetAtRisk(at_risk) => Event {
            target: Some(at_risk.target),
            risk: u8::try_from(at_risk.probability_permille / 10).ok(),
            ..event
        },
        Body::Escalated(escalated) => Event {
            target: Some(escalated.target),
            step: Some(escalated.step),
            ladder: Some(&escalated.ladder),
            to: Some(&escalated.to),
            ..event
        },
        Body::CompensationAccrued(accrued) => Event {
            target: Some(accrued.target),
            ..event
        },
        _ => event,
    }
}
