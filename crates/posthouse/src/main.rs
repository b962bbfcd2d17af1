//! Posthouse: every role of the ticket system, and the operator's hand, in one binary.
//!
//! [`cli`] says what can be asked, [`commands`] does it, [`exit`] says how it ended. Data goes
//! to standard output, everything else to standard error.

mod assemble;
mod bus;
#[cfg(test)]
mod catalogue;
mod cli;
mod client;
mod commands;
mod error_pages;
mod exit;
mod files;
mod output;
mod region;
mod samples;
mod scrape;
mod telemetry;
mod words;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// Facts are many small allocations that wander between threads; the system's allocator spent a
/// quarter of a busy process's time on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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

/// Fewest threads that run tasks. With one per core, a busy partition keeps the others waiting
/// for whole batches; with more, the system shares the cores out fairly. On two cores this
/// doubled the tickets carried through (`docs/performance.md`).
const WORKER_THREADS_MIN: usize = 8;

fn run(cli: Cli, output: &Output) -> Result<Exit, Error> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.max(WORKER_THREADS_MIN))
        .enable_all()
        .build()
        .map_err(|error| Error::failed(format!("start the runtime: {error}")))?;
    runtime.block_on(commands::run(cli.command, output))
}
