//! N-grams: the one pass over a text that all heads share.
//!
//! Words, pairs of neighbouring words and pairs with one word between; of each word, its runs of
//! two to four characters, edges included. Of a script without spaces, runs of one to three
//! characters. Each n-gram is hashed to one of 2^[`PLACES_LOG2`](crate::limits::PLACES_LOG2)
//! places, and belongs to one of two blocks, which are brought to equal length apart: otherwise
//! the many character n-grams would drown the few words.
//!
//! # Invariants
//!
//! - Equal texts give equal n-grams in equal order, on every machine.
//! - A text of n characters gives fewer than 8 n n-grams.

use crate::fold::{Folded, Kind, Word};
use crate::limits::{CHARS_PER_GRAM_MAX, PLACES_LOG2};
use crate::number::{narrow, wide};

/// A group of n-grams that is brought to length one on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Words,
    Chars,
}

/// One occurrence of an n-gram.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gram {
    pub(crate) block: Block,
    /// Where it is hashed to: less than 2^[`PLACES_LOG2`].
    pub(crate) place: u32,
    /// Its first character in [`Folded::chars`].
    pub(crate) first: u32,
    /// Its last character in [`Folded::chars`].
    pub(crate) last: u32,
}

/// Bumped whenever equal texts give other n-grams than before: a model only reads what it was
/// trained on.
pub(crate) const VERSION: u32 = 1;

/// What keeps equal characters in different kinds of n-gram apart.
#[derive(Clone, Copy)]
enum Seed {
    Word = 1,
    Pair,
    Skip,
    Chars,
    Unspaced,
}

/// A running hash: a multiply-and-rotate for each character, mixed at the end.
#[derive(Clone, Copy)]
struct Hash(u64);

/// Odd, with bits all over: the golden ratio in 64 bits.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
/// The edge of a word, as a character that folding leaves in no text.
const EDGE: u64 = 0x1f_ffff;

impl Hash {
    const fn begin(seed: Seed) -> Self {
        Self((seed as u64).wrapping_mul(0xd6e8_feb8_6659_fd93))
    }

    const fn push(self, value: u64) -> Self {
        Self((self.0 ^ value).wrapping_mul(MULTIPLIER).rotate_left(29))
    }

    const fn place(self) -> u32 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(MULTIPLIER);
        narrow((mixed >> (64 - PLACES_LOG2)) as usize)
    }
}

/// Shows `visit` every n-gram of a text, in order.
pub(crate) fn visit(folded: &Folded, mut visit: impl FnMut(Gram)) {
    let mut before: [Option<(Word, Hash)>; 2] = [None, None];
    for &word in &folded.words {
        if word.begins {
            before = [None, None];
        }
        if word.kind == Kind::Unspaced {
            unspaced(folded, word, &mut visit);
            before = [None, None];
            continue;
        }
        let hash = whole(folded, word);
        let mut show = |hash: Hash, first: Word| {
            visit(Gram {
                block: Block::Words,
                place: hash.place(),
                first: first.start,
                last: word.end - 1,
            });
        };
        show(hash, word);
        if let Some((first, left)) = before[0] {
            show(Hash::begin(Seed::Pair).push(left.0).push(hash.0), first);
        }
        if let Some((first, left)) = before[1] {
            show(Hash::begin(Seed::Skip).push(left.0).push(hash.0), first);
        }
        if word.kind == Kind::Letters {
            chars(folded, word, &mut visit);
        }
        before = [Some((word, hash)), before[0]];
    }
}

fn whole(folded: &Folded, word: Word) -> Hash {
    folded
        .chars_of(word)
        .iter()
        .fold(Hash::begin(Seed::Word), |hash, c| hash.push(u64::from(*c)))
}

/// Runs of two to four characters of a word, its edges among them.
fn chars(folded: &Folded, word: Word, visit: &mut impl FnMut(Gram)) {
    let (start, end) = (wide(word.start), wide(word.end));
    // Place `start - 1` is the left edge, place `end` the right one.
    for first in start..=end {
        let mut hash = Hash::begin(Seed::Chars);
        for place in first..(first + CHARS_PER_GRAM_MAX).min(end + 2) {
            // Shifted by one, so that the left edge needs no place before zero.
            let value = if place == start || place == end + 1 {
                EDGE
            } else {
                u64::from(folded.chars[place - 1])
            };
            hash = hash.push(value);
            if place > first {
                visit(Gram {
                    block: Block::Chars,
                    place: hash.place(),
                    first: narrow(first.max(start + 1) - 1),
                    last: narrow(place.min(end) - 1),
                });
            }
        }
    }
}

/// Runs of one to three characters of a script without spaces. Pairs stand in for words.
fn unspaced(folded: &Folded, word: Word, visit: &mut impl FnMut(Gram)) {
    let (start, end) = (wide(word.start), wide(word.end));
    for first in start..end {
        let mut hash = Hash::begin(Seed::Unspaced);
        for place in first..(first + 3).min(end) {
            hash = hash.push(u64::from(folded.chars[place]));
            let block = if place == first + 1 {
                Block::Words
            } else {
                Block::Chars
            };
            visit(Gram {
                block,
                place: hash.place(),
                first: narrow(first),
                last: narrow(place),
            });
        }
    }
}
