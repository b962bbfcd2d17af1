//! `posthouse route`: what would become of a ticket, offline.
//!
//! Nothing here decides: the ticket is classified, folded, routed and timed by the very code
//! that the services run, only that the log is two facts long.

mod bench;
pub(in crate::commands) mod decide;
mod dimensions;
mod follow;
pub(in crate::commands) mod read;
mod replay;
mod simulate;
mod tell;

use posthouse_domain::Timestamp;
use posthouse_runtime::clock::Clock;

use crate::cli::route::{ExplainArgs, RouteCommand};
use crate::commands::bundle;
use crate::exit::{Error, Exit};
use crate::files::read_input;
use crate::output::Output;

/// Does what was asked.
pub(super) async fn run(command: &RouteCommand, output: &Output) -> Result<Exit, Error> {
    match command {
        RouteCommand::Explain(args) => explain(args, output),
        RouteCommand::Bench(args) => bench::run(args, output),
        RouteCommand::Replay(args) => replay::run(args, output).await,
        RouteCommand::Simulate(args) => simulate::run(args, output),
    }
}

fn explain(args: &ExplainArgs, output: &Output) -> Result<Exit, Error> {
    let source = bundle::open(&args.policy)?;
    let policy = bundle::usable(&source, output)?;
    let text = read_input(&args.ticket)?;
    let asked = read::ticket(&args.ticket, &text, &policy, args.region.as_deref())?;
    let at: Timestamp = args.at.unwrap_or_else(|| Clock::system().now());
    let explained = decide::decide(&asked, &policy, at)?;
    if output.json() {
        output.object(&tell::object(&explained, &policy))?;
    } else {
        tell::people(&explained, &policy, output)?;
    }
    Ok(Exit::Done)
}
