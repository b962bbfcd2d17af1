//! `posthouse run ROLE`: one role in a process of its own.

use tempfile::TempDir;

use crate::limits::{DRAIN_WITHIN, START_WITHIN};
use crate::{Door, Process};

/// What a role says before the address of its door.
const BEFORE_ADDRESS: &str = "health and metrics at ";

/// A role that runs. Dropping it kills it.
#[derive(Debug)]
pub struct Role {
    process: Process,
    door: Door,
    /// Kept for as long as the process works on it.
    _data: TempDir,
}

impl Role {
    /// Starts a role of a region on a data folder of its own and waits for its door to open.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub async fn start(role: &str, region: &str, nats: &str) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let data = folder
            .path()
            .to_str()
            .expect("temporary folders have plain names");
        let arguments = [
            "run",
            role,
            "--region",
            region,
            "--nats",
            nats,
            "--data",
            data,
            "--http",
            "127.0.0.1:0",
        ];
        let mut process = Process::start(&format!("run {role}"), arguments, &[]);
        let address = |said: &str| {
            let (_, rest) = said.split_once(BEFORE_ADDRESS)?;
            rest.split_once('\n').map(|(url, _)| url.trim().to_owned())
        };
        let url = process.heard(START_WITHIN, address).await;
        let url = url.unwrap_or_else(|status| panic!("{role} ended with {status}"));
        Self {
            process,
            door: Door::at(&url),
            _data: folder,
        }
    }

    /// Its door.
    pub const fn door(&self) -> &Door {
        &self.door
    }

    /// Its process.
    pub const fn process(&self) -> &Process {
        &self.process
    }

    /// Kills it with SIGKILL.
    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Asks it to end and waits for that within the promised time.
    ///
    /// # Panics
    ///
    /// When it takes longer, does not end well, or has panicked.
    pub async fn end(mut self) {
        self.process.terminate();
        let status = self.process.ended(DRAIN_WITHIN).await;
        self.process.assert_no_panic();
        assert_eq!(status.code(), Some(0), "{}", self.process.stderr());
    }
}
