//! Labelled tickets as a corpus that can be learnt from, or judged by.

use std::path::{Path, PathBuf};

use posthouse_model::{Corpus, Label, Row};

use super::input::{self, Ticket, Told};
use crate::cli::classifier::OutsideArgs;
use crate::exit::Error;

/// Reads labelled tickets, and those from outside.
///
/// Tickets of the file from outside are so for the first field; the others they say nothing of.
///
/// # Errors
///
/// [`crate::exit::Exit::Usage`] for a file that cannot be read, and for a ticket without any of
/// the labels.
pub(super) fn read(
    inputs: &[PathBuf],
    fields: &[String],
    outside: &OutsideArgs,
) -> Result<Corpus, Error> {
    let mut corpus = Corpus {
        fields: fields.to_vec(),
        rows: Vec::new(),
    };
    let tickets = match inputs {
        // The rows come from elsewhere.
        [] => Vec::new(),
        inputs => input::read(inputs)?,
    };
    for ticket in tickets {
        let labels = labels(&ticket, fields, &outside.oos_label)?;
        corpus.rows.push(row(ticket, labels));
    }
    if let Some(path) = &outside.oos {
        add_outside(&mut corpus, path)?;
    }
    Ok(corpus)
}

fn add_outside(corpus: &mut Corpus, path: &Path) -> Result<(), Error> {
    let mut labels = vec![Label::Missing; corpus.fields.len()];
    if let Some(first) = labels.first_mut() {
        *first = Label::Outside;
    }
    for ticket in input::read(&[path.to_path_buf()])? {
        corpus.rows.push(row(ticket, labels.clone()));
    }
    Ok(())
}

fn labels(ticket: &Ticket, fields: &[String], outside: &str) -> Result<Vec<Label>, Error> {
    let label = |field: &String| {
        Ok(match ticket.told(field)? {
            Told::Nothing => Label::Missing,
            Told::One(label) if label == outside => Label::Outside,
            Told::One(label) => Label::One(label),
            Told::Many(labels) => Label::Many(labels),
        })
    };
    let labels = fields
        .iter()
        .map(label)
        .collect::<Result<Vec<_>, Error>>()?;
    if labels.iter().all(|label| *label == Label::Missing) {
        let message = format!(
            "read {}: it has no label `{}`",
            ticket.place,
            fields.join("` or `")
        );
        return Err(Error::usage(message).hint(
            "give it one, or take the line out; --label names the field that holds the label",
        ));
    }
    Ok(labels)
}

fn row(ticket: Ticket, labels: Vec<Label>) -> Row {
    Row {
        subject: ticket.subject,
        body: ticket.body,
        labels,
    }
}
