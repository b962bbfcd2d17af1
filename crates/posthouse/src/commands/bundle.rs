//! Bundles as the command line names them: a folder, or the name of a shipped one.

use std::path::Path;

use posthouse_policy::{Diagnostic, Policy, SHIPPED, Source, compile, render};

use crate::exit::{Error, Exit};
use crate::output::Output;
use crate::words;

/// Opens a bundle. A shipped name wins over a folder of that name; write `./a1` for the folder.
///
/// # Errors
///
/// - [`Exit::NotFound`] when it is neither.
/// - [`Exit::Usage`] when the folder is no bundle.
pub(crate) fn open(bundle: &str) -> Result<Source, Error> {
    if let Some(source) = Source::shipped(bundle) {
        return Ok(source);
    }
    let dir = Path::new(bundle);
    if !dir.exists() {
        let message = format!("find bundle `{bundle}`: neither a folder nor a shipped bundle");
        let hint = words::suggestion(bundle, SHIPPED.iter().copied());
        return Err(Error::new(Exit::NotFound, message).hint(hint));
    }
    Source::read(dir).map_err(|error| Error::usage(format!("{error} ({})", error.code())))
}

/// Compiles a bundle; warnings are told, errors are shown and end the command.
///
/// # Errors
///
/// [`Exit::Usage`] when the bundle has errors.
pub(crate) fn usable(source: &Source, output: &Output) -> Result<Policy, Error> {
    match compile(source) {
        Ok((policy, warnings)) => {
            for warning in &warnings {
                output.warning(warning.to_string());
            }
            Ok(policy)
        }
        Err(diagnostics) => Err(broken(source, &diagnostics)),
    }
}

fn broken(source: &Source, diagnostics: &[Diagnostic]) -> Error {
    let drawn = render(diagnostics, source, false);
    Error::usage(format!(
        "use bundle `{}`, which has errors:\n\n{drawn}",
        source.name
    ))
    .hint("posthouse policy check shows them too")
}
