//! How models do, for people and for programs.

use posthouse_model::{Choice, Head, Report};
use serde_json::json;

use crate::exit::Error;
use crate::output::{Output, Table};

/// How many confusions are shown to people.
const CONFUSIONS: usize = 12;

/// How a head did in training, by rows that it was not trained on.
pub(super) fn head(head: &Head, output: &Output) -> Result<(), Error> {
    let quality = head.quality;
    if output.json() {
        return output.object(&json!({
            "head": head.name,
            "labels": head.labels.len(),
            "rows": quality.rows,
            "accuracy": quality.accuracy,
            "macro_f1": quality.macro_f1,
            "ece": quality.ece,
        }));
    }
    let exactly = match head.choice {
        Choice::One => "right",
        Choice::Many => "exactly right",
    };
    output.line(format!(
        "{}: {} labels; of {} rows, each judged without having been learnt: {} {exactly}, \
         macro-F1 {}, calibration off by {}",
        head.name,
        head.labels.len(),
        quality.rows,
        percent(quality.accuracy.into()),
        percent(quality.macro_f1.into()),
        percent(quality.ece.into()),
    ))
}

/// How a head did on rows that were set apart: all tables, without the summary.
pub(super) fn details(report: &Report, output: &Output) -> Result<(), Error> {
    if output.json() {
        return lines(report, output);
    }
    output.table(labels(report))?;
    if !report.confusions.is_empty() {
        output.line("")?;
        output.table(confusions(report))?;
    }
    if !report.curve.is_empty() {
        output.line("")?;
        output.table(curve(report))?;
    }
    output.line("")
}

/// How a head did on rows that were set apart, in short.
pub(super) fn report(report: &Report, output: &Output) -> Result<(), Error> {
    if output.json() {
        return output.object(&summary(report));
    }
    let mut table = Table::new(["", report_heading(report)]).right(1);
    let mut row = |what: &str, value: String| table.row([what.to_owned(), value]);
    row("head", report.head.clone());
    row("rows", report.rows.to_string());
    row("accuracy", percent(report.accuracy));
    row("macro-F1", percent(report.macro_f1));
    row("micro-F1", percent(report.micro_f1));
    row("calibration error", percent(report.ece));
    row("answered at the threshold", percent(report.coverage));
    row("of these, right", percent(report.accuracy_when_covered));
    if let Some(outside) = report.outside {
        row("from outside", outside.rows.to_string());
        row(
            "from inside: answered and right",
            percent(outside.in_scope_accuracy),
        );
        row("from outside: not answered", percent(outside.recall));
        row("area under the curve", format!("{:.4}", outside.auroc));
        row(
            "Matthews correlation",
            format!("{:.3}", outside.correlation),
        );
    }
    output.table(table)
}

const fn report_heading(report: &Report) -> &'static str {
    if report.outside.is_some() {
        "with texts from outside"
    } else {
        "all from inside"
    }
}

/// The summary as programs get it. The first eight names are a contract.
fn summary(report: &Report) -> serde_json::Value {
    let mut summary = json!({
        "n": report.rows,
        "accuracy": report.accuracy,
        "macro_f1": report.macro_f1,
        "ece": report.ece,
        "coverage_at_budget": report.coverage,
        "head": report.head,
        "micro_f1": report.micro_f1,
        "accuracy_when_covered": report.accuracy_when_covered,
    });
    if let Some(outside) = report.outside {
        summary["in_scope_accuracy"] = outside.in_scope_accuracy.into();
        summary["oos_recall"] = outside.recall.into();
        summary["auroc_oos"] = outside.auroc.into();
        summary["n_oos"] = outside.rows.into();
        summary["mcc_oos"] = outside.correlation.into();
    }
    summary
}

fn lines(report: &Report, output: &Output) -> Result<(), Error> {
    for label in &report.labels {
        output.object(&json!({
            "class": label.label,
            "rows": label.rows,
            "precision": label.precision,
            "recall": label.recall,
            "f1": label.f1,
        }))?;
    }
    for confusion in &report.confusions {
        output.object(&json!({
            "right": confusion.right,
            "answered": confusion.answered,
            "rows": confusion.rows,
        }))?;
    }
    for point in &report.curve {
        output.object(&json!({
            "coverage": point.coverage,
            "accuracy": point.accuracy,
            "score": point.score,
        }))?;
    }
    Ok(())
}

fn labels(report: &Report) -> Table {
    let mut table = Table::new(["label", "rows", "precision", "recall", "F1"]);
    for column in 1..=4 {
        table = table.right(column);
    }
    for label in &report.labels {
        table.row([
            label.label.clone(),
            label.rows.to_string(),
            percent(label.precision),
            percent(label.recall),
            percent(label.f1),
        ]);
    }
    table
}

fn confusions(report: &Report) -> Table {
    let mut table = Table::new(["should be", "was taken for", "rows"]).right(2);
    for confusion in report.confusions.iter().take(CONFUSIONS) {
        table.row([
            confusion.right.clone(),
            confusion.answered.clone(),
            confusion.rows.to_string(),
        ]);
    }
    table
}

fn curve(report: &Report) -> Table {
    let mut table = Table::new(["answered", "right", "from score"]);
    for column in 0..=2 {
        table = table.right(column);
    }
    for point in &report.curve {
        table.row([
            percent(point.coverage),
            percent(point.accuracy),
            format!("{:.3}", point.score),
        ]);
    }
    table
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
