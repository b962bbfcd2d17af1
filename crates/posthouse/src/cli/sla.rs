//! `posthouse sla`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const DUE_EXAMPLES: &str = "\
Examples:
  posthouse sla due --vectors vectors.json
  posthouse sla due --vectors vectors.json --json
      {\"id\":\"evening\",\"due\":\"2026-11-21T07:05:00+08:00\",\"ok\":true}

A file of vectors is a JSON array; every element is one calculation:
  {\"id\": \"evening\", \"timezone\": \"Asia/Shanghai\",
   \"business_hours\": {\"mon\": [[\"09:00\", \"18:00\"]], \"fri\": [[\"22:00\", \"06:00\"]]},
   \"holidays\": [\"2026-10-01\"], \"start\": \"2026-11-20T22:50:00+08:00\",
   \"pauses\": [{\"from\": \"…\", \"to\": \"…\"}],
   \"target_minutes\": 15, \"expected_due\": \"2026-11-21T07:05:00+08:00\"}
Instead of target_minutes: target_business_days. expected_due may be left out.";

/// Calculate deadlines
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum SlaCommand {
    Due(DueArgs),
}

/// Calculate the deadlines of a file of vectors and compare them with what is expected
///
/// Ends with 6 when a deadline is not the expected one.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = DUE_EXAMPLES)]
pub(crate) struct DueArgs {
    /// The file of vectors, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) vectors: PathBuf,
}
