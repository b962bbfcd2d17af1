//! Embedders: from texts to vectors.

use std::fmt;

use posthouse_model::Text;

use crate::error::Error;
use crate::limits::{BATCH_TEXTS_MAX, TEXT_CHARS_MAX};

/// Somebody who turns texts into vectors that lie near each other where the texts mean the same.
pub trait Embed: fmt::Debug + Send + Sync {
    /// The SHA-256 of all that decides its vectors, in hexadecimal digits.
    fn id(&self) -> &str;

    /// How many numbers a vector has.
    fn width(&self) -> usize;

    /// One vector of length one for each text, in order.
    ///
    /// # Errors
    ///
    /// [`Error::Embed`] when a text cannot be read.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Error>;
}

/// A text as embedders are given it: the subject, then the body, as much as is read.
pub(crate) fn plain(text: &Text<'_>) -> String {
    let break_between = if text.subject.is_empty() { "" } else { "\n" };
    let subject = text.subject.chars().chain(break_between.chars());
    subject
        .chain(text.body.chars())
        .take(TEXT_CHARS_MAX)
        .collect()
}

/// The vectors of many texts, in order. Texts of like length are read together: the rest of a
/// batch waits for its longest.
pub(crate) fn all(embed: &dyn Embed, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|text| texts[*text].len());
    let mut vectors = vec![Vec::new(); texts.len()];
    for batch in order.chunks(BATCH_TEXTS_MAX) {
        let read: Vec<&str> = batch.iter().map(|text| texts[*text].as_str()).collect();
        let found = embed.embed(&read)?;
        if found.len() != read.len() || found.iter().any(|it| it.len() != embed.width()) {
            return Err(Error::Embed {
                why: "it gave other vectors than were asked for".to_owned(),
            });
        }
        for (text, vector) in batch.iter().zip(found) {
            vectors[*text] = vector;
        }
    }
    Ok(vectors)
}

/// Embedders for tests: no weights, and yet texts that share words lie near each other.
#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Counts letters.
    #[derive(Debug, Default)]
    pub(crate) struct Letters {
        pub(crate) is_broken: bool,
    }

    impl Embed for Letters {
        fn id(&self) -> &str {
            "letters"
        }

        fn width(&self) -> usize {
            26
        }

        fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
            if self.is_broken {
                let why = "broken".to_owned();
                return Err(Error::Embed { why });
            }
            Ok(texts.iter().map(|text| letters(text)).collect())
        }
    }

    fn letters(text: &str) -> Vec<f32> {
        let mut vector = [0.0_f32; 26];
        for byte in text.bytes().filter(u8::is_ascii_lowercase) {
            vector[usize::from(byte - b'a')] += 1.0;
        }
        let length = vector.iter().map(|it| it * it).sum::<f32>().sqrt().max(1.0);
        vector.iter().map(|it| it / length).collect()
    }

    #[test]
    fn vectors_come_in_the_order_of_the_texts() {
        let texts: Vec<String> = (0..40).map(|n| "ab".repeat(40 - n) + "c").collect();
        let vectors = all(&Letters::default(), &texts).unwrap();
        for (text, vector) in texts.iter().zip(&vectors) {
            assert_eq!(*vector, letters(text));
        }
    }

    #[test]
    fn no_more_of_a_text_is_read_than_is_allowed() {
        let body = "é".repeat(TEXT_CHARS_MAX * 3);
        let subject = "help";
        let read = plain(&Text {
            subject,
            body: &body,
        });
        assert_eq!(read.chars().count(), TEXT_CHARS_MAX);
        assert!(read.starts_with("help\né"));
        let subject = "";
        let body = "alone";
        assert_eq!(plain(&Text { subject, body }), "alone");
    }

    #[test]
    fn an_embedder_that_fails_fails_all() {
        let broken = Letters { is_broken: true };
        assert!(all(&broken, &["a".to_owned()]).is_err());
    }
}
