//! What can go wrong with telemetry. Nothing of it ever stops a ticket.

use std::path::PathBuf;
use std::time::Duration;

use crate::limits::REASON_CHARS_MAX;

/// What keeps telemetry from starting. None can be retried: somebody has to change something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The address of the collector is none that can be spoken to.
    #[error("speak to the collector at {url}: {why}")]
    Url {
        /// The address.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The file of headers cannot be read or understood.
    #[error("understand the headers in {}: {why}", .file.display())]
    Headers {
        /// The file.
        file: PathBuf,
        /// Why not; never what it holds.
        why: String,
    },
}

impl Error {
    /// The stable code, with a page in `docs/errors`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } => "TEL0001",
            Self::Headers { .. } => "TEL0002",
        }
    }
}

/// Why an export failed. It is logged when it begins, and counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// No answer, or one that asks for patience: it may be tried again.
    #[error("reach the collector: {why}")]
    Away {
        /// What happened.
        why: String,
        /// How long the collector asks to be left alone.
        after: Option<Duration>,
    },
    /// The collector does not want it, or not all of it.
    #[error("be taken by the collector: {why}")]
    Refused {
        /// What it said.
        why: String,
    },
}

impl Failure {
    pub(crate) fn away(why: &str) -> Self {
        Self::Away {
            why: quoted(why),
            after: None,
        }
    }

    pub(crate) fn refused(why: &str) -> Self {
        Self::Refused { why: quoted(why) }
    }

    /// The stable code, with a page in `docs/errors`.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Away { .. } => "TEL0003",
            Self::Refused { .. } => "TEL0004",
        }
    }

    /// Whether the same may be tried again.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(self, Self::Away { .. })
    }

    /// How long the collector asks to be left alone.
    pub(crate) const fn after(&self) -> Option<Duration> {
        match self {
            Self::Away { after, .. } => *after,
            Self::Refused { .. } => None,
        }
    }
}

/// A stranger's text, on one line and not too long.
fn quoted(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(REASON_CHARS_MAX).map(plain).collect()
}
