//! Makes system calls of a living process fail, by `strace`. Where that is missing or not
//! allowed, what needs it is skipped aloud.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::limits::{BURIED_WITHIN, BUS_WITHIN};

/// The calls by which data is forced to the disk.
const SYNCS: &str = "fsync,fdatasync,sync_file_range,msync";

/// A process whose calls fail. [`Self::lift`] lets them succeed again; so does dropping it.
#[derive(Debug)]
pub(super) struct Tracer(Child);

impl Tracer {
    /// From now on, every second attempt of this process to force data to the disk fails.
    ///
    /// Every second one: where all fail, nothing is ever said to be safe, which is the easy case.
    ///
    /// # Errors
    ///
    /// Why it cannot be done here, in words for people.
    pub(super) async fn syncs_fail(pid: u32) -> Result<Self, String> {
        let mut tracer = Command::new("strace")
            .args(["-f", "-e", &format!("trace={SYNCS}"), "-e"])
            .arg(format!("inject={SYNCS}:error=EIO:when=1+2"))
            .args(["-o", "/dev/null", "-p", &pid.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|why| format!("strace cannot be run: {why}"))?;
        let stderr = tracer.stderr.take().ok_or("strace has no voice")?;
        let mut lines = BufReader::new(stderr);
        let mut first = String::new();
        let said = timeout(BUS_WITHIN, lines.read_line(&mut first)).await;
        if !matches!(said, Ok(Ok(1..))) || !first.contains("attached") {
            let why = if first.is_empty() {
                "it says nothing"
            } else {
                first.trim()
            };
            return Err(format!("strace does not attach: {why}"));
        }
        // Each new thread is a line; a full pipe would stop the tracer, and with it the process.
        tokio::spawn(async move { lines.read_to_end(&mut Vec::new()).await });
        Ok(Self(tracer))
    }

    /// Lets the calls succeed again.
    pub(super) async fn lift(mut self) {
        let pid = self.0.id().and_then(|pid| i32::try_from(pid).ok());
        if let Some(pid) = pid.and_then(Pid::from_raw) {
            // Asked kindly it lets go of the process in good order.
            kill_process(pid, Signal::TERM).ok();
        }
        timeout(BURIED_WITHIN, self.0.wait()).await.ok();
    }
}
