//! Why a message could not be read.

/// Why a message could not be read. None of these may be retried: the same bytes fail again.
///
/// A `field` is the path from the message, such as `opened.severity` or `routed.considered[2].rule`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `WIRE0001`: the bytes are cut short, are no Protobuf, or hold text that is not UTF-8.
    #[error("read {message}: {why}")]
    Malformed {
        /// The kind of message that was expected.
        message: &'static str,
        /// Where and how the reading ended.
        why: String,
    },
    /// `WIRE0002`: the message lacks something it must have.
    #[error("read {field}: it is required and absent")]
    Missing {
        /// What it lacks.
        field: String,
    },
    /// `WIRE0003`: a value is there, but cannot be what the field holds.
    #[error("read {field}: {why}")]
    Unreadable {
        /// Which value.
        field: String,
        /// What was found and what was wanted.
        why: String,
    },
    /// `WIRE0004`: an enumeration has a value that this version does not know.
    #[error("read {field}: unknown value {value}; a newer version may have written it")]
    UnknownValue {
        /// Which enumeration.
        field: String,
        /// Its number.
        value: i32,
    },
    /// `WIRE0005`: a newer version wrote a kind of fact or command that this version lacks.
    #[error("read {message}: its body has number {number}, which only a newer version knows")]
    NewerVersion {
        /// The kind of message.
        message: &'static str,
        /// The field number of the body.
        number: u32,
    },
    /// `WIRE0006`: a value is larger than its limit.
    #[error("read {field}: it has {size} {unit}, more than the limit of {limit}")]
    TooLarge {
        /// Which value.
        field: String,
        /// Its size, in `unit`.
        size: usize,
        /// What is counted: `bytes`, `characters`, `entries`.
        unit: &'static str,
        /// The most it may have, in `unit`.
        limit: usize,
    },
}

impl Error {
    /// All codes, in order. Each has a page in `docs/errors`.
    pub const CODES: [&'static str; 6] = [
        "WIRE0001", "WIRE0002", "WIRE0003", "WIRE0004", "WIRE0005", "WIRE0006",
    ];

    /// The stable code that operators see.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "WIRE0001",
            Self::Missing { .. } => "WIRE0002",
            Self::Unreadable { .. } => "WIRE0003",
            Self::UnknownValue { .. } => "WIRE0004",
            Self::NewerVersion { .. } => "WIRE0005",
            Self::TooLarge { .. } => "WIRE0006",
        }
    }
}
