//! Every bound of this crate, with its unit.

/// Characters of a text that an embedder is given: more than [`TOKENS_MAX`] words of any language.
pub const TEXT_CHARS_MAX: usize = 2_048;
/// Tokens of a text that are read; what follows is not. Cost grows with it.
pub const TOKENS_MAX: usize = 128;
/// Texts that are embedded at once.
pub const BATCH_TEXTS_MAX: usize = 16;
/// Most numbers in a vector.
pub const WIDTH_MAX: usize = 4_096;
/// Largest file of an embedder's folder, in bytes.
pub const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Most bytes of a second opinion's file.
pub const OPINION_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Smallest and largest share of texts that may be embedded, in percent.
pub const SHARE_PERCENT: (usize, usize) = (1, 100);
