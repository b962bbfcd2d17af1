//! A process of ours that writes what it says to a file: runs are long, and what was said is
//! looked at after the fact.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::error::Error;
use super::limits::{BURIED_WITHIN, LAST_LINES};

/// A process that was started. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Running {
    name: String,
    child: Child,
    log: PathBuf,
    /// Where in the log this life begins.
    began: u64,
}

impl Running {
    /// Starts `command`; what it says is added to `log`.
    ///
    /// # Errors
    ///
    /// [`Error::Start`] when it cannot be started or the log not be written.
    pub(crate) fn start(name: &str, mut command: Command, log: &Path) -> Result<Self, Error> {
        let file = OpenOptions::new().create(true).append(true).open(log);
        let began = |file: &File| file.metadata().map(|metadata| metadata.len());
        let ready = |file: File| {
            let (began, out) = (began(&file)?, file.try_clone()?);
            let child = command
                .stdin(Stdio::null())
                .stdout(out)
                .stderr(file)
                .kill_on_drop(true)
                .spawn()?;
            Ok((began, child))
        };
        let (began, child) = file
            .and_then(ready)
            .map_err(|why| Error::start(name, why))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log: log.to_owned(),
            began,
        })
    }

    /// Its process id, while it has not been waited for.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Sends it a signal. One that has ended does not mind.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = self.pid().and_then(|pid| i32::try_from(pid).ok());
        if let Some(pid) = pid.and_then(Pid::from_raw) {
            // It may have ended by itself; then there is nobody to signal.
            kill_process(pid, signal).ok();
        }
    }

    /// Whether it runs.
    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills it with SIGKILL and waits until it is gone.
    ///
    /// # Errors
    ///
    /// [`Error::Immortal`] when it does not go.
    pub(crate) async fn kill(&mut self) -> Result<(), Error> {
        self.signal(Signal::KILL);
        match self.ended(BURIED_WITHIN).await {
            Some(_) => Ok(()),
            None => Err(Error::Immortal(self.name.clone())),
        }
    }

    /// How it ended, if it does within this time.
    pub(crate) async fn ended(&mut self, within: Duration) -> Option<ExitStatus> {
        timeout(within, self.child.wait()).await.ok()?.ok()
    }

    /// What it has said in this life.
    pub(crate) fn said(&self) -> String {
        let all = std::fs::read(&self.log).unwrap_or_default();
        let began = usize::try_from(self.began).unwrap_or(usize::MAX);
        let ours = all.get(began..).unwrap_or_default();
        String::from_utf8_lossy(ours).into_owned()
    }

    /// The end of what it has said.
    pub(crate) fn last_words(&self) -> String {
        let said = self.said();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }
}
