//! `posthouse notify`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use posthouse_domain::Timestamp;

use super::connect::{BusArgs, ServerArgs};

const TEST_EXAMPLES: &str = "\
Examples:
  posthouse notify test operations --policy ./policies/acme
  posthouse notify test operations --policy ./policies/acme --config /etc/posthouse.toml --json
      {\"receiver\":\"operations\",\"channel\":\"webhook\",\"told\":true,\"receipt\":\"HTTP 204\",\"ms\":41}
  posthouse notify test pager --policy ./policies/acme --nats nats://127.0.0.1:4222

Run it where the notifier runs, as the same user: it reads the same secrets, and the same
configuration says how far messages may go.";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  posthouse notify explain ticket.json
  posthouse notify explain ticket.json --policy ./policies/next --json
  posthouse notify explain CN-2026-000042
  posthouse notify explain CN-2026-000042 --policy ./policies/next

A file holds what POST /v1/tickets takes. What is told of it is what follows when nobody does
anything for --hours: its labels, its queue and the router's later steps, warnings, missed
deadlines, steps of ladders.";

/// See who is told, and try whether they can be
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum NotifyCommand {
    Explain(ExplainArgs),
    Test(TestArgs),
}

/// Explain who is told of a ticket, when, by which rule and in which words, and who is not and why
///
/// Sends nothing and changes nothing. A file needs no server; a ticket is read from the log, and
/// explained by the policy in force unless another one is named. What keeps a message is said, and
/// until when: quiet hours, groups, limits, maintenance; for a ticket of the log also silences,
/// open incidents and what its customer prefers. Other tickets are not looked at, so a limit that
/// they use up or a group that they fill is not seen.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXPLAIN_EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// A file with a ticket in JSON, `-` for standard input, or a ticket's number or identity
    #[arg(value_name = "TICKET|FILE|-")]
    pub(crate) ticket: String,
    /// The policy bundle: a folder, or the name of a shipped one; by default the one in force for
    /// a ticket, and `default` for a file
    #[arg(long, value_name = "DIR|NAME")]
    pub(crate) policy: Option<String>,
    /// When the ticket of a file is opened, in RFC 3339; by default now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
    /// How far to look ahead, in hours: from the opening of a file's ticket, from the last fact of
    /// one in the log
    #[arg(long, value_name = "HOURS", default_value_t = 168,
          value_parser = clap::value_parser!(u32).range(0..=8_760))]
    pub(crate) hours: u32,
    #[command(flatten)]
    pub(crate) bus: BusArgs,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Tell one receiver of a bundle that this is a test, once, and show the receipt
///
/// Ends with 0 when the receiver took it, with 4 when it is not allowed or was turned down for
/// good, with 5 when trying again may help.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = TEST_EXAMPLES)]
pub(crate) struct TestArgs {
    /// The receiver's key in receivers.toml
    #[arg(value_name = "RECEIVER")]
    pub(crate) receiver: String,
    /// The policy bundle: a folder, or the name of a shipped one
    #[arg(long, value_name = "DIR|NAME", default_value = "default")]
    pub(crate) policy: String,
    /// The configuration file of the process that runs the notifier
    #[arg(
        long,
        value_name = "FILE",
        env = "POSTHOUSE_CONFIG",
        hide_env_values = true,
        help_heading = "Connection"
    )]
    pub(crate) config: Option<PathBuf>,
    /// The NATS server, for receivers on its subjects; by default the one of the configuration
    #[arg(
        long,
        value_name = "URL",
        env = "POSTHOUSE_NATS",
        hide_env_values = true,
        value_delimiter = ',',
        help_heading = "Connection"
    )]
    pub(crate) nats: Vec<String>,
}
