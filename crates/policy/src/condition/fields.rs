//! What conditions may look at.

use std::collections::BTreeMap;

use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{FactKind, Sentiment, Severity, State};

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text; empty where it is not known.
    Text,
    /// A whole number.
    Number,
    /// True or false.
    Flag,
    /// A list of texts.
    List,
    /// Texts by name.
    Map,
}

/// Where a field is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// To every condition.
    Everywhere,
    /// Where facts are told of: receivers and ladders.
    Told,
    /// Where tickets are routed: the conditions of `routing.toml`.
    Routed,
}

/// Something that conditions may look at.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// How conditions write it.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Where it is known.
    pub known: Known,
    /// What it is.
    pub about: &'static str,
}

macro_rules! fields {
    ($($known:ident: { $($name:literal $kind:ident $about:literal),* $(,)? })*) => {
        /// Everything that conditions may look at, except `open.NAME`, which is whether the
        /// calendar of that name was open when the ticket was opened.
        pub const FIELDS: &[Field] =
            &[$($(Field {
                name: $name,
                kind: Kind::$kind,
                known: Known::$known,
                about: $about,
            },)*)*];
    };
}

fields! {
    Everywhere: {
        "ticket.number" Text "the number people see",
        "ticket.customer" Text "the customer's key",
        "ticket.tier" Text "the customer's tier",
        "ticket.region" Text "the customer's region",
        "ticket.channel" Text "the way it came",
        "ticket.product" Text "the product, as the sender named it",
        "ticket.language" Text "the language of the text, BCP 47",
        "ticket.severity" Text "P0 to P3; the bundle's severity_default while there is none",
        "ticket.category" Text "what it is about",
        "ticket.kind" Text "what the customer wants",
        "ticket.sentiment" Text "neg, neutral or pos",
        "ticket.tags" List "tags of the taxonomy",
        "ticket.attributes" Map "free properties that the sender attached",
        "ticket.reopens" Number "how often it was reopened",
        "ticket.queue" Text "the queue it stands in: centre/level/skill/language",
        "ticket.level" Text "the level of that queue; empty before the first",
        "ticket.skill" Text "the skill of that queue; empty before the first",
        "ticket.state" Text "its state",
        "ticket.signals" List "what speaks of urgency or risk: keys of the taxonomy",
        "ticket.abstained" Flag "whether the classifier was not sure enough of the category",
        "ticket.incident" Text "the incident it is folded into; empty for none",
        "ticket.local_hour" Number "the hour where the customer is, 0 to 23",
        "ticket.local_weekday" Text "the weekday where the customer is: mon to sun",
        "ticket.segment" Text "the customer's segment, by the entry code",
        "ticket.vip" Flag "whether it came by a line for very important customers",
        "ticket.sector" Text "the customer's industry: the attribute, or by the entry code",
        "ticket.scene" Text "what the customer does: the attribute, or by the entry code",
        "ticket.residency" Text "where its data may be seen; empty for anywhere",
    }
    Routed: {
        "ticket.response_slack" Number "minutes until the first response is due",
        "ticket.resolution_slack" Number "minutes until the resolution is due",
        "ticket.calendar" Text "the calendar by which its promises count",
        "ticket.age" Number "minutes since it was opened",
        "ticket.escalations" Number "how often somebody further up was asked",
        "ticket.last_agent" Text "who had it last; empty for nobody",
        "ticket.account_manager" Text "the customer's account manager; empty for none",
        "centre.open" Flag "whether the first centre of the customer's region is open",
        "centre.down" Flag "whether the first centre of the customer's region is down",
    }
    Told: {
        "event.kind" Text "the kind of fact that is told of (receivers only)",
        "event.target" Text "the target that it is about (receivers only)",
        "event.percent" Number "how much of the target's time is used (receivers only)",
        "event.risk" Number "how probable a breach is, in percent (receivers only)",
        "event.step" Number "the step of an escalation, from 1 (receivers only)",
        "event.ladder" Text "the ladder of an escalation (receivers only)",
        "event.to" Text "whom an escalation is to reach (receivers only)",
    }
}

/// The names with which paths begin.
pub(super) const ROOTS: &[&str] = &["ticket", "event", "open", "centre"];

/// The days of a week, as `ticket.local_weekday` tells them.
pub(super) const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Functions that conditions may call, operators and macros apart.
pub(super) const FUNCTIONS: &[&str] = &[
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "string",
    "int",
    "uint",
    "double",
    "bool",
    "bytes",
    "dyn",
    "type",
];

pub(super) fn field(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

/// The words that can occur in a field. A field that is not listed can hold any text.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary(BTreeMap<&'static str, Vec<String>>);

impl Vocabulary {
    /// The words that are the same in every bundle.
    pub(crate) fn of_the_domain() -> Self {
        let mut vocabulary = Self::default();
        vocabulary.set(
            "ticket.severity",
            Severity::ALL.iter().map(|word| word.as_str()),
        );
        vocabulary.set(
            "ticket.sentiment",
            Sentiment::ALL.iter().map(|word| word.as_str()),
        );
        vocabulary.set("ticket.state", State::ALL.iter().map(|word| word.as_str()));
        vocabulary.set("ticket.local_weekday", WEEKDAYS.into_iter());
        vocabulary.set("event.kind", FactKind::ALL.iter().map(|word| word.as_str()));
        vocabulary.set("event.target", Target::ALL.iter().map(|word| word.as_str()));
        vocabulary
    }

    /// Says which words can occur in a field.
    pub(crate) fn set<'w>(&mut self, field: &'static str, words: impl Iterator<Item = &'w str>) {
        self.0.insert(field, words.map(str::to_owned).collect());
    }

    /// The words that can occur in a field; `None` for any.
    pub(super) fn words(&self, field: &str) -> Option<&[String]> {
        self.0.get(field).map(Vec::as_slice)
    }
}
