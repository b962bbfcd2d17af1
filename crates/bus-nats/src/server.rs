//! A `nats-server` of our own: found or fetched, started on loopback, and ended with us.
//!
//! `posthouse up` needs nothing started first. This module finds a server that is new enough
//! (or fetches the pinned one into the user's cache), runs it on 127.0.0.1 with its data under
//! the data folder, and sees that it does not outlive us. When we are killed it does outlive us:
//! then the next start on the same data folder adopts it, or ends it and starts another.
//!
//! It refuses to manage servers that it did not start, to listen on anything but loopback, and
//! to run on systems other than Unix.
//!
//! # Invariants
//!
//! - There are never two servers on one data folder, and never two owners of one.
//! - Only a process whose command line names our configuration file is ever signalled.
//! - Nobody sees a half-fetched binary; a broken one is noticed and fetched again.
//! - Every wait is bounded, by a name in [`limits`].
//!
//! # Layout of `<data>/nats`
//!
//! | file | holds |
//! |---|---|
//! | `lock` | the owner, locked while it lives |
//! | `server.json` | the server that was last started |
//! | `server.conf`, `ports/` | what it was told, and the ports it picked |
//! | `server.log*`, `server.stderr` | what it says |
//! | `store/` | the streams: the only part that matters |

mod binary;
mod config;
mod error;
mod fetch;
mod find;
mod home;
mod launch;
pub mod limits;
mod options;
mod process;
mod ready;
mod supervise;

use semver::Version;
use uuid::Uuid;

pub use binary::{Binary, MIN_VERSION, Unfit};
pub use error::{Attempt, Error, Owner};
pub use find::{BINARY_VARIABLE, Surroundings, find};
pub use options::{Options, Settings, SyncInterval};
pub use supervise::Event;

use config::Ports;
use home::Home;
use launch::Running;

/// A running server on a data folder that we own. Dropping it kills the server with SIGKILL;
/// [`LocalServer::stop`] lets it end in order.
#[derive(Debug)]
pub struct LocalServer {
    // Declared before `home`, so that the server is gone before the folder is let go.
    running: Running,
    adopted: bool,
    options: Options,
    home: Home,
}

impl LocalServer {
    /// Takes the data folder and brings up its server: the one that an earlier owner left
    /// behind, if it still answers and runs with the same settings, else a new one.
    ///
    /// `progress` is told, in words for people, about what takes longer than a moment.
    ///
    /// # Errors
    ///
    /// - [`Error::Owned`] while another process works on this data folder.
    /// - [`Error::Unavailable`], [`Error::NamedBinary`] when there is no server binary.
    /// - [`Error::EndedEarly`], [`Error::NotReady`], [`Error::Settings`], [`Error::Spawn`] when
    ///   the server does not come up; nothing is left running.
    /// - [`Error::Unstoppable`] when a server left behind cannot be ended.
    /// - [`Error::DataFolder`] when the folder cannot be written.
    pub async fn start(options: &Options, progress: impl Fn(&str) + Sync) -> Result<Self, Error> {
        let home = Home::open(&options.data_dir)?;
        let options = options.clone();
        if let Some(running) = launch::adopt(&home, &options).await? {
            progress("adopting the nats-server that an earlier run left behind");
            return Ok(Self {
                running,
                adopted: true,
                options,
                home,
            });
        }
        let binary = find(&options.surroundings, &progress).await?;
        if launch::clear(&home).await? > 0 {
            progress("ended the nats-server that an earlier run left behind");
        }
        progress("starting nats-server");
        let name = format!("posthouse-{}", Uuid::now_v7().simple());
        let ports = Ports {
            client: options.port,
            http: None,
        };
        let running = launch::start(&home, &options, binary, &name, ports).await?;
        Ok(Self {
            running,
            adopted: false,
            options,
            home,
        })
    }

    /// Where clients connect: `nats://127.0.0.1:PORT`. The same through restarts.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.running.record.port)
    }

    /// Where the server's own monitoring pages are: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn http_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.running.record.http_port)
    }

    /// The server's process id. Another one after a restart.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.running.record.pid
    }

    /// The server's version.
    #[must_use]
    pub fn version(&self) -> &Version {
        self.running.binary.version()
    }

    /// Whether the server was left behind by an earlier owner, rather than started by us.
    #[must_use]
    pub fn was_adopted(&self) -> bool {
        self.adopted
    }

    /// Tells whoever finds the data folder taken where our HTTP listener is.
    ///
    /// # Errors
    ///
    /// [`Error::DataFolder`] when it cannot be written.
    pub fn announce(&self, http: &str) -> Result<(), Error> {
        self.home.sign(Some(http.to_owned()))
    }

    /// Waits until the server has died, and says how. It may be dropped and called again.
    pub async fn exited(&mut self) -> String {
        self.running.process.exited().await
    }

    /// Starts the server again after its death: same ports, same name, same data.
    async fn restart(&mut self) -> Result<(), Error> {
        let record = &self.running.record;
        let ports = Ports {
            client: Some(record.port),
            http: Some(record.http_port),
        };
        let (name, binary) = (record.server_name.clone(), self.running.binary.clone());
        self.running = launch::start(&self.home, &self.options, binary, &name, ports).await?;
        self.adopted = false;
        Ok(())
    }

    /// Ends the server in order (SIGTERM, then SIGKILL) and lets the data folder go.
    ///
    /// # Errors
    ///
    /// [`Error::Unstoppable`] when it cannot be ended; [`Error::DataFolder`] when the record of
    /// it cannot be removed.
    pub async fn stop(self) -> Result<(), Error> {
        self.running.process.stop().await?;
        self.home.forget_record()
    }
}
