//! Bags: the n-grams of a text that a model knows, each with its value.
//!
//! The value is `(1 + ln count) * idf`, and each block is brought to length one. An n-gram that
//! the model does not know has no row, but counts in the length as one of the rarest: a text of
//! which little is known speaks with a low voice. That is what tells texts from outside best, and
//! it makes the answers of training (to rows whose n-grams are all known) like those of later.

use crate::fold::Folded;
use crate::grams::{self, BLOCKS, Block, Gram, PER_CHAR_MAX};
use crate::number::{real, single, wide};
use crate::places::Places;
use crate::text::Text;

/// An inverse document frequency is kept in steps of a sixteenth, in one byte.
const IDF_STEPS: f64 = 16.0;

/// An n-gram that the model knows, in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Feature {
    /// Its row of weights.
    pub(crate) row: u32,
    /// What it counts.
    pub(crate) value: f32,
}

/// Reusable memory for reading texts: with it, reading one allocates next to nothing.
#[derive(Debug, Default)]
pub struct Scratch {
    folded: Folded,
    /// An open-addressed table: row plus one, and its place in `found`.
    slots: Vec<(u32, u32)>,
    found: Vec<Found>,
    pub(crate) features: Vec<Feature>,
    pub(crate) sums: Vec<f32>,
}

#[derive(Clone, Copy, Debug)]
struct Found {
    row: u32,
    count: u32,
    block: Block,
}

impl Scratch {
    /// The folded form of the text that was read last.
    pub(crate) const fn folded(&self) -> &Folded {
        &self.folded
    }

    /// Reads a text into `features`, in the order in which their n-grams first occur.
    pub(crate) fn read(&mut self, text: &Text<'_>, places: Places<'_>, idf: &[u8]) {
        self.folded.read(text);
        let unknown = self.count(places);
        self.weigh(idf, unknown);
    }

    /// Counts known n-grams by row, and unknown ones by block.
    fn count(&mut self, places: Places<'_>) -> [usize; BLOCKS] {
        let mut unknown = [0; BLOCKS];
        self.found.clear();
        let slots = (self.folded.chars.len() * PER_CHAR_MAX + 1).next_power_of_two();
        self.slots.clear();
        self.slots.resize(slots, (0, 0));
        let (slots, found) = (&mut self.slots, &mut self.found);
        grams::visit(&self.folded, |gram| match places.row(gram.place) {
            Some(row) => add(slots, found, row, gram.block),
            None => unknown[gram.block as usize] += 1,
        });
        unknown
    }

    fn weigh(&mut self, idf: &[u8], unknown: [usize; BLOCKS]) {
        let rarest = idf.iter().copied().max().map_or(1.0, idf_of);
        let mut squares = unknown.map(|count| real(count) * rarest * rarest);
        self.features.clear();
        for found in &self.found {
            let value = damped(found.count) * idf_of(idf[wide(found.row)]);
            squares[found.block as usize] += value * value;
            self.features.push(Feature {
                row: found.row,
                value: single(value),
            });
        }
        let lengths = squares.map(|sum| single(1.0 / libm::sqrt(sum.max(f64::MIN_POSITIVE))));
        for (feature, found) in self.features.iter_mut().zip(&self.found) {
            feature.value *= lengths[found.block as usize];
        }
    }
}

/// Counts an occurrence. The table has more slots than a text can have n-grams.
fn add(slots: &mut [(u32, u32)], found: &mut Vec<Found>, row: u32, block: Block) {
    let mask = slots.len() - 1;
    let mut at = (wide(row).wrapping_mul(0x9e37_79b1) >> 7) & mask;
    loop {
        let (key, index) = slots[at];
        if key == row + 1 {
            found[wide(index)].count += 1;
            return;
        }
        if key == 0 {
            slots[at] = (row + 1, crate::number::narrow(found.len()));
            found.push(Found {
                row,
                count: 1,
                block,
            });
            return;
        }
        at = (at + 1) & mask;
    }
}

/// The occurrences of the n-grams of a row in the text that was read last.
pub(crate) fn occurrences(folded: &Folded, places: Places<'_>, mut visit: impl FnMut(u32, Gram)) {
    grams::visit(folded, |gram| {
        if let Some(row) = places.row(gram.place) {
            visit(row, gram);
        }
    });
}

/// `1 + ln count`: the tenth time a word is said adds less than the second.
fn damped(count: u32) -> f64 {
    if count == 1 {
        1.0
    } else {
        1.0 + libm::log(f64::from(count))
    }
}

/// The byte in which the inverse document frequency of an n-gram is kept that `with` of `rows`
/// texts have.
pub(crate) fn idf_code(rows: usize, with: u32) -> u8 {
    let idf = 1.0 + libm::log((1.0 + real(rows)) / (1.0 + f64::from(with)));
    crate::number::code(idf * IDF_STEPS)
}

fn idf_of(code: u8) -> f64 {
    f64::from(code) / IDF_STEPS
}
