//! What processes use, read where the system tells it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use reqwest::Method;

use super::servers_on;
use crate::Door;
use crate::chaos::limits::BUS_WITHIN;

/// One look. Bytes, handles, messages; zero where it cannot be told.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// When, in seconds from the beginning.
    pub at_s: f64,
    /// Resident memory of the process.
    pub memory_bytes: f64,
    /// Resident memory of its server.
    pub server_memory_bytes: f64,
    /// Open files and connections of the process.
    pub handles: f64,
    /// All files in the data folder.
    pub disk_bytes: f64,
    /// Messages that roles have not handled yet.
    pub lag_messages: f64,
}

/// Looks at one region.
pub(super) struct Sampler {
    pid: Option<u32>,
    data: PathBuf,
    door: Door,
}

impl Sampler {
    pub(super) fn new(pid: Option<u32>, data: &Path, door: Door) -> Self {
        let data = data.to_owned();
        Self { pid, data, door }
    }

    /// Looks once.
    pub(super) async fn look(&self, began: Instant) -> Sample {
        let ours = self.pid.map(|pid| pid.to_string()).unwrap_or_default();
        let servers = servers_on(&self.data);
        let servers = servers.iter().map(|pid| memory(&pid.to_string()));
        Sample {
            at_s: began.elapsed().as_secs_f64(),
            memory_bytes: memory(&ours),
            server_memory_bytes: servers.sum(),
            handles: handles(&ours),
            disk_bytes: disk(&self.data),
            lag_messages: self.lag().await,
        }
    }

    async fn lag(&self) -> f64 {
        let request = self
            .door
            .request(Method::GET, "/metrics")
            .timeout(BUS_WITHIN);
        let Ok(answer) = self.door.try_send(request).await else {
            return 0.0;
        };
        let lines = answer.body.lines();
        let lags = lines.filter(|line| line.starts_with("worker_lag_messages{"));
        lags.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }
}

/// `VmRSS` is in units of 1024 bytes.
fn memory(pid: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    number.unwrap_or(0.0) * 1_024.0
}

fn handles(pid: &str) -> f64 {
    let open = fs::read_dir(format!("/proc/{pid}/fd"));
    open.map_or(0.0, |open| open.map(|_| 1.0).sum())
}

/// Blocks of 512 bytes, as they are on the disk: files may have holes.
fn disk(folder: &Path) -> f64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(entries) = fs::read_dir(folder) else {
        return 0.0;
    };
    let of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => disk(&entry.path()),
        Ok(metadata) => f64::from(u32::try_from(metadata.blocks()).unwrap_or(u32::MAX)) * 512.0,
        // Files come and go while it runs.
        Err(_) => 0.0,
    };
    entries.flatten().map(of).sum()
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |bytes: f64| bytes / 1_048_576.0;
        write!(
            f,
            "{:>6.0} s  memory {:>6.0} MiB  server {:>6.0} MiB  handles {:>5}  disk {:>7.0} MiB  \
             lag {:>7}",
            self.at_s,
            mib(self.memory_bytes),
            mib(self.server_memory_bytes),
            self.handles,
            mib(self.disk_bytes),
            self.lag_messages,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let ours = std::process::id().to_string();
        assert!(memory(&ours) > 100_000.0);
        assert!(handles(&ours) >= 3.0);
        let folder = tempfile::tempdir().expect("there is room for a folder");
        fs::create_dir(folder.path().join("a")).expect("a folder");
        fs::write(folder.path().join("a/b"), vec![1; 100_000]).expect("a file");
        assert!(disk(folder.path()) >= 90_000.0);
    }
}
