//! The values that facts and commands share.

use posthouse_domain::limits::{
    ATTRIBUTE_BYTES_MAX, ATTRIBUTES_MAX, CONTACT_BYTES_MAX, EXCERPT_CHARS_MAX, KEY_BYTES_MAX,
    SIGNALS_MAX, TAGS_MAX,
};
use posthouse_domain::route::Queue;
use posthouse_domain::sla::Promise;
use posthouse_domain::ticket::{
    Actor, Attributes, Considered, Contact, Features, Outcome, RiskReason, TargetDue,
};

use crate::enums::{self, Numbered};
use crate::error::Error;
use crate::path::Path;
use crate::read::{self, at_most, instant, key, prose, text, write_instant};
use crate::v1;

/// A queue as text: four keys and what stands between them.
const QUEUE_BYTES_MAX: usize = 4 * KEY_BYTES_MAX + 3;

/// A value of the domain that travels as a message of its own.
pub(crate) trait Travels: Sized {
    /// What it travels as.
    type Wire;

    /// The value as it travels.
    fn write(&self) -> Self::Wire;

    /// The value that arrived.
    fn read(wire: Self::Wire, at: &Path<'_>) -> Result<Self, Error>;
}

/// A value that must be there.
pub(crate) fn required<T: Travels>(wire: Option<T::Wire>, at: &Path<'_>) -> Result<T, Error> {
    T::read(read::required(wire, at)?, at)
}

/// All entries of a list.
pub(crate) fn list<T: Travels>(wire: Vec<T::Wire>, at: &Path<'_>) -> Result<Vec<T>, Error> {
    wire.into_iter()
        .enumerate()
        .map(|(index, entry)| T::read(entry, &at.entry(index)))
        .collect()
}

/// All entries of a list that may have at most `limit`.
pub(crate) fn bounded<T: Travels>(
    wire: Vec<T::Wire>,
    at: &Path<'_>,
    limit: usize,
) -> Result<Vec<T>, Error> {
    at_most(at, wire.len(), "entries", limit)?;
    list(wire, at)
}

/// All entries of a list as they travel.
pub(crate) fn write_list<T: Travels>(values: &[T]) -> Vec<T::Wire> {
    values.iter().map(T::write).collect()
}

/// Keys, at most `limit` of them.
pub(crate) fn keys(wire: Vec<String>, at: &Path<'_>, limit: usize) -> Result<Vec<String>, Error> {
    at_most(at, wire.len(), "entries", limit)?;
    for (index, entry) in wire.iter().enumerate() {
        at_most(&at.entry(index), entry.len(), "bytes", KEY_BYTES_MAX)?;
    }
    Ok(wire)
}

/// Free properties within their limits.
pub(crate) fn attributes(wire: Attributes, at: &Path<'_>) -> Result<Attributes, Error> {
    at_most(at, wire.len(), "entries", ATTRIBUTES_MAX)?;
    for (index, (name, value)) in wire.iter().enumerate() {
        let at = at.entry(index);
        at_most(&at.field("name"), name.len(), "bytes", KEY_BYTES_MAX)?;
        at_most(
            &at.field("value"),
            value.len(),
            "bytes",
            ATTRIBUTE_BYTES_MAX,
        )?;
    }
    Ok(wire)
}

impl Travels for Actor {
    type Wire = v1::Actor;

    fn write(&self) -> v1::Actor {
        v1::Actor {
            kind: self.kind.number(),
            name: self.name.clone(),
        }
    }

    fn read(wire: v1::Actor, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            kind: enums::required(wire.kind, &at.field("kind"))?,
            name: key(wire.name, &at.field("name"))?,
        })
    }
}

/// A contact; absent when nothing is known.
pub(crate) fn contact(wire: Option<v1::Contact>, at: &Path<'_>) -> Result<Contact, Error> {
    let wire = wire.unwrap_or_default();
    Ok(Contact {
        name: text(wire.name, &at.field("name"), CONTACT_BYTES_MAX)?,
        email: text(wire.email, &at.field("email"), CONTACT_BYTES_MAX)?,
        phone: text(wire.phone, &at.field("phone"), CONTACT_BYTES_MAX)?,
    })
}

/// A contact as it travels: not at all when nothing is known.
pub(crate) fn write_contact(contact: &Contact) -> Option<v1::Contact> {
    (!contact.is_empty()).then(|| v1::Contact {
        name: contact.name.clone(),
        email: contact.email.clone(),
        phone: contact.phone.clone(),
    })
}

impl Travels for Features {
    type Wire = v1::Features;

    fn write(&self) -> v1::Features {
        v1::Features {
            number: self.number.clone(),
            excerpt: self.excerpt.clone(),
            customer: self.customer.clone(),
            tier: self.tier.clone(),
            region: self.region.clone(),
            channel: self.channel.clone(),
            product: self.product.clone(),
            language: self.language.clone(),
            severity: enums::write_optional(self.severity),
            category: self.category.clone(),
            kind: self.kind.clone(),
            sentiment: enums::write_optional(self.sentiment),
            tags: self.tags.clone(),
            attributes: self.attributes.clone(),
            opened_at: write_instant(self.opened_at),
            reopens: self.reopens,
            queue: self.queue.clone(),
            state: self.state.number(),
            signals: self.signals.clone(),
            abstained: self.abstained,
            incident: self.incident.clone(),
        }
    }

    fn read(wire: v1::Features, at: &Path<'_>) -> Result<Self, Error> {
        let excerpt = at.field("excerpt");
        at_most(
            &excerpt,
            wire.excerpt.chars().count(),
            "characters",
            EXCERPT_CHARS_MAX,
        )?;
        Ok(Self {
            number: key(wire.number, &at.field("number"))?,
            excerpt: wire.excerpt,
            customer: key(wire.customer, &at.field("customer"))?,
            tier: key(wire.tier, &at.field("tier"))?,
            region: key(wire.region, &at.field("region"))?,
            channel: key(wire.channel, &at.field("channel"))?,
            product: key(wire.product, &at.field("product"))?,
            language: key(wire.language, &at.field("language"))?,
            severity: enums::optional(wire.severity, &at.field("severity"))?,
            category: key(wire.category, &at.field("category"))?,
            kind: key(wire.kind, &at.field("kind"))?,
            sentiment: enums::optional(wire.sentiment, &at.field("sentiment"))?,
            tags: keys(wire.tags, &at.field("tags"), TAGS_MAX)?,
            attributes: attributes(wire.attributes, &at.field("attributes"))?,
            opened_at: instant(wire.opened_at, &at.field("opened_at"))?,
            reopens: wire.reopens,
            queue: text(wire.queue, &at.field("queue"), QUEUE_BYTES_MAX)?,
            state: enums::required(wire.state, &at.field("state"))?,
            signals: keys(wire.signals, &at.field("signals"), SIGNALS_MAX)?,
            abstained: wire.abstained,
            incident: key(wire.incident, &at.field("incident"))?,
        })
    }
}

impl Travels for Queue {
    type Wire = v1::Queue;

    fn write(&self) -> v1::Queue {
        v1::Queue {
            centre: self.centre.clone(),
            level: self.level.clone(),
            skill: self.skill.clone(),
            language: self.language.clone(),
        }
    }

    fn read(wire: v1::Queue, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            centre: key(wire.centre, &at.field("centre"))?,
            level: key(wire.level, &at.field("level"))?,
            skill: key(wire.skill, &at.field("skill"))?,
            language: key(wire.language, &at.field("language"))?,
        })
    }
}

impl Travels for Considered {
    type Wire = v1::Considered;

    fn write(&self) -> v1::Considered {
        use v1::considered::Outcome as Wire;
        let outcome = match &self.outcome {
            Outcome::Chosen => Wire::Chosen(true),
            Outcome::NoMatch => Wire::NoMatch(true),
            Outcome::Rejected(why) => Wire::Rejected(why.clone()),
            Outcome::Failed(why) => Wire::Failed(why.clone()),
        };
        v1::Considered {
            rule: self.rule.clone(),
            outcome: Some(outcome),
        }
    }

    fn read(wire: v1::Considered, at: &Path<'_>) -> Result<Self, Error> {
        use v1::considered::Outcome as Wire;
        let outcome = match read::required(wire.outcome, &at.field("outcome"))? {
            // Which of the fields is set says it; the value of the switch says nothing more.
            Wire::Chosen(_) => Outcome::Chosen,
            Wire::NoMatch(_) => Outcome::NoMatch,
            Wire::Rejected(why) => Outcome::Rejected(prose(why, &at.field("rejected"))?),
            Wire::Failed(why) => Outcome::Failed(prose(why, &at.field("failed"))?),
        };
        Ok(Self {
            rule: key(wire.rule, &at.field("rule"))?,
            outcome,
        })
    }
}

impl Travels for TargetDue {
    type Wire = v1::TargetDue;

    fn write(&self) -> v1::TargetDue {
        v1::TargetDue {
            target: self.target.number(),
            cycle: self.cycle,
            started_at: write_instant(self.started_at),
            due_at: write_instant(self.due_at),
            target_ms: self.promise.working_ms().unwrap_or(0),
            calendar: self.calendar.clone(),
            sla: self.sla.clone(),
            business_days: self.promise.business_days().unwrap_or(0),
            previous_due_at: self.previous_due_at.and_then(write_instant),
        }
    }

    fn read(wire: v1::TargetDue, at: &Path<'_>) -> Result<Self, Error> {
        if wire.target_ms < 0 {
            let why = format!("{} ms is less than no time", wire.target_ms);
            return Err(read::unreadable(&at.field("target_ms"), why));
        }
        Ok(Self {
            target: enums::required(wire.target, &at.field("target"))?,
            cycle: wire.cycle,
            started_at: instant(wire.started_at, &at.field("started_at"))?,
            due_at: instant(wire.due_at, &at.field("due_at"))?,
            previous_due_at: match wire.previous_due_at {
                None => None,
                before => Some(instant(before, &at.field("previous_due_at"))?),
            },
            promise: match wire.business_days {
                0 => Promise::Working(wire.target_ms),
                days => Promise::BusinessDays(days),
            },
            calendar: key(wire.calendar, &at.field("calendar"))?,
            sla: key(wire.sla, &at.field("sla"))?,
        })
    }
}

impl Travels for RiskReason {
    type Wire = v1::RiskReason;

    fn write(&self) -> v1::RiskReason {
        v1::RiskReason {
            what: self.what.clone(),
            value: self.value.clone(),
        }
    }

    fn read(wire: v1::RiskReason, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            what: key(wire.what, &at.field("what"))?,
            value: prose(wire.value, &at.field("value"))?,
        })
    }
}
