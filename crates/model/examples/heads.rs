//! What all heads of the shipped model cost: `cargo run --release -p posthouse-model --example heads`.
//!
//! Texts of 600 bytes, cut end to end from the sample tickets, so that languages meet within them.

use std::error::Error;
use std::io::{self, Write};
use std::time::Instant;

use posthouse_model::{Model, Scratch, Text};
use serde_json::Value;

const TICKETS: &str = include_str!("../../../deploy/samples/tickets.jsonl");
const TEXT_BYTES: usize = 600;
const TEXTS: usize = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut all = String::new();
    for line in TICKETS.lines() {
        let ticket: Value = serde_json::from_str(line)?;
        all.push_str(ticket["body"].as_str().unwrap_or_default());
        all.push('\n');
    }
    let mut texts = Vec::new();
    let mut rest = all.as_str();
    while rest.len() >= TEXT_BYTES {
        let (text, after) = rest.split_at(rest.floor_char_boundary(TEXT_BYTES));
        texts.push(text);
        rest = after;
    }
    let model = Model::shipped();
    let mut scratch = Scratch::default();
    let mut times: Vec<f64> = (0..TEXTS)
        .map(|number| {
            let text = Text::of(texts[number % texts.len()]);
            let began = Instant::now();
            std::hint::black_box(model.predict_with(&text, &mut scratch));
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} heads, {} labels, texts of {TEXT_BYTES} bytes: median {:.1} µs, p99 {:.1} µs",
        model.heads().len(),
        model.header().outputs,
        times[TEXTS / 2],
        times[TEXTS * 99 / 100],
    )?;
    Ok(())
}
