//! The one source of chance: everything that a run draws follows from its seed.
//!
//! Who draws for a purpose of its own takes dice of its own by [`Dice::of`], so that one more
//! draw here does not change what is drawn there.

use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A seeded generator.
#[derive(Debug)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of a seed for a purpose.
    pub(crate) fn of(seed: u64, purpose: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_be_bytes());
        hash.update(purpose.as_bytes());
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// A number below `end`; 0 when `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // The bias is of no interest below 2^32.
        let drawn = self.0.next_u64();
        drawn.checked_rem(end).unwrap_or(0)
    }

    /// A number from `from` to `to`, both included.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to.saturating_sub(from) + 1)
    }

    /// A span from `from` to `to` milliseconds.
    pub(crate) fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(self.between(from, to))
    }

    /// Whether something happens that happens so often in a thousand times.
    pub(crate) fn strikes(&mut self, per_mille: u64) -> bool {
        per_mille > 0 && self.below(1_000) < per_mille
    }

    /// One of several.
    ///
    /// # Panics
    ///
    /// When there are none.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.index(from.len())]
    }

    /// A place in something of this length.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        let drawn = self.below(u64::try_from(len).unwrap_or(u64::MAX));
        usize::try_from(drawn).unwrap_or(0)
    }

    /// Some bytes.
    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_purpose_say_everything() {
        let draw = |seed, purpose| Dice::of(seed, purpose).bytes(16);
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
    }

    #[test]
    fn what_never_strikes_never_strikes() {
        let mut dice = Dice::of(7, "");
        assert!((0..10_000).all(|_| !dice.strikes(0)));
        assert!((0..10_000).all(|_| dice.strikes(1_000)));
        let struck = (0..10_000).filter(|_| dice.strikes(100)).count();
        assert!((800..1_200).contains(&struck), "{struck}");
    }
}
