//! What can be wrong with a configuration.

use std::fmt;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This file.
    File(PathBuf),
    /// The environment variable of this name.
    Variable(String),
    /// The command line.
    Flags,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "file {}", file.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Flags => f.write_str("command line"),
        }
    }
}

/// One fault of a configuration. None can be retried: somebody has to change something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("read the configuration file {}: {why}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The file is not TOML.
    #[error("understand {}, line {line}, column {column}: {why}", .file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, in characters from 1.
        column: usize,
        /// What is wrong there.
        why: String,
    },
    /// There is no such setting.
    #[error("accept `{key}` ({origin}): no such {what}; {hint}")]
    Unknown {
        /// The key, as it was written.
        key: String,
        /// What it would have to be: section, key or environment variable.
        what: &'static str,
        /// Where it stands.
        origin: Origin,
        /// The nearest known one, else all that are known there.
        hint: String,
    },
    /// The value has another type than the setting.
    #[error("accept `{key}` ({origin}): it is {found} and must be {expected}")]
    WrongType {
        /// The setting.
        key: String,
        /// Where it stands.
        origin: Origin,
        /// The type of the value.
        found: &'static str,
        /// The type of the setting.
        expected: &'static str,
    },
    /// The value is not one of those allowed.
    #[error("accept `{key}` ({origin}): {found} is not allowed; allowed: {allowed}")]
    NotAllowed {
        /// The setting.
        key: String,
        /// Where it stands.
        origin: Origin,
        /// The value.
        found: String,
        /// What is allowed, with its unit.
        allowed: String,
    },
    /// An environment variable holds bytes that are not text.
    #[error("read the environment variable {name}: it is not UTF-8")]
    NotText {
        /// Its name.
        name: String,
    },
    /// Settings that do not go together.
    #[error("accept {keys} together: {why}")]
    Contradiction {
        /// The settings.
        keys: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// A file that should hold a secret does not.
    #[error("read the secret in {}: {why}", .file.display())]
    Secret {
        /// The file.
        file: PathBuf,
        /// Why not; never what it holds.
        why: String,
    },
}

impl ConfigError {
    /// The stable code, with a page in `docs/errors`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "CFG0001",
            Self::Malformed { .. } => "CFG0002",
            Self::Unknown { .. } => "CFG0003",
            Self::WrongType { .. } => "CFG0004",
            Self::NotAllowed { .. } => "CFG0005",
            Self::NotText { .. } => "CFG0006",
            Self::Contradiction { .. } => "CFG0007",
            Self::Secret { .. } => "CFG0008",
        }
    }
}
