//! The `nats-server`s of a run: one, or a cluster of three.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use posthouse_testkit::ports;
use rustix::process::Signal;

use super::child::Running;
use super::disk::Disks;
use super::error::Error;
use super::limits::SERVER_DISK_BYTES;

/// A server: what it is told, and its process while it runs.
#[derive(Debug)]
pub(super) struct Server {
    name: String,
    binary: PathBuf,
    config: PathBuf,
    store: PathBuf,
    address: SocketAddr,
    log: PathBuf,
    running: Option<Running>,
    wanted: bool,
}

/// Writes the files of so many servers into `folder`; none runs yet.
///
/// # Errors
///
/// [`Error::Files`], or that there are no free ports.
pub(super) async fn make(
    nodes: usize,
    binary: &Path,
    folder: &Path,
    disks: &Disks,
) -> Result<Vec<Server>, Error> {
    // Clients and routes.
    let ports = ports::free(nodes * 2).map_err(|why| Error::files(folder, why))?;
    let ports: Vec<SocketAddr> = ports
        .into_iter()
        .map(|port| (Ipv4Addr::LOCALHOST, port).into())
        .collect();
    let (clients, routes) = ports.split_at(nodes);
    let mut servers = Vec::new();
    for (number, address) in (1..).zip(clients) {
        let name = format!("n{number}");
        let store = folder.join(&name);
        disks.mount(&store, SERVER_DISK_BYTES).await?;
        let config = folder.join(format!("{name}.conf"));
        let text = render(&name, &store, *address, number - 1, routes);
        std::fs::write(&config, text).map_err(|why| Error::files(&config, why))?;
        servers.push(Server {
            log: folder.join(format!("{name}.log")),
            name,
            binary: binary.to_owned(),
            config,
            store,
            address: *address,
            running: None,
            wanted: false,
        });
    }
    Ok(servers)
}

/// The configuration of one server. Its monitoring pages are for whoever looks into a run; their
/// port is in its log. Clients are told of no other server: each has a link of its
/// own to every one of them, and is to use those.
fn render(
    name: &str,
    store: &Path,
    address: SocketAddr,
    own: usize,
    routes: &[SocketAddr],
) -> String {
    // As operations.md asks for: a cluster syncs always, a single server every two minutes.
    let sync = if routes.len() > 1 { "always" } else { "2m" };
    let mut text = format!(
        "server_name: \"{name}\"\nlisten: \"{address}\"\nhttp: \"127.0.0.1:-1\"\n\
         jetstream {{\n  store_dir: {store:?}\n  sync_interval: \"{sync}\"\n  \
         max_file_store: 4294967296\n  max_memory_store: 268435456\n}}\n"
    );
    if routes.len() > 1 {
        let others = routes.iter().filter(|route| **route != routes[own]);
        let others: Vec<String> = others.map(|route| format!("\"nats://{route}\"")).collect();
        let own = routes[own];
        let others = others.join(", ");
        write!(
            text,
            "cluster {{\n  name: \"chaos\"\n  listen: \"{own}\"\n  no_advertise: true\n  \
             routes: [{others}]\n}}\n"
        )
        .expect("text takes text");
    }
    text
}

impl Server {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The folder of its streams.
    pub(super) fn store(&self) -> &Path {
        &self.store
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.running.as_ref().and_then(Running::pid)
    }

    /// Says that it has to run from now on.
    pub(super) const fn want(&mut self) {
        self.wanted = true;
    }

    /// Kills it; it stays dead until it is wanted again.
    pub(super) async fn kill(&mut self) -> Result<(), Error> {
        self.wanted = false;
        match self.running.take() {
            Some(mut running) => running.kill().await,
            None => Ok(()),
        }
    }

    /// Sends it a signal, if it runs.
    pub(super) fn signal(&self, signal: Signal) {
        if let Some(running) = &self.running {
            running.signal(signal);
        }
    }

    /// Starts it where it is wanted and does not run; gives its last words where it died.
    ///
    /// # Errors
    ///
    /// [`Error::Start`].
    pub(super) fn tend(&mut self, disks: &Disks) -> Result<Option<String>, Error> {
        let mut died = None;
        if !self.wanted || self.running.as_mut().is_some_and(Running::runs) {
            return Ok(died);
        }
        if let Some(dead) = self.running.take() {
            died = Some(dead.last_words());
        }
        let mut command = disks.command(&self.binary);
        command.arg("--config").arg(&self.config);
        self.running = Some(Running::start(&self.name, command, &self.log)?);
        Ok(died)
    }
}
