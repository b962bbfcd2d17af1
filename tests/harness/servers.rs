//! The `nats-server` processes that work on a data folder.
//!
//! They are no children of the test, so they are known by their command line, which ends in the
//! path of their configuration file: nobody else's names that file.

use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

/// The ids of the servers that work on this data folder.
///
/// # Panics
///
/// When processes cannot be listed.
pub fn servers_on(data: &Path) -> Vec<i32> {
    let Ok(folder) = data.join("nats").canonicalize() else {
        return Vec::new();
    };
    let config = format!(" --config {}", folder.join("server.conf").display());
    let mut lines = command_lines();
    lines.retain(|(_, line)| line.trim_end().ends_with(&config));
    lines.into_iter().map(|(pid, _)| pid).collect()
}

/// The command lines of all processes. One that is dead and waits for its parent has none.
#[cfg(target_os = "linux")]
fn command_lines() -> Vec<(i32, String)> {
    let processes = std::fs::read_dir("/proc").expect("Linux lists processes there");
    let line = |entry: std::fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        // A process may end while it is looked at.
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        Some((pid, String::from_utf8_lossy(&line).replace('\0', " ")))
    };
    processes.filter_map(Result::ok).filter_map(line).collect()
}

/// The command lines of all processes, from `ps` where there is no `/proc`.
#[cfg(not(target_os = "linux"))]
fn command_lines() -> Vec<(i32, String)> {
    let listed = std::process::Command::new("ps")
        .args(["-A", "-ww", "-o", "pid=", "-o", "command="])
        .output()
        .expect("ps is there");
    let line = |line: &str| {
        let (pid, line) = line.trim().split_once(char::is_whitespace)?;
        Some((pid.parse().ok()?, line.to_owned()))
    };
    String::from_utf8_lossy(&listed.stdout)
        .lines()
        .filter_map(line)
        .collect()
}

/// Kills the server that works on this data folder with SIGKILL; gives its id.
///
/// # Panics
///
/// Unless there is exactly one.
pub fn kill_server(data: &Path) -> i32 {
    let servers = servers_on(data);
    let [server] = servers[..] else {
        panic!("one server was to be killed, not {servers:?}")
    };
    kill(server);
    server
}

/// Kills whatever is left on this data folder.
pub(crate) fn sweep(data: &Path) {
    servers_on(data).into_iter().for_each(kill);
}

fn kill(server: i32) {
    let pid = Pid::from_raw(server).expect("ids are positive");
    // It may have ended in the meantime.
    kill_process(pid, Signal::KILL).ok();
}
