//! Files that the command line names. One that cannot be read is a mistake in what was asked.

use std::fmt;
use std::io;
use std::path::Path;

use crate::exit::Error;

/// Reads a file whose path came from the command line.
///
/// # Errors
///
/// [`crate::exit::Exit::Usage`]: the path is part of what was asked.
pub(crate) fn read_file(path: &Path) -> Result<String, Error> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(&path.display(), &error))?;
    String::from_utf8(bytes).map_err(|error| unreadable(&path.display(), &error))
}

/// Reads all of standard input.
///
/// # Errors
///
/// [`crate::exit::Exit::Usage`] when it cannot be read or is not UTF-8.
pub(crate) fn read_stdin() -> Result<String, Error> {
    io::read_to_string(io::stdin()).map_err(|error| unreadable(&"standard input", &error))
}

/// Reads a file, or standard input for `-`.
///
/// # Errors
///
/// As [`read_file`] and [`read_stdin`].
pub(crate) fn read_input(path: &Path) -> Result<String, Error> {
    if path.as_os_str() == "-" {
        read_stdin()
    } else {
        read_file(path)
    }
}

fn unreadable(what: &dyn fmt::Display, why: &dyn fmt::Display) -> Error {
    Error::usage(format!("read {what}: {why}"))
}
