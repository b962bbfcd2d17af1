//! Every bound of this crate, with its unit.

/// Characters of a subject that are read; what follows is not.
pub const SUBJECT_CHARS_MAX: usize = 512;
/// Characters of a body that are read: a ticket says what it is about before its log ends.
pub const BODY_CHARS_MAX: usize = 4_096;
/// Characters of one word; the rest of a longer one is not read.
pub const WORD_CHARS_MAX: usize = 32;
/// Digits of a number that is kept as it is (`504`, `3306`, `2026`); longer ones become a mask.
pub const NUMBER_DIGITS_MAX: usize = 4;
/// Longest character n-gram of a word, in characters, its two edges included.
pub const CHARS_PER_GRAM_MAX: usize = 4;
/// Binary logarithm of the number of places that n-grams are hashed to.
pub const PLACES_LOG2: u32 = 21;
/// Fewest rows of training in which an n-gram occurs for it to be kept.
pub const ROWS_PER_GRAM_MIN: u32 = 2;
/// Most n-grams that a model keeps: the most frequent ones.
pub const GRAMS_MAX: usize = 400_000;
/// Most heads of a model.
pub const HEADS_MAX: usize = 16;
/// Most labels of all heads of a model.
pub const LABELS_MAX: usize = 4_096;
/// Most rows of training.
pub const ROWS_MAX: usize = 2_000_000;
/// Longest label, in bytes.
pub const LABEL_BYTES_MAX: usize = 200;
/// Most bytes of a model's header.
pub const HEADER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most n-grams that an explanation names on either side.
pub const EXPLAINED_MAX: usize = 100;
