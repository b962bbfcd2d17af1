//! The server as a process: our child, or one that an earlier owner left behind.
//!
//! A process id alone proves nothing, because ids are used again. A process is taken for a
//! server of ours only when its command line is exactly `… --config <our file>`, and it is
//! looked at again right before every signal.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::error::Error;
use super::home::{Home, blame};
use super::limits::{KILL_TIMEOUT, POLL_INTERVAL, STOP_TIMEOUT};

/// A running server. Dropping it kills the server.
#[derive(Debug)]
pub(super) enum Process {
    Child { child: Child, pid: u32 },
    Adopted(Adopted),
}

/// A server that is not our child. Dropping it kills the server.
#[derive(Debug)]
pub(super) struct Adopted {
    pid: u32,
    config: PathBuf,
}

impl Drop for Adopted {
    fn drop(&mut self) {
        if runs(self.pid, &self.config) {
            // Nothing can be done about a failure here; the next start looks for leftovers.
            let _ = signal(self.pid, Signal::KILL);
        }
    }
}

impl Process {
    pub(super) fn spawn(binary: &Path, home: &Home) -> Result<Self, Error> {
        let path = home.stderr();
        let stderr = std::fs::File::create(&path).map_err(|why| blame(&path, why))?;
        let spawned = Command::new(binary)
            .arg("--config")
            .arg(home.config())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            // A group of its own: Ctrl-C in a terminal goes to our whole group, and the server
            // has to outlive our drain.
            .process_group(0)
            .kill_on_drop(true)
            .spawn();
        let child = spawned.map_err(|why| Error::Spawn {
            path: binary.to_owned(),
            why,
        })?;
        let pid = child
            .id()
            .expect("a child that nobody has waited for has an id");
        Ok(Self::Child { child, pid })
    }

    pub(super) fn adopt(pid: u32, config: PathBuf) -> Self {
        Self::Adopted(Adopted { pid, config })
    }

    pub(super) fn pid(&self) -> u32 {
        match self {
            Self::Child { pid, .. } => *pid,
            Self::Adopted(adopted) => adopted.pid,
        }
    }

    /// Waits until the process is gone and says how it ended. May be dropped and called again.
    pub(super) async fn exited(&mut self) -> String {
        match self {
            Self::Child { child, .. } => match child.wait().await {
                Ok(status) => status.to_string(),
                Err(error) => format!("status unknown: {error}"),
            },
            Self::Adopted(adopted) => {
                while runs(adopted.pid, &adopted.config) {
                    sleep(POLL_INTERVAL).await;
                }
                "status unknown: it was not our child".to_owned()
            }
        }
    }

    /// Asks the process to end, then makes it.
    pub(super) async fn stop(mut self) -> Result<(), Error> {
        let (child, pid) = match &mut self {
            Self::Child { child, pid } => (child, *pid),
            Self::Adopted(adopted) => return end(adopted.pid, &adopted.config).await,
        };
        let unstoppable = |why| Error::Unstoppable { pid, why };
        // The id is ours as long as nobody has waited for the child.
        if child.id().is_some() {
            ask_to_end(pid).map_err(unstoppable)?;
        }
        match timeout(STOP_TIMEOUT, child.wait()).await {
            Ok(ended) => ended.map(drop).map_err(unstoppable),
            Err(_) => child.kill().await.map_err(unstoppable),
        }
    }
}

/// Ends a server that is not our child, and waits until it is gone.
///
/// # Errors
///
/// [`Error::Unstoppable`] when it may not be signalled, or outlives SIGKILL.
pub(super) async fn end(pid: u32, config: &Path) -> Result<(), Error> {
    let unstoppable = |why| Error::Unstoppable { pid, why };
    if !runs(pid, config) {
        return Ok(());
    }
    ask_to_end(pid).map_err(unstoppable)?;
    if gone_within(STOP_TIMEOUT, pid, config).await {
        return Ok(());
    }
    signal(pid, Signal::KILL).map_err(unstoppable)?;
    if gone_within(KILL_TIMEOUT, pid, config).await {
        return Ok(());
    }
    Err(unstoppable(io::Error::new(
        io::ErrorKind::TimedOut,
        "it outlives SIGKILL",
    )))
}

async fn gone_within(bound: Duration, pid: u32, config: &Path) -> bool {
    let since = Instant::now();
    while runs(pid, config) {
        if since.elapsed() > bound {
            return false;
        }
        sleep(POLL_INTERVAL).await;
    }
    true
}

/// Sends SIGTERM, and SIGCONT: a stopped process hears nothing before it is continued.
fn ask_to_end(pid: u32) -> io::Result<()> {
    signal(pid, Signal::TERM)?;
    signal(pid, Signal::CONT)
}

/// Sends a signal; a process that is gone already is fine.
fn signal(pid: u32, signal: Signal) -> io::Result<()> {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return Ok(());
    };
    match kill_process(pid, signal) {
        Err(rustix::io::Errno::SRCH) | Ok(()) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Whether that process is a server on that configuration file.
///
/// A process that has ended but was not waited for has no command line, so it does not count.
fn runs(pid: u32, config: &Path) -> bool {
    command_lines::of(pid).is_some_and(|line| line.is_server_on(config))
}

/// The ids of all servers that run on that configuration file.
pub(super) fn servers_on(config: &Path) -> io::Result<Vec<u32>> {
    let mut pids = command_lines::pids()?;
    pids.retain(|pid| runs(*pid, config));
    Ok(pids)
}

/// Command lines from `/proc`.
#[cfg(target_os = "linux")]
mod command_lines {
    use std::io;
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::Path;

    pub(super) struct CommandLine(Vec<u8>);

    impl CommandLine {
        pub(super) fn is_server_on(&self, config: &Path) -> bool {
            let mut arguments = self.0.split(|byte| *byte == 0).skip(1);
            arguments.next() == Some(b"--config")
                && arguments.next() == Some(config.as_os_str().as_bytes())
        }
    }

    pub(super) fn of(pid: u32) -> Option<CommandLine> {
        std::fs::read(format!("/proc/{pid}/cmdline"))
            .ok()
            .map(CommandLine)
    }

    pub(super) fn pids() -> io::Result<Vec<u32>> {
        let names = std::fs::read_dir("/proc")?.filter_map(Result::ok);
        Ok(names
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .collect())
    }
}

/// Command lines from `ps`, where there is no `/proc`.
#[cfg(not(target_os = "linux"))]
mod command_lines {
    use std::io;
    use std::path::Path;
    use std::process::Command;

    pub(super) struct CommandLine(String);

    impl CommandLine {
        pub(super) fn is_server_on(&self, config: &Path) -> bool {
            self.0
                .trim_end()
                .ends_with(&format!(" --config {}", config.display()))
        }
    }

    pub(super) fn of(pid: u32) -> Option<CommandLine> {
        let pid = pid.to_string();
        ps(&["-ww", "-o", "command=", "-p", &pid])
            .ok()
            .map(CommandLine)
    }

    pub(super) fn pids() -> io::Result<Vec<u32>> {
        let pids = ps(&["-ax", "-o", "pid="])?;
        Ok(pids
            .lines()
            .filter_map(|line| line.trim().parse().ok())
            .collect())
    }

    fn ps(arguments: &[&str]) -> io::Result<String> {
        let output = Command::new("ps").args(arguments).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
