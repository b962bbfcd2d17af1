//! `posthouse classifier explain`.

use posthouse_model::{Explanation, Head, Model, Text, Weighed};
use serde_json::{Value, json};

use super::{model, no_head};
use crate::cli::classifier::ExplainArgs;
use crate::exit::{Error, Exit};
use crate::files::read_stdin;
use crate::output::{Field, Output, Table};

/// Explains.
pub(super) fn run(args: &ExplainArgs, output: &Output) -> Result<Exit, Error> {
    let model = model(args.model.as_deref())?;
    let text = if args.text == "-" {
        read_stdin()?
    } else {
        args.text.clone()
    };
    let text = Text::of(&text);
    let heads: Vec<&Head> = match &args.head {
        Some(name) => vec![model.head(name).ok_or_else(|| no_head(&model, name))?],
        None => model.heads().iter().collect(),
    };
    for head in heads {
        let label = args.class.as_deref();
        let explained = model
            .explain(&text, &head.name, label, args.most)
            .ok_or_else(|| no_label(head))?;
        tell(&model, head, &text, &explained, output)?;
    }
    Ok(Exit::Done)
}

fn no_label(head: &Head) -> Error {
    Error::usage(format!(
        "explain that label: `{}` did not learn it",
        head.name
    ))
    .hint(format!("it learnt {}", head.labels.join(", ")))
}

fn tell(
    model: &Model,
    head: &Head,
    text: &Text<'_>,
    explained: &Explanation,
    output: &Output,
) -> Result<(), Error> {
    let prediction = model.predict(text);
    let answer = prediction.answer(&head.name);
    if output.json() {
        return output.object(&json!({
            "head": head.name,
            "label": explained.label,
            "margin": explained.margin,
            "bias": explained.bias,
            "threshold": explained.threshold,
            "probability": answer.filter(|it| it.label == explained.label).map(|it| it.probability),
            "abstained": answer.map(|it| it.abstained),
            "toward": spans(&explained.toward),
            "against": spans(&explained.against),
            "model": model.id(),
        }));
    }
    let sure = match answer.filter(|it| it.label == explained.label) {
        Some(it) if it.abstained => ", too little to say so",
        _ => "",
    };
    output.line(format!(
        "{}: {} (margin {:+.2}, threshold {:+.2}{sure})",
        head.name, explained.label, explained.margin, explained.threshold
    ))?;
    output.table(table(explained))?;
    output.line("")
}

fn spans(weighed: &[Weighed]) -> Vec<Value> {
    let span = |it: &Weighed| {
        json!({
            "field": it.part.as_str(),
            "start": it.start,
            "end": it.end,
            "text": it.text,
            "weight": it.weight,
        })
    };
    weighed.iter().map(span).collect()
}

fn table(explained: &Explanation) -> Table {
    let mut table = Table::new(["for it", "weight", "against it", "weight"])
        .right(1)
        .right(3);
    let side = |side: &[Weighed], row: usize| match side.get(row) {
        Some(it) => [format!("{:?}", it.text), format!("{:+.3}", it.weight)],
        None => [String::new(), String::new()],
    };
    for row in 0..explained.toward.len().max(explained.against.len()) {
        let ([toward, its], [against, theirs]) =
            (side(&explained.toward, row), side(&explained.against, row));
        table.fields([
            Field::good(toward),
            its.into(),
            Field::warn(against),
            theirs.into(),
        ]);
    }
    table
}
