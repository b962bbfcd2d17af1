//! A `nats-server` binary: where it is, and whether it is new enough.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use semver::Version;
use tokio::process::Command;
use tokio::time::timeout;

use super::limits::PROBE_TIMEOUT;

/// The oldest server that has what the bus relies on (consumer reset).
pub const MIN_VERSION: Version = Version::new(2, 14, 0);

/// A binary that has said its version, and that the version will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binary {
    path: PathBuf,
    version: Version,
}

/// Why a binary will not do.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It cannot be run at all.
    #[error("cannot be run: {0}")]
    NotRun(#[from] io::Error),
    /// It did not answer in time.
    #[error("`--version` did not answer within {} s", PROBE_TIMEOUT.as_secs())]
    Silent,
    /// It answered with something that is not a version of nats-server.
    #[error("`--version` says {0:?}, which is no version of nats-server")]
    Foreign(String),
    /// It is too old.
    #[error("version {0} is older than {MIN_VERSION}")]
    TooOld(Version),
}

impl Binary {
    /// Runs `path --version` and judges the answer.
    ///
    /// # Errors
    ///
    /// [`Unfit`] says what is wrong with it.
    pub async fn probe(path: &Path) -> Result<Self, Unfit> {
        let answer = Command::new(path)
            .arg("--version")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = timeout(PROBE_TIMEOUT, answer)
            .await
            .map_err(|_| Unfit::Silent)??;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = parse_version(&text)
            .filter(|_| output.status.success())
            .ok_or_else(|| Unfit::Foreign(text.trim().chars().take(80).collect()))?;
        if version < MIN_VERSION {
            return Err(Unfit::TooOld(version));
        }
        Ok(Self {
            path: path.to_owned(),
            version,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says its version is.
    #[must_use]
    pub fn version(&self) -> &Version {
        &self.version
    }
}

/// Reads `nats-server: v2.15.1`.
fn parse_version(text: &str) -> Option<Version> {
    let version = text.trim().strip_prefix("nats-server: ")?;
    Version::parse(version.strip_prefix('v').unwrap_or(version)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_with_and_without_a_v() {
        assert_eq!(
            parse_version("nats-server: v2.15.1\n"),
            Some(Version::new(2, 15, 1))
        );
        assert_eq!(
            parse_version("nats-server: 2.14.0"),
            Some(Version::new(2, 14, 0))
        );
    }

    #[test]
    fn a_candidate_of_the_minimum_is_older_than_the_minimum() {
        let candidate = parse_version("nats-server: v2.14.0-RC.1").unwrap();
        assert!(candidate < MIN_VERSION);
    }

    #[test]
    fn other_programs_are_not_taken_for_a_server() {
        for text in [
            "",
            "nats: v2.15.1",
            "nats-server: v2",
            "nats-server: latest",
        ] {
            assert_eq!(parse_version(text), None, "{text}");
        }
    }
}
