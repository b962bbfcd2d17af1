//! Names of tables.

use std::fmt;

use crate::limits;

/// A table's name: short, in lower-case letters and underscores.
///
/// The name is part of every row's key on disk, so renaming a table loses its rows: raise the
/// schema instead, and let the view be rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(pub &'static str);

impl Table {
    /// Names a table.
    ///
    /// # Panics
    ///
    /// In a constant: at compile time, when the name is empty, longer than
    /// [`limits::TABLE_NAME_BYTES_MAX`], or has other bytes than `a-z` and `_`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        assert!(
            is_name(name),
            "a table's name is 1 to 32 bytes of a-z and _"
        );
        Self(name)
    }

    /// Whether the name follows the rule; [`Table`]'s field is public, so openers ask.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        is_name(self.0)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

const fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes.len() > limits::TABLE_NAME_BYTES_MAX {
        return false;
    }
    // Iterators are not const.
    let mut i = 0;
    while i < bytes.len() {
        if !(bytes[i].is_ascii_lowercase() || bytes[i] == b'_') {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        assert!(Table("wake_up").is_valid());
        assert!(!Table("").is_valid());
        assert!(!Table("Wake").is_valid());
        assert!(!Table("wake\0").is_valid());
        assert!(
            !Table("abcdefghijklmnopqrstuvwxyzabcdefg").is_valid(),
            "33 bytes"
        );
    }
}
