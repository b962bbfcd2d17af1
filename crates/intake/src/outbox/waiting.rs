//! Since when the entries of the outbox wait, for operators.
//!
//! What an earlier process left waits since this one began: how long it was down, nobody can
//! tell by a clock that only knows how much time passed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use posthouse_runtime::metrics::Part;

/// Entries on disk by their places, and since when each of them waits.
#[derive(Debug)]
pub(super) struct Waiting {
    since: Mutex<BTreeMap<u64, Instant>>,
    oldest: Arc<Part>,
}

impl Waiting {
    /// Nothing waits so far; `oldest` shows how long the first has waited.
    pub(super) fn new(oldest: Arc<Part>) -> Self {
        Self {
            since: Mutex::default(),
            oldest,
        }
    }

    /// Entries have come to these places.
    pub(super) fn came(&self, places: impl IntoIterator<Item = u64>) {
        let now = Instant::now();
        let new = places.into_iter().map(|place| (place, now));
        self.change(|since| since.extend(new));
    }

    /// Those at these places are in the log.
    pub(super) fn left(&self, places: impl IntoIterator<Item = u64>) {
        self.change(|since| {
            for place in places {
                since.remove(&place);
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<u64, Instant>)) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut since);
        match since.first_key_value() {
            Some((_, first)) => self.oldest.grow_from(first.elapsed().as_secs_f64()),
            None => self.oldest.set(0.0),
        }
    }
}
