//! A program that was built with embeddings.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use posthouse_embedding::{Bert, Cascade, SecondOpinion, train};
use posthouse_model::{Corpus, Honest, Model, Report, Revise};

use super::super::train::write;
use crate::cli::classifier::EmbeddingArgs;
use crate::exit::Error;
use crate::output::Output;

/// What the file of a second opinion adds to the name of its model.
const EXTENSION: &str = "second";

/// Who is asked where the model is unsure.
#[derive(Debug)]
pub(in super::super) struct Second(Arc<Cascade>);

impl Second {
    /// The second opinion that lies beside the model, asked through the embedder of a folder.
    pub(in super::super) fn of(
        args: &EmbeddingArgs,
        path: Option<&Path>,
        model: &Model,
    ) -> Result<Option<Self>, Error> {
        let Some(folder) = &args.embedding else {
            return Ok(None);
        };
        let Some(path) = path else {
            return Err(
                Error::usage("read --embedding: the shipped model has no second opinion").hint(
                    "train one with `classifier train --embedding DIR`, and name it by --model",
                ),
            );
        };
        let bert = Bert::open(folder).map_err(|error| told(&error))?;
        let path = beside(path);
        let bytes = std::fs::read(&path).map_err(|error| {
            Error::usage(format!("read {}: {error}", path.display()))
                .hint("`classifier train --embedding DIR` writes it beside the model")
        })?;
        let cascade = SecondOpinion::from_bytes(&bytes)
            .and_then(|opinion| Cascade::new(opinion, model, Box::new(bert), args.embed_share))
            .map_err(|error| told(&error))?;
        Ok(Some(Self(Arc::new(cascade))))
    }

    /// Judges model and second opinion together.
    pub(in super::super) fn evaluate(
        &self,
        model: &Model,
        corpus: &Corpus,
        field: &str,
    ) -> Result<Report, Error> {
        let report = self.0.evaluate(model, corpus, field);
        report.map_err(|error| told(&error))?.ok_or_else(|| {
            Error::usage(format!(
                "ask for a second opinion of `{field}`: there is none"
            ))
            .hint("only heads that pick one label have one")
        })
    }

    pub(in super::super) fn reviser(&self) -> Arc<dyn Revise> {
        Arc::<Cascade>::clone(&self.0)
    }

    /// That no text failed to be embedded until now.
    pub(in super::super) fn checked(&self) -> Result<(), Error> {
        self.0.failure().map_or(Ok(()), |error| Err(told(&error)))
    }

    /// Says what it cost.
    pub(in super::super) fn tell(&self, output: &Output) {
        let cost = self.0.cost();
        let each = cost.took / u32::try_from(cost.embedded.max(1)).unwrap_or(u32::MAX);
        output.note(format!(
            "{} texts were embedded, {:.1} ms each",
            cost.embedded,
            each.as_secs_f64() * 1e3,
        ));
    }
}

/// Who learns second opinions.
#[derive(Debug)]
pub(in super::super) struct Learner(Bert);

impl Learner {
    /// Reads the sentence model of a folder, before time is spent on anything else.
    pub(in super::super) fn of(folder: Option<&Path>) -> Result<Option<Self>, Error> {
        let bert = folder.map(Bert::open).transpose();
        Ok(bert.map_err(|error| told(&error))?.map(Self))
    }

    /// Learns a second opinion and writes it beside the model.
    pub(in super::super) fn learn(
        &self,
        out: &Path,
        corpus: &Corpus,
        model: &Model,
        honest: &Honest,
        seed: u64,
    ) -> Result<(), Error> {
        let opinion = train(corpus, model, honest, &self.0, seed).map_err(|error| told(&error))?;
        write(&beside(out), &opinion.to_bytes())
    }
}

/// The file of the second opinion of a model's file.
fn beside(model: &Path) -> PathBuf {
    let mut name = model.as_os_str().to_owned();
    name.push(".");
    name.push(EXTENSION);
    PathBuf::from(name)
}

fn told(error: &posthouse_embedding::Error) -> Error {
    Error::usage(format!("{error} ({})", error.code()))
}
