//! `posthouse stream`.

use clap::{Args, Subcommand};

use super::connect::ServerArgs;

const VERIFY_EXAMPLES: &str = "\
Examples:
  posthouse stream verify
  posthouse stream verify --json --server http://127.0.0.1:7070
      The last line is {\"tickets\",\"facts\",\"orphans\",\"missing\",\"doubled\",\"void\"}

orphans  facts of tickets that nobody opened
missing  tickets that lack an effect they should have by now
doubled  effects that count twice
void     facts that are not allowed where they stand; harmless";

/// Check the log of a region
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum StreamCommand {
    Verify(VerifyArgs),
}

/// Walk the log of a region and count what breaks an invariant
///
/// Ends with 6 when there are orphans, missing or doubled effects.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = VERIFY_EXAMPLES)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
