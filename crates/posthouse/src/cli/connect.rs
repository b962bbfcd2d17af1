//! Where to connect to, and as whom.

use std::path::PathBuf;

use clap::Args;

/// Where the HTTP door is when nobody says otherwise: where `posthouse up` opens it.
pub(crate) const SERVER_DEFAULT: &str = "http://127.0.0.1:7070";

/// The HTTP door of a running Posthouse.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ServerArgs {
    /// The HTTP address of a running Posthouse
    #[arg(
        long,
        value_name = "URL",
        env = "POSTHOUSE_SERVER",
        hide_env_values = true,
        default_value = SERVER_DEFAULT
    )]
    pub(crate) server: String,
}

/// The bus of a region, for commands that cannot do without it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct BusArgs {
    /// The NATS server; several addresses are separated by commas
    #[arg(
        long,
        value_name = "URL",
        env = "POSTHOUSE_NATS",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub(crate) nats: Vec<String>,
    /// The region; by default the one of the configuration
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(crate) region: Option<String>,
    /// A configuration file, for credentials and certificates
    #[arg(
        long,
        value_name = "FILE",
        env = "POSTHOUSE_CONFIG",
        hide_env_values = true
    )]
    pub(crate) config: Option<PathBuf>,
}

/// Who does it.
#[derive(Clone, Debug, Args)]
pub(crate) struct ByArgs {
    /// Who does it, for the record; by default the user of this session
    #[arg(
        long,
        value_name = "NAME",
        env = "USER",
        hide_env = true,
        default_value = "operator"
    )]
    pub(crate) by: String,
}

/// Reads the key of a region.
pub(crate) fn region(text: &str) -> Result<String, String> {
    if posthouse_bus::subject::is_region(text) {
        return Ok(text.to_owned());
    }
    Err("want 1 to 32 of a-z, 0-9 and `-`, such as cn-north".to_owned())
}
