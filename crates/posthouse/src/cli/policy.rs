//! `posthouse policy`.

use clap::{Args, Subcommand};
use jiff::civil::Date;

use super::connect::{BusArgs, ByArgs, ServerArgs};

const CHECK_EXAMPLES: &str = "\
Examples:
  posthouse policy check ./policies/next
  posthouse policy check a1 --strict
  posthouse policy check ./policies/next --json
      One finding per line:
      {\"code\",\"severity\",\"file\",\"line\",\"column\",\"span\",\"message\",\"hint\"}
  posthouse policy check h --coverage 90d
  posthouse policy check ./policies/next --coverage 90d --from 2026-12-01 --json
      Also one finding per span in which an escalation would reach nobody, with
      {\"ladder\",\"regions\",\"from\",\"to\",\"minutes\"} besides";

const SHOW_EXAMPLES: &str = "\
Examples:
  posthouse policy show
      The bundle in force on the running system.
  posthouse policy show a1
  posthouse policy show ./policies/next --json";

const DIFF_EXAMPLES: &str = "\
Examples:
  posthouse policy diff default a1
  posthouse policy diff a1 ./policies/next --json";

const APPLY_EXAMPLES: &str = "\
Examples:
  posthouse policy apply ./policies/next --region cn-north --nats nats://127.0.0.1:4222
  posthouse policy apply a1
      To the running system on this machine, with its first region.";

/// Check, show, compare and apply policy bundles
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    Check(CheckArgs),
    Show(ShowArgs),
    Diff(DiffArgs),
    Apply(ApplyArgs),
}

/// Say what is wrong with a bundle: file, line, column and a hint
///
/// First what cannot be read, then what cannot be meant: a P1 answered before a P0, hours that
/// never open, an escalation to nobody. Ends with 6 when there are errors.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = CHECK_EXAMPLES)]
pub(crate) struct CheckArgs {
    /// A folder, or the name of a shipped bundle
    #[arg(value_name = "DIR|NAME")]
    pub(crate) bundle: String,
    /// Count warnings as errors
    #[arg(long)]
    pub(crate) strict: bool,
    /// Also list every minute of so many days in which an escalation would reach nobody
    #[arg(long, value_name = "DAYS", value_parser = days)]
    pub(crate) coverage: Option<u32>,
    /// The first of these days, in UTC; today where left out
    #[arg(long, value_name = "DATE", requires = "coverage")]
    pub(crate) from: Option<Date>,
}

/// Most days of a proof of coverage: two years.
const DAYS_MAX: u32 = 732;

/// Reads a number of days, such as `90d`.
fn days(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('d').and_then(|days| days.parse().ok());
    number
        .filter(|days| (1..=DAYS_MAX).contains(days))
        .ok_or_else(|| format!("write a number of days from 1d to {DAYS_MAX}d, such as 90d"))
}

/// Show what a bundle says
#[derive(Clone, Debug, Args)]
#[command(after_long_help = SHOW_EXAMPLES)]
pub(crate) struct ShowArgs {
    /// A folder, the name of a shipped bundle, or `active` for the one in force
    #[arg(value_name = "DIR|NAME|active", default_value = "active")]
    pub(crate) bundle: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) bus: BusArgs,
}

/// Show what differs between two bundles, key by key
///
/// Comments and the order of keys are no differences.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = DIFF_EXAMPLES)]
pub(crate) struct DiffArgs {
    /// A folder, or the name of a shipped bundle
    #[arg(value_name = "A")]
    pub(crate) a: String,
    /// A folder, or the name of a shipped bundle
    #[arg(value_name = "B")]
    pub(crate) b: String,
}

/// Put a bundle in force in a region
///
/// Stores it under its version and activates it at one place of every partition, without a
/// restart. A bundle with errors is refused.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = APPLY_EXAMPLES)]
pub(crate) struct ApplyArgs {
    /// A folder, or the name of a shipped bundle
    #[arg(value_name = "DIR|NAME")]
    pub(crate) bundle: String,
    #[command(flatten)]
    pub(crate) by: ByArgs,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) bus: BusArgs,
}
