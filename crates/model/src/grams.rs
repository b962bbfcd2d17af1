//! N-grams: the one pass over a text that all heads share.
//!
//! - *Words*, and pairs of neighbours. Of a script without spaces, pairs of characters.
//! - *Characters*: of each word, its runs of two to four characters, edges included. Of a script
//!   without spaces, single characters and runs of three.
//! - *Pairs*: the beginnings of two words that stand near each other, in either order: `cards …
//!   declined` and `declining of my cards` have one in common.
//!
//! Each n-gram is hashed to one of 2^[`PLACES_LOG2`](crate::limits::PLACES_LOG2) places. The three
//! blocks are brought to equal length apart: otherwise the many would drown the few.
//!
//! # Invariants
//!
//! - Equal texts give equal n-grams in equal order, on every machine.
//! - A text of n folded characters gives at most [`PER_CHAR_MAX`] n n-grams.

use crate::fold::{Folded, Kind, Word};
use crate::limits::{CHARS_PER_GRAM_MAX, PLACES_LOG2};
use crate::number::{narrow, wide};

/// A group of n-grams that is brought to length one on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Words,
    Chars,
    Pairs,
}

/// How many blocks there are.
pub(crate) const BLOCKS: usize = 3;

/// Most n-grams for one folded character. A word of one character is the worst case: itself, a
/// pair with its neighbour, one with each of those near it, and three runs with its edges.
pub(crate) const PER_CHAR_MAX: usize = 5 + NEAR_MAX;

/// How many words back a word is paired with.
const NEAR_MAX: usize = 8;
/// As many characters of a word are its beginning: `decline`, `declined` and `declining` begin
/// alike.
const BEGINNING_CHARS: usize = 5;

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
    Neighbours,
    Beginning,
    Near,
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

/// A word that others are paired with.
#[derive(Clone, Copy)]
struct Before {
    start: u32,
    whole: Hash,
    beginning: Hash,
}

/// Shows `visit` every n-gram of a text, in order.
pub(crate) fn visit(folded: &Folded, mut visit: impl FnMut(Gram)) {
    let mut line: Vec<Before> = Vec::new();
    for &word in &folded.words {
        if word.begins {
            line.clear();
        }
        if word.kind == Kind::Unspaced {
            unspaced(folded, word, &mut visit);
            // Words on either side of a sentence in Chinese are no neighbours.
            line.clear();
            continue;
        }
        let chars = folded.chars_of(word);
        let beginning = &chars[..chars.len().min(BEGINNING_CHARS)];
        let this = Before {
            start: word.start,
            whole: hash(Seed::Word, chars),
            beginning: hash(Seed::Beginning, beginning),
        };
        words(word, this, &line, &mut visit);
        if word.kind == Kind::Letters {
            self::chars(folded, word, &mut visit);
        }
        line.push(this);
    }
}

fn hash(seed: Seed, chars: &[char]) -> Hash {
    chars
        .iter()
        .fold(Hash::begin(seed), |hash, c| hash.push(u64::from(*c)))
}

/// A word, with its neighbour, and with those near it on its line.
fn words(word: Word, this: Before, line: &[Before], visit: &mut impl FnMut(Gram)) {
    let mut show = |block: Block, hash: Hash, first: u32| {
        visit(Gram {
            block,
            place: hash.place(),
            first,
            last: word.end - 1,
        });
    };
    show(Block::Words, this.whole, this.start);
    if let Some(left) = line.last() {
        let pair = Hash::begin(Seed::Neighbours);
        let pair = pair.push(left.whole.0).push(this.whole.0);
        show(Block::Words, pair, left.start);
    }
    for near in line.iter().rev().take(NEAR_MAX) {
        let (one, other) = (near.beginning.0, this.beginning.0);
        let pair = Hash::begin(Seed::Near);
        let pair = pair.push(one.min(other)).push(one.max(other));
        show(Block::Pairs, pair, near.start);
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::Text;

    /// The n-grams of a body, as the text between their first and last characters.
    fn grams(body: &str) -> Vec<(Block, u32, String)> {
        let mut folded = Folded::default();
        folded.read(&Text::of(body));
        let mut grams = Vec::new();
        visit(&folded, |gram| {
            let covered = &folded.chars[wide(gram.first)..=wide(gram.last)];
            grams.push((gram.block, gram.place, covered.iter().collect()));
        });
        grams
    }

    fn block(body: &str, of: Block) -> String {
        let grams = grams(body).into_iter().filter(|gram| gram.0 == of);
        grams.map(|gram| gram.2).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_a_text_is_read_as() {
        let told = ["no ssh today", "ECS 连不上", "a\nb"].map(|body| {
            [Block::Words, Block::Chars, Block::Pairs]
                .map(|of| format!("{of:?}: {}", block(body, of)))
                .join("\n")
        });
        expect_test::expect![[r#"
            Words: no ssh nossh today sshtoday
            Chars: n no no no no o s ss ssh ss ssh ssh sh sh h t to tod to tod toda od oda oday da day day ay ay y
            Pairs: nossh sshtoday nosshtoday

            Words: ecs 连不 不上
            Chars: e ec ecs ec ecs ecs cs cs s 连 连不上 不 上
            Pairs: 

            Words: a b
            Chars: a a a b b b
            Pairs: "#]].assert_eq(&told.join("\n\n"));
    }

    /// Models are trained for these places: another one for an n-gram needs another [`VERSION`].
    #[test]
    fn places_do_not_move() {
        let places: Vec<u32> = grams("Disk 满了").into_iter().map(|gram| gram.1).collect();
        expect_test::expect!["1: [1570345, 446337, 394836, 2032604, 410317, 1932085, 1265475, 42781, 123772, 101536, 263876, 1728465, 1537615, 160668, 1577715, 242753]"].assert_eq(&format!("{VERSION}: {places:?}"));
    }

    #[test]
    fn words_near_each_other_pair_in_either_order() {
        let pairs = |body| {
            let grams = grams(body).into_iter();
            let mut places: Vec<u32> = grams
                .filter(|gram| gram.0 == Block::Pairs)
                .map(|gram| gram.1)
                .collect();
            places.sort_unstable();
            places
        };
        assert_eq!(pairs("cards declined"), pairs("declining cards"));
        assert_ne!(pairs("cards declined"), pairs("cards accepted"));
    }

    proptest! {
        #[test]
        fn n_grams_are_bounded(body in "\\PC{0,300}|[a-c ]{0,300}") {
            let mut folded = Folded::default();
            folded.read(&Text::of(&body));
            let mut count = 0;
            visit(&folded, |gram| {
                count += 1;
                assert!(gram.place < 1 << PLACES_LOG2);
                assert!(gram.first <= gram.last && wide(gram.last) < folded.chars.len());
            });
            prop_assert!(count <= folded.chars.len() * PER_CHAR_MAX);
        }
    }
}
