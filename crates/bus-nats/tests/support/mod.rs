//! A real server for a whole test binary.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use posthouse_bus_nats::server::{Surroundings, find};
use tempfile::TempDir;

/// Longest wait for a server.
const READY_MAX: Duration = Duration::from_secs(20);

/// A server with its data; dropping it kills it.
pub(crate) struct Server {
    child: Mutex<Child>,
    binary: std::path::PathBuf,
    folder: TempDir,
    port: u16,
}

/// The server that all tests of this binary share, while at least one of them runs.
static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());

/// The shared server, or a visible skip where there is none (a failure in CI).
pub(crate) async fn shared() -> Option<Arc<Server>> {
    let binary = binary().await?;
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return Some(server);
    }
    let server = Arc::new(Server::start(binary, ""));
    *shared = Arc::downgrade(&server);
    Some(server)
}

/// A server of one's own, with more lines of configuration.
pub(crate) async fn own(configuration: &str) -> Option<Server> {
    Some(Server::start(binary().await?, configuration))
}

async fn binary() -> Option<std::path::PathBuf> {
    match find(&Surroundings::of_this_process(), &|_: &str| {}).await {
        Ok(binary) => Some(binary.path().to_owned()),
        Err(error) if std::env::var_os("CI").is_none() => {
            eprintln!("SKIPPED: failed to {error}");
            None
        }
        Err(error) => panic!("failed to {error}"),
    }
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> u16 {
    posthouse_testkit::ports::free(1).expect("a free port")[0]
}

impl Server {
    fn start(binary: std::path::PathBuf, configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let store = folder.path().join("data");
        let text = format!(
            "listen: 127.0.0.1:{port}\njetstream {{ store_dir: {store:?} }}\n{configuration}\n"
        );
        std::fs::write(folder.path().join("nats.conf"), text).expect("a configuration");
        let child = Mutex::new(spawn(&binary, folder.path()));
        let server = Self {
            child,
            binary,
            folder,
            port,
        };
        server.wait_until_ready();
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Kills the server as a power cut would.
    pub(crate) fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.kill().expect("our own child");
        child.wait().expect("our own child");
    }

    /// Brings a killed server back, on its data and port.
    pub(crate) fn restart(&self) {
        let child = spawn(&self.binary, self.folder.path());
        *self.child.lock().unwrap_or_else(PoisonError::into_inner) = child;
        self.wait_until_ready();
    }

    fn wait_until_ready(&self) {
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begun.elapsed() < READY_MAX, "the server does not come up");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.kill().ok();
        child.wait().ok();
    }
}

fn spawn(binary: &Path, folder: &Path) -> Child {
    let log = std::fs::File::create(folder.join("nats.log")).expect("a log");
    Command::new(binary)
        .arg("--config")
        .arg(folder.join("nats.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("a server")
}
