//! Why bytes are no model that can be used.

/// Why an artefact cannot be used. Messages follow “failed to”.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes do not begin as a model does.
    #[error("read the model: it does not begin as a model of Posthouse does")]
    NotAModel,
    /// The bytes end before the model does, or go on after it.
    #[error("read the model: it has {found} bytes instead of {expected}; copy it again")]
    Length {
        /// As many as its header speaks of.
        expected: usize,
        /// As many as there are.
        found: usize,
    },
    /// The bytes are not those that were written.
    #[error("read the model: its bytes are not those that were written; copy it again")]
    Changed,
    /// The header cannot be read, or its parts contradict each other.
    #[error("read the model's header: {why}")]
    Header {
        /// What is wrong.
        why: String,
    },
    /// It was trained for another way of reading texts.
    #[error(
        "use the model: it was trained for n-grams of version {found}, this program reads \
         version {expected}; train it again"
    )]
    Version {
        /// What this program reads.
        expected: u32,
        /// What the model was trained for.
        found: u32,
    },
}

impl Error {
    /// The stable code; `docs/errors` has a page for it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAModel | Self::Length { .. } | Self::Changed | Self::Header { .. } => {
                "MDL0001"
            }
            Self::Version { .. } => "MDL0002",
        }
    }
}
