//! `posthouse classifier`: models, from labelled tickets to labels for tickets.

mod choice;
mod compare;
mod contest;
mod corpus;
mod embedding;
mod eval;
mod explain;
mod from_log;
mod input;
mod mcnemar;
pub(crate) mod opened;
mod predict;
mod promote;
mod push;
mod review;
mod store;
mod tables;
mod train;
mod words;

pub(super) use store::check_named;

use std::path::Path;

use posthouse_model::Model;

use crate::cli::classifier::ClassifierCommand;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// Does what was asked.
pub(super) async fn run(command: &ClassifierCommand, output: &Output) -> Result<Exit, Error> {
    match command {
        ClassifierCommand::Train(args) => train::run(args, output).await,
        ClassifierCommand::Eval(args) => eval::run(args, output),
        ClassifierCommand::Predict(args) => predict::run(args, output),
        ClassifierCommand::Explain(args) => explain::run(args, output),
        ClassifierCommand::Push(args) => push::push(args, output).await,
        ClassifierCommand::List(args) => push::list(args, output).await,
        ClassifierCommand::Show(args) => push::show(args, output).await,
        ClassifierCommand::Compare(args) => compare::run(args, output).await,
        ClassifierCommand::Shadow(args) => promote::shadow(args, output).await,
        ClassifierCommand::Promote(args) => promote::promote(args, output).await,
        ClassifierCommand::Review(args) => review::run(args, output).await,
    }
}

/// The model of a file, or the one that is part of the program.
fn model(path: Option<&Path>) -> Result<Model, Error> {
    let Some(path) = path else {
        return Ok(Model::shipped());
    };
    let shown = path.display();
    let bytes =
        std::fs::read(path).map_err(|error| Error::usage(format!("read {shown}: {error}")))?;
    Model::from_bytes(bytes)
        .map_err(|error| Error::usage(format!("{error} ({}): {shown}", error.code())))
}

/// That a model has no such head, and which it has.
fn no_head(model: &Model, head: &str) -> Error {
    let heads: Vec<&str> = model
        .heads()
        .iter()
        .map(|head| head.name.as_str())
        .collect();
    Error::usage(format!("ask the model for `{head}`: it did not learn that"))
        .hint(format!("it learnt {}", heads.join(", ")))
}
