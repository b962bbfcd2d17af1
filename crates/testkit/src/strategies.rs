//! Arbitrary values of the domain, for property tests.
//!
//! Every value is one that may stand in the log: within [`posthouse_domain::limits`], with all
//! that a fact must have. Texts are short and from all of Unicode; sizes at the limits are
//! for tests of the limits.

mod bodies;
mod dispatched;
mod labels;
mod promised;

use posthouse_domain::command::{Command, CommandBody, Opening};
use posthouse_domain::limits::EXCERPT_CHARS_MAX;
use posthouse_domain::route::Queue;
use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{
    Actor, ActorKind, Attributes, Body, Considered, Contact, Fact, FactKind, Features, Outcome,
    PolicyVersion, Presence, Progress, Sentiment, Severity, State,
};
use posthouse_domain::{FactId, TicketId, Timestamp};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

pub use bodies::body_of;
pub use dispatched::destination;

/// A fact of any kind.
pub fn fact() -> impl Strategy<Value = Fact> {
    select(FactKind::ALL).prop_flat_map(fact_of)
}

/// A fact of one kind.
pub fn fact_of(kind: FactKind) -> impl Strategy<Value = Fact> {
    let envelope = (
        fact_id(),
        ticket_id(),
        key(),
        timestamp(),
        actor(),
        option::of(fact_id()),
        policy(),
    );
    (envelope, body_of(kind)).prop_map(|((id, ticket, region, at, actor, cause, policy), body)| {
        Fact {
            id,
            ticket,
            region,
            at,
            actor,
            cause,
            policy,
            body,
        }
    })
}

/// What happened, of any kind.
pub fn body() -> impl Strategy<Value = Body> {
    select(FactKind::ALL).prop_flat_map(body_of)
}

/// A command of any kind that [`Command::check`] accepts.
pub fn command() -> impl Strategy<Value = Command> {
    let envelope = (
        option::of(key()),
        option::of(timestamp()),
        option::of(actor()),
    );
    (envelope, command_body()).prop_map(|((id, asked_at, actor), body)| Command {
        id,
        asked_at,
        actor,
        body,
    })
}

fn command_body() -> impl Strategy<Value = CommandBody> {
    prop_oneof![
        opening().prop_map(CommandBody::Open),
        (key(), key(), any::<bool>()).prop_map(|(ticket, text, awaits_customer)| {
            CommandBody::Reply {
                ticket,
                text,
                awaits_customer,
            }
        }),
        (key(), key()).prop_map(|(ticket, agent)| CommandBody::Assign { ticket, agent }),
        (key(), progress(), text()).prop_map(|(ticket, to, reason)| CommandBody::Progress {
            ticket,
            to,
            reason
        }),
        (key(), text()).prop_map(|(ticket, summary)| CommandBody::Resolve { ticket, summary }),
        (key(), text()).prop_map(|(ticket, reason)| CommandBody::Reopen { ticket, reason }),
        (key(), text()).prop_map(|(ticket, reason)| CommandBody::Close { ticket, reason }),
        (key(), labels::labels(), text()).prop_map(|(ticket, labels, note)| CommandBody::Correct {
            ticket,
            labels,
            note
        }),
        (key(), text()).prop_map(|(ticket, reason)| CommandBody::Unfold { ticket, reason }),
        (key(), key(), fact_id()).prop_map(|(ticket, agent, offer)| CommandBody::Accept {
            ticket,
            agent,
            offer
        }),
        (key(), key(), fact_id(), text()).prop_map(|(ticket, agent, offer, reason)| {
            CommandBody::Decline {
                ticket,
                agent,
                offer,
                reason,
            }
        }),
        (key(), dispatched::transferable(), text())
            .prop_map(|(ticket, to, reason)| { CommandBody::Transfer { ticket, to, reason } }),
        bodies::preferred().prop_map(CommandBody::Prefer),
        (key(), select(&Presence::ALL), text()).prop_map(|(agent, change, reason)| {
            CommandBody::Presence {
                agent,
                change,
                reason,
            }
        }),
    ]
}

/// A problem that is reported.
pub fn opening() -> impl Strategy<Value = Opening> {
    let said = (key(), key(), text(), option::of(severity()));
    let known = (word(), word(), word(), word(), word());
    (said, known, attributes(), contact()).prop_map(|(said, known, attributes, contact)| {
        let (customer, subject, body, severity) = said;
        let (region, tier, channel, language, product) = known;
        Opening {
            customer,
            subject,
            body,
            severity,
            region,
            tier,
            channel,
            language,
            product,
            attributes,
            contact,
        }
    })
}

/// Everything that rules may look at.
pub fn features() -> impl Strategy<Value = Features> {
    let words = (
        word(),
        excerpt(),
        word(),
        word(),
        word(),
        word(),
        word(),
        word(),
    );
    let labels = (
        option::of(severity()),
        word(),
        word(),
        option::of(sentiment()),
        tags(),
    );
    let course = (attributes(), timestamp(), any::<u32>(), word(), state());
    let found = (tags(), any::<bool>(), word());
    (words, labels, course, found).prop_map(|(words, labels, course, found)| {
        let (number, excerpt, customer, tier, region, channel, product, language) = words;
        let (severity, category, kind, sentiment, tags) = labels;
        let (attributes, opened_at, reopens, queue, state) = course;
        let (signals, abstained, incident) = found;
        Features {
            number,
            excerpt,
            customer,
            tier,
            region,
            channel,
            product,
            language,
            severity,
            category,
            kind,
            sentiment,
            tags,
            attributes,
            opened_at,
            reopens,
            queue,
            state,
            signals,
            abstained,
            incident,
        }
    })
}

/// The identity of a fact.
pub fn fact_id() -> impl Strategy<Value = FactId> {
    any::<u128>().prop_map(|bits| FactId(Uuid::from_u128(bits)))
}

/// The identity of a ticket.
pub fn ticket_id() -> impl Strategy<Value = TicketId> {
    any::<u128>().prop_map(|bits| TicketId(Uuid::from_u128(bits)))
}

/// Any instant there is.
pub fn timestamp() -> impl Strategy<Value = Timestamp> {
    (Timestamp::MIN.as_millis()..=Timestamp::MAX.as_millis()).prop_map(Timestamp::from_millis)
}

/// Who caused something.
pub fn actor() -> impl Strategy<Value = Actor> {
    (select(&ActorKind::ALL), key()).prop_map(|(kind, name)| Actor { kind, name })
}

/// How somebody can be reached, if at all.
pub fn contact() -> impl Strategy<Value = Contact> {
    let empty = Just(Contact::default());
    let known =
        (word(), word(), word()).prop_map(|(name, email, phone)| Contact { name, email, phone });
    prop_oneof![empty, known]
}

/// A few free properties.
pub fn attributes() -> impl Strategy<Value = Attributes> {
    btree_map(key(), text(), 0..4)
}

/// A queue.
pub fn queue() -> impl Strategy<Value = Queue> {
    (key(), key(), key(), word()).prop_map(|(centre, level, skill, language)| Queue {
        centre,
        level,
        skill,
        language,
    })
}

/// What became of a rule.
pub fn considered() -> impl Strategy<Value = Considered> {
    let outcome = prop_oneof![
        Just(Outcome::Chosen),
        Just(Outcome::NoMatch),
        text().prop_map(Outcome::Rejected),
        text().prop_map(Outcome::Failed),
    ];
    (key(), outcome).prop_map(|(rule, outcome)| Considered { rule, outcome })
}

/// A severity.
pub fn severity() -> impl Strategy<Value = Severity> {
    select(&Severity::ALL)
}

/// A sentiment.
pub fn sentiment() -> impl Strategy<Value = Sentiment> {
    select(&Sentiment::ALL)
}

/// A state.
pub fn state() -> impl Strategy<Value = State> {
    select(&State::ALL)
}

/// A place where work can be moved to.
pub fn progress() -> impl Strategy<Value = Progress> {
    select(&Progress::ALL)
}

/// A promise.
pub fn target() -> impl Strategy<Value = Target> {
    select(&Target::ALL)
}

/// The version of a policy, or none.
pub fn policy() -> impl Strategy<Value = PolicyVersion> {
    "([0-9a-f]{64})?".prop_map(PolicyVersion)
}

/// A key: one printable line that is not blank.
pub fn key() -> impl Strategy<Value = String> {
    "[\\p{L}\\p{N}][\\p{L}\\p{N}./_-]{0,11}"
}

/// A key, or nothing.
pub fn word() -> impl Strategy<Value = String> {
    prop_oneof![1 => Just(String::new()), 4 => key()]
}

/// Text of several lines; may be empty.
pub fn text() -> impl Strategy<Value = String> {
    "([\\p{L}\\p{M}\\p{N}\\p{P}\\p{S} ]|\t|\n|\r\n){0,40}"
}

fn excerpt() -> impl Strategy<Value = String> {
    vec(proptest::char::any(), 0..=EXCERPT_CHARS_MAX).prop_map(|chars| chars.iter().collect())
}

fn tags() -> impl Strategy<Value = Vec<String>> {
    vec(key(), 0..4)
}
