//! What is usual: how many tickets of a key come in a window when there is no storm.
//!
//! An exponentially weighted average over windows: each moves the average towards its count by
//! one part in [`Usual::memory`]. It begins at nothing, so it is divided by the weight of what
//! it has seen (as in Kingma and Ba, *Adam*, 2015, section 3): after one window it is that
//! window's count.
//!
//! Tickets are counted when they leave the window, and folded ones never are: a storm does not
//! become usual while it lasts.
//!
//! All numbers are millionths of a ticket per window, whole numbers, so that they are the same
//! on every machine.

use std::collections::BTreeMap;

use posthouse_domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::Key;
use crate::limits::KEYS_MAX;

/// One ticket.
pub(super) const ONE: u64 = 1_000_000;
/// The share of a key of which nothing is known is one in so many. It weighs as much as so many
/// tickets, and is soon outweighed; until then, a third of everything is no storm.
const KEYS_ASSUMED: u64 = 3;
/// The fixed point of powers: 32 bits behind it.
const FIXED: u32 = 32;

/// The averages of all keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Usual {
    pub(super) keys: BTreeMap<Key, Level>,
    pub(super) whole: Whole,
}

/// What holds for all keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Whole {
    /// The length of a window, in milliseconds.
    window_ms: i64,
    /// How many windows the average reaches back.
    memory: u64,
    /// The first window that was seen whole.
    since: Option<i64>,
    /// All tickets.
    level: Level,
}

/// The average of one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Level {
    average: u64,
    /// What came in the window that is not over yet.
    count: u64,
    /// Which window that is.
    window: i64,
}

/// What is expected of a key, in millionths of a ticket per window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    /// By what is usual for it.
    pub(super) usual: u64,
    /// By its usual share of what else comes now.
    pub(super) share: u64,
}

impl Usual {
    /// Goes by windows and a memory of these lengths, in milliseconds. Others than before begin
    /// anew: averages over other windows say nothing. Gives the keys that were forgotten so.
    pub(super) fn set(&mut self, window_ms: i64, memory_ms: i64) -> Vec<Key> {
        let window_ms = window_ms.max(1);
        let memory = u64::try_from(memory_ms / window_ms).unwrap_or(1).max(1);
        if (self.whole.window_ms, self.whole.memory) == (window_ms, memory) {
            return Vec::new();
        }
        self.whole = Whole {
            window_ms,
            memory,
            ..Whole::default()
        };
        std::mem::take(&mut self.keys).into_keys().collect()
    }

    /// From the next window on, what does not come is seen not to come: of this one a part is
    /// over already.
    pub(super) fn begin(&mut self, now: Timestamp) {
        let window = self.window(now);
        self.whole.since.get_or_insert(window + 1);
    }

    /// A ticket of these keys came at `at` and was part of no storm; it counts `weight` times, as
    /// in a storm. Gives the keys that were forgotten for it, because there are too many.
    pub(super) fn note(&mut self, keys: &[Key], at: Timestamp, weight: u64) -> Vec<Key> {
        let (window, memory) = (self.window(at), self.whole.memory);
        if self.whole.since.is_some_and(|since| window < since) {
            return Vec::new();
        }
        self.whole.level.count_in(window, memory, weight);
        for key in keys {
            let level = self.keys.entry(key.clone()).or_default();
            level.count_in(window, memory, weight);
        }
        let mut forgotten = Vec::new();
        while self.keys.len() > KEYS_MAX {
            // Whatever came least, and of equals the first by name.
            let least = self
                .keys
                .iter()
                .min_by_key(|(key, level)| (level.average, level.count, *key));
            let Some(key) = least.map(|(key, _)| key.clone()) else {
                break;
            };
            self.keys.remove(&key);
            forgotten.push(key);
        }
        forgotten
    }

    /// What is expected of `key` in a window that began at `start`, when `others` tickets of
    /// other keys came in it.
    pub(super) fn expected(&self, key: &Key, others: usize, start: Timestamp) -> Expected {
        let window = self.window(start);
        let of =
            |level: Option<&Level>| level.map_or(0, |level| level.at(window, self.whole.memory));
        let (own, all) = (of(self.keys.get(key)), of(Some(&self.whole.level)));
        let usual = self.unbiased(own, window);
        let all = self.unbiased(all, window).max(usual);
        // What one ticket is to an average over the windows that were seen.
        let one = ONE / self.seen(window).clamp(1, self.whole.memory.max(1));
        let of_others = u128::from(all - usual + (KEYS_ASSUMED - 1) * one).max(1);
        let share = u128::from(usual + one) * (others as u128) * u128::from(ONE) / of_others;
        Expected {
            usual,
            share: u64::try_from(share).unwrap_or(u64::MAX),
        }
    }

    /// An average, divided by the weight of what it has seen.
    fn unbiased(&self, average: u64, window: i64) -> u64 {
        let weight = (1 << FIXED) - kept(self.whole.memory, self.seen(window));
        if weight == 0 {
            return 0;
        }
        let corrected = (u128::from(average) << FIXED) / u128::from(weight);
        u64::try_from(corrected).unwrap_or(u64::MAX)
    }

    /// How many whole windows were seen before this one.
    fn seen(&self, window: i64) -> u64 {
        let since = self.whole.since.unwrap_or(window);
        u64::try_from(window - since).unwrap_or(0)
    }

    fn window(&self, at: Timestamp) -> i64 {
        at.as_millis().div_euclid(self.whole.window_ms.max(1))
    }
}

impl Level {
    fn count_in(&mut self, window: i64, memory: u64, weight: u64) {
        if self.average == 0 && self.count == 0 {
            self.window = window;
        }
        self.average = self.at(window, memory);
        if window > self.window {
            self.count = 0;
            self.window = window;
        }
        self.count += weight;
    }

    /// The average when `window` has begun.
    fn at(&self, window: i64, memory: u64) -> u64 {
        let Some(passed) = u64::try_from(window - self.window)
            .ok()
            .filter(|passed| *passed > 0)
        else {
            return self.average;
        };
        // The window that ended, then those in which nothing came.
        let counted = u128::from(self.count) * u128::from(ONE);
        let ended =
            (u128::from(self.average) * u128::from(memory - 1) + counted) / u128::from(memory);
        let left = (ended * u128::from(kept(memory, passed - 1))) >> FIXED;
        u64::try_from(left).unwrap_or(u64::MAX)
    }
}

/// What is left of an average after so many windows without a ticket: `(1 - 1/memory)^windows`,
/// with [`FIXED`] bits behind the point.
fn kept(memory: u64, windows: u64) -> u64 {
    let memory = memory.max(1);
    let mut base = ((memory - 1) << FIXED) / memory;
    let mut left = windows;
    let mut product: u64 = 1 << FIXED;
    while left > 0 {
        if left & 1 == 1 {
            product = multiply(product, base);
        }
        base = multiply(base, base);
        left >>= 1;
    }
    product
}

/// The product of two fixed-point numbers of at most one.
fn multiply(one: u64, other: u64) -> u64 {
    let product = (u128::from(one) * u128::from(other)) >> FIXED;
    u64::try_from(product).expect("a product of parts is a part")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: i64 = 300_000;

    fn key(name: &str) -> Key {
        Key::Category(name.to_owned())
    }

    fn usual() -> Usual {
        let mut usual = Usual::default();
        usual.set(WINDOW, 72 * WINDOW);
        usual
    }

    #[test]
    fn other_windows_begin_anew() {
        let mut usual = usual();
        usual.note(&[key("a")], at(0), 1);
        assert_eq!(usual.set(WINDOW, 72 * WINDOW), []);
        assert_eq!(usual.set(2 * WINDOW, 72 * WINDOW), [key("a")]);
        assert_eq!(usual.whole.level, Level::default());
    }

    fn at(window: i64) -> Timestamp {
        Timestamp::from_millis(window * WINDOW)
    }

    #[test]
    fn a_steady_rate_is_its_own_average_from_the_first_window_on() {
        let mut usual = usual();
        usual.begin(at(-1));
        for window in 0..500 {
            for _ in 0..6 {
                usual.note(&[key("a")], at(window), 1);
            }
            let expected = usual.expected(&key("a"), 0, at(window + 1)).usual;
            assert!(
                expected.abs_diff(6 * ONE) < ONE / 100,
                "{window}: {expected}"
            );
        }
        let later = usual.expected(&key("a"), 0, at(500 + 72)).usual;
        assert!(
            later.abs_diff(6 * ONE * 368 / 1_000) < ONE / 20,
            "a part in e is left: {later}"
        );
    }

    #[test]
    fn nothing_is_expected_of_what_never_came_but_its_share() {
        let mut usual = usual();
        usual.begin(at(-1));
        assert_eq!(
            usual.expected(&key("a"), 70, at(0)),
            Expected {
                usual: 0,
                share: 35 * ONE
            }
        );
        for window in 0..100 {
            for _ in 0..90 {
                usual.note(&[key("b")], at(window), 1);
            }
            for _ in 0..10 {
                usual.note(&[key("a")], at(window), 1);
            }
        }
        let share = usual.expected(&key("a"), 900, at(100)).share;
        assert!(share.abs_diff(100 * ONE) < ONE, "ten to ninety: {share}");
    }

    #[test]
    fn keys_that_come_least_are_forgotten() {
        let mut usual = usual();
        usual.note(&[key("kept")], at(0), 1);
        usual.note(&[key("kept")], at(0), 1);
        let mut forgotten = 0;
        for number in 0..2 * KEYS_MAX {
            forgotten += usual.note(&[key(&number.to_string())], at(0), 1).len();
        }
        assert_eq!((usual.keys.len(), forgotten), (KEYS_MAX, KEYS_MAX + 1));
        assert!(usual.keys.contains_key(&key("kept")));
    }
}
