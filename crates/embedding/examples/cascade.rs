//! Measures second opinions on labelled texts: how much better, at what cost.
//!
//! ```sh
//! cargo run --release -p posthouse-embedding --features candle --example cascade -- \
//!     MODEL_FOLDER FIELD TRAIN.jsonl.gz JUDGE.jsonl.gz [OUTSIDE_LABEL]
//! ```
//!
//! `-` for the second file judges by every fifth row of the first, which is then not learnt.
//! Rows with `OUTSIDE_LABEL` come from outside. One thread: set `RAYON_NUM_THREADS=1`.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::time::Instant;

use flate2::read::GzDecoder;
use posthouse_embedding::{Bert, Cascade, train};
use posthouse_model::{Corpus, Label, Model, Options, Report, Row, evaluate, train_honestly};
use serde_json::Value;

/// Shares of texts that are embedded, in 0 to 1; the last is all of them: plain fusion.
const SHARES: [f64; 5] = [0.05, 0.1, 0.2, 0.4, 1.0];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, field, learnt, judged, ..] = arguments.as_slice() else {
        return Err("name a model's folder, a field, and two files".into());
    };
    let outside = arguments.get(4).map_or("", String::as_str);
    let (corpus, judge) = match judged.as_str() {
        "-" => split(read(learnt, field, outside)?),
        judged => (read(learnt, field, outside)?, read(judged, field, outside)?),
    };
    let mut out = std::io::stdout().lock();
    let began = Instant::now();
    let trained = train_honestly(&corpus, &Options::default())?;
    let model = Model::from_bytes(trained.artefact)?;
    writeln!(
        out,
        "linear learnt in {:.1} s",
        began.elapsed().as_secs_f64()
    )?;
    if let Some(report) = evaluate(&model, &judge, field) {
        tell(&mut out, "linear", &report)?;
    }
    let began = Instant::now();
    let bert = Bert::open(Path::new(folder))?;
    writeln!(
        out,
        "embedder read in {:.2} s",
        began.elapsed().as_secs_f64()
    )?;
    let began = Instant::now();
    let opinion = train(&corpus, &model, &trained.honest, &bert, 1)?;
    writeln!(
        out,
        "second opinion learnt in {:.1} s, {} bytes, {:?} {:?}",
        began.elapsed().as_secs_f64(),
        opinion.to_bytes().len(),
        opinion.heads[0].fusion,
        opinion.heads[0].quality,
    )?;
    for share in SHARES {
        let bert = Box::new(Bert::open(Path::new(folder))?);
        let cascade = Cascade::new(opinion.clone(), &model, bert, share)?;
        let report = cascade
            .evaluate(&model, &judge, field)?
            .ok_or("no such head")?;
        let cost = cascade.cost();
        tell(&mut out, &format!("at {:.0} %", share * 100.0), &report)?;
        writeln!(
            out,
            "    embedded {} of {}, {:.1} ms each",
            cost.embedded,
            judge.rows.len(),
            cost.took.as_secs_f64() * 1e3 / f64::from(u32::try_from(cost.embedded.max(1))?),
        )?;
    }
    Ok(())
}

fn tell(out: &mut impl Write, name: &str, report: &Report) -> std::io::Result<()> {
    write!(
        out,
        "{name}: n {} accuracy {:.2} macro-F1 {:.2} ece {:.4}",
        report.rows,
        report.accuracy * 100.0,
        report.macro_f1 * 100.0,
        report.ece,
    )?;
    if let Some(outside) = report.outside {
        write!(
            out,
            " | inside {:.2} outside {:.2} auroc {:.4}",
            outside.in_scope_accuracy * 100.0,
            outside.recall * 100.0,
            outside.auroc,
        )?;
    }
    writeln!(out)
}

/// `path` may be several files, with commas between them.
fn read(path: &str, field: &str, outside: &str) -> Result<Corpus, Box<dyn Error>> {
    let mut corpus = Corpus {
        fields: vec![field.to_owned()],
        rows: Vec::new(),
    };
    for path in path.split(',') {
        for line in BufReader::new(GzDecoder::new(File::open(path)?)).lines() {
            let line: Value = serde_json::from_str(&line?)?;
            let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            let label = match text(field) {
                label if label == outside => Label::Outside,
                label => Label::One(label),
            };
            corpus.rows.push(Row {
                subject: text("subject"),
                body: text("text") + &text("body"),
                labels: vec![label],
            });
        }
    }
    Ok(corpus)
}

fn split(corpus: Corpus) -> (Corpus, Corpus) {
    let mut learnt = Corpus {
        fields: corpus.fields.clone(),
        rows: Vec::new(),
    };
    let mut judged = learnt.clone();
    for (number, row) in corpus.rows.into_iter().enumerate() {
        let part = if number % 5 == 0 {
            &mut judged
        } else {
            &mut learnt
        };
        part.rows.push(row);
    }
    (learnt, judged)
}
