//! A program that was built without embeddings.

use std::path::Path;
use std::sync::Arc;

use posthouse_model::{Corpus, Honest, Model, Report, Revise};

use crate::cli::classifier::EmbeddingArgs;
use crate::exit::Error;
use crate::output::Output;

/// Nobody: there is no value of this type.
#[derive(Debug)]
pub(in super::super) enum Second {}

impl Second {
    /// Nobody, unless somebody is asked for.
    pub(in super::super) fn of(
        args: &EmbeddingArgs,
        _path: Option<&Path>,
        _model: &Model,
    ) -> Result<Option<Self>, Error> {
        match args.embedding {
            Some(_) => Err(refused()),
            None => Ok(None),
        }
    }

    pub(in super::super) fn evaluate(
        &self,
        _model: &Model,
        _corpus: &Corpus,
        _field: &str,
    ) -> Result<Report, Error> {
        match *self {}
    }

    pub(in super::super) fn reviser(&self) -> Arc<dyn Revise> {
        match *self {}
    }

    pub(in super::super) fn checked(&self) -> Result<(), Error> {
        match *self {}
    }

    pub(in super::super) fn tell(&self, _output: &Output) {
        match *self {}
    }
}

/// Nobody: there is no value of this type.
#[derive(Debug)]
pub(in super::super) enum Learner {}

impl Learner {
    /// Nobody, unless somebody is asked for.
    pub(in super::super) fn of(folder: Option<&Path>) -> Result<Option<Self>, Error> {
        match folder {
            Some(_) => Err(refused()),
            None => Ok(None),
        }
    }

    pub(in super::super) fn learn(
        &self,
        _out: &Path,
        _corpus: &Corpus,
        _model: &Model,
        _honest: &Honest,
        _seed: u64,
    ) -> Result<(), Error> {
        match *self {}
    }
}

fn refused() -> Error {
    Error::usage("read --embedding: this program was built without embeddings")
        .hint("build one with: cargo build --release -p posthouse --features embedding")
}
