//! Words: which words of which labels a text holds, and how strongly they speak.
//!
//! One automaton over all words of all labels reads the text once. The labels stand in *contests*:
//! within one contest (category, say) labels compete, and the rules below hold there.
//!
//! # How a word is found
//!
//! - Words and text are [folded](crate::fold) first.
//! - At either end, a letter must not be followed by a letter, nor a digit by a digit: `rds` is
//!   in `rds01` and in `RDS实例`, not in `records`. In scripts that put no space between words, or
//!   hang particles on them (Chinese, Japanese, Korean, Thai, Arabic, …), a word is found anywhere.
//! - `*` at an end of a word lifts that: `crash*` is in `crashes`, `*datenbank` in
//!   `produktionsdatenbank`.
//! - A word inside a longer word of the same contest is not found there: `not urgent` silences
//!   `urgent`, whatever labels they speak for.
//!
//! # How it counts
//!
//! A word's points for a label are its weight, times its hits: one for each in the body,
//! [`HEADLINE_HITS`] for each in the headline, at most [`HITS_PER_WORD_MAX`] together. A label's
//! score is the sum of its words' points. The label with the highest score above zero wins its
//! contest; between equal scores, the one that the taxonomy names first.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::error::Error;
use crate::fold::fold;
use crate::limits::{
    EVIDENCE_CHARS_MAX, HEADLINE_HITS, HITS_PER_WORD_MAX, WEIGHT_MAX, WORD_BYTES_MAX, WORDS_MAX,
};

/// Collects words before the automaton is built.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    words: Vec<Entry>,
    places: BTreeMap<Form, usize>,
    labels: Vec<usize>,
}

/// What makes two words the same: the contest, the folded text, and which ends are open.
type Form = (usize, String, bool, bool);

/// A word in one contest, and the labels it speaks for there.
#[derive(Debug)]
struct Entry {
    text: String,
    open_start: bool,
    open_end: bool,
    contest: usize,
    votes: Vec<Vote>,
}

#[derive(Clone, Copy, Debug)]
struct Vote {
    label: usize,
    weight: i32,
}

/// All words of a taxonomy, ready to read texts.
#[derive(Debug)]
pub(crate) struct Words {
    automaton: AhoCorasick,
    words: Vec<Entry>,
    /// Number of labels, by contest.
    labels: Vec<usize>,
}

/// One word at one place.
#[derive(Clone, Copy, Debug)]
struct Hit {
    word: usize,
    start: usize,
    end: usize,
}

/// What the words of a text say.
#[derive(Debug)]
pub(crate) struct Tally<'w> {
    words: &'w [Entry],
    contests: Vec<Contest>,
}

#[derive(Debug, Default)]
struct Contest {
    scores: Vec<i32>,
    points: Vec<Points>,
}

/// What one word gave to one label.
#[derive(Clone, Copy, Debug)]
struct Points {
    word: usize,
    label: usize,
    points: i32,
}

/// The winner of a contest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Winner {
    /// Its index among the labels of the contest.
    pub(crate) label: usize,
    /// Its score; above zero.
    pub(crate) score: i32,
    /// The score of the best other label, or zero where that is below zero.
    pub(crate) runner_up: i32,
}

impl Builder {
    /// Begins a contest of `labels` labels; contests are numbered from zero.
    pub(crate) fn contest(&mut self, labels: usize) -> usize {
        self.labels.push(labels);
        self.labels.len() - 1
    }

    /// Adds a word for a label of a contest. A word given twice keeps its stronger weight.
    ///
    /// `name` is what errors call the label.
    ///
    /// # Errors
    ///
    /// - [`Error::WordEmpty`], [`Error::WordTooLong`]: nothing, or too much, to look for.
    /// - [`Error::WeightOutOfRange`]: a weight beyond [`WEIGHT_MAX`].
    pub(crate) fn add(
        &mut self,
        contest: usize,
        label: usize,
        name: &str,
        word: &posthouse_domain::classify::Word,
    ) -> Result<(), Error> {
        let entry = Entry::new(contest, name, word)?;
        let vote = Vote {
            label,
            weight: word.weight,
        };
        let place = *self.places.entry(entry.form()).or_insert(self.words.len());
        if place == self.words.len() {
            self.words.push(entry);
        }
        self.words[place].vote(vote);
        Ok(())
    }

    /// Builds the automaton.
    ///
    /// # Errors
    ///
    /// - [`Error::TooManyWords`] above [`WORDS_MAX`].
    /// - [`Error::Automaton`] when they are too long together.
    pub(crate) fn build(self) -> Result<Words, Error> {
        if self.words.len() > WORDS_MAX {
            return Err(Error::TooManyWords {
                count: self.words.len(),
            });
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(self.words.iter().map(|entry| &entry.text))?;
        Ok(Words {
            automaton,
            words: self.words,
            labels: self.labels,
        })
    }
}

impl Entry {
    fn new(
        contest: usize,
        name: &str,
        word: &posthouse_domain::classify::Word,
    ) -> Result<Self, Error> {
        if word.text.len() > WORD_BYTES_MAX {
            let label = name.to_owned();
            return Err(Error::WordTooLong {
                label,
                bytes: word.text.len(),
            });
        }
        if !(-WEIGHT_MAX..=WEIGHT_MAX).contains(&word.weight) {
            let label = name.to_owned();
            return Err(Error::WeightOutOfRange {
                label,
                word: word.text.clone(),
                weight: word.weight,
            });
        }
        let trimmed = word.text.trim();
        let (open_start, trimmed) = match trimmed.strip_prefix('*') {
            Some(rest) => (true, rest),
            None => (false, trimmed),
        };
        let (open_end, trimmed) = match trimmed.strip_suffix('*') {
            Some(rest) => (true, rest),
            None => (false, trimmed),
        };
        let text = fold(trimmed);
        if text.is_empty() {
            return Err(Error::WordEmpty {
                label: name.to_owned(),
            });
        }
        Ok(Self {
            text,
            open_start,
            open_end,
            contest,
            votes: Vec::new(),
        })
    }

    fn form(&self) -> Form {
        (
            self.contest,
            self.text.clone(),
            self.open_start,
            self.open_end,
        )
    }

    fn vote(&mut self, vote: Vote) {
        match self
            .votes
            .iter_mut()
            .find(|other| other.label == vote.label)
        {
            Some(other) if other.weight.abs() < vote.weight.abs() => *other = vote,
            Some(_) => {}
            None => self.votes.push(vote),
        }
    }

    fn fits(&self, text: &str, start: usize, end: usize) -> bool {
        (self.open_start || is_boundary(text, start)) && (self.open_end || is_boundary(text, end))
    }
}

impl Words {
    /// Counts the words of `text`, which is folded; its first `headline` bytes count more.
    pub(crate) fn tally(&self, text: &str, headline: usize) -> Tally<'_> {
        let hits = self.hits(text);
        let contests = hits
            .into_iter()
            .zip(&self.labels)
            .map(|(hits, labels)| self.count(hits, *labels, headline))
            .collect();
        Tally {
            words: &self.words,
            contests,
        }
    }

    /// The hits of each contest, without those inside longer ones.
    fn hits(&self, text: &str) -> Vec<Vec<Hit>> {
        let mut hits: Vec<Vec<Hit>> = vec![Vec::new(); self.labels.len()];
        for found in self.automaton.find_overlapping_iter(text) {
            let word = found.pattern().as_usize();
            let hit = Hit {
                word,
                start: found.start(),
                end: found.end(),
            };
            let entry = &self.words[word];
            if entry.fits(text, hit.start, hit.end) {
                keep_longest(&mut hits[entry.contest], hit);
            }
        }
        hits
    }

    fn count(&self, mut hits: Vec<Hit>, labels: usize, headline: usize) -> Contest {
        let mut contest = Contest {
            scores: vec![0; labels],
            points: Vec::new(),
        };
        hits.sort_by_key(|hit| hit.word);
        for same in hits.chunk_by(|a, b| a.word == b.word) {
            let word = same[0].word;
            let worth = same.iter().fold(0, |worth, hit| {
                let hits = if hit.start < headline {
                    HEADLINE_HITS
                } else {
                    1
                };
                HITS_PER_WORD_MAX.min(worth + hits)
            });
            for vote in &self.words[word].votes {
                let points = vote.weight * worth;
                contest.scores[vote.label] += points;
                contest.points.push(Points {
                    word,
                    label: vote.label,
                    points,
                });
            }
        }
        contest
    }
}

/// Adds a hit to those of its contest unless it is inside one of them, and takes out those that
/// are inside it. Hits come in the order of their ends, of equal ends the longest first.
fn keep_longest(hits: &mut Vec<Hit>, hit: Hit) {
    if hits
        .last()
        .is_some_and(|last| last.end == hit.end && last.start <= hit.start)
    {
        return;
    }
    while hits.last().is_some_and(|last| last.start >= hit.start) {
        hits.pop();
    }
    hits.push(hit);
}

impl Tally<'_> {
    /// Gives a label points that no word gave it.
    pub(crate) fn head_start(&mut self, contest: usize, label: usize, points: i32) {
        self.contests[contest].scores[label] += points;
    }

    /// Who wins a contest; nobody where no label scores above zero.
    pub(crate) fn winner(&self, contest: usize) -> Option<Winner> {
        let scores = &self.contests[contest].scores;
        let mut winner: Option<Winner> = None;
        for (label, &score) in scores.iter().enumerate().filter(|(_, score)| **score > 0) {
            winner = Some(match winner {
                Some(best) if best.score >= score => Winner {
                    runner_up: best.runner_up.max(score),
                    ..best
                },
                Some(best) => Winner {
                    label,
                    score,
                    runner_up: best.score,
                },
                None => Winner {
                    label,
                    score,
                    runner_up: 0,
                },
            });
        }
        winner
    }

    /// The points that words gave to a label.
    pub(crate) fn word_points(&self, contest: usize, label: usize) -> i32 {
        let points = self.contests[contest].points.iter();
        points
            .filter(|points| points.label == label)
            .map(|points| points.points)
            .sum()
    }

    /// The score of a label.
    #[cfg(test)]
    pub(crate) fn score(&self, contest: usize, label: usize) -> i32 {
        self.contests[contest].scores[label]
    }

    /// The words that spoke for a label, the strongest first, in [`EVIDENCE_CHARS_MAX`]
    /// characters at most.
    pub(crate) fn evidence(&self, contest: usize, label: usize) -> String {
        let mut points: Vec<Points> = self.contests[contest]
            .points
            .iter()
            .filter(|points| points.label == label && points.points > 0)
            .copied()
            .collect();
        points.sort_by_key(|points| (std::cmp::Reverse(points.points), points.word));
        join(
            points
                .iter()
                .map(|points| self.words[points.word].text.as_str()),
        )
    }
}

/// Joins words by commas as long as they fit.
fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    let mut chars = 0;
    for word in words {
        let more = word.chars().count() + if joined.is_empty() { 0 } else { 2 };
        if chars + more > EVIDENCE_CHARS_MAX {
            break;
        }
        if !joined.is_empty() {
            joined.push_str(", ");
        }
        joined.push_str(word);
        chars += more;
    }
    joined
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Other,
}

/// Whether a word may begin or end at byte `at`.
fn is_boundary(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back().map_or(Class::Other, class);
    let after = text[at..].chars().next().map_or(Class::Other, class);
    before != after || before == Class::Other
}

fn class(c: char) -> Class {
    match c {
        'a'..='z' => Class::Letter,
        '0'..='9' => Class::Digit,
        _ if c.is_ascii() || is_written_on(c) || !c.is_alphabetic() => Class::Other,
        _ => Class::Letter,
    }
}

/// Whether a letter belongs to a script that puts no space between words or hangs particles on
/// them.
fn is_written_on(c: char) -> bool {
    matches!(
        c,
        '\u{590}'..='\u{5ff}'             // Hebrew
            | '\u{600}'..='\u{77f}'       // Arabic
            | '\u{e00}'..='\u{eff}'       // Thai, Lao
            | '\u{1000}'..='\u{109f}'     // Myanmar
            | '\u{1100}'..='\u{11ff}'     // Hangul, in pieces
            | '\u{1780}'..='\u{17ff}'     // Khmer
            | '\u{3040}'..='\u{9fff}'     // Kana, Chinese characters
            | '\u{ac00}'..='\u{d7af}'     // Hangul
            | '\u{f900}'..='\u{faff}'     // Chinese characters, compatible
            | '\u{ff66}'..='\u{ff9f}'     // Kana, half-width
            | '\u{20000}'..='\u{323af}' // Chinese characters, rare
    )
}

#[cfg(test)]
mod tests;
