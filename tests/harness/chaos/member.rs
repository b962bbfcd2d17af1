//! One process of ours in a run: a role, with a link, a disk and a log of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::child::Running;
use super::disk::Disks;
use super::error::Error;
use super::limits::MEMBER_DISK_BYTES;
use super::link::Link;
use crate::{Door, posthouse};

/// What a process says before the address of its door.
const BEFORE_ADDRESS: &str = "health and metrics at ";
/// Pause before one that ended by itself is started again, as by a supervisor.
const RESTART_PAUSE: Duration = Duration::from_millis(500);

/// The door of a process, while it has one. A restart changes it.
pub(super) type Entrance = Arc<Mutex<Option<Door>>>;

/// A process of a role: how it is started, and the process while it runs.
#[derive(Debug)]
pub(super) struct Member {
    name: String,
    role: &'static str,
    region: &'static str,
    data: PathBuf,
    log: PathBuf,
    link: Link,
    entrance: Entrance,
    /// Variables of its environment, beyond those that all have.
    environment: BTreeMap<&'static str, String>,
    running: Option<Running>,
    wanted: bool,
    not_before: Option<Instant>,
}

/// What all processes are told: short intervals, so that much happens in a short run.
const ENVIRONMENT: [(&str, &str); 5] = [
    ("POSTHOUSE_WORKER__SNAPSHOT_EVERY_S", "5"),
    ("POSTHOUSE_NOTIFIER__CONSOLE", "false"),
    ("POSTHOUSE_WEBHOOKS__ALLOW_ADDRESSES", "127.0.0.0/8"),
    ("POSTHOUSE_LOG__FILTER", "info"),
    ("NO_COLOR", "1"),
];

impl Member {
    /// A process that does not run yet.
    ///
    /// # Errors
    ///
    /// [`Error::Files`] when it can have no disk.
    pub(super) async fn make(
        role: &'static str,
        replica: usize,
        region: &'static str,
        folder: &Path,
        link: Link,
        disks: &Disks,
    ) -> Result<Self, Error> {
        let name = format!("{role}-{replica}");
        let data = folder.join(&name);
        disks.mount(&data, MEMBER_DISK_BYTES).await?;
        Ok(Self {
            log: folder.join(format!("{name}.log")),
            name,
            role,
            region,
            data,
            link,
            entrance: Entrance::default(),
            environment: BTreeMap::new(),
            running: None,
            wanted: false,
            not_before: None,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn role(&self) -> &'static str {
        self.role
    }

    /// The folder of its files.
    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    pub(super) const fn link(&self) -> &Link {
        &self.link
    }

    pub(super) fn entrance(&self) -> Entrance {
        Arc::clone(&self.entrance)
    }

    pub(super) fn door(&self) -> Option<Door> {
        lock(&self.entrance).clone()
    }

    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.running.as_ref().and_then(Running::pid)
    }

    /// Its last words.
    pub(super) fn last_words(&self) -> String {
        self.running
            .as_ref()
            .map(Running::last_words)
            .unwrap_or_default()
    }

    /// Says that it has to run from now on.
    pub(super) const fn want(&mut self) {
        self.wanted = true;
        self.not_before = None;
    }

    /// From its next start on, it has these variables, and no others of its own.
    pub(super) fn live_with(
        &mut self,
        environment: impl IntoIterator<Item = (&'static str, String)>,
    ) {
        self.environment = environment.into_iter().collect();
    }

    /// Kills it; it stays dead until it is wanted again.
    ///
    /// # Errors
    ///
    /// [`Error::Immortal`].
    pub(super) async fn kill(&mut self) -> Result<(), Error> {
        self.wanted = false;
        *lock(&self.entrance) = None;
        match self.running.take() {
            Some(mut running) => running.kill().await,
            None => Ok(()),
        }
    }

    /// Asks it to end; it stays ended until it is wanted again. Gives the time that it took and
    /// whether it ended well; `None` when it does not end in time and had to be killed.
    ///
    /// # Errors
    ///
    /// [`Error::Immortal`].
    pub(super) async fn end(
        &mut self,
        within: Duration,
    ) -> Result<Option<(Duration, bool)>, Error> {
        self.wanted = false;
        // One that was about to start has nothing to drain, and owes no good end.
        let was_up = lock(&self.entrance).take().is_some();
        let Some(mut running) = self.running.take() else {
            return Ok(Some((Duration::ZERO, true)));
        };
        let asked = Instant::now();
        running.signal(Signal::TERM);
        match running.ended(within).await {
            Some(status) => Ok(Some((asked.elapsed(), status.success() || !was_up))),
            None => {
                running.kill().await?;
                Ok(None)
            }
        }
    }

    /// Sends it a signal, if it runs.
    pub(super) fn signal(&self, signal: Signal) {
        if let Some(running) = &self.running {
            running.signal(signal);
        }
    }

    /// Starts it where it is wanted and does not run, and learns where its door is; gives its
    /// last words where it ended by itself.
    ///
    /// # Errors
    ///
    /// [`Error::Start`].
    pub(super) fn tend(&mut self, disks: &Disks) -> Result<Option<String>, Error> {
        if !self.wanted {
            return Ok(None);
        }
        let Some(running) = &mut self.running else {
            if self
                .not_before
                .is_none_or(|moment| moment <= Instant::now())
            {
                self.running = Some(self.start(disks)?);
            }
            return Ok(None);
        };
        if !running.runs() {
            let words = running.last_words();
            self.running = None;
            *lock(&self.entrance) = None;
            self.not_before = Some(Instant::now() + RESTART_PAUSE);
            return Ok(Some(words));
        }
        let mut entrance = lock(&self.entrance);
        if entrance.is_none() {
            *entrance = address(&running.said()).map(Door::at);
        }
        Ok(None)
    }

    fn start(&self, disks: &Disks) -> Result<Running, Error> {
        let mut command = disks.command(posthouse());
        command
            .args(["run", self.role, "--region", self.region])
            .args(["--nats", &self.link.urls(), "--http", "127.0.0.1:0"])
            .arg("--data")
            .arg(&self.data);
        crate::process::forget_surroundings(&mut command);
        command.envs(ENVIRONMENT).envs(&self.environment);
        Running::start(&self.name, command, &self.log)
    }
}

/// The address of the door, once it was said.
fn address(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once(BEFORE_ADDRESS)?;
    rest.split_once('\n').map(|(url, _)| url.trim())
}

fn lock(entrance: &Entrance) -> std::sync::MutexGuard<'_, Option<Door>> {
    entrance.lock().unwrap_or_else(PoisonError::into_inner)
}
