//! Which places of n-grams a model knows, and the row of weights of each.
//!
//! A set of places as bits, and for each 512 bits how many are set before them: the row of a
//! place is the number of known places below it. That needs an eighth of a byte for a place and
//! no key for an n-gram, is read where it lies in the artefact's bytes, and fits the cache.

use crate::limits::PLACES_LOG2;
use crate::number::{narrow, wide};

/// Places that one rank covers.
const PLACES_PER_RANK: usize = 512;
/// Bytes of the bits of all places.
const BITS_BYTES: usize = (1 << PLACES_LOG2) / 8;
/// Bytes of all ranks, four each, little-endian.
const RANKS_BYTES: usize = (1 << PLACES_LOG2) / PLACES_PER_RANK * 4;

/// Bytes of a set of places: the bits, then the ranks.
pub(crate) const BYTES: usize = BITS_BYTES + RANKS_BYTES;

/// A set of places within the bytes of an artefact.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places<'b> {
    bits: &'b [u8],
    ranks: &'b [u8],
}

impl<'b> Places<'b> {
    /// Reads [`BYTES`] bytes.
    pub(crate) fn of(bytes: &'b [u8]) -> Self {
        let (bits, ranks) = bytes.split_at(BITS_BYTES);
        Self { bits, ranks }
    }

    /// The row of a place, if it is known.
    pub(crate) fn row(&self, place: u32) -> Option<u32> {
        let place = wide(place);
        let word = place / 64;
        let bit = 1_u64 << (place % 64);
        let here = word_at(self.bits, word);
        if here & bit == 0 {
            return None;
        }
        let rank = place / PLACES_PER_RANK;
        let before: u32 = (rank * (PLACES_PER_RANK / 64)..word)
            .map(|word| word_at(self.bits, word).count_ones())
            .sum();
        Some(rank_at(self.ranks, rank) + before + (here & (bit - 1)).count_ones())
    }

    /// How many places are known.
    pub(crate) fn count(&self) -> usize {
        (0..BITS_BYTES / 8)
            .map(|word| wide(word_at(self.bits, word).count_ones()))
            .sum()
    }

    /// Whether each rank is the number of bits before it.
    pub(crate) fn is_sound(&self) -> bool {
        let mut before = 0;
        (0..RANKS_BYTES / 4).all(|rank| {
            let told = rank_at(self.ranks, rank);
            let is_so = told == before;
            let words = rank * (PLACES_PER_RANK / 64)..(rank + 1) * (PLACES_PER_RANK / 64);
            before += words
                .map(|word| word_at(self.bits, word).count_ones())
                .sum::<u32>();
            is_so
        })
    }
}

/// The bytes of a set of the places for which `is_known` holds.
pub(crate) fn build(is_known: impl Fn(u32) -> bool) -> Vec<u8> {
    let mut bytes = vec![0_u8; BITS_BYTES];
    for place in 0..1_u32 << PLACES_LOG2 {
        if is_known(place) {
            bytes[wide(place) / 8] |= 1 << (place % 8);
        }
    }
    let mut before = 0_u32;
    let mut ranks = Vec::with_capacity(RANKS_BYTES);
    for chunk in bytes.chunks_exact(PLACES_PER_RANK / 8) {
        ranks.extend_from_slice(&before.to_le_bytes());
        before += chunk.iter().map(|byte| byte.count_ones()).sum::<u32>();
    }
    bytes.extend_from_slice(&ranks);
    debug_assert_eq!(bytes.len(), BYTES);
    debug_assert!(before <= narrow(1 << PLACES_LOG2));
    bytes
}

fn word_at(bits: &[u8], word: usize) -> u64 {
    let bytes = bits[word * 8..word * 8 + 8].try_into();
    u64::from_le_bytes(bytes.expect("eight bytes"))
}

fn rank_at(ranks: &[u8], rank: usize) -> u32 {
    let bytes = ranks[rank * 4..rank * 4 + 4].try_into();
    u32::from_le_bytes(bytes.expect("four bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_in_order_of_places() {
        let known = [0, 1, 63, 64, 511, 512, 70_000, (1 << PLACES_LOG2) - 1];
        let bytes = build(|place| known.contains(&place));
        let places = Places::of(&bytes);
        assert_eq!(places.count(), known.len());
        assert!(places.is_sound());
        for (row, place) in (0..).zip(known) {
            assert_eq!(places.row(place), Some(row), "{place}");
        }
        for place in [2, 62, 65, 510, 513, 69_999, 70_001] {
            assert_eq!(places.row(place), None, "{place}");
        }
    }
}
