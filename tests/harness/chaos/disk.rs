//! Disks that are small enough to be full: file systems in memory, in a mount namespace of their
//! own, so that nothing is mounted where others see it and all is gone with us.
//!
//! Where the system lets nobody make a namespace, processes run on the ordinary disk, and what
//! needs a full one is skipped aloud.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::error::Error;
use super::limits::{BUS_WITHIN, COMMAND_WITHIN, LOOK_EVERY};

/// The file that takes all the room.
const FILLER: &str = "filler";
/// How much the filler grows at once, in bytes.
const FILL_BYTES: usize = 64 * 1024;
/// What the process that holds the namespace waits for, in seconds: longer than any run.
const FOR_EVER_S: &str = "8640000";

/// Where the processes of a run keep their files.
#[derive(Debug)]
pub(super) struct Disks {
    /// Holds the namespace; `None` without one.
    holder: Option<Child>,
}

impl Disks {
    /// The disk that everybody uses.
    pub(super) const fn ordinary() -> Self {
        Self { holder: None }
    }

    /// A namespace for small disks.
    ///
    /// # Errors
    ///
    /// Why there can be none here, in words for people.
    pub(super) async fn small() -> Result<Self, String> {
        let mut holder = Command::new("unshare")
            .args(["--map-root-user", "--mount", "sleep", FOR_EVER_S])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|why| format!("unshare cannot be run: {why}"))?;
        let pid = holder.id();
        // It has its namespace when it has become the sleeper.
        let asleep = async {
            loop {
                if let Ok(Some(status)) = holder.try_wait() {
                    return Err(format!("a mount namespace is not allowed here: {status}"));
                }
                let comm = pid.map(|pid| std::fs::read_to_string(format!("/proc/{pid}/comm")));
                if matches!(comm, Some(Ok(name)) if name.trim() == "sleep") {
                    return Ok(());
                }
                sleep(LOOK_EVERY).await;
            }
        };
        let waited = timeout(BUS_WITHIN, asleep).await;
        waited.map_err(|_| "unshare does nothing".to_owned())??;
        Ok(Self {
            holder: Some(holder),
        })
    }

    /// Whether disks are small here.
    pub(super) const fn are_small(&self) -> bool {
        self.holder.is_some()
    }

    /// A command that sees these disks.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let Some(pid) = self.pid() else {
            return Command::new(program);
        };
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &pid.to_string(), "--user", "--mount"])
            .arg("--preserve-credentials")
            .arg("--")
            .arg(program);
        command
    }

    /// Makes `folder` a disk of its own with so much room. Without small disks, just a folder.
    ///
    /// # Errors
    ///
    /// [`Error::Files`] when it cannot be made.
    pub(super) async fn mount(&self, folder: &Path, bytes: u64) -> Result<(), Error> {
        std::fs::create_dir_all(folder).map_err(|why| Error::files(folder, why))?;
        if !self.are_small() {
            return Ok(());
        }
        let mut command = self.command("mount");
        command
            .args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"])
            .arg(folder)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let mounted = timeout(COMMAND_WITHIN, command.output()).await;
        match mounted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(Output { status, .. }) if status.success() => Ok(()),
            Ok(Output { stderr, .. }) => {
                let why = String::from_utf8_lossy(&stderr).trim().to_owned();
                Err(Error::files(folder, io::Error::other(why)))
            }
            Err(why) => Err(Error::files(folder, why)),
        }
    }

    /// Where we see what a process sees at `path`.
    pub(super) fn seen(&self, path: &Path) -> PathBuf {
        match self.pid() {
            Some(pid) => PathBuf::from(format!("/proc/{pid}/root{}", path.display())),
            None => path.to_owned(),
        }
    }

    /// Fills the disk at `folder` to the last byte.
    ///
    /// # Errors
    ///
    /// Whatever stops it but that the disk is full.
    pub(super) fn fill(&self, folder: &Path) -> io::Result<()> {
        if !self.are_small() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let mut filler = File::create(self.seen(folder).join(FILLER))?;
        let chunk = vec![0; FILL_BYTES];
        let mut piece = FILL_BYTES;
        while piece > 0 {
            match filler.write(&chunk[..piece]) {
                Ok(1..) => {}
                // What is left is less than a piece.
                Ok(0) => piece /= 2,
                Err(why) if why.kind() == io::ErrorKind::StorageFull => piece /= 2,
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }

    /// Gives the room back.
    ///
    /// # Errors
    ///
    /// When it cannot be done.
    pub(super) fn free(&self, folder: &Path) -> io::Result<()> {
        match std::fs::remove_file(self.seen(folder).join(FILLER)) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
            _ => Ok(()),
        }
    }

    fn pid(&self) -> Option<u32> {
        self.holder.as_ref().and_then(Child::id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_small_disk_is_full_until_it_is_freed() {
        let disks = match Disks::small().await {
            Ok(disks) => disks,
            Err(why) => {
                eprintln!("SKIPPED: {why}");
                return;
            }
        };
        let folder = tempfile::tempdir().expect("there is room for a folder");
        disks
            .mount(folder.path(), 1 << 20)
            .await
            .expect("a small disk");
        let file = disks.seen(folder.path()).join("file");
        disks.fill(folder.path()).expect("it can be filled");
        let refused = std::fs::write(&file, [0; 8192]).expect_err("there is no room");
        assert_eq!(refused.kind(), io::ErrorKind::StorageFull);
        disks.free(folder.path()).expect("it can be freed");
        std::fs::write(&file, [0; 8192]).expect("there is room");
        assert!(
            !folder.path().join("file").exists(),
            "nobody else sees the disk"
        );
    }
}
