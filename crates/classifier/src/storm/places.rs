//! Which place of the provider a ticket names.

use aho_corasick::{AhoCorasick, MatchKind};
use posthouse_domain::storm::Place;
use posthouse_domain::ticket::Opened;

use crate::fold::{fold, fold_into};
use crate::limits::SIMILAR_TEXT_BYTES_MAX;

/// Finds the places of a policy in texts.
#[derive(Clone, Debug)]
pub struct Places {
    keys: Vec<String>,
    /// For each word, the place it speaks for.
    place_of: Vec<usize>,
    words: Option<AhoCorasick>,
}

impl Places {
    /// The finder of these places. An automaton that cannot be built, as of more words than a
    /// bundle can hold, finds nothing.
    #[must_use]
    pub fn new(places: &[Place]) -> Self {
        let mut words = Vec::new();
        let mut place_of = Vec::new();
        for (number, place) in places.iter().enumerate() {
            for word in &place.words {
                let word = fold(word);
                if !word.is_empty() {
                    words.push(word);
                    place_of.push(number);
                }
            }
        }
        let words = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(words)
            .ok();
        Self {
            keys: places.iter().map(|place| place.key.clone()).collect(),
            place_of,
            words,
        }
    }

    /// The place that a ticket names most often; of equals the one that it names first.
    #[must_use]
    pub fn named(&self, opened: &Opened) -> Option<String> {
        let mut folded = String::new();
        let attributes = opened.attributes.values().map(String::as_str);
        for part in [opened.subject.as_str(), &opened.body]
            .into_iter()
            .chain(attributes)
        {
            let head = part.floor_char_boundary(SIMILAR_TEXT_BYTES_MAX);
            fold_into(&part[..head], &mut folded);
            folded.push('\n');
        }
        let mut counts = vec![0_u32; self.keys.len()];
        let mut first_named = Vec::new();
        for found in self.words.as_ref()?.find_iter(&folded) {
            if !is_whole(&folded, found.start(), found.end()) {
                continue;
            }
            let place = self.place_of[found.pattern().as_usize()];
            if counts[place] == 0 {
                first_named.push(place);
            }
            counts[place] += 1;
        }
        // `max_by_key` gives the last of equals.
        let most = first_named
            .into_iter()
            .rev()
            .max_by_key(|place| counts[*place]);
        most.map(|place| self.keys[place].clone())
    }
}

/// Whether a word of Latin letters and digits is no part of a longer one.
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let is_inner = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let goes_on_before = is_inner(bytes.get(start)) && is_inner(bytes[..start].last());
    let goes_on_after = is_inner(bytes[..end].last()) && is_inner(bytes.get(end));
    !goes_on_before && !goes_on_after
}

#[cfg(test)]
mod tests {
    use posthouse_testkit::builders::opened;

    use super::*;

    fn named(subject: &str) -> Option<String> {
        let place = |key: &str, words: &[&str]| Place {
            key: key.to_owned(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        };
        let places = Places::new(&[
            place("cn-east-2", &["cn-east-2", "华东二", "华东2", "Shanghai"]),
            place("cn-north-2", &["cn-north-2", "华北2"]),
        ]);
        places.named(&Opened {
            body: String::new(),
            ..opened(subject)
        })
    }

    #[test]
    fn a_place_is_named_in_any_language() {
        for subject in [
            "华东二登录服全部连不上",
            "CN-EAST-2 down",
            "our shanghai servers",
        ] {
            assert_eq!(named(subject).as_deref(), Some("cn-east-2"), "{subject}");
        }
        for subject in ["cn-east-21 down", "xshanghai", "it is slow", ""] {
            assert_eq!(named(subject), None, "{subject}");
        }
    }

    #[test]
    fn the_place_named_most_often_or_first() {
        let both = named("华东2 fails over to cn-north-2");
        assert_eq!(both.as_deref(), Some("cn-east-2"));
        let more = named("from 华东2 not cn-north-2 华北2");
        assert_eq!(more.as_deref(), Some("cn-north-2"));
    }
}
