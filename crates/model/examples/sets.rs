//! How well models do on public sets: `cargo run --release -p posthouse-model --example sets DIR`.
//!
//! `DIR` holds a folder for each set, named as in [`SETS`], of JSON Lines packed by gzip. What is
//! not there is left out. Trains on what the set trains on and reports on what it keeps apart for
//! development; where a set keeps nothing apart, every fifth row is.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::time::Instant;

use flate2::read::GzDecoder;
use posthouse_model::{Corpus, Label, Model, Options, Report, Row, evaluate, train};
use serde_json::Value;

/// A set: its name, where its rows are, the field of the label, and what is judged by.
struct Set {
    name: &'static str,
    train: &'static [&'static str],
    dev: Dev,
    field: &'static str,
}

/// What a model is judged by.
enum Dev {
    /// These files.
    Files(&'static [&'static str]),
    /// Every fifth row of what would be trained on.
    Fifth,
    /// The rows of these files that are not trained on.
    Rest(&'static [&'static str]),
}

/// Labels of texts from outside.
const OUTSIDE: [&str; 2] = ["oos", "NO_NODES_DETECTED"];

const CLINC_DEV: Dev = Dev::Files(&["clinc150/val", "clinc150/oos_val"]);

const SETS: &[Set] = &[
    set("Banking77, 4/5", &["banking77/train"], Dev::Fifth, "label"),
    set(
        "Banking77, 10 shots",
        &["banking77/train_10shot"],
        Dev::Rest(&["banking77/train"]),
        "label",
    ),
    set(
        "HWU64",
        &["hwu64/train"],
        Dev::Files(&["hwu64/val"]),
        "label",
    ),
    set(
        "CLINC150 full",
        &["clinc150/train_full"],
        CLINC_DEV,
        "label",
    ),
    set(
        "CLINC150 OOS+",
        &["clinc150/train_full", "clinc150/oos_train_plus"],
        CLINC_DEV,
        "label",
    ),
    set(
        "CLINC150 small",
        &["clinc150/train_small"],
        CLINC_DEV,
        "label",
    ),
    set(
        "CLINC150 imbalanced",
        &["clinc150/train_imbalanced"],
        CLINC_DEV,
        "label",
    ),
    set(
        "HINT3 Curekart, 4/5",
        &["hint3/v1_curekart_train"],
        Dev::Fifth,
        "label",
    ),
    set(
        "HINT3 Powerplay11, 4/5",
        &["hint3/v1_powerplay11_train"],
        Dev::Fifth,
        "label",
    ),
    set(
        "HINT3 SOFMattress, 4/5",
        &["hint3/v1_sofmattress_train"],
        Dev::Fifth,
        "label",
    ),
    set(
        "MultiDoGO software",
        &["multidogo/software_train"],
        Dev::Files(&["multidogo/software_dev"]),
        "labels",
    ),
    set(
        "MultiDoGO finance",
        &["multidogo/finance_train"],
        Dev::Files(&["multidogo/finance_dev"]),
        "labels",
    ),
    set(
        "MultiDoGO insurance",
        &["multidogo/insurance_train"],
        Dev::Files(&["multidogo/insurance_dev"]),
        "labels",
    ),
    set(
        "CrossWOZ domains, 4/5",
        &["crosswoz/val"],
        Dev::Fifth,
        "domains",
    ),
    set("CrossWOZ acts, 4/5", &["crosswoz/val"], Dev::Fifth, "acts"),
    set(
        "xSID, 13 languages, 4/5",
        &["xsid/valid"],
        Dev::Fifth,
        "label",
    ),
    set(
        "Bitext",
        &["bitext-support/train"],
        Dev::Files(&["bitext-support/val"]),
        "label",
    ),
];

const fn set(
    name: &'static str,
    train: &'static [&'static str],
    dev: Dev,
    field: &'static str,
) -> Set {
    Set {
        name,
        train,
        dev,
        field,
    }
}

type Done<T> = Result<T, Box<dyn Error>>;

fn main() -> Done<()> {
    let folder = std::env::args()
        .nth(1)
        .ok_or("name the folder of the sets")?;
    let only = std::env::args().nth(2);
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{:24} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>7} {:>6} {:>6}",
        "set", "rows", "acc", "macro", "micro", "ECE", "in", "out", "AUROC", "s", "MB"
    )?;
    for set in SETS {
        if only
            .as_ref()
            .is_some_and(|only| !set.name.starts_with(only.as_str()))
        {
            continue;
        }
        if set.is_there(Path::new(&folder)) {
            writeln!(out, "{}", set.judge(Path::new(&folder))?)?;
        }
    }
    Ok(())
}

impl Set {
    fn is_there(&self, folder: &Path) -> bool {
        self.train
            .iter()
            .all(|file| folder.join(format!("{file}.jsonl.gz")).exists())
    }

    fn judge(&self, folder: &Path) -> Done<String> {
        let (learnt, kept) = self.rows(folder)?;
        let began = Instant::now();
        let artefact = train(&corpus(learnt), &Options::default())?;
        let seconds = began.elapsed().as_secs_f64();
        let megabytes = f64::from(u32::try_from(artefact.len())?) / 1e6;
        let model = Model::from_bytes(artefact)?;
        let report = evaluate(&model, &corpus(kept), "label").ok_or("no such head")?;
        Ok(self.line(&report, seconds, megabytes))
    }

    fn rows(&self, folder: &Path) -> Done<(Vec<Row>, Vec<Row>)> {
        let read = |files: &[&str]| self.read(folder, files);
        let learnt = read(self.train)?;
        Ok(match self.dev {
            Dev::Files(files) => (learnt, read(files)?),
            Dev::Rest(files) => {
                let known: BTreeSet<String> = learnt.iter().map(|it| it.body.clone()).collect();
                let is_new = |row: &Row| !known.contains(&row.body);
                (learnt, read(files)?.into_iter().filter(is_new).collect())
            }
            Dev::Fifth => {
                // Rows of one label stand together in some files: spread by a multiplication.
                let spread = |place: usize| place.wrapping_mul(2_654_435_761) >> 8;
                let is_kept = |place: usize| spread(place).is_multiple_of(5);
                let (kept, learnt): (Vec<_>, Vec<_>) =
                    learnt.into_iter().enumerate().partition(|it| is_kept(it.0));
                let rows = |it: Vec<(usize, Row)>| it.into_iter().map(|it| it.1).collect();
                (rows(learnt), rows(kept))
            }
        })
    }

    fn read(&self, folder: &Path, files: &[&str]) -> Done<Vec<Row>> {
        let mut rows = Vec::new();
        for file in files {
            let packed = File::open(folder.join(format!("{file}.jsonl.gz")))?;
            for line in BufReader::new(GzDecoder::new(packed)).lines() {
                let row: Value = serde_json::from_str(&line?)?;
                rows.push(Row {
                    subject: String::new(),
                    body: row["text"].as_str().ok_or("a row has no text")?.to_owned(),
                    labels: vec![label(&row[self.field])],
                });
            }
        }
        Ok(rows)
    }

    fn line(&self, report: &Report, seconds: f64, megabytes: f64) -> String {
        let percent = |share: f64| format!("{:.2}", share * 100.0);
        let (inside, outside, auroc) = report.outside.map_or_else(Default::default, |it| {
            (
                percent(it.in_scope_accuracy),
                percent(it.recall),
                format!("{:.4}", it.auroc),
            )
        });
        format!(
            "{:24} {:>6} {:>6} {:>6} {:>6} {:>6.4} {inside:>6} {outside:>6} {auroc:>7} \
             {seconds:>6.1} {megabytes:>6.2}",
            self.name,
            report.rows,
            percent(report.accuracy),
            percent(report.macro_f1),
            percent(report.micro_f1),
            report.ece,
        )
    }
}

fn label(value: &Value) -> Label {
    let word = |value: &Value| value.as_str().map(str::to_owned);
    match value {
        Value::String(label) if OUTSIDE.contains(&label.as_str()) => Label::Outside,
        Value::String(label) => Label::One(label.clone()),
        Value::Array(labels) => Label::Many(labels.iter().filter_map(word).collect()),
        _ => Label::Missing,
    }
}

fn corpus(rows: Vec<Row>) -> Corpus {
    Corpus {
        fields: vec!["label".to_owned()],
        rows,
    }
}
