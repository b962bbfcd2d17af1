//! Every bound of the search for personal data, with its unit.

/// Fewest digits of a text in which numbers of people are looked for. The shortest are local
/// telephone numbers.
pub const DIGITS_MIN: usize = 6;
/// Shortest known name that is looked for, in characters.
pub const NAME_CHARS_MIN: usize = 2;
/// Most known names that are looked for in one text.
pub const NAMES_MAX: usize = 8;
/// How far before a number the words are looked at that say what it is, in bytes.
pub const BEFORE_BYTES: usize = 56;
/// How far behind a number such words are looked at, in bytes.
pub const BEHIND_BYTES: usize = 16;
/// Longest local part of an address of electronic mail, in bytes (RFC 5321, 4.5.3.1.1).
pub const LOCAL_BYTES_MAX: usize = 64;
/// Longest domain of an address of electronic mail, in bytes (RFC 5321, 4.5.3.1.2).
pub const DOMAIN_BYTES_MAX: usize = 255;
/// Longest private key that is followed to its end, in bytes; RSA keys of 16384 bits have 13 KiB.
pub const PRIVATE_KEY_BYTES_MAX: usize = 16 << 10;
