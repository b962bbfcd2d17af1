//! `cargo xtask chaos`: a region of real processes under seeded accidents, judged.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use posthouse_tests::chaos::{self, Fault, Options};

use crate::judgement::{self, Judgement};
use crate::until_signalled::until_signalled;

/// Let a region of real processes meet accidents, and judge what it made of them
///
/// Servers and two processes of every role, constant traffic, and accidents from a list that the
/// seed gives. What cannot happen on this machine is named and skipped. Ends with 6 when a
/// promise was broken.
#[derive(Clone, Debug, Args)]
pub(crate) struct ChaosArgs {
    /// What everything that is left to chance grows from
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// How long accidents happen; starting and settling take about a minute more
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// The accidents that may happen, separated by commas; by default all
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = fault())]
    faults: Vec<Fault>,
    /// Servers: one, or a cluster of three with every stream on all of them
    #[arg(long, value_name = "1|3", default_value = "1", value_parser = ["1", "3"])]
    nodes: String,
    /// Tickets that are opened each second
    #[arg(long, value_name = "R", default_value_t = 5.0)]
    rate: f64,
    /// Let agents act on tickets before the read side shows them
    #[arg(long)]
    hasty: bool,
    /// Keep the files of the run in this folder, with what each process said
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// One line for scripts on standard output, and nothing else
    #[arg(long)]
    json: bool,
}

fn fault() -> impl TypedValueParser<Value = Fault> {
    PossibleValuesParser::new(Fault::ALL.map(Fault::as_str))
        .map(|word: String| -> Fault { word.parse().expect("the parser lets only faults through") })
}

/// Runs it to its judgement.
#[tokio::main]
pub(crate) async fn run(args: ChaosArgs) -> ExitCode {
    let options = Options {
        seed: args.seed,
        seconds: args.seconds,
        faults: match args.faults {
            none if none.is_empty() => Fault::ALL.to_vec(),
            some => some,
        },
        nodes: if args.nodes == "3" { 3 } else { 1 },
        rate: args.rate,
        hasty: args.hasty,
        keep: args.keep,
    };
    let running = chaos::run(&options, |line| eprintln!("{line}"));
    let judged = until_signalled(running).await.map(|outcome| {
        outcome.map(|it| Judgement {
            text: it.text(),
            line: it.line(),
            is_broken: it.is_broken(),
        })
    });
    judgement::tell(judged, args.json)
}
