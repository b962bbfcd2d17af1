//! Why a question is not understood.

/// Why a question is not understood. `hint` says what may have been meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// There is no such key or parameter.
    #[error("read `{key}`: there is no such key; {hint}")]
    UnknownKey {
        /// What was given, cut to 64 characters.
        key: String,
        /// What may have been meant.
        hint: String,
    },
    /// The key does not take this value.
    #[error("read {key} `{word}`: {hint}")]
    UnknownWord {
        /// The key.
        key: &'static str,
        /// What was given, cut to 64 characters.
        word: String,
        /// What may have been meant.
        hint: String,
    },
    /// A key without a value.
    #[error("read `{key}`: a value is missing; write `{key}=…`")]
    NoValue {
        /// The key.
        key: String,
    },
    /// A value without a key.
    #[error("read `{word}`: a key is missing; {hint}")]
    NoKey {
        /// What was given, cut to 64 characters.
        word: String,
        /// What may have been meant.
        hint: String,
    },
    /// A quotation that does not end.
    #[error("read the value of `{key}`: its quotation does not end")]
    Unclosed {
        /// The key.
        key: String,
    },
    /// The question is too long, or asks for too much.
    #[error("read the question: it has more than {limit} {unit}")]
    TooMuch {
        /// What is counted.
        unit: &'static str,
        /// The most there may be.
        limit: usize,
    },
    /// A cursor that this desk did not give, or gave for another order.
    #[error("read the cursor: {why}; begin again without it")]
    BadCursor {
        /// What is wrong with it.
        why: &'static str,
    },
}

impl QueryError {
    /// The stable code that operators see.
    pub const CODE: &'static str = "DSK0007";

    /// The key or parameter at fault; empty for the question as a whole.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            Self::UnknownKey { key, .. } | Self::NoValue { key } | Self::Unclosed { key } => key,
            Self::UnknownWord { key, .. } => key,
            Self::BadCursor { .. } => "cursor",
            Self::NoKey { .. } | Self::TooMuch { .. } => "",
        }
    }
}

/// The first characters of what was given: enough to recognise it.
pub(crate) fn cut(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().take(64).map(shown).collect()
}
