//! Why no second opinion can be had.

use crate::limits::SHARE_PERCENT;

/// Why no second opinion can be had. Messages follow “failed to”.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder holds no embedder that can be read.
    #[error("read the embedding model: {why}")]
    Folder {
        /// What is wrong, with the file.
        why: String,
    },
    /// The embedder could not read a text.
    #[error("embed a text: {why}")]
    Embed {
        /// What it said.
        why: String,
    },
    /// The bytes are no second opinion, or not those that were written.
    #[error("read the second opinion: {why}")]
    Opinion {
        /// What is wrong.
        why: String,
    },
    /// It was learnt beside another model.
    #[error("use the second opinion: it was learnt beside model {expected}, this is {found}")]
    OtherModel {
        /// The address of the model that it was learnt with.
        expected: String,
        /// That of this one.
        found: String,
    },
    /// It was learnt from another embedder's vectors.
    #[error("use the second opinion: it was learnt from embedder {expected}, this is {found}")]
    OtherEmbedder {
        /// The address of the embedder that it was learnt with.
        expected: String,
        /// That of this one.
        found: String,
    },
    /// No head of the model picks one label, so there is nothing to have an opinion of.
    #[error("learn a second opinion: no head of the model picks one label")]
    NoHead,
    /// The share of texts to embed is out of range.
    #[error(
        "ask for second opinions: {percent} % of texts; name {} to {}",
        SHARE_PERCENT.0,
        SHARE_PERCENT.1
    )]
    Share {
        /// What was asked for, in percent.
        percent: usize,
    },
}

impl Error {
    /// The stable code; `docs/errors` has a page for it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Folder { .. } | Self::Embed { .. } => "EMB0001",
            Self::Opinion { .. } | Self::OtherModel { .. } | Self::OtherEmbedder { .. } => {
                "EMB0002"
            }
            Self::NoHead | Self::Share { .. } => "EMB0003",
        }
    }
}
