//! A process is killed in the middle of applying, again and again, over one folder.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of a test, which stops at the first surprise"
)]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use common::{hear, open, tell};
use posthouse_store::{Error, Found, Store};

/// Set for the child: the folder to write to.
const CHILD: &str = "POSTHOUSE_STORE_KILL_TEST";
const ROUNDS: usize = 12;

#[test]
fn a_kill_leaves_whole_batches_and_all_that_was_flushed() {
    if let Some(dir) = std::env::var_os(CHILD) {
        write_until_killed(Path::new(&dir));
    }
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("view");
    let mut before = 0;
    for round in 0..ROUNDS {
        // Not always at the same place behind a flush.
        let flushed = run_and_kill(&dir, 3 + round * 7 % 40);
        let opened = open(&dir).unwrap();
        assert_eq!(opened.found, Found::Existing);
        let last = hear(&opened.store).unwrap().unwrap();
        assert!(
            last >= flushed,
            "batch {flushed} was flushed, {last} is the last"
        );
        assert!(flushed > before, "the child made progress");
        before = last;
    }
}

#[test]
fn a_folder_has_one_owner() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("view");
    let first = open(&dir).unwrap();
    let error = open(&dir).unwrap_err();
    assert!(
        matches!(&error, Error::Held { pid: Some(_), .. }),
        "{error}"
    );
    assert_eq!(error.code(), "STO0001");
    drop(first);
    assert_eq!(open(&dir).unwrap().found, Found::Existing);
}

/// Runs this test as a child until it has reported so many flushes; gives the last one's batch.
fn run_and_kill(dir: &Path, reports: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_kill_leaves_whole_batches_and_all_that_was_flushed",
            "--nocapture",
        ])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let flushed = lines
        .filter_map(|line| line.unwrap().strip_prefix("flushed ")?.parse().ok())
        .nth(reports)
        .expect("the child reports until it is killed");
    let held = matches!(open(dir), Err(Error::Held { pid: Some(pid), .. }) if pid == child.id());
    assert!(held, "the child holds the folder, and is named");
    child.kill().unwrap();
    child.wait().unwrap();
    flushed
}

fn write_until_killed(dir: &Path) -> ! {
    let store = open(dir).unwrap().store;
    let mut n = hear(&store).unwrap().unwrap();
    loop {
        n += 1;
        tell(&store, n).unwrap();
        if n.is_multiple_of(37) {
            store.flush().unwrap();
            // libtest's first words of the line have no line break.
            println!("\nflushed {n}");
        }
    }
}
