//! `cargo xtask soak`: load for as long as asked, and what it uses.

use std::process::ExitCode;

use clap::Args;
use posthouse_tests::soak::{self, Options};

use crate::judgement::{self, Judgement};
use crate::until_signalled::until_signalled;

/// Load a region for as long as asked, and watch what it uses
///
/// Tickets at a steady rate, with a storm after a quarter of the time. What the machine cannot
/// take must be refused, or be late, but never be lost: the auditor looks for it. Ends with 6
/// when a promise was broken. For figures, run it from a release build on a quiet machine.
#[derive(Clone, Debug, Args)]
pub(crate) struct SoakArgs {
    /// How long
    #[arg(long, value_name = "N", default_value_t = 600)]
    seconds: u64,
    /// Tickets each second
    #[arg(long, value_name = "R", default_value_t = 25.0)]
    rate: f64,
    /// Tickets each second in the storm
    #[arg(long, value_name = "R", default_value_t = 5_000.0)]
    storm_rate: f64,
    /// How long the storm lasts; 0: no storm
    #[arg(long, value_name = "N", default_value_t = 60)]
    storm_seconds: u64,
    /// How long everything may take to be carried after the last ticket
    #[arg(long, value_name = "N", default_value_t = 600)]
    settle_seconds: u64,
    /// One line for scripts on standard output, and nothing else
    #[arg(long)]
    json: bool,
}

/// Runs it to its judgement.
#[tokio::main]
pub(crate) async fn run(args: SoakArgs) -> ExitCode {
    let options = Options {
        seconds: args.seconds,
        rate: args.rate,
        storm_rate: args.storm_rate,
        storm_seconds: args.storm_seconds,
        settle_seconds: args.settle_seconds,
    };
    let running = soak::run(&options, |line| eprintln!("{line}"));
    let judged = until_signalled(running).await.map(|outcome| {
        outcome.map(|it| Judgement {
            text: it.text(),
            line: it.line(),
            is_broken: it.is_broken(),
        })
    });
    judgement::tell(judged, args.json)
}
