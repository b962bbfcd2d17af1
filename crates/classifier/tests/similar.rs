//! Near-duplicates of the shipped sample tickets: found with other identifiers, and with a fifth
//! of the words lost; and nothing else is found.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use posthouse_classifier::similar::{Entry, Index, Sketch, Window};
use posthouse_domain::ids::Uuid;
use posthouse_domain::{TicketId, Timestamp};

const SAMPLES: &str = include_str!("../../../deploy/samples/tickets.jsonl");
const SEEDS: u64 = 5;
const WINDOW: Window = Window {
    tickets_max: 8_192,
    age_ms_max: i64::MAX,
};

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

struct Sample {
    language: String,
    text: String,
}

fn samples() -> Vec<Sample> {
    let sample = |line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| line[field].as_str().unwrap().to_owned();
        Sample {
            language: line["expected"]["language"].as_str().unwrap().to_owned(),
            text: format!("{}\n{}", text("subject"), text("body")),
        }
    };
    SAMPLES.lines().map(sample).collect()
}

fn index(samples: &[Sample]) -> Index {
    let mut index = Index::default();
    for (number, sample) in (0..).zip(samples) {
        if let Some(sketch) = Sketch::of(&[&sample.text]) {
            let entry = Entry {
                ticket: TicketId(Uuid::from_u128(number)),
                number: number.to_string(),
                at: Timestamp::MIN,
                sketch,
            };
            index.insert(entry, WINDOW);
        }
    }
    index
}

/// Another digit for each digit.
fn other_digits(text: &str, dice: &mut Dice) -> String {
    let other = |c: char| match c {
        '0'..='9' => char::from(b'0' + u8::try_from(dice.next() % 10).unwrap()),
        other => other,
    };
    text.chars().map(other).collect()
}

/// The text without a fifth of its words; two characters are one where no spaces part them.
fn fewer_words(text: &str, dice: &mut Dice) -> String {
    let mut words = words(text);
    words.retain(|_| !dice.next().is_multiple_of(5));
    words.concat()
}

/// The words of a text, spaces included.
fn words(text: &str) -> Vec<String> {
    let is_dense = |c: char| u32::from(c) >= 0x2e80;
    let mut words = vec![String::new()];
    for c in text.chars() {
        let word = words.last_mut().unwrap();
        let is_full = word.chars().count() >= 2 && word.contains(is_dense);
        let changes = word
            .chars()
            .last()
            .is_some_and(|last| is_dense(last) != is_dense(c));
        let is_over = word.ends_with(char::is_whitespace);
        if is_full || changes || is_over {
            words.push(c.to_string());
        } else {
            word.push(c);
        }
    }
    words
}

/// The part of changed texts that find the text they were made from, in thousandths.
fn recall(
    samples: &[Sample],
    change: impl Fn(&str, &mut Dice) -> String,
    language: Option<&str>,
) -> usize {
    let index = index(samples);
    let (mut asked, mut found) = (0, 0);
    for seed in 0..SEEDS {
        let mut dice = Dice(seed);
        for (number, sample) in samples.iter().enumerate() {
            let changed = change(&sample.text, &mut dice);
            if language.is_some_and(|language| language != sample.language) {
                continue;
            }
            // What says too little is not compared.
            let (Some(_), Some(sketch)) = (Sketch::of(&[&sample.text]), Sketch::of(&[&changed]))
            else {
                continue;
            };
            asked += 1;
            let hits = index.nearest(&sketch, 500, 3);
            found += usize::from(hits.iter().any(|hit| hit.number == number.to_string()));
        }
    }
    assert!(asked > 50, "{asked} texts are too few to tell");
    1_000 * found / asked
}

#[test]
fn a_ticket_with_other_identifiers_is_found() {
    let samples = samples();
    let found = recall(&samples, other_digits, None);
    assert!(found >= 999, "{found} of a thousand");
}

#[test]
fn a_ticket_of_which_a_fifth_of_the_words_is_lost_is_found_in_every_language() {
    let samples = samples();
    for language in [None, Some("en"), Some("zh"), Some("ja"), Some("ko")] {
        let found = recall(&samples, fewer_words, language);
        assert!(found >= 950, "{language:?}: {found} of a thousand");
    }
}

#[test]
fn tickets_about_other_things_are_not_found() {
    let samples = samples();
    let index = index(&samples);
    let alike = samples
        .iter()
        .filter_map(|sample| Sketch::of(&[&sample.text]))
        .filter(|sketch| index.nearest(sketch, 500, 2).len() > 1)
        .count();
    assert_eq!(
        alike,
        0,
        "of {} tickets that are about different things",
        samples.len()
    );
}
