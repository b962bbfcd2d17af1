//! What happened, for each kind of fact.

use posthouse_domain::limits::{BODY_BYTES_MAX, NOTICE_FIELDS_MAX, SUBJECT_BYTES_MAX};
use posthouse_domain::notify::{Preferred, Resilenced, Silenced, Unsilenced};
use posthouse_domain::ticket::{
    Accepted, AgentChanged, Assigned, Body, Classified, Closed, CompensationAccrued, Corrected,
    Declined, Escalated, Folded, InfoRequested, NoticeField, NotificationFailed,
    NotificationRequested, NotificationSuppressed, Notified, Offered, Opened, Progressed, Reopened,
    Replied, Requeued, Resolved, Routed, TargetAtRisk, TargetBreached, TargetWarned, Timed,
    Transferred, Unfolded,
};

use crate::enums::{self, Numbered};
use crate::error::Error;
use crate::path::Path;
use crate::read::{key, prose, required_key, required_word, text};
use crate::v1;
use crate::values::{self, Travels, bounded, list, required, write_list};

macro_rules! bodies {
    ($($kind:ident $name:literal),+ $(,)?) => {
        /// The body as it travels.
        pub(super) fn write(body: &Body) -> v1::ticket_fact::Body {
            match body { $(Body::$kind(body) => v1::ticket_fact::Body::$kind(body.write())),+ }
        }

        /// The body that arrived.
        pub(super) fn read(wire: v1::ticket_fact::Body) -> Result<Body, Error> {
            Ok(match wire {
                $(v1::ticket_fact::Body::$kind(wire) => {
                    Body::$kind($kind::read(wire, &Path::top($name))?)
                })+
            })
        }
    };
}

bodies! {
    Opened "opened",
    Replied "replied",
    Assigned "assigned",
    Progressed "progressed",
    Resolved "resolved",
    Reopened "reopened",
    Closed "closed",
    Classified "classified",
    Routed "routed",
    Timed "timed",
    TargetWarned "target_warned",
    TargetBreached "target_breached",
    TargetAtRisk "target_at_risk",
    Escalated "escalated",
    CompensationAccrued "compensation_accrued",
    NotificationRequested "notification_requested",
    Notified "notified",
    NotificationFailed "notification_failed",
    NotificationSuppressed "notification_suppressed",
    InfoRequested "info_requested",
    Corrected "corrected",
    Folded "folded",
    Unfolded "unfolded",
    AgentChanged "agent_changed",
    Offered "offered",
    Accepted "accepted",
    Declined "declined",
    Requeued "requeued",
    Transferred "transferred",
    Silenced "silenced",
    Unsilenced "unsilenced",
    Resilenced "resilenced",
    Preferred "preferred",
}

impl Travels for Opened {
    type Wire = v1::Opened;

    fn write(&self) -> v1::Opened {
        v1::Opened {
            number: self.number.clone(),
            customer: self.customer.clone(),
            subject: self.subject.clone(),
            body: self.body.clone(),
            severity: enums::write_optional(self.severity),
            region: self.region.clone(),
            tier: self.tier.clone(),
            channel: self.channel.clone(),
            language: self.language.clone(),
            product: self.product.clone(),
            attributes: self.attributes.clone(),
            contact: values::write_contact(&self.contact),
        }
    }

    fn read(wire: v1::Opened, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            number: required_key(wire.number, &at.field("number"))?,
            customer: required_key(wire.customer, &at.field("customer"))?,
            subject: text(wire.subject, &at.field("subject"), SUBJECT_BYTES_MAX)?,
            body: text(wire.body, &at.field("body"), BODY_BYTES_MAX)?,
            severity: enums::optional(wire.severity, &at.field("severity"))?,
            region: key(wire.region, &at.field("region"))?,
            tier: key(wire.tier, &at.field("tier"))?,
            channel: key(wire.channel, &at.field("channel"))?,
            language: key(wire.language, &at.field("language"))?,
            product: key(wire.product, &at.field("product"))?,
            attributes: values::attributes(wire.attributes, &at.field("attributes"))?,
            contact: values::contact(wire.contact, &at.field("contact"))?,
        })
    }
}

impl Travels for Replied {
    type Wire = v1::Replied;

    fn write(&self) -> v1::Replied {
        v1::Replied {
            text: self.text.clone(),
            awaits_customer: self.awaits_customer,
        }
    }

    fn read(wire: v1::Replied, at: &Path<'_>) -> Result<Self, Error> {
        let text = prose(wire.text, &at.field("text"))?;
        Ok(Self {
            text,
            awaits_customer: wire.awaits_customer,
        })
    }
}

impl Travels for Assigned {
    type Wire = v1::Assigned;

    fn write(&self) -> v1::Assigned {
        v1::Assigned {
            agent: self.agent.clone(),
        }
    }

    fn read(wire: v1::Assigned, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            agent: required_key(wire.agent, &at.field("agent"))?,
        })
    }
}

impl Travels for Progressed {
    type Wire = v1::Progressed;

    fn write(&self) -> v1::Progressed {
        v1::Progressed {
            to: self.to.number(),
            reason: self.reason.clone(),
        }
    }

    fn read(wire: v1::Progressed, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            to: enums::required(wire.to, &at.field("to"))?,
            reason: prose(wire.reason, &at.field("reason"))?,
        })
    }
}

impl Travels for Resolved {
    type Wire = v1::Resolved;

    fn write(&self) -> v1::Resolved {
        v1::Resolved {
            summary: self.summary.clone(),
        }
    }

    fn read(wire: v1::Resolved, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            summary: prose(wire.summary, &at.field("summary"))?,
        })
    }
}

impl Travels for Reopened {
    type Wire = v1::Reopened;

    fn write(&self) -> v1::Reopened {
        v1::Reopened {
            reason: self.reason.clone(),
        }
    }

    fn read(wire: v1::Reopened, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            reason: prose(wire.reason, &at.field("reason"))?,
        })
    }
}

impl Travels for Closed {
    type Wire = v1::Closed;

    fn write(&self) -> v1::Closed {
        v1::Closed {
            reason: self.reason.clone(),
        }
    }

    fn read(wire: v1::Closed, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            reason: prose(wire.reason, &at.field("reason"))?,
        })
    }
}

impl Travels for Routed {
    type Wire = v1::Routed;

    fn write(&self) -> v1::Routed {
        v1::Routed {
            queue: Some(self.queue.write()),
            rule: self.rule.clone(),
            considered: write_list(&self.considered),
            features: Some(self.features.write()),
            step: self.step,
            why: self.why.clone(),
        }
    }

    fn read(wire: v1::Routed, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            queue: required(wire.queue, &at.field("queue"))?,
            rule: key(wire.rule, &at.field("rule"))?,
            considered: list(wire.considered, &at.field("considered"))?,
            features: required(wire.features, &at.field("features"))?,
            step: wire.step,
            why: prose(wire.why, &at.field("why"))?,
        })
    }
}

impl Travels for NotificationRequested {
    type Wire = v1::NotificationRequested;

    fn write(&self) -> v1::NotificationRequested {
        v1::NotificationRequested {
            receiver: self.receiver.clone(),
            rule: self.rule.clone(),
            about: self.about.as_str().to_owned(),
            title: self.title.clone(),
            text: self.text.clone(),
            fields: write_list(&self.fields),
            language: self.language.clone(),
            features: Some(self.features.write()),
            urgent: self.urgent,
            round: self.round,
            told_of: self.told_of.clone().into(),
        }
    }

    fn read(wire: v1::NotificationRequested, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            receiver: required_key(wire.receiver, &at.field("receiver"))?,
            rule: key(wire.rule, &at.field("rule"))?,
            about: required_word(&wire.about, &at.field("about"))?,
            title: prose(wire.title, &at.field("title"))?,
            text: prose(wire.text, &at.field("text"))?,
            fields: bounded(wire.fields, &at.field("fields"), NOTICE_FIELDS_MAX)?,
            language: key(wire.language, &at.field("language"))?,
            features: required(wire.features, &at.field("features"))?,
            urgent: wire.urgent,
            round: wire.round,
            told_of: wire.told_of.to_vec(),
        })
    }
}

impl Travels for NoticeField {
    type Wire = v1::NoticeField;

    fn write(&self) -> v1::NoticeField {
        v1::NoticeField {
            label: self.label.clone(),
            value: self.value.clone(),
        }
    }

    fn read(wire: v1::NoticeField, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            label: prose(wire.label, &at.field("label"))?,
            value: prose(wire.value, &at.field("value"))?,
        })
    }
}

impl Travels for Notified {
    type Wire = v1::Notified;

    fn write(&self) -> v1::Notified {
        v1::Notified {
            receiver: self.receiver.clone(),
            attempts: self.attempts,
            receipt: self.receipt.clone(),
            possible_duplicate: self.possible_duplicate,
        }
    }

    fn read(wire: v1::Notified, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            receiver: required_key(wire.receiver, &at.field("receiver"))?,
            attempts: wire.attempts,
            receipt: prose(wire.receipt, &at.field("receipt"))?,
            possible_duplicate: wire.possible_duplicate,
        })
    }
}

impl Travels for NotificationFailed {
    type Wire = v1::NotificationFailed;

    fn write(&self) -> v1::NotificationFailed {
        v1::NotificationFailed {
            receiver: self.receiver.clone(),
            attempts: self.attempts,
            error: self.error.clone(),
        }
    }

    fn read(wire: v1::NotificationFailed, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            receiver: required_key(wire.receiver, &at.field("receiver"))?,
            attempts: wire.attempts,
            error: prose(wire.error, &at.field("error"))?,
        })
    }
}

impl Travels for NotificationSuppressed {
    type Wire = v1::NotificationSuppressed;

    fn write(&self) -> v1::NotificationSuppressed {
        v1::NotificationSuppressed {
            receiver: self.receiver.clone(),
            rule: self.rule.clone(),
            why: self.why.clone(),
            requested: self.requested,
        }
    }

    fn read(wire: v1::NotificationSuppressed, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            receiver: required_key(wire.receiver, &at.field("receiver"))?,
            rule: key(wire.rule, &at.field("rule"))?,
            why: prose(wire.why, &at.field("why"))?,
            requested: wire.requested,
        })
    }
}
