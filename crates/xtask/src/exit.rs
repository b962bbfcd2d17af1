//! What commands end with, beside what clap says.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what it was asked for.
    Done,
    /// It broke a promise, or found that somebody did.
    Violation,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        // 1 is a failure and 2 a mistake on the command line.
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Violation => Self::from(6),
        }
    }
}
