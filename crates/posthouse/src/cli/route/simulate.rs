//! `posthouse route simulate`.

use std::path::PathBuf;

use clap::Args;
use posthouse_twin::Policy;

const EXAMPLES: &str = "\
Examples:
  posthouse route simulate --scenario small_day.json
  posthouse route simulate --scenario small_storm.json --policy default,strict,fifo --seed 7 --json
  posthouse route simulate --scenario small_day.json --centre lyon --busy 95

Policies: default (cost-weighted slack), fifo, strict, edf, gcmu. Scenarios to begin with, and
their format, are in deploy/samples/scenarios.";

/// Play a day of a support organisation under several policies of dispatch
///
/// Needs no server. All policies see the same tickets, drawn from the seed; who gets what is
/// decided by the code that the dispatcher runs.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct SimulateArgs {
    /// The scenario, in JSON; what it extends is looked for beside it
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: PathBuf,
    /// The policies to compare
    #[arg(
        long,
        value_name = "NAME,…",
        value_delimiter = ',',
        default_value = "default,strict,fifo"
    )]
    pub(crate) policy: Vec<Policy>,
    /// What the draws follow from; by default the scenario's own
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Only this centre, and the regions that it is home to
    #[arg(long, value_name = "CENTRE")]
    pub(crate) centre: Option<String>,
    /// Scale the everyday tickets to this percentage of what the day pools can do
    #[arg(long, value_name = "PERCENT")]
    pub(crate) busy: Option<f64>,
    /// So many tickets of each incident, instead of the scenario's
    #[arg(long, value_name = "NUMBER")]
    pub(crate) storm: Option<u32>,
    /// Link the tickets that an incident explains to it
    #[arg(long)]
    pub(crate) linked: bool,
    /// One ticket at a time, and nobody waits for the agent they had before
    #[arg(long)]
    pub(crate) plain: bool,
    /// Leave out the speed, the one figure that is measured: equal seeds then give equal bytes
    #[arg(long)]
    pub(crate) no_speed: bool,
}
