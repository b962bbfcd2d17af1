//! Why a run could not be judged: not what it found, which is in its outcome.

use std::io;
use std::time::Duration;

/// Why a run ended before its judgement.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no `nats-server` to be had.
    #[error("{0}")]
    NoServer(#[from] posthouse_bus_nats::server::Error),
    /// A process cannot be started.
    #[error("start {name}: {why}")]
    Start {
        /// Which.
        name: String,
        /// What the system said.
        why: io::Error,
    },
    /// A process ended, or was not ready in time, when it had to run.
    #[error("bring up {name} within {} s; it said last:\n{said}", .within.as_secs())]
    NotReady {
        /// Which.
        name: String,
        /// How long it was waited for.
        within: Duration,
        /// Its last words.
        said: String,
    },
    /// A process lives on after SIGKILL.
    #[error("end {0} with SIGKILL")]
    Immortal(String),
    /// A file or folder of the run.
    #[error("use {path}: {why}")]
    Files {
        /// Which.
        path: String,
        /// What the system said.
        why: io::Error,
    },
    /// The bus did not answer when no fault was on.
    #[error("{doing}: {why}")]
    Bus {
        /// What was asked.
        doing: &'static str,
        /// What was answered.
        why: String,
    },
    /// A command of the operator failed.
    #[error("run `posthouse {command}`: {said}")]
    Command {
        /// Which.
        command: String,
        /// What it said.
        said: String,
    },
    /// A name that is none of a fault.
    #[error("understand the fault `{0}`; there are: {1}")]
    UnknownFault(String, String),
}

impl Error {
    pub(crate) fn start(name: &str, why: io::Error) -> Self {
        let name = name.to_owned();
        Self::Start { name, why }
    }

    pub(crate) fn files(path: &std::path::Path, why: io::Error) -> Self {
        let path = path.display().to_string();
        Self::Files { path, why }
    }

    pub(crate) fn bus(doing: &'static str, why: impl std::fmt::Display) -> Self {
        let why = why.to_string();
        Self::Bus { doing, why }
    }
}
