//! The window: the tickets of the last minutes that are part of no storm, and their tallies.

use std::collections::BTreeMap;

use posthouse_domain::{FactId, TicketId, Timestamp};
use serde::{Deserialize, Serialize};

use super::Key;
use super::tally::Tally;
use crate::limits::{ECHOES_COMPARED_MAX, WINDOW_TICKETS_MAX};
use crate::similar::Sketch;

/// A ticket, as storms see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The ticket.
    pub ticket: TicketId,
    /// Its number as people see it.
    pub number: String,
    /// The fact that labelled it: what follows for this ticket follows from that.
    pub cause: FactId,
    /// When the log of its partition stored it.
    pub at: Timestamp,
    /// The customer, as a number that is equal for equal keys.
    pub customer: u64,
    /// What it is about.
    pub keys: Vec<Key>,
    /// Its kind: a key of the taxonomy.
    pub kind: String,
    /// What is left of its text; `None` when it says too little to be compared.
    pub sketch: Option<Sketch>,
}

/// A ticket in the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Voice {
    pub(super) heard: Heard,
    /// Whether it is of a kind that can start a storm.
    pub(super) counts: bool,
    /// Whether it repeats what another customer wrote.
    is_echo: bool,
}

/// The place of a ticket in the window: its time, then its identity.
pub(super) type Place = (Timestamp, TicketId);

/// The tickets of the last minutes that are part of no storm.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    voices: BTreeMap<Place, Voice>,
    tallies: BTreeMap<Key, Tally>,
    all: Tally,
}

impl Heard {
    /// The place of the provider that it names.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.keys.iter().find_map(|key| match key {
            Key::Place(place) => Some(place.as_str()),
            _ => None,
        })
    }

    pub(super) fn window_place(&self) -> Place {
        (self.at, self.ticket)
    }
}

impl Voice {
    /// How often it counts: twice when it repeats what another customer wrote.
    pub(super) fn weight(&self) -> u64 {
        1 + u64::from(self.is_echo)
    }
}

impl Window {
    /// Takes a ticket in. Gives its place.
    pub(super) fn insert(&mut self, heard: Heard, counts: bool, least_permille: u16) -> Place {
        let is_echo = counts && self.is_echo(&heard, least_permille);
        self.restore(Voice {
            heard,
            counts,
            is_echo,
        })
    }

    /// Takes a ticket in as it was before.
    pub(super) fn restore(&mut self, voice: Voice) -> Place {
        let place = voice.heard.window_place();
        if voice.counts {
            let (customer, is_echo) = (voice.heard.customer, voice.is_echo);
            self.all.add(customer, is_echo);
            for key in &voice.heard.keys {
                let tally = self.tallies.entry(key.clone()).or_default();
                tally.add(customer, is_echo);
            }
        }
        self.voices.insert(place, voice);
        place
    }

    /// Takes a ticket out.
    pub(super) fn remove(&mut self, place: Place) -> Option<Voice> {
        let voice = self.voices.remove(&place)?;
        if voice.counts {
            let (customer, is_echo) = (voice.heard.customer, voice.is_echo);
            self.all.remove(customer, is_echo);
            for key in &voice.heard.keys {
                if let Some(tally) = self.tallies.get_mut(key) {
                    tally.remove(customer, is_echo);
                    if tally.is_empty() {
                        self.tallies.remove(key);
                    }
                }
            }
        }
        Some(voice)
    }

    /// Takes the oldest ticket out that came at or before `until`, or that is one too many.
    pub(super) fn leave(&mut self, until: Timestamp) -> Option<Voice> {
        let (oldest, _) = self.voices.first_key_value()?;
        let leaves = oldest.0 <= until || self.voices.len() > WINDOW_TICKETS_MAX;
        let place = *oldest;
        leaves.then(|| self.remove(place)).flatten()
    }

    pub(super) fn len(&self) -> usize {
        self.voices.len()
    }

    pub(super) fn get(&self, place: Place) -> Option<&Voice> {
        self.voices.get(&place)
    }

    /// The tickets, the newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Voice> {
        self.voices.values().rev()
    }

    pub(super) fn tally(&self, key: &Key) -> Option<&Tally> {
        self.tallies.get(key)
    }

    /// How strong everything is but `key`.
    pub(super) fn others(&self, key: &Key) -> usize {
        let own = self.tally(key).map_or(0, Tally::strength);
        self.all.strength().saturating_sub(own)
    }

    /// The place that most tickets of `key` name, when they agree.
    pub(super) fn place_of(&self, key: &Key) -> Option<String> {
        let mut named: BTreeMap<&str, u32> = BTreeMap::new();
        for voice in self.voices.values().filter(|voice| voice.counts) {
            if let Some(place) = voice
                .heard
                .place()
                .filter(|_| voice.heard.keys.contains(key))
            {
                *named.entry(place).or_default() += 1;
            }
        }
        agreed(&named).map(ToOwned::to_owned)
    }

    fn is_echo(&self, heard: &Heard, least_permille: u16) -> bool {
        let Some(sketch) = &heard.sketch else {
            return false;
        };
        let others = self
            .newest()
            .filter(|voice| voice.counts && voice.heard.customer != heard.customer);
        let mut sketches = others.filter_map(|voice| voice.heard.sketch.as_ref());
        let compared = sketches.by_ref().take(ECHOES_COMPARED_MAX);
        compared
            .map(|other| other.resemblance_permille(sketch))
            .any(|score| score >= least_permille)
    }
}

/// The place that at least three tickets name, and three of five of those that name any.
pub(super) fn agreed<K: Copy + Ord>(named: &BTreeMap<K, u32>) -> Option<K> {
    let all: u32 = named.values().sum();
    let most = named.iter().max_by_key(|(_, count)| **count)?;
    (*most.1 >= 3 && 5 * most.1 >= 3 * all).then_some(*most.0)
}
