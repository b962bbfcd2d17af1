//! A process of ours: what it says is kept, and it is gone when the test is.

use std::ffi::OsStr;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::limits::{BURIED_WITHIN, LAST_LINES};
use crate::posthouse;

/// Variables of the environment that would make a test depend on where it runs.
const FOREIGN: [&str; 3] = ["RUST_LOG", "NO_COLOR", "RUST_BACKTRACE"];
/// What the names of our own variables begin with.
const OURS: &str = "POSTHOUSE_";
/// What the names begin with of variables that say where every program's telemetry goes.
const STANDARD: &str = "OTEL_";
/// The one of ours that says where a server is found, which is for the machine to know.
const SERVER: &str = "POSTHOUSE_NATS_SERVER";
/// What `up` says when no server can be had: neither installed, nor kept, nor fetched.
const NO_SERVER: &str = "NSV0001";

/// A `posthouse` process. Dropping it kills it, and shows what it said if the test failed.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    stdout: watch::Receiver<String>,
    stderr: watch::Receiver<String>,
}

impl Process {
    /// Starts `posthouse` with these arguments. Of this process's environment it gets what does
    /// not change how it behaves, and `environment`.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub fn start<A: AsRef<OsStr>>(
        name: &str,
        arguments: impl IntoIterator<Item = A>,
        environment: &[(&str, &str)],
    ) -> Self {
        let mut command = Command::new(posthouse());
        command.args(arguments);
        forget_surroundings(&mut command);
        let mut child = command
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary that was just built can be started");
        let stdout = collect(child.stdout.take().expect("it is piped"));
        let stderr = collect(child.stderr.take().expect("it is piped"));
        Self {
            name: name.to_owned(),
            child,
            stdout,
            stderr,
        }
    }

    /// What it wrote to standard output so far.
    pub fn stdout(&self) -> String {
        self.stdout.borrow().clone()
    }

    /// What it wrote to standard error so far.
    pub fn stderr(&self) -> String {
        self.stderr.borrow().clone()
    }

    /// Waits until it has written something to standard error that `look` finds.
    ///
    /// # Errors
    ///
    /// How it ended, when it ended before.
    ///
    /// # Panics
    ///
    /// When `within` is over.
    pub async fn heard<T>(
        &mut self,
        within: Duration,
        look: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ExitStatus> {
        let mut stderr = self.stderr.clone();
        let listening = async {
            loop {
                if let Some(found) = look(&stderr.borrow_and_update()) {
                    return Some(found);
                }
                // An error means that the other end is closed: it ended.
                if stderr.changed().await.is_err() {
                    return look(&stderr.borrow());
                }
            }
        };
        match timeout(within, listening).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(self.ended(BURIED_WITHIN).await),
            Err(_) => panic!("{} said nothing of it within {within:?}", self.name),
        }
    }

    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// When it has not ended `within` this time.
    pub async fn ended(&mut self, within: Duration) -> ExitStatus {
        match timeout(within, self.child.wait()).await {
            Ok(status) => status.expect("a child can be waited for"),
            Err(_) => panic!("{} has not ended within {within:?}", self.name),
        }
    }

    /// Waits until all that it wrote was read: after its end, that is a matter of moments.
    ///
    /// # Panics
    ///
    /// When somebody else holds its pipes.
    pub async fn read_to_end(&mut self) {
        let reading = async {
            while self.stdout.changed().await.is_ok() {}
            while self.stderr.changed().await.is_ok() {}
        };
        let read = timeout(BURIED_WITHIN, reading).await;
        assert!(read.is_ok(), "{} ended, and its pipes are open", self.name);
    }

    /// Kills it with SIGKILL, so that it can do nothing more, and waits until it is gone.
    pub async fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.ended(BURIED_WITHIN).await;
    }

    /// Kills it without waiting for its end. It may have ended already.
    pub(crate) fn kill_now(&mut self) {
        self.child.start_kill().ok();
    }

    /// Asks it to end with SIGTERM.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Whether it runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Fails the test if anything in it panicked: whatever it was given, nothing may.
    ///
    /// # Panics
    ///
    /// With what it said, if something did.
    pub fn assert_no_panic(&self) {
        let stderr = self.stderr();
        assert!(
            !stderr.contains("panicked"),
            "{} panicked:\n{stderr}",
            self.name
        );
    }

    /// Whether it ended because no `nats-server` can be had here: then there is nothing to try,
    /// and that is said aloud.
    ///
    /// # Panics
    ///
    /// Where `CI` is set: there, a server that is missing is a failure.
    pub fn lacks_server(&self) -> bool {
        let said = self.stderr();
        let lacks = said.contains(NO_SERVER);
        if lacks {
            let in_ci = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty());
            assert!(!in_ci, "there is no nats-server to be had:\n{said}");
            eprintln!("SKIPPED: there is no nats-server to be had\n{said}");
        }
        lacks
    }

    fn signal(&self, signal: Signal) {
        // A child has its id until it is waited for.
        let Some(id) = self.child.id() else { return };
        let pid = i32::try_from(id)
            .ok()
            .and_then(Pid::from_raw)
            .expect("ids are positive");
        kill_process(pid, signal).expect("a child of ours may be signalled");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill_now();
        if std::thread::panicking() {
            let stderr = self.stderr();
            let lines: Vec<&str> = stderr.lines().collect();
            let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
            eprintln!(
                "--- the last that {} said:\n{}\n---",
                self.name,
                last.join("\n")
            );
        }
    }
}

/// Keeps from a process what would make it depend on where it runs.
pub(crate) fn forget_surroundings(command: &mut Command) {
    for (variable, _) in std::env::vars_os() {
        let text = variable.to_string_lossy();
        let is_ours = text.starts_with(OURS) && text != SERVER;
        if FOREIGN.contains(&text.as_ref()) || is_ours || text.starts_with(STANDARD) {
            command.env_remove(&variable);
        }
    }
}

/// Reads lines for as long as there are any.
fn collect(pipe: impl AsyncRead + Unpin + Send + 'static) -> watch::Receiver<String> {
    let (text, receiver) = watch::channel(String::new());
    tokio::spawn(async move {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while let Ok(1..) = pipe.read_until(b'\n', &mut line).await {
            text.send_modify(|text| text.push_str(&String::from_utf8_lossy(&line)));
            line.clear();
        }
    });
    receiver
}
