//! `posthouse region`.

use clap::{Args, Subcommand};

use super::connect::BusArgs;

const PROVISION_EXAMPLES: &str = "\
Examples:
  posthouse region provision --region cn-north --nats nats://127.0.0.1:4222
  posthouse region provision --region eu-central --nats nats://10.0.0.1:4222 \\
      --partitions 64 --receiver-partitions 16 --replicas 3 --policy ./policies/eu";

/// Create or upgrade what a region needs on its bus
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum RegionCommand {
    Provision(ProvisionArgs),
}

/// Create what is missing, upgrade what differs, leave the rest
///
/// Safe to repeat, and to run twice at once. The numbers of partitions are fixed when the region
/// is created.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = PROVISION_EXAMPLES)]
pub(crate) struct ProvisionArgs {
    #[command(flatten)]
    pub(crate) bus: BusArgs,
    /// Partitions of the log
    #[arg(long, value_name = "N")]
    pub(crate) partitions: Option<u16>,
    /// Partitions that one stream holds
    #[arg(long, value_name = "N")]
    pub(crate) partitions_per_stream: Option<u16>,
    /// Partitions that receivers of notifications are spread over
    #[arg(long, value_name = "N")]
    pub(crate) receiver_partitions: Option<u16>,
    /// Copies of each stream: 1, 3 or 5
    #[arg(long, value_name = "N")]
    pub(crate) replicas: Option<u8>,
    /// How long facts are kept, in days
    #[arg(long, value_name = "DAYS")]
    pub(crate) keep_days: Option<u32>,
    /// The policy bundle to activate: a folder, or the name of a shipped one
    #[arg(long, value_name = "DIR|NAME")]
    pub(crate) policy: Option<String>,
}
