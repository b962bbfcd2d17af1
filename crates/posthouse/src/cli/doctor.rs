//! `posthouse doctor`.

use clap::Args;

use super::connect::{BusArgs, ServerArgs};

const EXAMPLES: &str = "\
Examples:
  posthouse doctor
  posthouse doctor --server http://desk:7070 --process http://router:7070 --process http://watchdog:7070
  posthouse doctor --nats nats://10.0.0.1:4222 --region eu-central --json";

/// Say what is wrong with a deployment, and what to do
///
/// Looks at the servers, the region's streams and consumers, the clocks, the policy in force, the
/// roles behind the HTTP door, dead letters, what the processes named measure of themselves, and the
/// files that the configuration names: secrets and certificates. Ends with 6 when it finds a problem;
/// warnings do not count.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Also look at the metrics of this process; may be repeated
    #[arg(long, value_name = "URL", help_heading = "Connection")]
    pub(crate) process: Vec<String>,
    #[command(flatten)]
    pub(crate) bus: BusArgs,
}
