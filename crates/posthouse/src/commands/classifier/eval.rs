//! `posthouse classifier eval`.

use posthouse_model::evaluate;

use super::embedding::Second;
use super::{corpus, model, no_head, tables};
use crate::cli::classifier::EvalArgs;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// Judges.
pub(super) fn run(args: &EvalArgs, output: &Output) -> Result<Exit, Error> {
    let model = model(args.model.as_deref())?;
    if model.head(&args.label).is_none() {
        return Err(no_head(&model, &args.label));
    }
    let fields = std::slice::from_ref(&args.label);
    let corpus = corpus::read(&args.input, fields, &args.outside)?;
    let second = Second::of(&args.second, args.model.as_deref(), &model)?;
    let report = match &second {
        Some(second) => second.evaluate(&model, &corpus, &args.label)?,
        None => {
            evaluate(&model, &corpus, &args.label).ok_or_else(|| no_head(&model, &args.label))?
        }
    };
    if let Some(second) = &second {
        second.tell(output);
    }
    tables::details(&report, output)?;
    tables::report(&report, output)?;
    Ok(Exit::Done)
}
