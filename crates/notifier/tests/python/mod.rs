//! Other sides that are written in Python: their packages are fetched by pip, and they say what
//! they see line by line, as JSON.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long pip may take.
const FETCHED_WITHIN: Duration = Duration::from_secs(120);
/// How long a script may take for a line.
const SAID_WITHIN: Duration = Duration::from_secs(30);

/// A script that runs; it ends when it is dropped.
pub(crate) struct Script {
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Script {
    /// Fetches packages into a folder and runs a script there, with the folder as its argument.
    /// Where they cannot be fetched, it says so and there is nothing to try; where `CI` is set,
    /// that is a failure.
    pub(crate) async fn run(folder: &Path, packages: &[&str], text: &str) -> Option<Self> {
        let home = folder.join("packages");
        if let Err(why) = fetch(&home, packages).await {
            let said = format!("{} cannot be fetched: {why}", packages[0]);
            assert!(std::env::var_os("CI").is_none(), "{said}");
            eprintln!("SKIPPED: {said}");
            return None;
        }
        let script = folder.join("script.py");
        std::fs::write(&script, text).unwrap();
        let mut child = Command::new("python3")
            .args([script.as_path(), folder])
            .env("PYTHONPATH", &home)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Some(Self {
            lines,
            _child: child,
        })
    }

    /// The next line.
    pub(crate) async fn said(&mut self) -> Value {
        let line = tokio::time::timeout(SAID_WITHIN, self.lines.next_line()).await;
        let line = line.expect("the script says something in time").unwrap();
        serde_json::from_str(&line.expect("the script lives")).unwrap()
    }
}

/// Fetches packages into a folder; the error says why it cannot.
async fn fetch(folder: &Path, packages: &[&str]) -> Result<(), String> {
    let pip = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--target"])
        .arg(folder)
        .args(packages)
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(FETCHED_WITHIN, pip)
        .await
        .map_err(|_| "pip took too long".to_owned())?
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}
