//! `posthouse notify`: who is told, and whether they can be.

mod explain;
mod test;

use crate::cli::notify::NotifyCommand;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// Does what was asked.
pub(super) async fn run(command: NotifyCommand, output: &Output) -> Result<Exit, Error> {
    match command {
        NotifyCommand::Explain(args) => explain::run(&args, output).await,
        NotifyCommand::Test(args) => test::run(&args, output).await,
    }
}
