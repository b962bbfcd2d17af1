//! What can be wrong with a taxonomy, each with the code operators look up.

/// Why a taxonomy could not be compiled.
///
/// None of these may be retried: the same taxonomy fails the same way for ever. The page of each
/// [`code`](Self::code) under `docs/errors/` says what the operator can do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A word of which nothing is left once spaces and `*` are taken away.
    #[error("compile a word of {label}: it is empty")]
    WordEmpty {
        /// The field and key of the label, as `category network`.
        label: String,
    },
    /// A word longer than [`limits::WORD_BYTES_MAX`](crate::limits::WORD_BYTES_MAX).
    #[error(
        "compile a word of {label}: it has {bytes} bytes, more than {}",
        crate::limits::WORD_BYTES_MAX
    )]
    WordTooLong {
        /// The field and key of the label.
        label: String,
        /// Length of the word, in bytes.
        bytes: usize,
    },
    /// A weight beyond [`limits::WEIGHT_MAX`](crate::limits::WEIGHT_MAX).
    #[error(
        "weigh {word:?} of {label}: {weight} is not in -{max}..={max}",
        max = crate::limits::WEIGHT_MAX
    )]
    WeightOutOfRange {
        /// The field and key of the label.
        label: String,
        /// The word.
        word: String,
        /// The refused weight.
        weight: i32,
    },
    /// More words than [`limits::WORDS_MAX`](crate::limits::WORDS_MAX).
    #[error(
        "compile {count} words: at most {} are taken",
        crate::limits::WORDS_MAX
    )]
    TooManyWords {
        /// Words of all labels together.
        count: usize,
    },
    /// The automaton over all words could not be built.
    #[error("build the automaton over all words")]
    Automaton(#[from] aho_corasick::BuildError),
    /// More patterns than [`limits::PATTERNS_MAX`](crate::limits::PATTERNS_MAX).
    #[error(
        "compile {count} patterns: at most {} are taken",
        crate::limits::PATTERNS_MAX
    )]
    TooManyPatterns {
        /// Patterns of all pieces of information, or of all rules, together.
        count: usize,
    },
    /// A pattern that is not a regular expression, or too large a one.
    #[error("compile pattern {pattern:?} of {owner}")]
    Pattern {
        /// What has the pattern: `information time`, `rule oracle`.
        owner: String,
        /// The pattern as it was given.
        pattern: String,
        /// What is wrong with it.
        source: Box<regex::Error>,
    },
    /// A category that asks for a piece of information of which nothing is known.
    #[error("look for information {key:?}, which category {category} asks for: it has no patterns")]
    InformationUnknown {
        /// The category that asks.
        category: String,
        /// The piece of information.
        key: String,
    },
}

impl Error {
    /// The stable code that operators look up.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WordEmpty { .. } => "CLS0001",
            Self::WordTooLong { .. } => "CLS0002",
            Self::WeightOutOfRange { .. } => "CLS0003",
            Self::TooManyWords { .. } => "CLS0004",
            Self::Automaton(_) => "CLS0005",
            Self::TooManyPatterns { .. } => "CLS0006",
            Self::Pattern { .. } => "CLS0007",
            Self::InformationUnknown { .. } => "CLS0008",
        }
    }
}
