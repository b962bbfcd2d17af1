//! What can go wrong on a bus, and whether trying again can help.

use thiserror::Error as ThisError;

/// What went wrong on the bus.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum Error {
    /// Nobody answered in time, or there is no connection. May be retried; whether a message
    /// was stored is not known.
    #[error("reach the bus: {0}")]
    Unavailable(String),
    /// The bus answered that it will not do this: a permission, a limit, a configuration.
    #[error("{doing}: refused by the bus (code {code}): {why}")]
    Refused {
        /// What was asked for.
        doing: String,
        /// The bus's own error code; 0 where it gave none.
        code: u64,
        /// What the bus said.
        why: String,
    },
    /// Somebody else wrote first: the expected sequence or revision is not the last.
    #[error("write {0}: somebody else wrote first")]
    Conflict(String),
    /// The stream, consumer, bucket, key or message is not there.
    #[error("find {0}")]
    NotFound(String),
    /// The message is larger than the bus takes.
    #[error("publish {bytes} bytes: the bus takes at most {bytes_max}")]
    TooLarge {
        /// The size of the message.
        bytes: usize,
        /// The largest size.
        bytes_max: usize,
    },
    /// The bus was closed by us.
    #[error("use a closed bus")]
    Closed,
}

impl Error {
    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// The stable code for operators; each has a page in `docs/errors`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "BUS0001",
            Self::Refused { .. } => "BUS0002",
            Self::Conflict(_) => "BUS0003",
            Self::NotFound(_) => "BUS0004",
            Self::TooLarge { .. } => "BUS0005",
            Self::Closed => "BUS0006",
        }
    }
}
