//! The index: the sketches of the last tickets, by what their bands hold.
//!
//! Tickets whose sketches agree in a whole band are compared; the others are not looked at. Each
//! band of each ticket points to the ticket before that held the same, so the index is a map of
//! newest tickets and a chain from each to the older ones.
//!
//! # Invariants
//!
//! - It holds at most [`Window::tickets_max`] tickets, none older than [`Window::age_ms_max`]
//!   before the newest.
//! - A search looks at a bounded number of tickets, however many say the same.
//! - What it finds depends on what was put in and in which order, and on nothing else.

use std::collections::{HashMap, VecDeque};

use posthouse_domain::{TicketId, Timestamp};
use serde::{Deserialize, Serialize};

use super::sketch::{BANDS, Sketch};
use crate::limits::CHAIN_MAX;

/// How many tickets are kept, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Most tickets.
    pub tickets_max: usize,
    /// Longest time before the newest ticket, in milliseconds.
    pub age_ms_max: i64,
}

/// A ticket in the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The ticket.
    pub ticket: TicketId,
    /// Its number as people see it.
    pub number: String,
    /// When it was opened.
    pub at: Timestamp,
    /// What is left of its text.
    pub sketch: Sketch,
}

/// A ticket that has much in common with the one that was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The ticket.
    pub ticket: TicketId,
    /// Its number as people see it.
    pub number: String,
    /// How much of both texts is in common, in thousandths.
    pub score_permille: u16,
}

/// The last tickets, by what they say.
#[derive(Clone, Debug, Default)]
pub struct Index {
    slots: VecDeque<Slot>,
    /// The serial number of the first slot.
    first: u64,
    /// The newest ticket that holds this, by its serial number.
    newest: HashMap<u64, u64>,
}

#[derive(Clone, Debug)]
struct Slot {
    entry: Entry,
    /// For each band, the ticket before that held the same; its own number for none.
    before: [u64; BANDS],
}

impl Index {
    /// How many tickets it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Puts a ticket in, and takes those out that are beyond the window. Gives how many it took
    /// out: the oldest ones.
    pub fn insert(&mut self, entry: Entry, window: Window) -> usize {
        let serial = self.first + self.slots.len() as u64;
        let newest_at = entry.at;
        let mut before = [serial; BANDS];
        for (band, before) in entry.sketch.bands().zip(&mut before) {
            if let Some(older) = self.newest.insert(band, serial) {
                *before = older;
            }
        }
        self.slots.push_back(Slot { entry, before });
        let mut taken = 0;
        while self.slots.len() > window.tickets_max || self.is_stale(newest_at, window) {
            self.take_oldest();
            taken += 1;
        }
        taken
    }

    /// The tickets that have at least `least_permille` in common with `sketch`: the most alike
    /// first, of equals the newest.
    #[must_use]
    pub fn nearest(&self, sketch: &Sketch, least_permille: u16, limit: usize) -> Vec<Hit> {
        let mut hits: Vec<(u16, u64)> = self
            .candidates(sketch)
            .into_iter()
            .map(|serial| {
                (
                    self.entry(serial).sketch.resemblance_permille(sketch),
                    serial,
                )
            })
            .filter(|(score, _)| *score >= least_permille)
            .collect();
        hits.sort_unstable_by(|one, other| other.cmp(one));
        hits.truncate(limit);
        let hit = |(score_permille, serial)| {
            let entry = self.entry(serial);
            Hit {
                ticket: entry.ticket,
                number: entry.number.clone(),
                score_permille,
            }
        };
        hits.into_iter().map(hit).collect()
    }

    /// Tickets that agree with `sketch` in a band, each once.
    fn candidates(&self, sketch: &Sketch) -> Vec<u64> {
        let mut found = Vec::with_capacity(BANDS);
        for (band, number) in sketch.bands().zip(0_usize..) {
            let mut next = self.newest.get(&band).copied();
            for _ in 0..CHAIN_MAX {
                let Some(serial) = next.filter(|serial| *serial >= self.first) else {
                    break;
                };
                found.push(serial);
                let before = self.slot(serial).before[number];
                next = (before != serial).then_some(before);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn is_stale(&self, now: Timestamp, window: Window) -> bool {
        let oldest = self.slots.front();
        oldest.is_some_and(|slot| now.millis_since(slot.entry.at) > window.age_ms_max)
    }

    fn take_oldest(&mut self) {
        let Some(slot) = self.slots.pop_front() else {
            return;
        };
        for band in slot.entry.sketch.bands() {
            if self.newest.get(&band) == Some(&self.first) {
                self.newest.remove(&band);
            }
        }
        self.first += 1;
    }

    fn slot(&self, serial: u64) -> &Slot {
        let place = usize::try_from(serial - self.first).expect("it is a place among the slots");
        &self.slots[place]
    }

    fn entry(&self, serial: u64) -> &Entry {
        &self.slot(serial).entry
    }
}

#[cfg(test)]
mod tests {
    use posthouse_domain::ids::Uuid;

    use super::*;

    const WINDOW: Window = Window {
        tickets_max: 100,
        age_ms_max: 1_000,
    };

    fn entry(number: u32, at: i64, text: &str) -> Entry {
        Entry {
            ticket: TicketId(Uuid::from_u128(number.into())),
            number: format!("T-{number}"),
            at: Timestamp::from_millis(at),
            sketch: Sketch::of(&[text]).unwrap(),
        }
    }

    fn found(index: &Index, text: &str) -> Vec<String> {
        let sketch = Sketch::of(&[text]).unwrap();
        let hits = index.nearest(&sketch, 500, 3);
        hits.into_iter().map(|hit| hit.number).collect()
    }

    #[test]
    fn the_most_alike_come_first_and_of_equals_the_newest() {
        let mut index = Index::default();
        let text = "the data disk of our main shop is full and orders fail since noon";
        let other = "the data disk of our main shop is full and orders fail since the morning";
        for (number, text) in [
            (1, text),
            (2, "invoice for march is missing a line"),
            (3, other),
        ] {
            assert_eq!(index.insert(entry(number, 0, text), WINDOW), 0);
        }
        index.insert(entry(4, 0, text), WINDOW);
        assert_eq!(found(&index, text), ["T-4", "T-1", "T-3"]);
        assert_eq!(found(&index, "my cat walks over the keyboard"), [""; 0]);
    }

    #[test]
    fn what_is_too_old_or_too_much_is_forgotten() {
        let mut index = Index::default();
        let text = "the data disk is full";
        index.insert(entry(1, 0, text), WINDOW);
        index.insert(entry(2, 900, text), WINDOW);
        assert_eq!(index.insert(entry(3, 1_001, text), WINDOW), 1);
        assert_eq!(found(&index, text), ["T-3", "T-2"]);
        let few = Window {
            tickets_max: 1,
            ..WINDOW
        };
        assert_eq!(index.insert(entry(4, 1_002, text), few), 2);
        assert_eq!(
            (index.len(), found(&index, text)),
            (1, vec!["T-4".to_owned()])
        );
        assert_eq!(index.newest.len(), BANDS, "nothing is left of the others");
    }

    #[test]
    fn a_flood_of_one_text_costs_no_more_than_a_few() {
        let mut index = Index::default();
        let text = "the data disk is full";
        for number in 0..100 {
            index.insert(entry(number, 0, text), WINDOW);
        }
        let sketch = Sketch::of(&[text]).unwrap();
        assert!(index.candidates(&sketch).len() <= CHAIN_MAX * BANDS);
        assert_eq!(found(&index, text), ["T-99", "T-98", "T-97"]);
    }
}
