//! The message ids of the duplicate window.

use std::collections::{BTreeMap, VecDeque};

use posthouse_domain::Timestamp;

/// The message ids that are remembered, and the sequences of their messages.
#[derive(Default)]
pub(super) struct Ids {
    sequences: BTreeMap<String, u64>,
    /// In the order in which they came.
    ages: VecDeque<(Timestamp, String)>,
}

impl Ids {
    /// The sequence of the message with this id.
    pub(super) fn get(&self, id: &str) -> Option<u64> {
        self.sequences.get(id).copied()
    }

    /// Remembers an id that is not there.
    pub(super) fn insert(&mut self, id: &str, sequence: u64, now: Timestamp) {
        self.sequences.insert(id.to_owned(), sequence);
        self.ages.push_back((now, id.to_owned()));
    }

    /// Forgets one id before its time.
    pub(super) fn forget(&mut self, id: &str) {
        if self.sequences.remove(id).is_some() {
            self.ages.retain(|(_, known)| known != id);
        }
    }

    /// Forgets what came before `oldest`.
    pub(super) fn forget_before(&mut self, oldest: Timestamp) {
        while let Some((_, id)) = self.ages.pop_front_if(|(at, _)| *at < oldest) {
            self.sequences.remove(&id);
        }
    }
}
