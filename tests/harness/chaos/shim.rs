//! A wrong wall clock, for one process: a small library that is loaded before all others.
//! Where there is no C compiler, what needs it is skipped aloud.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::limits::COMMAND_WITHIN;

/// What the library is made from.
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/harness/shim/clock.c");
/// The variable that it reads.
const VARIABLE: &str = "CHAOS_CLOCK_SHIFT_MS";

/// The library.
#[derive(Clone, Debug)]
pub(super) struct Shim(PathBuf);

impl Shim {
    /// Compiles the library into `folder`.
    ///
    /// # Errors
    ///
    /// Why it cannot be done here, in words for people.
    pub(super) async fn compile(folder: &Path) -> Result<Self, String> {
        let library = folder.join("clock.so");
        let compiling = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&library, Path::new(SOURCE)])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let compiled = timeout(COMMAND_WITHIN, compiling)
            .await
            .map_err(|_| "cc does not end".to_owned())?
            .map_err(|why| format!("cc cannot be run: {why}"))?;
        if compiled.status.success() {
            return Ok(Self(library));
        }
        let why = String::from_utf8_lossy(&compiled.stderr).into_owned();
        Err(format!("cc fails: {}", why.trim()))
    }

    /// The environment in which a process is so far ahead of the time, or behind it.
    pub(super) fn environment(&self, ahead: bool, by: Duration) -> [(&'static str, String); 2] {
        let sign = if ahead { "" } else { "-" };
        let library = self.0.display().to_string();
        [
            ("LD_PRELOAD", library),
            (VARIABLE, format!("{sign}{}", by.as_millis())),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_lives_in_another_time() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let shim = match Shim::compile(folder.path()).await {
            Ok(shim) => shim,
            Err(why) => {
                eprintln!("SKIPPED: {why}");
                return;
            }
        };
        let hour = Duration::from_secs(3_600);
        let mut times = Vec::new();
        for ahead in [false, true] {
            let said = Command::new("date")
                .arg("+%s")
                .envs(shim.environment(ahead, hour))
                .output()
                .await
                .expect("date is there");
            let text = String::from_utf8_lossy(&said.stdout).into_owned();
            times.push(text.trim().parse::<i64>().expect("seconds"));
        }
        let apart = times[1] - times[0];
        assert!((7_199..=7_260).contains(&apart), "{times:?}");
    }
}
