//! What the model promises.

mod artefact;
mod common;
mod properties;
mod training;
