//! `posthouse classifier train`.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use posthouse_model::{Model, Options, evaluate, train_honestly};
use serde::Serialize;

use super::embedding::Learner;
use super::{corpus, from_log, tables, words};
use crate::cli::classifier::TrainArgs;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// What came of it. The first four are a contract.
#[derive(Debug, Serialize)]
struct Trained<'a> {
    rows: usize,
    classes: usize,
    train_seconds: f64,
    model_bytes: usize,
    model: &'a str,
    seed: u64,
}

/// Trains.
pub(super) async fn run(args: &TrainArgs, output: &Output) -> Result<Exit, Error> {
    let learner = Learner::of(args.embedding.as_deref())?;
    let mut corpus = corpus::read(&args.input, &args.label, &args.outside)?;
    if args.log.from_log {
        let outside = &args.outside.oos_label;
        let rows = from_log::learn(&mut corpus, &args.log, outside).await?;
        output.note(format!("{rows} tickets of the log are learnt from"));
    }
    let validation = match &args.validate {
        Some(path) => Some(corpus::read(
            std::slice::from_ref(path),
            &args.label,
            &args.outside,
        )?),
        None => None,
    };
    let hints = match &args.words {
        Some(bundle) => words::teach(&mut corpus, bundle, output)?,
        None => 0,
    };
    let options = Options {
        hints,
        seed: args.seed,
        budget: args.budget / 100.0,
        cost: args.cost,
        ..Options::default()
    };
    let began = Instant::now();
    let learnt = train_honestly(&corpus, &options).map_err(|error| {
        Error::usage(format!("{error} ({})", error.code()))
            .hint("--label names the field that holds the label; rows are counted over all files")
    })?;
    let train_seconds = began.elapsed().as_secs_f64();
    write(&args.out, &learnt.artefact)?;
    let model = Model::from_bytes(learnt.artefact)
        .map_err(|error| Error::failed(format!("{error} ({})", error.code())))?;
    if let Some(learner) = learner {
        output.note(format!(
            "{} texts are embedded; this takes a while",
            corpus.rows.len()
        ));
        learner.learn(&args.out, &corpus, &model, &learnt.honest, args.seed)?;
    }
    for head in model.heads() {
        tables::head(head, output)?;
    }
    if let Some(validation) = &validation {
        for field in &args.label {
            if let Some(report) = evaluate(&model, validation, field) {
                tables::report(&report, output)?;
            }
        }
    }
    let trained = Trained {
        rows: corpus.rows.len(),
        classes: model.heads().iter().map(|head| head.labels.len()).sum(),
        train_seconds,
        model_bytes: model.as_bytes().len(),
        model: model.id(),
        seed: args.seed,
    };
    tell(&trained, &args.out, output)?;
    Ok(Exit::Done)
}

/// Writes the whole model or nothing: a reader never finds half of one.
pub(super) fn write(path: &Path, artefact: &[u8]) -> Result<(), Error> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let unwritable =
        |error: &dyn std::fmt::Display| Error::usage(format!("write {}: {error}", path.display()));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| unwritable(&error))?;
    file.write_all(artefact)
        .and_then(|()| file.as_file().sync_all())
        .map_err(|error| unwritable(&error))?;
    file.persist(path)
        .map_err(|error| unwritable(&error.error))?;
    Ok(())
}

fn tell(trained: &Trained<'_>, out: &Path, output: &Output) -> Result<(), Error> {
    if output.json() {
        return output.object(trained);
    }
    output.line(format!(
        "{}: {} rows, {} labels, {:.1} s, {} kB, model {}",
        out.display(),
        trained.rows,
        trained.classes,
        trained.train_seconds,
        trained.model_bytes / 1000,
        &trained.model[..12],
    ))
}
