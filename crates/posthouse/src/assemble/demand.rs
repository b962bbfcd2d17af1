//! What the command line asks for, as a layer of the configuration.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use posthouse_runtime::config::{Config, Sources};
use serde::Serialize;

use crate::bus::misconfigured;
use crate::cli::switch::Switch;
use crate::exit::Error;

/// The flags that configuration knows too; what is absent leaves the layers below as they are.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Flags {
    node: Node,
    bus: Bus,
    region: Region,
    http: Http,
    telemetry: Telemetry,
}

#[derive(Debug, Default, Serialize)]
struct Telemetry {
    enabled: Option<bool>,
}

#[derive(Debug, Default, Serialize)]
struct Node {
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Default, Serialize)]
struct Bus {
    urls: Option<Vec<String>>,
}

#[derive(Debug, Default, Serialize)]
struct Region {
    key: Option<String>,
}

#[derive(Debug, Default, Serialize)]
struct Http {
    address: Option<SocketAddr>,
}

/// The flags of `up` and `run`.
pub(crate) fn flags(
    data: Option<&Path>,
    nats: &[String],
    region: Option<&str>,
    http: Option<SocketAddr>,
) -> Flags {
    Flags {
        node: Node {
            data_dir: data.map(Path::to_path_buf),
        },
        bus: Bus {
            urls: (!nats.is_empty()).then(|| nats.to_vec()),
        },
        region: Region {
            key: region.map(str::to_owned),
        },
        http: Http { address: http },
        telemetry: Telemetry::default(),
    }
}

impl Flags {
    /// The same, with telemetry switched on or off where that was asked for.
    pub(crate) fn with_telemetry(mut self, switch: Option<Switch>) -> Self {
        self.telemetry.enabled = switch.map(Switch::is_on);
        self
    }
}

/// The configuration: defaults, the file, the environment, and `flags` over them.
///
/// # Errors
///
/// [`crate::exit::Exit::Usage`], with everything that is wrong.
pub(crate) fn configure(file: Option<PathBuf>, flags: &Flags) -> Result<Config, Error> {
    let sources = Sources::of_process().file(file).flags(flags);
    Config::load(sources).map_err(|errors| misconfigured(&errors))
}
