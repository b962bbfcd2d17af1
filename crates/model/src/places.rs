//! Which places of n-grams a model knows, and the row of weights of each.
//!
//! A set of places as bits. Beside each 64 of them stands how many are set before them: the row of
//! a place is the number of known places below it. That needs no key for an n-gram, is read where
//! it lies in the artefact's bytes, and one look-up touches one line of the cache.

use crate::limits::PLACES_LOG2;
use crate::number::wide;

/// Places that share a rank.
const PLACES_PER_CELL: usize = 64;
/// Bytes of a cell: the bits of its places, then its rank, both little-endian.
const CELL_BYTES: usize = 8 + 4;
/// How many cells there are.
const CELLS: usize = (1 << PLACES_LOG2) / PLACES_PER_CELL;

/// Bytes of a set of places.
pub(crate) const BYTES: usize = CELLS * CELL_BYTES;

/// A set of places within the bytes of an artefact.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places<'b> {
    cells: &'b [u8],
}

impl<'b> Places<'b> {
    /// Reads [`BYTES`] bytes.
    pub(crate) const fn of(cells: &'b [u8]) -> Self {
        Self { cells }
    }

    /// The row of a place, if it is known.
    pub(crate) fn row(&self, place: u32) -> Option<u32> {
        let cell = self.cell(wide(place) / PLACES_PER_CELL);
        let bits = bits(cell);
        let bit = 1_u64 << (place % 64);
        (bits & bit != 0).then(|| rank(cell) + (bits & (bit - 1)).count_ones())
    }

    /// How many places are known, if each rank is the number of places before it.
    pub(crate) fn count(&self) -> Option<usize> {
        let mut before = 0;
        for cell in (0..CELLS).map(|cell| self.cell(cell)) {
            if rank(cell) != before {
                return None;
            }
            before += bits(cell).count_ones();
        }
        Some(wide(before))
    }

    fn cell(&self, cell: usize) -> &'b [u8] {
        &self.cells[cell * CELL_BYTES..(cell + 1) * CELL_BYTES]
    }
}

fn bits(cell: &[u8]) -> u64 {
    u64::from_le_bytes(cell[..8].try_into().expect("eight bytes"))
}

fn rank(cell: &[u8]) -> u32 {
    u32::from_le_bytes(cell[8..CELL_BYTES].try_into().expect("four bytes"))
}

/// The bytes of a set of the places for which `is_known` holds.
pub(crate) fn build(is_known: impl Fn(u32) -> bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BYTES);
    let mut before = 0_u32;
    for first in (0..1_u32 << PLACES_LOG2).step_by(PLACES_PER_CELL) {
        let mut bits = 0_u64;
        for place in first..first + 64 {
            if is_known(place) {
                bits |= 1 << (place % 64);
            }
        }
        bytes.extend_from_slice(&bits.to_le_bytes());
        bytes.extend_from_slice(&before.to_le_bytes());
        before += bits.count_ones();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_in_order_of_places() {
        let known = [0, 1, 63, 64, 511, 512, 70_000, (1 << PLACES_LOG2) - 1];
        let bytes = build(|place| known.contains(&place));
        let places = Places::of(&bytes);
        assert_eq!(bytes.len(), BYTES);
        assert_eq!(places.count(), Some(known.len()));
        for (row, place) in (0..).zip(known) {
            assert_eq!(places.row(place), Some(row), "{place}");
        }
        for place in [2, 62, 65, 510, 513, 69_999, 70_001] {
            assert_eq!(places.row(place), None, "{place}");
        }
    }
}
