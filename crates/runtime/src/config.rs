//! Configuration: how this process is set up. What it decides is not here but in the policy
//! bundle, so that two processes with different settings still decide alike.
//!
//! Four layers, each over the one before: defaults, a TOML file, environment variables, flags.
//! Between the defaults and the file stand the few variables that OpenTelemetry has named.
//! Every layer is checked against one table of settings (`sections`): a key that is not in it is
//! refused with the nearest one that is, and every complaint says where the value came from.
//!
//! # Invariants
//!
//! - All faults of all layers are reported at once.
//! - No secret passes through here: a secret is given as the path of a file, see
//!   [`read_secret`], and no complaint quotes a value that could hold one.

use serde::Serialize;
use std::ffi::OsString;
use std::path::PathBuf;

mod allowed;
mod error;
mod layers;
mod nearest;
mod otlp;
mod reference;
mod secret;
mod section;
mod sections;
mod setting;
#[cfg(test)]
mod tests;

pub use error::{ConfigError, Origin};
use layers::{Layer, Layers};
pub use otlp::Protocol;
pub use secret::{SECRET_BYTES_MAX, read_secret};
use section::{Section, SectionDoc};
pub use sections::{
    Bus, Http, Intake, Links, Log, LogFormat, Node, Notifier, Region, Store, Telemetry, Webhooks,
    Worker,
};

/// The environment variable that names the configuration file when no flag does.
pub const FILE_VARIABLE: &str = "POSTHOUSE_CONFIG";
/// What the names of all environment variables begin with.
pub const VARIABLE_PREFIX: &str = "POSTHOUSE_";

macro_rules! config {
    ($($(#[doc = $doc:literal])* $field:ident: $section:ty,)*) => {
        /// All settings of a process.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Config {
            $($(#[doc = $doc])* pub $field: $section,)*
        }

        impl Config {
            fn read(layers: &Layers, errors: &mut Vec<ConfigError>) -> Self {
                Self { $($field: <$section>::read(layers, errors),)* }
            }
        }

        /// The table of all settings.
        fn schema() -> Vec<SectionDoc> {
            vec![$(<$section>::doc(),)*]
        }
    };
}

config! {
    /// This process.
    node: Node,
    /// The servers that carry the messages.
    bus: Bus,
    /// The region that is served.
    region: Region,
    /// The HTTP door.
    http: Http,
    /// What comes in.
    intake: Intake,
    /// What goes out to people.
    notifier: Notifier,
    /// Links by which staff act on a ticket.
    links: Links,
    /// How far notifications may go, whatever their channel.
    webhooks: Webhooks,
    /// State on disk.
    store: Store,
    /// The worker loop.
    worker: Worker,
    /// What is written about it all.
    log: Log,
    /// What a collector is told.
    telemetry: Telemetry,
}

/// Where settings come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    file: Option<PathBuf>,
    environment: Vec<(OsString, OsString)>,
    flags: Option<Result<Layer, ConfigError>>,
}

impl Sources {
    /// Nothing but defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The environment of this process, with the file that [`FILE_VARIABLE`] names.
    #[must_use]
    pub fn of_process() -> Self {
        Self::new().environment(std::env::vars_os())
    }

    /// A TOML file. It must be there: a set-up that silently runs on defaults is worse than one
    /// that does not start. `None` leaves what was set before.
    #[must_use]
    pub fn file(mut self, file: Option<PathBuf>) -> Self {
        self.file = file.or(self.file);
        self
    }

    /// These environment variables. One that is empty counts as not set.
    #[must_use]
    pub fn environment<K, V>(mut self, variables: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        self.environment = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        self
    }

    /// What was given on the command line: sections with keys, as in the file. `None` and unit
    /// values are flags that were not given.
    #[must_use]
    pub fn flags(mut self, flags: &impl Serialize) -> Self {
        self.flags = Some(Layer::of_flags(flags));
        self
    }

    /// The file to be read, if any: the one given, else the one named in the environment.
    #[must_use]
    pub fn chosen_file(&self) -> Option<PathBuf> {
        let named = || {
            let (_, value) = self
                .environment
                .iter()
                .find(|(name, _)| name == FILE_VARIABLE)?;
            Some(PathBuf::from(value))
        };
        self.file.clone().or_else(named)
    }
}

impl Config {
    /// Reads all layers.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any of them, in the order of the layers.
    pub fn load(sources: Sources) -> Result<Self, Vec<ConfigError>> {
        let schema = schema();
        let mut errors = Vec::new();
        let mut layers = Vec::from_iter(Layer::of_standard(&sources.environment));
        if let Some(file) = sources.chosen_file() {
            match Layer::of_file(&file) {
                Ok(layer) => layers.push(layer),
                Err(error) => errors.push(error),
            }
        }
        layers.extend(Layer::of_environment(
            &sources.environment,
            &schema,
            &mut errors,
        ));
        match sources.flags {
            Some(Ok(layer)) => layers.push(layer),
            Some(Err(error)) => errors.push(error),
            None => {}
        }
        for layer in &layers {
            layer.refuse_unknown(&schema, &mut errors);
        }
        let config = Self::read(&Layers::new(layers), &mut errors);
        config.refuse_contradictions(&mut errors);
        if errors.is_empty() {
            Ok(config)
        } else {
            Err(errors)
        }
    }

    /// The page that describes every setting, in Markdown: `docs/configuration.md`.
    #[must_use]
    pub fn reference() -> String {
        reference::render(&schema())
    }

    /// Settings that are well each by itself and not together.
    fn refuse_contradictions(&self, errors: &mut Vec<ConfigError>) {
        let bus = &self.bus;
        let mut refuse = |keys: &'static str, why: &'static str| {
            errors.push(ConfigError::Contradiction { keys, why });
        };
        if bus.user.is_some() != bus.password_file.is_some() {
            refuse("bus.user, bus.password_file", "one needs the other");
        }
        if bus.cert_file.is_some() != bus.key_file.is_some() {
            refuse("bus.cert_file, bus.key_file", "one needs the other");
        }
        let ways = [
            bus.credentials_file.is_some(),
            bus.user.is_some(),
            bus.token_file.is_some(),
        ];
        if ways.into_iter().filter(|given| *given).count() > 1 {
            refuse(
                "bus.credentials_file, bus.user, bus.token_file",
                "a connection proves who it is in one way only",
            );
        }
    }
}

/// The environment variable of a setting.
fn variable(section: &str, key: &str) -> String {
    format!("{VARIABLE_PREFIX}{section}__{key}").to_ascii_uppercase()
}
