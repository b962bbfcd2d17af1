//! Connecting to the bus of a region, from the command line and the configuration.

use std::sync::Arc;

use posthouse_bus::topology::Topology;
use posthouse_bus_nats::{Login, NatsBus, Options, Tls};
use posthouse_runtime::config::{self, Config, ConfigError, Sources};
use serde::{Deserialize, Serialize};

use crate::cli::connect::{BusArgs, ServerArgs};
use crate::client::Client;
use crate::exit::{Error, Exit};
use crate::region;

/// A connection and the region it is for.
pub(crate) struct Connected {
    /// The connection.
    pub(crate) bus: Arc<NatsBus>,
    /// The region, as it was provisioned.
    pub(crate) topology: Topology,
}

/// What the HTTP door says of its process (`GET /v1/about`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct About {
    /// Its version.
    pub(crate) version: String,
    /// The server it uses, where it tells.
    pub(crate) nats_url: Option<String>,
    /// The regions it serves.
    pub(crate) regions: Vec<String>,
}

/// The flags that configuration knows too.
#[derive(Debug, Serialize)]
struct Flags<'a> {
    bus: BusFlags<'a>,
    region: RegionFlags<'a>,
}

#[derive(Debug, Serialize)]
struct BusFlags<'a> {
    urls: Option<&'a [String]>,
}

#[derive(Debug, Serialize)]
struct RegionFlags<'a> {
    key: Option<&'a str>,
}

/// Connects to the bus that `args` name, else to the one that the server uses.
///
/// # Errors
///
/// - [`Exit::Usage`] for a configuration that cannot be used.
/// - [`Exit::Unavailable`] when neither can be reached.
/// - [`Exit::NotFound`] when the region was not provisioned.
pub(crate) async fn connect(args: &BusArgs, server: &ServerArgs) -> Result<Connected, Error> {
    let (options, region) = target(args, server).await?;
    let bus = NatsBus::connect(&options).await?;
    let topology = region::recall(bus.as_ref(), &region).await?;
    Ok(Connected { bus, topology })
}

/// Where to connect to, and the region meant.
pub(crate) async fn target(
    args: &BusArgs,
    server: &ServerArgs,
) -> Result<(Options, String), Error> {
    let mut config = load(args)?;
    let mut region = args.region.clone();
    if config.bus.urls.is_empty() {
        let about = about(server).await?;
        config.bus.urls.extend(about.nats_url);
        region = region.or_else(|| about.regions.first().cloned());
    }
    if config.bus.urls.is_empty() {
        let message = "tell which NATS server to use: the server does not say";
        return Err(Error::usage(message).hint("--nats nats://127.0.0.1:4222"));
    }
    Ok((options(&config.bus)?, region.unwrap_or(config.region.key)))
}

/// Asks the HTTP door what it is.
///
/// # Errors
///
/// As [`Client::get`].
pub(crate) async fn about(server: &ServerArgs) -> Result<About, Error> {
    let asked = Client::new(server)?.get(&["v1", "about"], &[]).await;
    asked.map_err(|error| match error.exit() {
        Exit::Unavailable => error.hint(
            "is `posthouse up` running? --server says where; --nats names the bus without asking",
        ),
        _ => error,
    })
}

/// The configuration: the file and the environment, with `args` over them.
///
/// # Errors
///
/// [`Exit::Usage`] for a configuration that cannot be used.
pub(crate) fn load(args: &BusArgs) -> Result<Config, Error> {
    let flags = Flags {
        bus: BusFlags {
            urls: (!args.nats.is_empty()).then_some(&args.nats),
        },
        region: RegionFlags {
            key: args.region.as_deref(),
        },
    };
    let sources = Sources::of_process()
        .file(args.config.clone())
        .flags(&flags);
    Config::load(sources).map_err(|errors| misconfigured(&errors))
}

/// One error for everything that is wrong with the configuration.
pub(crate) fn misconfigured(errors: &[ConfigError]) -> Error {
    let told = |error: &ConfigError| format!("{error} ({})", error.code());
    let told: Vec<String> = errors.iter().map(told).collect();
    Error::usage(told.join("\n  "))
}

/// What the NATS adapter is told.
///
/// # Errors
///
/// [`Exit::Usage`] when a file with a secret cannot be read.
pub(crate) fn options(bus: &config::Bus) -> Result<Options, Error> {
    Ok(Options {
        login: login(bus)?,
        tls: Tls {
            required: false,
            authorities: bus.ca_file.clone(),
            identity: bus.cert_file.clone().zip(bus.key_file.clone()),
        },
        ..Options::new(bus.urls.iter().cloned())
    })
}

fn login(bus: &config::Bus) -> Result<Login, Error> {
    let secret = |file: &std::path::PathBuf| {
        config::read_secret(file).map_err(|error| misconfigured(&[error]))
    };
    Ok(if let Some(file) = &bus.credentials_file {
        Login::Credentials(file.clone())
    } else if let (Some(user), Some(file)) = (&bus.user, &bus.password_file) {
        Login::Password {
            user: user.clone(),
            password: secret(file)?,
        }
    } else if let Some(file) = &bus.token_file {
        Login::Token(secret(file)?)
    } else {
        Login::Anonymous
    })
}
