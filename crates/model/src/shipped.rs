//! The model that is part of the program, so that it labels tickets before anybody trained one.
//!
//! `docs/classifier.md` has the command that trains it, and what it is worth.

use std::sync::LazyLock;

use crate::model::Model;

/// The artefact. It is mapped with the program and used where it lies.
static BYTES: &[u8] = include_bytes!("../../../deploy/models/default.model");

static MODEL: LazyLock<Model> =
    LazyLock::new(|| Model::from_bytes(BYTES).expect("the artefact was written by this version"));

impl Model {
    /// The model that is part of the program. It is checked once for all callers.
    #[must_use]
    pub fn shipped() -> Self {
        MODEL.clone()
    }
}
