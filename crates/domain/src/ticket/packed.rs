//! A ticket as it is kept among very many: words by number, instants since its opening.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Engineering, Features, Labels, Offer, Rounds, Sentiment, Severity, State, Ticket};
use crate::ids::TicketId;
use crate::time::Timestamp;
use crate::words::{Packer, Unpacker};

/// A [`Ticket`], packed; its identity is the key that it is kept under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PackedTicket {
    opened_at: Timestamp,
    number: String,
    excerpt: String,
    customer: String,
    /// Tier, region, channel, product, language, category, kind and queue.
    words: [u32; 8],
    severity: Option<Severity>,
    sentiment: Option<Sentiment>,
    tags: Vec<u32>,
    attributes: Vec<(u32, String)>,
    reopens: u32,
    state: State,
    engineering: Option<Engineering>,
    assignee: Option<String>,
    answered: Option<i64>,
    next_answers: Option<PackedRounds>,
    updates: Option<PackedRounds>,
    resolved: Option<i64>,
    closed: Option<i64>,
    changed: i64,
    void: u32,
    rounds: u32,
    rare: Option<Box<Rare>>,
    /// Hashes, for which numbers of variable length would be longer.
    judged: Vec<[u8; 8]>,
}

/// What few tickets have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Rare {
    corrected: Labels,
    awaits_information: bool,
    signals: Vec<u32>,
    abstained: bool,
    incident: String,
    last_agent: Option<String>,
    meant_for: Option<String>,
    offer: Option<Offer>,
}

/// [`Rounds`] of which one began at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PackedRounds {
    number: u32,
    began: Option<i64>,
    ended: Option<i64>,
    ended_before: Option<i64>,
}

impl PackedTicket {
    pub(crate) fn pack(ticket: &Ticket, words: &mut Packer<'_>) -> Self {
        let features = &ticket.features;
        let since = Since(features.opened_at);
        Self {
            opened_at: features.opened_at,
            number: features.number.clone(),
            excerpt: features.excerpt.clone(),
            customer: features.customer.clone(),
            words: [
                &features.tier,
                &features.region,
                &features.channel,
                &features.product,
                &features.language,
                &features.category,
                &features.kind,
                &features.queue,
            ]
            .map(|text| words.pack(text)),
            severity: features.severity,
            sentiment: features.sentiment,
            tags: features.tags.iter().map(|tag| words.pack(tag)).collect(),
            attributes: features
                .attributes
                .iter()
                .map(|(name, value)| (words.pack(name), value.clone()))
                .collect(),
            reopens: features.reopens,
            state: features.state,
            engineering: ticket.engineering,
            assignee: ticket.assignee.clone(),
            answered: since.pack_any(ticket.answered_at),
            next_answers: PackedRounds::pack(&ticket.next_answers, since),
            updates: PackedRounds::pack(&ticket.updates, since),
            resolved: since.pack_any(ticket.resolved_at),
            closed: since.pack_any(ticket.closed_at),
            changed: since.pack(ticket.changed_at),
            void: ticket.void,
            rounds: ticket.rounds,
            rare: Rare::pack(ticket, words),
            judged: ticket.judged.iter().map(|key| key.to_le_bytes()).collect(),
        }
    }

    /// The ticket; `None` when a word is not known.
    pub(crate) fn unpack(self, id: TicketId, words: &mut Unpacker<'_>) -> Option<Ticket> {
        let since = self.since();
        let rare = self.rare.as_deref().cloned().unwrap_or_default();
        let judged: BTreeSet<u64> = self
            .judged
            .iter()
            .copied()
            .map(u64::from_le_bytes)
            .collect();
        Some(Ticket {
            id,
            engineering: self.engineering,
            answered_at: since.unpack_any(self.answered),
            next_answers: PackedRounds::unpack(self.next_answers, since),
            updates: PackedRounds::unpack(self.updates, since),
            resolved_at: since.unpack_any(self.resolved),
            closed_at: since.unpack_any(self.closed),
            changed_at: since.unpack(self.changed),
            void: self.void,
            rounds: self.rounds,
            last_agent: rare.last_agent,
            meant_for: rare.meant_for,
            offer: rare.offer,
            corrected: rare.corrected,
            awaits_information: rare.awaits_information,
            judged,
            assignee: self.assignee.clone(),
            features: self.features(words)?,
        })
    }

    /// From when on instants are counted.
    pub(crate) const fn since(&self) -> Since {
        Since(self.opened_at)
    }

    fn features(self, words: &mut Unpacker<'_>) -> Option<Features> {
        let [
            tier,
            region,
            channel,
            product,
            language,
            category,
            kind,
            queue,
        ] = self.words.map(|number| words.unpack(number));
        let tags = self.tags.into_iter();
        let tags: Option<Vec<String>> = tags.map(|number| words.unpack(number)).collect();
        let rare = self.rare.map(|rare| *rare).unwrap_or_default();
        let signals = rare.signals.into_iter();
        let signals: Option<Vec<String>> = signals.map(|number| words.unpack(number)).collect();
        let attributes = self.attributes.into_iter();
        Some(Features {
            number: self.number,
            excerpt: self.excerpt,
            customer: self.customer,
            tier: tier?,
            region: region?,
            channel: channel?,
            product: product?,
            language: language?,
            severity: self.severity,
            category: category?,
            kind: kind?,
            sentiment: self.sentiment,
            tags: tags?,
            attributes: attributes
                .map(|(name, value)| Some((words.unpack(name)?, value)))
                .collect::<Option<_>>()?,
            opened_at: self.opened_at,
            reopens: self.reopens,
            queue: queue?,
            state: self.state,
            signals: signals?,
            abstained: rare.abstained,
            incident: rare.incident,
        })
    }
}

impl Rare {
    fn pack(ticket: &Ticket, words: &mut Packer<'_>) -> Option<Box<Self>> {
        let features = &ticket.features;
        let rare = Self {
            corrected: ticket.corrected.clone(),
            awaits_information: ticket.awaits_information,
            signals: features.signals.iter().map(|key| words.pack(key)).collect(),
            abstained: features.abstained,
            incident: features.incident.clone(),
            last_agent: ticket.last_agent.clone(),
            meant_for: ticket.meant_for.clone(),
            offer: ticket.offer.clone(),
        };
        (rare != Self::default()).then(|| Box::new(rare))
    }
}

impl PackedRounds {
    fn pack(rounds: &Rounds, since: Since) -> Option<Self> {
        (*rounds != Rounds::default()).then(|| Self {
            number: rounds.number,
            began: since.pack_any(rounds.began_at),
            ended: since.pack_any(rounds.ended_at),
            ended_before: since.pack_any(rounds.ended_before_at),
        })
    }

    fn unpack(packed: Option<Self>, since: Since) -> Rounds {
        packed.map_or_else(Rounds::default, |packed| Rounds {
            number: packed.number,
            began_at: since.unpack_any(packed.began),
            ended_at: since.unpack_any(packed.ended),
            ended_before_at: since.unpack_any(packed.ended_before),
        })
    }
}

/// Instants as milliseconds since one that is known: small numbers, which take few bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Since(Timestamp);

impl Since {
    pub(crate) const fn pack(self, at: Timestamp) -> i64 {
        at.millis_since(self.0)
    }

    pub(crate) const fn unpack(self, ms: i64) -> Timestamp {
        self.0.plus_millis(ms)
    }

    fn pack_any(self, at: Option<Timestamp>) -> Option<i64> {
        at.map(|at| self.pack(at))
    }

    fn unpack_any(self, ms: Option<i64>) -> Option<Timestamp> {
        ms.map(|ms| self.unpack(ms))
    }
}
