//! What can be wrong with a scenario. None can be retried: somebody has to change something.

/// Why a scenario cannot be played. Messages follow "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file is not JSON.
    #[error("read scenario `{file}`, line {line}, column {column}: {why}")]
    NotJson {
        /// The file, as it was named.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        why: String,
    },
    /// A key is unknown or missing, or a value has another type or form.
    #[error("read scenario `{file}` at `{path}`: {why}")]
    Shape {
        /// The file, as it was named.
        file: String,
        /// Where, in the scenario with all that it extends.
        path: String,
        /// What is wrong there, and what may have been meant.
        why: String,
    },
    /// A scenario that is extended cannot be had.
    #[error("read scenario `{file}`, which is extended: {why}")]
    Extended {
        /// The file that is extended.
        file: String,
        /// Why not.
        why: String,
    },
    /// The scenario can be read and makes no sense.
    #[error("understand `{path}`: {why}")]
    Senseless {
        /// Where.
        path: String,
        /// Why not.
        why: String,
    },
    /// What the scenario says of its own totals is not what it adds up to.
    #[error("check the totals of the scenario: `{total}` says {said}, but it adds up to {found}")]
    Totals {
        /// The total.
        total: String,
        /// What the file says.
        said: String,
        /// What it adds up to.
        found: String,
    },
}

impl Error {
    /// The stable code, which has a page in `docs/errors`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "TWN0001",
            Self::Shape { .. } => "TWN0002",
            Self::Extended { .. } => "TWN0003",
            Self::Senseless { .. } => "TWN0004",
            Self::Totals { .. } => "TWN0005",
        }
    }

    /// What makes no sense, and why.
    pub(crate) fn senseless(path: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Senseless {
            path: path.into(),
            why: why.into(),
        }
    }
}
