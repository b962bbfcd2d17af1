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
/// Most models of the region's store that are kept in memory, some megabytes each: those of the
/// policies in force and before, and their challengers.
pub const MODELS_MAX: usize = 8;
/// Most engines kept compiled.
pub const ENGINES_MAX: usize = 8;
/// Most shingles of a text that are compared; what a longer text goes on with is not.
pub const SHINGLES_MAX: usize = 1_024;
/// Fewest shingles of a text that is compared: what says less is alike by accident.
pub const SHINGLES_MIN: usize = 7;
/// How much of each part of a ticket is compared, in bytes of UTF-8: more than makes
/// [`SHINGLES_MAX`] shingles.
pub const SIMILAR_TEXT_BYTES_MAX: usize = 8 * 1_024;
/// Most tickets of a partition that later ones are compared with. A row has about 200 bytes, so
/// this much of a snapshot is below two megabytes.
pub const SIMILAR_TICKETS_MAX: usize = 8_192;
/// Most tickets that hold the same band and are compared, the newest ones.
pub const CHAIN_MAX: usize = 8;
/// Rows of a view that are read at once.
pub const SIMILAR_ROWS_PER_SCAN: usize = 1_024;
/// Longest name of a product by which tickets are counted, in characters.
pub const KEY_CHARS_MAX: usize = 64;
/// Most categories, products and places of which it is known what is usual; beyond it the
/// rarest is forgotten.
pub const KEYS_MAX: usize = 1_024;
/// Most tickets of a region in the window of storms; beyond it the oldest one leaves early.
pub const WINDOW_TICKETS_MAX: usize = 16_384;
/// Most tickets of the window, the newest ones, with which the text of a ticket is compared.
pub const ECHOES_COMPARED_MAX: usize = 256;
/// Most texts of a storm that are kept to compare others with.
pub const EXEMPLARS_MAX: usize = 64;
/// Most tickets that are folded into one incident.
pub const MEMBERS_MAX: usize = 65_536;
/// Most tickets that are folded because of one: those of the window when a storm is found.
pub const FOLDS_PER_STEP_MAX: usize = 256;
/// Most storms of a region at once. Beyond it none is opened; a day with more than this has
/// another name.
pub const STORMS_OPEN_MAX: usize = 16;
/// Most storms of a region that are remembered, over or not.
pub const STORMS_KEPT_MAX: usize = 64;
/// How long a storm is remembered after it is over, so that it can be unfolded as a whole, in
/// milliseconds.
pub const STORM_KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1_000;
/// Most tickets that were opened and not labelled yet, in the view of storms; beyond it the
/// oldest one is forgotten and counts for no storm.
pub const WAITING_MAX: usize = 8_192;
