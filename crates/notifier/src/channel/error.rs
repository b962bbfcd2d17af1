//! Why an attempt to tell somebody did not succeed.

use crate::client::Forbidden;

/// Why an attempt did not succeed.
///
/// Three questions are answered for each: whether trying again can help ([`Self::is_final`]),
/// whether what was sent may have arrived ([`Self::may_have_arrived`]), and whether the other
/// side itself is in trouble, so that others who would be told there are better told later
/// ([`Self::is_trouble`]).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It leads where couriers may not go. Nothing was sent.
    #[error("post: {code}: {0}", code = Forbidden::CODE)]
    Forbidden(#[from] Forbidden),
    /// An address or a secret cannot be used. Nothing was sent. Tried again all the same:
    /// somebody may put it right meanwhile.
    #[error("prepare what is sent: NTF0002: {0}")]
    Misconfigured(String),
    /// The other side said that it wants no more of this, such as 410.
    #[error("post: NTF0003: the receiver is gone ({0})")]
    Gone(String),
    /// The other side answered, but not with success.
    #[error("post: NTF0004: the receiver answered {status}: {answer}")]
    Refused {
        /// Its status, or 0 where it has none.
        status: u16,
        /// The beginning of what it said.
        answer: String,
        /// How long it asks to be left alone, in milliseconds.
        retry_after_ms: Option<u32>,
    },
    /// The other side answered that it will never take this.
    #[error("post: NTF0005: the receiver rejected it for good, {status}: {answer}")]
    Rejected {
        /// Its status, or 0 where it has none.
        status: u16,
        /// The beginning of what it said.
        answer: String,
    },
    /// There was no connection. Nothing was sent.
    #[error("post: NTF0006: no connection: {0}")]
    Unreached(String),
    /// No answer came. The message may have arrived.
    #[error("post: NTF0007: no answer: {0}")]
    NoAnswer(String),
}

impl Error {
    /// The stable code, with a page in `docs/errors`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Forbidden(_) => Forbidden::CODE,
            Self::Misconfigured(_) => "NTF0002",
            Self::Gone(_) => "NTF0003",
            Self::Refused { .. } => "NTF0004",
            Self::Rejected { .. } => "NTF0005",
            Self::Unreached(_) => "NTF0006",
            Self::NoAnswer(_) => "NTF0007",
        }
    }

    /// Whether trying again is no help.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Gone(_) | Self::Forbidden(_) | Self::Rejected { .. }
        )
    }

    /// Whether this attempt may have had success all the same.
    #[must_use]
    pub const fn may_have_arrived(&self) -> bool {
        matches!(self, Self::NoAnswer(_))
    }

    /// Whether it is likely that others would fare no better there, now.
    #[must_use]
    pub const fn is_trouble(&self) -> bool {
        match self {
            Self::Unreached(_) | Self::NoAnswer(_) => true,
            Self::Refused {
                status,
                retry_after_ms,
                ..
            } => *status >= 500 || retry_after_ms.is_some(),
            Self::Forbidden(_) | Self::Misconfigured(_) | Self::Gone(_) | Self::Rejected { .. } => {
                false
            }
        }
    }

    /// How long the other side asked to be left alone, in milliseconds.
    #[must_use]
    pub const fn retry_after_ms(&self) -> Option<u32> {
        match self {
            Self::Refused { retry_after_ms, .. } => *retry_after_ms,
            _ => None,
        }
    }
}
