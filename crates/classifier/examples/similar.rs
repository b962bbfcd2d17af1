//! What near-duplicates cost: `cargo run --release -p posthouse-classifier --example similar`.
//!
//! The texts are the shipped samples, cut or repeated to about 600 bytes, over a full window.

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use posthouse_classifier::limits::SIMILAR_TICKETS_MAX;
use posthouse_classifier::similar::{Entry, Index, Sketch, Window};
use posthouse_domain::{TicketId, Timestamp};

const SAMPLES: &str = include_str!("../../../deploy/samples/tickets.jsonl");
const BYTES: usize = 600;
const WINDOW: Window = Window {
    tickets_max: SIMILAR_TICKETS_MAX,
    age_ms_max: i64::MAX,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let texts = texts()?;
    let mut index = Index::default();
    let (mut sketching, mut searching, mut keeping) =
        (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let (mut measured, mut links) = (0_u32, 0_usize);
    for number in 0..2 * SIMILAR_TICKETS_MAX {
        // A word of its own, so that tickets made of one sample are near-duplicates and no more.
        let text = format!("{} {}", texts[number % texts.len()], word(number));
        let began = Instant::now();
        let Some(sketch) = Sketch::of(black_box(&[&text])) else {
            continue;
        };
        let sketched = Instant::now();
        let hits = black_box(index.nearest(&sketch, 500, 5));
        let searched = Instant::now();
        index.insert(
            Entry {
                ticket: TicketId::derive(&[&number.to_string()]),
                number: number.to_string(),
                at: Timestamp::MIN,
                sketch,
            },
            WINDOW,
        );
        if number >= SIMILAR_TICKETS_MAX {
            measured += 1;
            links += hits.len();
            sketching += sketched - began;
            searching += searched - sketched;
            keeping += searched.elapsed();
        }
    }
    let mut out = std::io::stdout().lock();
    let each = |spent: Duration| spent / measured.max(1);
    writeln!(out, "tickets in the window: {}", index.len())?;
    writeln!(out, "sketch: {:?} a ticket", each(sketching))?;
    writeln!(out, "search: {:?} a ticket", each(searching))?;
    writeln!(out, "keep:   {:?} a ticket", each(keeping))?;
    writeln!(out, "links:  {links} of {measured} tickets")?;
    Ok(())
}

fn word(number: usize) -> String {
    let letters = number.to_string();
    letters
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect()
}

fn texts() -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut texts = Vec::new();
    for line in SAMPLES.lines() {
        let line: serde_json::Value = serde_json::from_str(line)?;
        let body = line["body"].as_str().ok_or("a sample has a body")?;
        let text = format!("{body} ").repeat(BYTES / body.len().max(1) + 1);
        texts.push(text[..text.floor_char_boundary(BYTES)].to_owned());
    }
    Ok(texts)
}
