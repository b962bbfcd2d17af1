//! `posthouse doctor`.

use clap::Args;

use super::connect::{BusArgs, ServerArgs};

const EXAMPLES: &str = "\
Examples:
  posthouse doctor
  posthouse doctor --nats nats://10.0.0.1:4222 --region eu-central --json";

/// Say what is wrong with a deployment, and what to do
///
/// Looks at the servers, the region's streams and consumers, the clocks, the policy in force and
/// the roles behind the HTTP door. Ends with 6 when it finds a problem; warnings do not count.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) bus: BusArgs,
}
