//! Owners in processes of their own, to be killed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use posthouse_bus::Role;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::exit::Error;

/// How long a process may take to say that it runs, or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What runs in a process of its own, and where.
pub(super) struct Home<'a> {
    pub(super) role: Role,
    pub(super) region: &'a str,
    /// The address of the server.
    pub(super) url: &'a str,
    /// Where it keeps its data.
    pub(super) data: PathBuf,
    /// Variables of its environment.
    pub(super) settings: &'a [(&'a str, &'a str)],
}

/// A role of a region in a process of its own, with data of its own.
pub(super) struct Owner {
    child: Child,
}

impl Owner {
    /// Starts one, as an operator would, and waits until it says that it runs.
    pub(super) async fn start(home: &Home<'_>, name: &str) -> Result<Self, Error> {
        let binary = std::env::current_exe().map_err(|error| failed("find", &error))?;
        let mut child = Command::new(binary)
            .args(["run", home.role.as_str()])
            .args(["--region", home.region])
            .args(["--nats", home.url])
            .args(["--http", "127.0.0.1:0"])
            .arg("--data")
            .arg(&home.data)
            .envs(home.settings.iter().copied())
            .env("POSTHOUSE_NODE__NAME", name)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed("start", &error))?;
        let stderr = child.stderr.take().expect("it is piped");
        let mut lines = BufReader::new(stderr).lines();
        let runs = async {
            while let Some(line) = lines.next_line().await? {
                if line.contains(" runs as ") {
                    return Ok(());
                }
            }
            Err(std::io::Error::other("it ended before it ran"))
        };
        match tokio::time::timeout(PATIENCE, runs).await {
            Ok(runs) => runs.map_err(|error| failed("start", &error))?,
            Err(_) => return Err(Error::failed("start a second process in time")),
        }
        // What it says further is read and dropped, so that it never waits for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child })
    }

    /// What it has taken of the processors so far, in seconds, where the system tells.
    ///
    /// # Source
    ///
    /// proc_pid_stat(5): `utime` and `stime` are fields 14 and 15, in ticks.
    pub(super) fn cpu_seconds(&self) -> Option<f64> {
        /// Ticks a second: what Linux tells programs on all machines that this is built for.
        const TICKS_PER_SECOND: f64 = 100.0;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()?)).ok()?;
        // The name, field 2, may hold anything but ends with the last parenthesis.
        let (_, behind) = stat.rsplit_once(") ")?;
        let mut fields = behind.split(' ').skip(11).map(str::parse::<f64>);
        let (user, system) = (fields.next()?.ok()?, fields.next()?.ok()?);
        Some((user + system) / TICKS_PER_SECOND)
    }

    /// What it has in memory, in bytes, where the system tells.
    pub(super) fn memory_bytes(&self) -> Option<u64> {
        let path = format!("/proc/{}/status", self.child.id()?);
        resident_bytes(Path::new(&path))
    }

    /// Ends it without a word, by SIGKILL.
    pub(super) async fn kill(&mut self) -> Result<(), Error> {
        self.child
            .kill()
            .await
            .map_err(|error| failed("kill", &error))
    }

    /// Ends it when it is not needed any more; nothing of it is measured, so there is no need to
    /// let it drain.
    pub(super) async fn end(mut self) -> Result<(), Error> {
        self.kill().await
    }
}

impl Home<'_> {
    /// What lies on its disk, in bytes.
    pub(super) fn disk_bytes(&self) -> Result<u64, Error> {
        let failed = |error| Error::failed(format!("measure {}: {error}", self.data.display()));
        bytes_in(&self.data).map_err(failed)
    }
}

/// What a process has in memory, in bytes, by the status that the system shows of it.
pub(super) fn resident_bytes(status: &Path) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1_024)
}

/// What lies in a folder, in bytes.
pub(super) fn bytes_in(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() {
            bytes_in(&entry.path())?
        } else {
            about.len()
        };
    }
    Ok(bytes)
}

fn failed(what: &str, error: &std::io::Error) -> Error {
    Error::failed(format!("{what} a second process: {error}"))
}
