//! `posthouse sla`: deadlines, calculated and compared.

use std::path::Path;

use posthouse_domain::sla::vectors::{Outcome, Vector, evaluate};
use serde_json::Value;

use crate::cli::sla::{DueArgs, SlaCommand};
use crate::exit::{Error, Exit};
use crate::files::read_input;
use crate::output::{Field, Output, Table};

/// Does what was asked.
pub(super) fn run(command: &SlaCommand, output: &Output) -> Result<Exit, Error> {
    match command {
        SlaCommand::Due(args) => due(args, output),
    }
}

fn due(args: &DueArgs, output: &Output) -> Result<Exit, Error> {
    let vectors = read(&args.vectors)?;
    let outcomes = vectors
        .iter()
        .map(calculate)
        .collect::<Result<Vec<_>, Error>>()?;
    if output.json() {
        outcomes
            .iter()
            .try_for_each(|outcome| output.object(outcome))?;
    } else {
        output.table(table(&vectors, &outcomes))?;
    }
    let missed = outcomes.iter().any(|outcome| outcome.ok == Some(false));
    Ok(if missed { Exit::Problems } else { Exit::Done })
}

/// Reads a file of vectors; an error names the element.
fn read(path: &Path) -> Result<Vec<Vector>, Error> {
    let text = read_input(path)?;
    let wrong = |why: String| Error::usage(format!("read vectors from {}: {why}", path.display()));
    let array: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let Value::Array(elements) = array else {
        return Err(wrong("want an array of vectors".to_owned()));
    };
    let read = |(index, element): (usize, Value)| {
        let name = name_of(&element, index);
        serde_json::from_value(element).map_err(|error| wrong(format!("{name}: {error}")))
    };
    elements.into_iter().enumerate().map(read).collect()
}

/// What to call an element that may not even have a name.
fn name_of(element: &Value, index: usize) -> String {
    match element.get("id").and_then(Value::as_str) {
        Some(id) => format!("vector `{id}`"),
        None => format!("element {index}"),
    }
}

fn calculate(vector: &Vector) -> Result<Outcome, Error> {
    evaluate(vector).map_err(|error| {
        Error::usage(format!(
            "{error} (vector `{}`, {})",
            vector.id,
            error.code()
        ))
    })
}

fn table(vectors: &[Vector], outcomes: &[Outcome]) -> Table {
    let mut table = Table::new(["id", "due", "expected", "ok"]);
    for (vector, outcome) in vectors.iter().zip(outcomes) {
        let expected = vector
            .expected_due
            .map(|due| due.to_string())
            .unwrap_or_default();
        let ok = match outcome.ok {
            Some(true) => Field::good("yes"),
            Some(false) => Field::bad("no"),
            None => "".into(),
        };
        table.fields([
            outcome.id.clone().into(),
            outcome.due.clone().into(),
            expected.into(),
            ok,
        ]);
    }
    table
}
