//! What Prometheus itself says of the files, by its own tool.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dashboards::expressions;
use crate::shipped::{files, place};

/// Where `promtool` is, when it is not on `PATH`.
const VARIABLE: &str = "POSTHOUSE_PROMTOOL";

#[test]
fn promtool_takes_the_rules_and_the_example_configuration() {
    let Some(promtool) = promtool() else { return };
    let mut rules = files("deploy/prometheus/rules", "yml");
    rules.extend(files("deploy/prometheus/alerts", "yml"));
    run(&promtool, &["check", "rules"], &rules);
    let configuration = place("deploy/prometheus/prometheus.yml");
    run(&promtool, &["check", "config"], &[configuration]);
}

#[test]
fn promtool_finds_that_alerts_fire_and_rest_as_told() {
    let Some(promtool) = promtool() else { return };
    let stories = files("deploy/prometheus/tests", "yml");
    run(&promtool, &["test", "rules"], &stories);
}

/// The parser of the other tests is not Prometheus' own.
#[test]
fn promtool_takes_every_expression_of_the_dashboards() {
    let Some(promtool) = promtool() else { return };
    let mut rules = "groups:\n  - name: dashboards\n    rules:\n".to_owned();
    for (number, (place, expression)) in expressions().into_iter().enumerate() {
        let expression = serde_json::to_string(&expression).unwrap();
        writeln!(rules, "      # {place}").unwrap();
        writeln!(
            rules,
            "      - record: panel:{number}\n        expr: {expression}"
        )
        .unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dashboards.yml");
    std::fs::write(&file, rules).unwrap();
    run(&promtool, &["check", "rules"], &[file]);
}

/// The tool, if it is to be had; that it is not is said aloud, and a failure where it was named.
fn promtool() -> Option<PathBuf> {
    let found = candidates().into_iter().find(|promtool| {
        let answer = Command::new(promtool).arg("--version").output();
        answer.is_ok_and(|answer| answer.status.success())
    });
    if found.is_none() {
        let advice = format!(
            "there is no promtool to be had, so alerts were not tried: `.ci/promtool` fetches it, \
             or {VARIABLE} may say where it is"
        );
        assert!(std::env::var_os(VARIABLE).is_none(), "{advice}");
        eprintln!("SKIPPED: {advice}");
    }
    found
}

/// The one that is named; else any on `PATH`, or where `.ci/promtool` keeps it.
fn candidates() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE) {
        return vec![PathBuf::from(named)];
    }
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or(home);
    let fetched = cache.map(|cache| cache.join("posthouse/prometheus/usr/bin/promtool"));
    [Some(PathBuf::from("promtool")), fetched]
        .into_iter()
        .flatten()
        .collect()
}

fn run(promtool: &Path, command: &[&str], files: &[PathBuf]) {
    let answer = Command::new(promtool)
        .args(command)
        .args(files)
        .output()
        .unwrap();
    assert!(
        answer.status.success(),
        "promtool {command:?}:\n{}{}",
        String::from_utf8_lossy(&answer.stdout),
        String::from_utf8_lossy(&answer.stderr)
    );
}
