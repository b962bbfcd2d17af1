//! Posthouse: every role of the ticket system, and the operator's hand, in one binary.
//!
//! [`cli`] says what can be asked, [`commands`] does it, [`exit`] says how it ended. Data goes
//! to standard output, everything else to standard error.

mod assemble;
mod bus;
mod cli;
mod client;
mod commands;
mod exit;
mod files;
mod output;
mod region;
mod samples;
mod words;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::exit::{Error, Exit};
use crate::output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(&cli.global);
    match run(cli, &output) {
        Ok(exit) => exit.into(),
        Err(error) => {
            output.error(&error);
            error.exit().into()
        }
    }
}

fn run(cli: Cli, output: &Output) -> Result<Exit, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failed(format!("start the runtime: {error}")))?;
    runtime.block_on(commands::run(cli.command, output))
}
