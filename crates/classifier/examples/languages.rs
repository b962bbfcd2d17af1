//! How many texts of a labelled file get their language right, and how many Chinese ones still do
//! with English mixed in.
//!
//! ```sh
//! cargo run --release -p posthouse-classifier --example languages -- dev.jsonl
//! ```
//!
//! Each line of the file is an object with `text`, `lang` (BCP 47) and `kind` (`sentences`, …).
//! Mixes pair each Chinese sentence of the file with English ones of it, and with lines of log.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;

use posthouse_classifier::language::tell;
use serde_json::Value;

/// What machines write into tickets.
const LOG: &str = "2026-01-31T12:30:45.123Z WARN [main] c.e.Pool - the connection was reset\n\
    ERROR 2003 (HY000): Can't connect to MySQL server on 'rm-x.example' (110)\n";
/// With how many English sentences each Chinese one is mixed.
const MIXES: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a file of JSON lines")?;
    let file = std::fs::read_to_string(path)?;
    let rows: Vec<Value> = file
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let of = |lang: &str| -> Vec<&str> {
        let is_sentence = |row: &&Value| row["lang"] == lang && row["kind"] == "sentences";
        let chosen = rows.iter().filter(is_sentence);
        chosen.filter_map(|row| row["text"].as_str()).collect()
    };
    let (chinese, english) = (of("zh"), of("en"));

    // Right and all, by what was tried.
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut count = |what: String, lang: &str, text: &str| {
        let (right, all) = counts.entry(what).or_default();
        *right += usize::from(tell(&[text], "", "").language == lang);
        *all += 1;
    };
    for row in &rows {
        let [lang, kind, text] = ["lang", "kind", "text"].map(|key| row[key].as_str());
        let (lang, kind) = (lang.ok_or("no lang")?, kind.ok_or("no kind")?);
        count(format!("{kind} {lang}"), lang, text.ok_or("no text")?);
    }
    for (number, sentence) in chinese.iter().enumerate() {
        let others = english.iter().cycle().skip(number * MIXES).take(MIXES);
        for other in others {
            let words: Vec<&str> = other.split(' ').take(number % 8).collect();
            count(
                "mixed with words".into(),
                "zh",
                &format!("{} {sentence}", words.join(" ")),
            );
            count(
                "mixed with log".into(),
                "zh",
                &format!("{sentence}\n{}", LOG.repeat(number % 4)),
            );
        }
    }
    let mut out = std::io::stdout().lock();
    for (what, (right, all)) in counts {
        writeln!(
            out,
            "{what:24} {right:6} of {all:6}: {}‰",
            right * 1000 / all
        )?;
    }
    Ok(())
}
