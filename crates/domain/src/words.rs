//! Words: texts that repeat over many tickets, kept once and named by number.
//!
//! Tiers, queues, labels, names of policies and calendars are the same few texts in every ticket.
//! What is kept of a ticket names them by number, and whoever keeps many tickets keeps the texts,
//! behind [`Words`].
//!
//! # Invariants
//!
//! - A text that has no number stands beside the numbers, in the order in which they are asked
//!   for, so nothing is lost when no more words are taken in.
//! - What is unpacked is what was packed.

/// Texts by number.
pub trait Words {
    /// The number of a text, which may be new; `None` when no more are taken in.
    fn number(&mut self, text: &str) -> Option<u32>;

    /// The text of a number, if there is one.
    fn text(&self, number: u32) -> Option<&str>;
}

/// The text stands beside the numbers.
const LOOSE: u32 = 0;
/// No text at all.
const EMPTY: u32 = 1;
/// The number of the first word.
const FIRST: u32 = 2;

/// Turns texts into numbers.
pub(crate) struct Packer<'w> {
    words: &'w mut dyn Words,
    loose: Vec<String>,
}

/// Turns numbers into texts, in the order in which they were packed.
pub(crate) struct Unpacker<'w> {
    words: &'w dyn Words,
    loose: std::vec::IntoIter<String>,
}

impl<'w> Packer<'w> {
    pub(crate) fn new(words: &'w mut dyn Words) -> Self {
        Self {
            words,
            loose: Vec::new(),
        }
    }

    /// The number that stands for a text.
    pub(crate) fn pack(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return EMPTY;
        }
        let number = self.words.number(text);
        if let Some(number) = number.and_then(|number| number.checked_add(FIRST)) {
            return number;
        }
        self.loose.push(text.to_owned());
        LOOSE
    }

    /// The texts without a number.
    pub(crate) fn into_loose(self) -> Vec<String> {
        self.loose
    }
}

impl<'w> Unpacker<'w> {
    pub(crate) fn new(words: &'w dyn Words, loose: Vec<String>) -> Self {
        Self {
            words,
            loose: loose.into_iter(),
        }
    }

    /// The text that a number stands for; `None` when nobody knows.
    pub(crate) fn unpack(&mut self, number: u32) -> Option<String> {
        match number {
            LOOSE => self.loose.next(),
            EMPTY => Some(String::new()),
            _ => self.words.text(number - FIRST).map(str::to_owned),
        }
    }
}
