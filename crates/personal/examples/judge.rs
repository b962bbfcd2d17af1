//! How much of the personal data in a labelled file is found, how much of what is found is
//! labelled, and how long a text takes.
//!
//! ```sh
//! cargo run --release -p posthouse-personal --example judge -- dev.jsonl [--show KIND]
//! ```
//!
//! Each line of the file is an object with `full_text` (or `text`) and `spans` of `entity_type`,
//! `start_position` and `end_position` in code points. A labelled span is found when a span of its
//! kind overlaps it; a found span is right when a labelled one of its kind overlaps it. With
//! `--show`, what was missed and what was found wrongly is printed for one kind.

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use posthouse_personal::find;
use serde_json::Value;

/// How labels of other makers are called here.
const OTHER_NAMES: [(&str, &str); 2] = [
    ("PHONE_NUMBER", "PHONE"),
    ("US_DRIVER_LICENSE", "DRIVER_LICENSE"),
];
/// How often the whole file is read for the time.
const ROUNDS: u32 = 20;
/// Bytes of the tickets by which the time of the classify step is told.
const TICKET_BYTES: usize = 600;

/// Counts of one kind.
#[derive(Default)]
struct Score {
    labelled: usize,
    recalled: usize,
    found: usize,
    right: usize,
}

struct Labelled {
    kind: String,
    start: usize,
    end: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("name a file of JSON lines")?;
    let shown = arguments.next().and_then(|_| arguments.next());
    let file = std::fs::read_to_string(path)?;
    let rows: Vec<(String, Vec<Labelled>)> = file.lines().map(read).collect::<Result<_, _>>()?;
    let mut out = std::io::stdout().lock();

    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for (text, labelled) in &rows {
        for line in score(text, labelled, &mut scores, shown.as_deref()) {
            writeln!(out, "{line}")?;
        }
    }
    writeln!(
        out,
        "{:16} {:>8} {:>8} {:>10}",
        "kind", "labelled", "recall", "precision"
    )?;
    for (kind, score) in scores {
        let share = |part: usize, of: usize| match of {
            0 => "-".to_owned(),
            _ => format!("{}‰", part * 1000 / of),
        };
        let (recall, precision) = (
            share(score.recalled, score.labelled),
            share(score.right, score.found),
        );
        writeln!(
            out,
            "{kind:16} {:>8} {recall:>8} {precision:>10}",
            score.labelled
        )?;
    }

    let all: String = rows.iter().map(|(text, _)| format!("{text}\n")).collect();
    let tickets = pieces(&all);
    // The best round: the others tell what else the machine did.
    let rounds = (0..ROUNDS).map(|_| {
        let began = Instant::now();
        for ticket in &tickets {
            black_box(find(black_box(ticket), &[]));
        }
        began.elapsed()
    });
    let best = rounds.min().unwrap_or_default();
    let each = best / u32::try_from(tickets.len())?.max(1);
    writeln!(out, "{TICKET_BYTES} bytes: {each:?}")?;
    Ok(())
}

fn read(line: &str) -> Result<(String, Vec<Labelled>), Box<dyn Error>> {
    let row: Value = serde_json::from_str(line)?;
    let text = row["full_text"].as_str().or(row["text"].as_str());
    let spans = row["spans"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let labelled = spans
        .iter()
        .map(|span| {
            let kind = span["entity_type"].as_str().unwrap_or_default();
            let other = OTHER_NAMES.iter().find(|(theirs, _)| *theirs == kind);
            let place = |key: &str| usize::try_from(span[key].as_u64().unwrap_or_default());
            Ok(Labelled {
                kind: other.map_or(kind, |(_, ours)| ours).to_owned(),
                start: place("start_position")?,
                end: place("end_position")?,
            })
        })
        .collect::<Result<_, Box<dyn Error>>>()?;
    Ok((text.ok_or("a line without text")?.to_owned(), labelled))
}

/// Adds a text to the scores; the lines to be shown.
fn score(
    text: &str,
    labelled: &[Labelled],
    scores: &mut BTreeMap<String, Score>,
    shown: Option<&str>,
) -> Vec<String> {
    let found = find(text, &[]);
    let mut lines = Vec::new();
    let mut show = |kind: &str, what: &str, start: usize, end: usize| {
        if shown == Some(kind) {
            let around = |from: usize, to: usize| -> String {
                text.chars().skip(from).take(to - from).collect()
            };
            lines.push(format!(
                "{what} {:?} <{}> {:?}",
                around(start.saturating_sub(30), start),
                around(start, end),
                around(end, end + 20)
            ));
        }
    };
    for label in labelled {
        let is_found = found.iter().any(|span| {
            span.kind.as_str() == label.kind && span.start < label.end && label.start < span.end
        });
        let score = scores.entry(label.kind.clone()).or_default();
        score.labelled += 1;
        score.recalled += usize::from(is_found);
        if !is_found {
            show(&label.kind, "missed", label.start, label.end);
        }
    }
    for span in found {
        let kind = span.kind.as_str();
        let is_right = labelled
            .iter()
            .any(|label| kind == label.kind && span.start < label.end && label.start < span.end);
        let score = scores.entry(kind.to_owned()).or_default();
        score.found += 1;
        score.right += usize::from(is_right);
        if !is_right {
            show(kind, "wrong ", span.start, span.end);
        }
    }
    lines
}

/// The text in tickets of [`TICKET_BYTES`].
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > TICKET_BYTES {
        let (piece, more) = rest.split_at(rest.floor_char_boundary(TICKET_BYTES));
        pieces.push(piece);
        rest = more;
    }
    pieces
}
