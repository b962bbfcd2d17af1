//! What people and programs get to see: data on standard output, everything else on standard
//! error.
//!
//! A pipe that was closed on us ends the command without a complaint
//! ([`Error::PipeClosed`]).

mod paint;
mod progress;
mod table;

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::cli::{GlobalArgs, When};
use crate::exit::Error;
pub(crate) use paint::Paint;
pub(crate) use progress::Progress;
pub(crate) use table::{Field, Table};

/// Where a command writes to.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    json: bool,
    verbose: u8,
    to_terminal: bool,
    stdout: Paint,
    stderr: Paint,
}

impl Output {
    /// What the options ask for, on what standard output and error are.
    pub(crate) fn new(args: &GlobalArgs) -> Self {
        let colour = |is_terminal: bool| match args.color {
            When::Always => true,
            When::Never => false,
            When::Auto => is_terminal && !is_set("NO_COLOR") && !is_dumb(),
        };
        let to_terminal = io::stdout().is_terminal();
        Self {
            json: args.json,
            verbose: args.verbose,
            to_terminal,
            stdout: Paint::new(colour(to_terminal)),
            stderr: Paint::new(colour(io::stderr().is_terminal())),
        }
    }

    /// Whether data is wanted as JSON.
    pub(crate) const fn json(&self) -> bool {
        self.json
    }

    /// Whether more was asked for (`-v`).
    pub(crate) const fn is_verbose(&self) -> bool {
        self.verbose > 0
    }

    /// The colours of standard output.
    pub(crate) const fn paint(&self) -> Paint {
        self.stdout
    }

    /// Writes one line of data.
    pub(crate) fn line(&self, line: impl AsRef<str>) -> Result<(), Error> {
        self.raw(line.as_ref().as_bytes())?;
        self.raw(b"\n")
    }

    /// Writes bytes of data as they are.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Result<(), Error> {
        Ok(io::stdout().lock().write_all(bytes)?)
    }

    /// Writes one object of data on a line of its own.
    pub(crate) fn object(&self, object: &impl Serialize) -> Result<(), Error> {
        let mut line = serde_json::to_vec(object)
            .map_err(|error| Error::failed(format!("write the output: {error}")))?;
        line.push(b'\n');
        self.raw(&line)
    }

    /// Writes a table: drawn for people, aligned with blanks for programs.
    pub(crate) fn table(&self, table: Table) -> Result<(), Error> {
        self.line(table.render(self.to_terminal, self.stdout))
    }

    /// Tells something that is no data.
    pub(crate) fn note(&self, note: impl AsRef<str>) {
        self.to_stderr(note.as_ref());
    }

    /// Tells something to those that asked for more (`-v`).
    pub(crate) fn detail(&self, detail: impl FnOnce() -> String) {
        if self.is_verbose() {
            self.to_stderr(&detail());
        }
    }

    /// Warns of something.
    pub(crate) fn warning(&self, warning: impl AsRef<str>) {
        let what = self.stderr.warn("warning:");
        self.to_stderr(&format!("{what} {}", warning.as_ref()));
    }

    /// Tells what went wrong and what to do about it.
    pub(crate) fn error(&self, error: &Error) {
        let Error::Failed(failure) = error else {
            return;
        };
        let what = self.stderr.bad("error:");
        self.to_stderr(&format!("{what} failed to {}", failure.message));
        if let Some(hint) = failure.hint() {
            let what = self.stderr.strong("hint:");
            self.to_stderr(&format!("{what} {hint}"));
        }
    }

    /// A line on standard error. Nobody is left to be told when that fails.
    fn to_stderr(&self, line: &str) {
        writeln!(io::stderr().lock(), "{line}").ok();
    }
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}
