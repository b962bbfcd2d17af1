//! What can go wrong, as an operator sees it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::Table;

/// What a store was asked to do when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Opening the folder.
    Open,
    /// Reading one row.
    Get,
    /// Reading rows in order.
    Scan,
    /// Applying a batch.
    Apply,
    /// Making batches durable.
    Flush,
    /// Removing all rows.
    Clear,
    /// Measuring the folder.
    Measure,
}

impl Op {
    /// Whether a failure may leave half a change in memory.
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Open | Self::Apply | Self::Flush | Self::Clear)
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open the store",
            Self::Get => "read a row",
            Self::Scan => "scan rows",
            Self::Apply => "apply a batch",
            Self::Flush => "flush the store",
            Self::Clear => "clear the store",
            Self::Measure => "measure the store",
        })
    }
}

/// A failure of a store. Each kind has a page under `docs/errors`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else has the folder open. Another owner of the same partition on this host, or
    /// a predecessor that is still closing: retry for some seconds, then tell the operator.
    #[error("open the store in {}: {} holds it", path.display(), holder(*pid))]
    Held {
        /// The folder.
        path: PathBuf,
        /// The process that has it, if it could be read.
        pid: Option<u32>,
    },
    /// The file system refused: full, read-only, no permission, a device error.
    #[error("{op} in {}", path.display())]
    Io {
        /// What was being done.
        op: Op,
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// sled panicked. The store is broken, and its folder is set aside when next opened.
    #[error("{op} in {}: sled panicked: {message}", path.display())]
    Panicked {
        /// What was being done.
        op: Op,
        /// The store's folder.
        path: PathBuf,
        /// The panic's message and place, cut to [`crate::limits::WHY_BYTES_MAX`].
        message: String,
    },
    /// sled reported damage. The store is broken, and its folder is set aside when next opened.
    #[error("{op} in {}: sled reported damage: {message}", path.display())]
    Corrupt {
        /// What was being done.
        op: Op,
        /// The store's folder.
        path: PathBuf,
        /// sled's words.
        message: String,
    },
    /// An earlier failure broke this store; it does nothing more until opened again.
    #[error("{op} in {}: an earlier failure broke it: {first}", path.display())]
    Broken {
        /// What was being done.
        op: Op,
        /// The store's folder.
        path: PathBuf,
        /// The earlier failure.
        first: String,
    },
    /// The table is not among those declared when the store was opened: a defect of the caller.
    #[error("find table {table}: it was not declared when the store was opened")]
    UnknownTable {
        /// The table asked for.
        table: Table,
    },
    /// A size is beyond its limit: a defect of the caller, or input that should have been
    /// refused earlier.
    #[error("accept {what} of {actual} {unit}: at most {max} allowed")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its unit.
        unit: &'static str,
        /// Its size.
        actual: usize,
        /// The limit.
        max: usize,
    },
    /// The options contradict the rules of [`crate::Options`].
    #[error("use the store's options: {why}")]
    BadOptions {
        /// Which rule.
        why: String,
    },
    /// Opening did not come back in time, although the folder was empty.
    #[error("open the store in {}: no answer within {ms} ms", path.display())]
    Hung {
        /// The store's folder.
        path: PathBuf,
        /// How long was waited, in milliseconds.
        ms: u64,
    },
}

impl Error {
    /// The stable code, and the name of its page.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Held { .. } => "STO0001",
            Self::Io { .. } => "STO0002",
            Self::Panicked { .. } => "STO0003",
            Self::Corrupt { .. } => "STO0004",
            Self::Broken { .. } => "STO0005",
            Self::UnknownTable { .. } => "STO0006",
            Self::TooLarge { .. } => "STO0007",
            Self::BadOptions { .. } => "STO0008",
            Self::Hung { .. } => "STO0009",
        }
    }

    /// Whether the store that returned it is of no more use: drop it, open it again, and fold
    /// the view from wherever its commit point then is.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        match self {
            Self::Panicked { .. } | Self::Corrupt { .. } | Self::Broken { .. } => true,
            Self::Io { op, .. } => op.writes(),
            Self::Held { .. }
            | Self::UnknownTable { .. }
            | Self::TooLarge { .. }
            | Self::BadOptions { .. }
            | Self::Hung { .. } => false,
        }
    }
}

fn holder(pid: Option<u32>) -> String {
    match pid {
        Some(pid) if pid == std::process::id() => format!("this process ({pid})"),
        Some(pid) => format!("another process ({pid})"),
        None => "another process".to_owned(),
    }
}
