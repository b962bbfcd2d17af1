//! `posthouse route`.

pub(crate) mod bench;
pub(crate) mod replay;
pub(crate) mod simulate;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use posthouse_domain::Timestamp;

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  posthouse route explain ticket.json
  echo '{\"customer\":\"c-42\",\"subject\":\"支付失败\",\"region\":\"cn-north\"}' |
      posthouse route explain - --policy a1 --at 2026-11-22T03:00:00+08:00
  posthouse route explain ticket.json --policy ./policies/next --json

The ticket is what POST /v1/tickets takes. A field `features` sets labels by hand instead of
letting the text decide: {\"features\": {\"category\": \"network\", \"severity\": \"P0\"}}.";

/// Explain where a ticket would go
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum RouteCommand {
    Explain(ExplainArgs),
    Bench(bench::RouteBenchArgs),
    Replay(replay::ReplayArgs),
    Simulate(simulate::SimulateArgs),
}

/// Classify, route and time a ticket under a bundle, offline, and show why
///
/// Needs no server. Decides with the same code as the services do.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXPLAIN_EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// A file with a ticket in JSON, or `-` for standard input
    #[arg(value_name = "FILE|-")]
    pub(crate) ticket: PathBuf,
    /// The policy bundle: a folder, or the name of a shipped one
    #[arg(long, value_name = "DIR|NAME", default_value = "default")]
    pub(crate) policy: String,
    /// When the ticket is opened, in RFC 3339; by default now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
    /// The region whose log the ticket enters; by default the ticket's own
    #[arg(long, value_name = "REGION", value_parser = super::connect::region)]
    pub(crate) region: Option<String>,
}
