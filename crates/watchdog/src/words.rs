//! The words of a partition: texts that its rows name by number.
//!
//! # Invariants
//!
//! - Words are numbered in the order in which rows first needed them, without gaps; none is ever
//!   renumbered. So views that were built from the same log have the same numbers.
//! - There are at most [`WORDS_MAX`]; other texts stand in the rows themselves.

use std::collections::BTreeMap;

use posthouse_domain::words::Words;
use posthouse_runtime::{Refusal, View};
use posthouse_store::Table;

/// The texts, by their numbers.
pub(crate) const WORDS: Table = Table::new("words");
/// Most words of a partition. What policies name needs some hundreds; products, which senders
/// name, may be more.
const WORDS_MAX: usize = 4_096;
/// Longest word, in bytes.
const WORD_BYTES_MAX: usize = 128;

/// The words of a partition, as its view has them.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    texts: Vec<String>,
    numbers: BTreeMap<String, u32>,
    /// How many of them the view has.
    kept: usize,
}

impl Vocabulary {
    /// The words in the rows of a view, in the order of their keys.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] of the view when a word is no text.
    pub fn of(rows: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> Result<Self, Refusal> {
        let mut words = Self::default();
        for (_, text) in rows {
            let text = String::from_utf8(text).map_err(|error| Refusal {
                code: Refusal::VIEW,
                reason: format!("read a word: {error}"),
            })?;
            words.take_in(text);
        }
        words.kept = words.texts.len();
        Ok(words)
    }

    pub(crate) fn read(view: &View) -> Result<Self, Refusal> {
        Self::of(view.scan(WORDS, &[], None, WORDS_MAX)?)
    }

    /// Writes the new ones down.
    pub(crate) fn keep(&mut self, view: &mut View) {
        for text in &self.texts[self.kept..] {
            let number = self.numbers[text];
            view.put(WORDS, number.to_be_bytes().to_vec(), text.clone().into());
        }
        self.kept = self.texts.len();
    }

    fn take_in(&mut self, text: String) -> Option<u32> {
        let number = u32::try_from(self.texts.len()).ok()?;
        self.numbers.insert(text.clone(), number);
        self.texts.push(text);
        Some(number)
    }
}

impl Words for Vocabulary {
    fn number(&mut self, text: &str) -> Option<u32> {
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        let has_room = self.texts.len() < WORDS_MAX && text.len() <= WORD_BYTES_MAX;
        has_room.then(|| self.take_in(text.to_owned())).flatten()
    }

    fn text(&self, number: u32) -> Option<&str> {
        let place = usize::try_from(number).ok()?;
        self.texts.get(place).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_numbers_and_are_bounded() {
        let mut words = Vocabulary::default();
        assert_eq!(words.number("gold"), Some(0));
        assert_eq!(words.number("silver"), Some(1));
        assert_eq!(words.number("gold"), Some(0));
        assert_eq!(words.number(&"x".repeat(WORD_BYTES_MAX + 1)), None);
        for number in 2..WORDS_MAX {
            assert!(words.number(&number.to_string()).is_some());
        }
        assert_eq!(words.number("one too many"), None);
        assert_eq!(words.number("silver"), Some(1));
        assert_eq!(words.text(1), Some("silver"));
        assert_eq!(words.text(4_096), None);
    }
}
