//! Shingles: the pieces by which two texts are compared.
//!
//! A text is a sequence of tokens; its shingles are the tokens and the pairs of neighbours. Pairs
//! keep texts apart that use the same words for other things; single tokens keep those together
//! of which every fifth word is lost, after which a third of the pairs is gone.
//!
//! Scripts that set no spaces between words (Chinese, Japanese, Thai, …) and Hangul, whose words
//! grow endings, give one token per character, so that pairs are about as long as their words.
//!
//! Every run of letters with a digit or an `@` in it (a number, a time, an address of either
//! kind, a key, the name of a resource) becomes the same token: what differs between two reports
//! of one matter, and what is personal, is not compared.

use crate::limits::SHINGLES_MAX;

/// What every masked run becomes.
const MASK: u64 = 0x6d61_736b;

/// Puts the hashes of the shingles of a folded text into `shingles`, at most [`SHINGLES_MAX`],
/// in the order of the text; equal ones may repeat.
pub(super) fn shingles(folded: &str, shingles: &mut Vec<u32>) {
    shingles.clear();
    let mut tokens = Tokens {
        shingles,
        before: None,
    };
    let mut run_start = None;
    for (at, c) in folded.char_indices() {
        if tokens.shingles.len() >= SHINGLES_MAX {
            return;
        }
        if is_dense(c) {
            tokens.end_run(folded, &mut run_start, at);
            tokens.push(hash(c.encode_utf8(&mut [0; 4]).as_bytes()));
        } else if c.is_alphanumeric() || is_joint(c) {
            run_start.get_or_insert(at);
        } else {
            tokens.end_run(folded, &mut run_start, at);
        }
    }
    tokens.end_run(folded, &mut run_start, folded.len());
}

/// The tokens so far, as shingles.
struct Tokens<'s> {
    shingles: &'s mut Vec<u32>,
    before: Option<u64>,
}

impl Tokens<'_> {
    /// Ends the run that began at `start`, if one did: one masked token, or its words.
    fn end_run(&mut self, text: &str, start: &mut Option<usize>, end: usize) {
        let Some(start) = start.take() else {
            return;
        };
        let run = &text[start..end];
        if run.contains(|c: char| c == '@' || c.is_numeric()) {
            // However many pieces a number is written in, it is one mask.
            if self.before != Some(MASK) {
                self.push(MASK);
            }
            return;
        }
        for word in run.split(is_joint).filter(|word| !word.is_empty()) {
            self.push(hash(word.as_bytes()));
        }
    }

    fn push(&mut self, token: u64) {
        if self.shingles.len() >= SHINGLES_MAX {
            return;
        }
        self.shingles.push(mix(token));
        if let Some(before) = self.before.replace(token) {
            self.shingles
                .push(mix(before.rotate_left(23).wrapping_mul(5) ^ token));
        }
    }
}

/// What joins letters to one run, so that a mask covers the whole of an address or a name.
const fn is_joint(c: char) -> bool {
    matches!(
        c,
        '.' | '_' | '-' | '@' | ':' | '/' | '\\' | '+' | '%' | '=' | '&' | '#' | '\''
    )
}

/// Whether each character of the script is a token.
fn is_dense(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff            // Thai, Lao
        | 0x1000..=0x109f          // Burmese
        | 0x1780..=0x17ff          // Khmer
        | 0x3040..=0x30ff          // kana
        | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff // Han
        | 0xac00..=0xd7a3          // Hangul
    ) && c.is_alphanumeric()
}

/// FNV-1a, 64 bits.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Spreads a hash over 32 bits (the end of MurmurHash3).
fn mix(hash: u64) -> u32 {
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let [_, _, _, _, bytes @ ..] = (hash ^ (hash >> 33)).to_be_bytes();
    u32::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<u32> {
        let mut found = Vec::new();
        shingles(text, &mut found);
        found
    }

    #[test]
    fn what_is_masked_does_not_tell_texts_apart() {
        for (one, other) in [
            ("disk i-0abc12 is full", "disk i-9.77 is full"),
            ("call +86-138-0000-1201", "call 12345"),
            ("call 138 0000 1201 now", "call 110 now"),
            ("mail an.na@x.example today", "mail bo_b@y.example today"),
            ("14:10 发现的", "9:05 发现的"),
        ] {
            assert_eq!(of(one), of(other), "{one} | {other}");
        }
        assert_ne!(of("disk is full"), of("disk is slow"));
    }

    #[test]
    fn tokens_and_pairs_of_neighbours() {
        assert_eq!(of("").len(), 0);
        assert_eq!(of("?! …").len(), 0);
        assert_eq!(of("down").len(), 1);
        assert_eq!(of("server is down").len(), 5);
        assert_eq!(of("服务器挂").len(), 7, "each character is a token");
        assert_eq!(of("ecs挂了").len(), 5, "scripts stand side by side");
        assert_eq!(of("err_conn.timed-out").len(), 7, "joints part words");
    }

    #[test]
    fn long_texts_are_cut() {
        let long = "word 字 ".repeat(SHINGLES_MAX);
        assert!(of(&long).len() <= SHINGLES_MAX + 1);
    }
}
