//! `posthouse run`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use posthouse_bus::Role;

use super::switch::Switch;

const EXAMPLES: &str = "\
Examples:
  posthouse run router --region eu-central --nats nats://10.0.0.1:4222
  posthouse run intake --region eu-central --config /etc/posthouse.toml --http 0.0.0.0:8080";

/// Run one role of a region
///
/// Several processes of one role share the region's partitions and take over from each other.
/// The region must have been provisioned: see `posthouse region provision`.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct RunArgs {
    /// The role
    #[arg(value_name = "ROLE", value_parser = role())]
    pub(crate) role: Role,
    /// The region
    #[arg(long, value_name = "REGION", value_parser = super::connect::region)]
    pub(crate) region: Option<String>,
    /// The NATS server; several addresses are separated by commas
    #[arg(
        long,
        value_name = "URL",
        env = "POSTHOUSE_NATS",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub(crate) nats: Vec<String>,
    /// The folder for everything that is kept on disk; processes never share one
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Where the HTTP door listens, for health and metrics at least; port 0 takes any free one
    #[arg(long, value_name = "ADDR")]
    pub(crate) http: Option<SocketAddr>,
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

/// The roles that run by themselves, and not beside another.
fn role() -> impl TypedValueParser<Value = Role> {
    let roles = Role::ALL.into_iter().filter(|role| role.process() == *role);
    PossibleValuesParser::new(roles.map(Role::as_str))
        .map(|word: String| -> Role { word.parse().expect("the parser lets only roles through") })
}
