//! Completion scripts and manual pages, made from the definitions of the command line.

use clap::CommandFactory;

use crate::cli::Cli;
use crate::cli::pages::{CompletionsArgs, ManArgs};
use crate::exit::{Error, Exit};
use crate::output::Output;

/// Prints the completion script of a shell.
pub(super) fn completions(args: &CompletionsArgs, output: &Output) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "posthouse", &mut script);
    output.raw(&script)?;
    Ok(Exit::Done)
}

/// Writes a manual page for every command.
pub(super) fn man(args: &ManArgs, output: &Output) -> Result<Exit, Error> {
    let write_error = |error: std::io::Error| {
        Error::failed(format!(
            "write manual pages to {}: {error}",
            args.dir.display()
        ))
    };
    std::fs::create_dir_all(&args.dir).map_err(write_error)?;
    let command = Cli::command().disable_help_flag(true);
    clap_mangen::generate_to(command, &args.dir).map_err(write_error)?;
    output.note(format!("wrote the manual pages to {}", args.dir.display()));
    Ok(Exit::Done)
}
