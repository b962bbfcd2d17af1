//! Every bound of the classifier, with its unit.

/// Most words of a taxonomy, all labels together.
pub const WORDS_MAX: usize = 100_000;
/// Longest word or phrase of a taxonomy, in bytes of UTF-8.
pub const WORD_BYTES_MAX: usize = 200;
/// Strongest weight of a word, to either side; keeps the sums of the longest text far from
/// overflow.
pub const WEIGHT_MAX: i32 = 1_000;
/// How much one word can count for one label, in hits in the body. A word in the subject counts
/// as [`HEADLINE_HITS`] of them. Keeps a log excerpt that repeats one word a thousand times from
/// deciding alone.
pub const HITS_PER_WORD_MAX: i32 = 4;
/// How many hits in the body a hit in the subject or in the product's name is worth. Customers
/// put the matter there, and circumstances into the body.
pub const HEADLINE_HITS: i32 = 3;
/// Longest evidence of a reason, in characters.
pub const EVIDENCE_CHARS_MAX: usize = 80;
/// Most patterns of a taxonomy by which information is seen.
pub const PATTERNS_MAX: usize = 1_000;
/// Largest compiled pattern, in bytes.
pub const PATTERN_BYTES_MAX: usize = 1 << 20;
/// How much of a text language identification looks at, in characters. A few hundred words tell
/// the language of any text; the rest would only cost time.
pub const LANGUAGE_CHARS_MAX: usize = 4_000;
/// Most engines kept compiled.
pub const ENGINES_MAX: usize = 8;
