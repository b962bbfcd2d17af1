//! `posthouse stream`.

use clap::{Args, Subcommand};

use super::connect::{BusArgs, ServerArgs};

const VERIFY_EXAMPLES: &str = "\
Examples:
  posthouse stream verify
  posthouse stream verify --json --server http://127.0.0.1:7070
      One object: {\"tickets\",\"facts\",\"orphans\",\"missing\",\"doubled\",\"void\",…,\"invariants\"}
  posthouse stream verify --region cn-north --nats nats://127.0.0.1:4222
      Reads the log itself; no Posthouse need run

Each invariant comes with how much was looked at and how much breaks it. Clocks that rang late are
counted and are no violation: nobody knows here whether the region was switched off. What is still
under way counts as missing, so verify a region at rest.";

/// Check the log of a region
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum StreamCommand {
    Verify(VerifyArgs),
}

/// Walk the log of a region and judge it by the invariants
///
/// Ends with 6 when one is broken. With --nats the log is read from that bus, else a running
/// Posthouse is asked.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = VERIFY_EXAMPLES)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) bus: BusArgs,
}
