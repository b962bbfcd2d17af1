//! Sketches: 64 numbers by which one sees how much two texts have in common.
//!
//! MinHash (Broder, *On the resemblance and containment of documents*, 1997): under a random
//! order of all shingles, the probability that two texts have the same first one is their
//! resemblance: what they have in common, divided by what they have together. So the share of
//! [`SIZE`] orders in which they agree estimates it, with a standard error of at most 0.063.
//!
//! Of each first shingle 16 bits are kept; two different ones agree in them once in 65,536 times.

use serde::{Deserialize, Serialize};

use super::shingles::shingles;
use crate::fold::fold_into;
use crate::limits::{SHINGLES_MIN, SIMILAR_TEXT_BYTES_MAX};

/// Numbers of a sketch.
pub(super) const SIZE: usize = 64;
/// Numbers of one band: texts of which a whole band agrees are compared. Of two texts with a
/// resemblance of 0.6 one band agrees in 99.4 of a hundred cases, with 0.1 in two.
const BAND_SIZE: usize = 3;
/// Bands of a sketch; the one number that is left over only counts when sketches are compared.
pub(super) const BANDS: usize = SIZE / BAND_SIZE;

/// The orders: each shingle's place in the i-th is `FACTORS[i] * shingle + OFFSETS[i]`.
const FACTORS: [u32; SIZE] = numbers(1, 1);
const OFFSETS: [u32; SIZE] = numbers(2, 0);

/// What is left of a text to compare it by. The text cannot be had back from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sketch(Vec<u16>);

impl Sketch {
    /// The sketch of a ticket's text; `None` when it says too little to be compared.
    ///
    /// Only the first [`SIMILAR_TEXT_BYTES_MAX`] bytes of each part count.
    #[must_use]
    pub fn of(parts: &[&str]) -> Option<Self> {
        let mut folded = String::new();
        for part in parts {
            fold_into(head(part), &mut folded);
            folded.push('\n');
        }
        let mut found = Vec::new();
        shingles(&folded, &mut found);
        if found.len() < SHINGLES_MIN {
            return None;
        }
        let mut firsts = [u32::MAX; SIZE];
        for shingle in found {
            for ((first, factor), offset) in firsts.iter_mut().zip(&FACTORS).zip(&OFFSETS) {
                let place = factor.wrapping_mul(shingle).wrapping_add(*offset);
                *first = place.min(*first);
            }
        }
        Some(Self(firsts.iter().map(|first| half(*first)).collect()))
    }

    /// How much two texts have in common, in thousandths of what they have together.
    #[must_use]
    pub fn resemblance_permille(&self, other: &Self) -> u16 {
        let both = self.0.iter().zip(&other.0);
        let agreeing = both.filter(|(one, other)| one == other).count();
        u16::try_from(1_000 * agreeing / SIZE).expect("at most all agree")
    }

    /// What each band holds, told apart from the other bands.
    pub(super) fn bands(&self) -> impl Iterator<Item = u64> {
        let bands = self.0.chunks_exact(BAND_SIZE).take(BANDS).zip(0_u64..);
        bands.map(|(band, number)| {
            let held = band
                .iter()
                .fold(0, |held, part| held << 16 | u64::from(*part));
            number << 48 | held
        })
    }
}

/// The start of a text, at most [`SIMILAR_TEXT_BYTES_MAX`] bytes of it.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(SIMILAR_TEXT_BYTES_MAX)]
}

/// Sixteen bits of a number, all of its bits stirred in.
const fn half(number: u32) -> u16 {
    let stirred = (number ^ (number >> 15)).wrapping_mul(0x9e37_79b1);
    let [high, low, ..] = stirred.to_be_bytes();
    u16::from_be_bytes([high, low])
}

/// Numbers that look random (SplitMix64), the same for ever; `or` is set in each.
const fn numbers(seed: u64, or: u32) -> [u32; SIZE] {
    let mut numbers = [0; SIZE];
    let mut state = seed.wrapping_mul(0x5851_f42d_4c95_7f2d);
    let mut i = 0;
    while i < SIZE {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let [a, b, c, d, ..] = (mixed ^ (mixed >> 31)).to_be_bytes();
        numbers[i] = u32::from_be_bytes([a, b, c, d]) | or;
        i += 1;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(text: &str) -> Sketch {
        Sketch::of(&[text]).unwrap()
    }

    #[test]
    fn resemblance_is_what_texts_have_in_common() {
        let words = |from: u32, to: u32| {
            let word = |n: u32| char::from_u32(0x4e00 + 7 * n).unwrap().to_string();
            (from..to).map(word).collect::<Vec<_>>().join("")
        };
        // 200 of 300 characters in common, so 399 of 599 shingles but for the seam.
        let found = sketch(&words(0, 250)).resemblance_permille(&sketch(&words(50, 300)));
        assert!((540..=790).contains(&found), "{found}");
        let found = sketch(&words(0, 200)).resemblance_permille(&sketch(&words(500, 700)));
        assert!(found <= 32, "{found}");
        assert_eq!(
            sketch("a b c d").resemblance_permille(&sketch("A  b, c d")),
            1_000
        );
    }

    #[test]
    fn texts_that_say_too_little_have_none() {
        for text in ["", "?", "help", "123 456", "在吗"] {
            assert_eq!(Sketch::of(&[text]), None, "{text}");
        }
    }

    #[test]
    fn bands_are_told_apart() {
        let bands: Vec<u64> = sketch("the server is down again").bands().collect();
        assert_eq!(bands.len(), BANDS);
        let numbers: Vec<u64> = bands.iter().map(|band| band >> 48).collect();
        assert_eq!(numbers, (0..21).collect::<Vec<_>>());
    }

    #[test]
    fn no_text_is_cut_within_a_character() {
        let text = "字".repeat(SIMILAR_TEXT_BYTES_MAX);
        assert!(head(&text).len() <= SIMILAR_TEXT_BYTES_MAX);
        assert!(Sketch::of(&[&text]).is_some());
    }
}
