//! The text as the families search it.
//!
//! Full-width letters and digits are read as their ASCII forms, one for one, so that places in
//! code points stay what they are. Patterns are ASCII: `\d` and `\b` would mean the digits and
//! letters of all of Unicode, and see no boundary between 号 and 1. Which characters stand
//! beside a find is looked at here, by hand.

use std::borrow::Cow;
use std::ops::Range;

use regex::{Captures, Regex};

use crate::limits::{BEFORE_BYTES, BEHIND_BYTES};

/// A text to be searched.
pub(crate) struct Text<'t> {
    narrow: Cow<'t, str>,
    digits: usize,
}

impl<'t> Text<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        let narrow = if text.chars().any(|c| narrow(c) != c) {
            Cow::Owned(text.chars().map(narrow).collect())
        } else {
            Cow::Borrowed(text)
        };
        let digits = narrow.bytes().filter(u8::is_ascii_digit).count();
        Self { narrow, digits }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.narrow
    }

    /// Whether there are at least `least` digits in it.
    pub(crate) fn has_digits(&self, least: usize) -> bool {
        self.digits >= least
    }

    /// Calls `judge` for each place at which `pattern` matches.
    ///
    /// Where `judge` takes it, the search goes on behind it; otherwise behind the letters and
    /// digits with which it begins, so that what was refused hides nothing that begins within it.
    /// A pattern whose matches have a longest length makes this linear.
    pub(crate) fn each(&self, pattern: &Regex, mut judge: impl FnMut(Range<usize>) -> bool) {
        let text = self.as_str();
        let mut at = 0;
        while let Some(place) = pattern.find_at(text, at).map(|found| found.range()) {
            let (start, end) = (place.start, place.end);
            at = if judge(place) {
                end
            } else {
                text.ceil_char_boundary(start + 1 + run(&text.as_bytes()[start + 1..]))
            };
        }
    }

    /// [`Self::each`], with the groups of each match.
    pub(crate) fn each_group(&self, pattern: &Regex, mut judge: impl FnMut(&Captures<'_>) -> bool) {
        self.each(pattern, |place| {
            pattern
                .captures_at(self.as_str(), place.start)
                .is_some_and(|groups| judge(&groups))
        });
    }

    /// Whether a number at `place` stands alone: nothing before or behind it makes it part of a
    /// longer number or of a name.
    pub(crate) fn stands_alone(&self, place: &Range<usize>) -> bool {
        let bytes = self.as_str().as_bytes();
        let mut before = bytes[..place.start].iter().rev();
        let mut behind = bytes[place.end..].iter();
        let free_before = match before.next() {
            Some(c) if is_word(*c) => false,
            Some(b'-' | b'.' | b'+') => !before.next().is_some_and(u8::is_ascii_alphanumeric),
            Some(b'/' | b':' | b',') => !before.next().is_some_and(u8::is_ascii_digit),
            _ => true,
        };
        let free_behind = match behind.next() {
            Some(c) if is_word(*c) => false,
            Some(b'-' | b'.' | b'/' | b':' | b',') => {
                !behind.next().is_some_and(u8::is_ascii_digit)
            }
            _ => true,
        };
        free_before && free_behind
    }

    /// Whether no letter, digit or `_` of ASCII stands directly before or behind `place`.
    pub(crate) fn is_whole(&self, place: &Range<usize>) -> bool {
        let bytes = self.as_str().as_bytes();
        let before = place.start.checked_sub(1).and_then(|at| bytes.get(at));
        let is_inside = |c: Option<&u8>| c.is_some_and(|c| is_word(*c));
        !is_inside(before) && !is_inside(bytes.get(place.end))
    }

    /// The text shortly before a place.
    pub(crate) fn before(&self, at: usize) -> &str {
        let text = self.as_str();
        &text[text.ceil_char_boundary(at.saturating_sub(BEFORE_BYTES))..at]
    }

    /// The text shortly behind a place.
    pub(crate) fn behind(&self, at: usize) -> &str {
        let text = self.as_str();
        let end = (at + BEHIND_BYTES).min(text.len());
        &text[at..text.floor_char_boundary(end)]
    }
}

/// How many letters, digits and `_` of ASCII `bytes` begin with.
fn run(bytes: &[u8]) -> usize {
    let ends = |c: &u8| !is_word(*c);
    bytes.iter().position(ends).unwrap_or(bytes.len())
}

const fn is_word(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_'
}

/// The ASCII form of a full-width character or of an Arabic digit.
fn narrow(c: char) -> char {
    let code = u32::from(c);
    let ascii = match code {
        0xff01..=0xff5e => code - 0xfee0,
        0x660..=0x669 => code - 0x660 + u32::from('0'),
        0x6f0..=0x6f9 => code - 0x6f0 + u32::from('0'),
        0x3000 => u32::from(' '),
        _ => code,
    };
    char::from_u32(ascii).unwrap_or(c)
}

/// Compiles a pattern of this crate.
pub(crate) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this crate are tried by its tests")
}

/// The values of the digits in a text; everything else is passed over.
pub(crate) fn digits(text: &str) -> impl DoubleEndedIterator<Item = u32> + '_ {
    text.bytes()
        .filter(u8::is_ascii_digit)
        .map(|c| u32::from(c - b'0'))
}
