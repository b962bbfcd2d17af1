//! `posthouse route replay`.

use clap::Args;
use posthouse_domain::Timestamp;

use crate::cli::connect::{BusArgs, ServerArgs};

const EXAMPLES: &str = "\
Examples:
  posthouse route replay --since 2026-11-01T00:00:00Z --policy ./policies/next
  posthouse route replay --since 2026-11-21T00:00:00Z --policy a1 --json
      One object per ticket that would have fared otherwise, then the summary
  posthouse route replay --since 2026-11-21T00:00:00Z --policy h --region cn-north \\
      --nats nats://127.0.0.1:4222

People do in the replay what they did: a ticket that would have waited in another queue is still
answered when it was. So it tells where tickets would have gone and which promises these answers
would have kept, and not how much sooner other people might have answered.";

/// Replay the log of a region under another bundle, before it is live
///
/// Changes nothing. Decides with the same code as the router and the watchdog.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ReplayArgs {
    /// Only tickets opened since then, in RFC 3339
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Timestamp,
    /// The bundle to try: a folder, or the name of a shipped one
    #[arg(long, value_name = "DIR|NAME")]
    pub(crate) policy: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) bus: BusArgs,
}
