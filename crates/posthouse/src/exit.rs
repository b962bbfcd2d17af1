//! How a command ends: the table of exit codes, and the errors that lead to them.

use std::fmt;
use std::io;
use std::process::ExitCode;

use crate::error_pages;

/// How a command ended. The numbers are a contract; `docs/cli.md` repeats this table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what was asked.
    Done = 0,
    /// It failed for a reason that is none of those below.
    Failed = 1,
    /// The command line, or a file that it names, cannot be understood.
    Usage = 2,
    /// What was asked for is not there.
    NotFound = 3,
    /// A policy, or the state of a ticket, does not allow it.
    Refused = 4,
    /// The server or the bus cannot be reached. Trying again may help.
    Unavailable = 5,
    /// It looked, and what it found is not in order.
    Problems = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do what was asked.
#[derive(Debug)]
pub(crate) enum Error {
    /// Something went wrong, and this is what people are told.
    Failed(Failure),
    /// Nobody reads our output any more (`posthouse … | head`). That is no failure.
    PipeClosed,
}

/// What went wrong, for people.
#[derive(Debug)]
pub(crate) struct Failure {
    /// How the command ends.
    pub(crate) exit: Exit,
    /// A lower-case fragment that follows "failed to".
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// What to do about it: what was said, else where its code is explained.
    pub(crate) fn hint(&self) -> Option<String> {
        let explained = || {
            let code = error_pages::code_in(&self.message)?;
            Some(format!(
                "posthouse explain-error {code} says what it means, and what to do"
            ))
        };
        self.hint.clone().or_else(explained)
    }
}

impl Error {
    /// An error that ends the command with `exit`; `message` follows "failed to".
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self::Failed(Failure {
            exit,
            message: message.into(),
            hint: None,
        })
    }

    /// What was asked cannot be understood.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Something failed that is neither the caller's doing nor the bus's.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// The same error, with what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Self::Failed(failure) = &mut self {
            failure.hint = Some(hint.into());
        }
        self
    }

    /// How the command ends.
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::Failed(failure) => failure.exit,
            Self::PipeClosed => Exit::Done,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(failure) => f.write_str(&failure.message),
            Self::PipeClosed => f.write_str("write to a closed pipe"),
        }
    }
}

/// Errors of writing our own output; other I/O has a path to name and says it itself.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::PipeClosed;
        }
        Self::failed(format!("write the output: {error}"))
    }
}

impl From<posthouse_bus::Error> for Error {
    fn from(error: posthouse_bus::Error) -> Self {
        use posthouse_bus::Error as Bus;
        let exit = match &error {
            Bus::Unavailable(_) | Bus::Closed => Exit::Unavailable,
            Bus::NotFound(_) => Exit::NotFound,
            Bus::Refused { .. } | Bus::Conflict(_) => Exit::Refused,
            Bus::TooLarge { .. } => Exit::Failed,
        };
        Self::new(exit, format!("{error} ({})", error.code()))
    }
}

impl From<posthouse_runtime::policies::Error> for Error {
    fn from(error: posthouse_runtime::policies::Error) -> Self {
        use posthouse_runtime::policies::Error as Policies;
        match error {
            Policies::Bus(error) => error.into(),
            Policies::Unknown(_) => Self::new(Exit::NotFound, error.to_string()),
            Policies::Broken { .. } => Self::failed(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let error = Error::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(error.exit(), Exit::Done);
        let error = Error::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(error.exit(), Exit::Failed);
    }

    #[test]
    fn a_code_leads_to_its_page_unless_there_is_better_advice() {
        let hint = |error: Error| match error {
            Error::Failed(failure) => failure.hint(),
            Error::PipeClosed => None,
        };
        let coded = || Error::failed("do it: no server (BUS0001)");
        assert!(hint(coded()).unwrap().contains("explain-error BUS0001"));
        assert_eq!(hint(coded().hint("look")).unwrap(), "look");
        assert_eq!(hint(Error::failed("do it")), None);
    }

    #[test]
    fn the_bus_s_errors_find_their_code() {
        let away = posthouse_bus::Error::Unavailable("no connection".to_owned());
        assert_eq!(Error::from(away).exit(), Exit::Unavailable);
        let missing = posthouse_bus::Error::NotFound("stream PH_x_0".to_owned());
        assert_eq!(Error::from(missing).exit(), Exit::NotFound);
    }
}
