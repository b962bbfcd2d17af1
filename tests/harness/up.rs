//! `posthouse up`: a whole region, with a server of its own.

use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;

use tempfile::TempDir;

use crate::limits::{DRAIN_WITHIN, START_WITHIN};
use crate::servers::sweep;
use crate::{Door, Process, servers_on};

/// How a region is started.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// More arguments of `posthouse up`.
    pub arguments: Vec<String>,
    /// Variables of its environment.
    pub environment: Vec<(&'static str, &'static str)>,
}

/// A region that is up. Dropping it ends it, with its server.
#[derive(Debug)]
pub struct Up {
    process: Process,
    door: Door,
    setup: Setup,
    data: Arc<TempDir>,
}

impl Up {
    /// Starts a region on a data folder of its own and waits until it is ready. `None` where no
    /// server can be had; the test that gets it has nothing to try and says so.
    ///
    /// # Panics
    ///
    /// When it does not start; where `CI` is set, also when no server can be had.
    pub async fn start(setup: Setup) -> Option<Self> {
        let data = tempfile::tempdir().expect("there is room for a folder");
        Self::start_on(&Arc::new(data), setup).await
    }

    /// The same on a data folder that is there already.
    ///
    /// # Panics
    ///
    /// As [`Self::start`].
    pub async fn start_on(data: &Arc<TempDir>, setup: Setup) -> Option<Self> {
        let mut process = launch(data.path(), &setup);
        match door_of(&mut process).await {
            Ok(door) => {
                let up = Self {
                    process,
                    door,
                    setup,
                    data: Arc::clone(data),
                };
                up.door.ready().await;
                Some(up)
            }
            Err(status) => {
                sweep(data.path());
                assert!(
                    process.lacks_server(),
                    "up ended with {status}:\n{}",
                    process.stderr()
                );
                None
            }
        }
    }

    /// Its door. After a restart it is another one.
    pub const fn door(&self) -> &Door {
        &self.door
    }

    /// Its process.
    pub const fn process(&self) -> &Process {
        &self.process
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Whether it runs.
    pub fn runs(&mut self) -> bool {
        self.process.runs()
    }

    /// Kills it with SIGKILL. Its server lives on, as it would for an operator.
    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Starts it again on the same data and waits until it is ready.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub async fn restart(&mut self) {
        self.process.assert_no_panic();
        self.process = launch(self.data.path(), &self.setup);
        let door = door_of(&mut self.process).await;
        self.door = door.unwrap_or_else(|status| panic!("the restarted up ended with {status}"));
        self.door.ready().await;
    }

    /// Asks it to end, and waits for that within the promised time.
    ///
    /// # Panics
    ///
    /// When it takes longer, does not end well, leaves a server behind, or has panicked.
    pub async fn end(mut self) {
        self.process.terminate();
        let status = self.process.ended(DRAIN_WITHIN).await;
        self.process.assert_no_panic();
        let said = self.process.stderr();
        assert_eq!(status.code(), Some(0), "{status}:\n{said}");
        assert!(
            servers_on(self.data.path()).is_empty(),
            "a server was left behind:\n{said}"
        );
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // First who would start another server.
        self.process.kill_now();
        sweep(self.data.path());
    }
}

fn launch(data: &Path, setup: &Setup) -> Process {
    let data = data.to_str().expect("temporary folders have plain names");
    let fixed = ["up", "--http", "127.0.0.1:0", "--data", data];
    let arguments = fixed
        .into_iter()
        .chain(setup.arguments.iter().map(String::as_str));
    Process::start("up", arguments, &setup.environment)
}

/// The door that the banner names.
async fn door_of(process: &mut Process) -> Result<Door, ExitStatus> {
    let banner = |said: &str| {
        let line = said.lines().find(|line| line.starts_with("  HTTP"))?;
        line.split_whitespace().nth(1).map(str::to_owned)
    };
    process
        .heard(START_WITHIN, banner)
        .await
        .map(|url| Door::at(&url))
}
