//! Help, usage, completions and manual pages.

use expect_test::expect_file;

use crate::posthouse::run;

/// All commands, as they are typed.
const COMMANDS: &[&str] = &[
    "",
    "up",
    "run",
    "ticket",
    "ticket submit",
    "ticket list",
    "ticket show",
    "ticket why",
    "ticket trace",
    "ticket reply",
    "ticket assign",
    "ticket progress",
    "ticket resolve",
    "ticket reopen",
    "ticket close",
    "ticket correct",
    "ticket unfold",
    "ticket transfer",
    "agent",
    "agent list",
    "agent show",
    "agent sign-in",
    "agent ready",
    "agent busy",
    "agent break",
    "agent sign-out",
    "agent seen",
    "agent accept",
    "agent decline",
    "agent finish",
    "policy",
    "policy check",
    "policy show",
    "policy diff",
    "policy apply",
    "sla",
    "sla due",
    "route",
    "route explain",
    "route bench",
    "route simulate",
    "classifier",
    "classifier train",
    "classifier eval",
    "classifier predict",
    "classifier explain",
    "classifier push",
    "classifier list",
    "classifier show",
    "classifier compare",
    "classifier shadow",
    "classifier promote",
    "classifier review",
    "dlq",
    "dlq list",
    "dlq show",
    "dlq redrive",
    "dlq drop",
    "stream",
    "stream verify",
    "region",
    "region provision",
    "bench",
    "bench pipeline",
    "bench intake",
    "bench timers",
    "bench classify",
    "doctor",
    "top",
    "explain-error",
    "completions",
    "man",
];

/// The whole command line as text, so that a reviewer sees what a change of it changes.
#[test]
fn every_page_of_help() {
    let mut pages = String::new();
    for command in COMMANDS {
        let mut args: Vec<&str> = command.split_whitespace().collect();
        args.push("--help");
        let ran = run(&args).ends_with(0);
        assert_eq!(ran.stderr, "");
        pages.push_str(&format!("$ posthouse {}\n{}\n", args.join(" "), ran.stdout));
    }
    expect_file!["../golden/help.txt"].assert_eq(&pages);
}

#[test]
fn manual_pages_cover_every_command() {
    let dir = tempfile::tempdir().unwrap();
    run(&["man", "--dir", dir.path().to_str().unwrap()])
        .ends_with(0)
        .complains(&["wrote"]);
    for command in COMMANDS {
        let words = ["posthouse"].into_iter().chain(command.split_whitespace());
        let page = dir
            .path()
            .join(format!("{}.1", words.collect::<Vec<_>>().join("-")));
        let text = std::fs::read_to_string(&page).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{}", page.display());
    }
}

#[test]
fn shells_complete_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&["completions", shell]).ends_with(0).stdout;
        for word in ["submit", "redrive", "awaits-customer", "idempotency-key"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn wrong_words_get_the_nearest_one() {
    let wrong: &[(&[&str], &str)] = &[
        (&["tiket"], "'ticket'"),
        (&["ticket", "shw", "X"], "'show'"),
        (&["ticket", "list", "--custmer", "c"], "--customer"),
        (&["ticket", "list", "--severity", "P9"], "P0"),
        (&["ticket", "progress", "X", "in_progres"], "'in_progress'"),
        (&["ticket", "close", "X", "--actor", "agnt:anna"], "`agent`"),
        (&["run", "rooter"], "'router'"),
        (&["dlq", "show", "PH_a_0"], "STREAM/SEQUENCE"),
        (&["up", "--region", "CN"], "a-z"),
        (&["ticket", "submit", "--subject", "s"], "--customer"),
        (&["ticket", "correct", "X", "--note", "n"], "--category"),
        (
            &["ticket", "show", "X", "--server", "localhost:7070"],
            "http://127.0.0.1:7070",
        ),
    ];
    for (args, word) in wrong {
        run(args).ends_with(2).complains(&[word]);
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_posthouse"))
        .args(["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success());
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
}
