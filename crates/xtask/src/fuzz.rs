//! `cargo xtask fuzz`: every fuzz target for a while, on stable.
//!
//! The targets are in `crates/fuzzing`, their binaries in `tests/fuzz`. What is found to be new
//! is kept in `tests/fuzz/found`, which is not committed; what crashes, in `tests/fuzz/artifacts`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use clap::Args;
use serde::Serialize;

use crate::exit::Exit;

/// Longest input, in bytes.
const INPUT_BYTES_MAX: usize = 4_096;
/// Longest that one input may take, in seconds; the slowest takes milliseconds.
const INPUT_S_MAX: u32 = 10;
/// Most memory of a target, in MiB.
const MEMORY_MIB_MAX: u32 = 2_048;
/// What libFuzzer says of how much it has done.
const EXECUTED: &str = "stat::number_of_executed_units:";

/// Run every fuzz target for a while
///
/// Needs cargo-fuzz (`cargo install cargo-fuzz`) and a C++ compiler, and no nightly toolchain.
/// Ends with 6 when an input broke a promise; it is kept, and belongs into tests/fuzz/corpus
/// together with what mends it.
#[derive(Clone, Debug, Args)]
pub(crate) struct FuzzArgs {
    /// How long each target runs
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// Only this target; may be given several times
    #[arg(long, value_name = "T")]
    target: Vec<String>,
    /// One line for scripts on standard output, and nothing else
    #[arg(long)]
    json: bool,
}

/// What all targets together did.
#[derive(Debug, Default, Serialize)]
struct Summary {
    targets: usize,
    executions: u64,
    crashes: usize,
    seconds: u64,
}

/// What one target did.
struct Run {
    executions: u64,
    crashed: bool,
}

/// Runs them.
#[expect(clippy::print_stdout, reason = "it is a command, and this is its data")]
pub(crate) fn run(args: &FuzzArgs) -> ExitCode {
    let began = Instant::now();
    let summary = Fuzz::prepare().and_then(|fuzz| {
        let targets = fuzz.chosen(&args.target)?;
        let mut summary = Summary::default();
        for target in targets {
            let run = fuzz.run(&target, args.seconds)?;
            eprintln!("{target}: {} executions", run.executions);
            summary.targets += 1;
            summary.executions += run.executions;
            summary.crashes += usize::from(run.crashed);
        }
        summary.seconds = began.elapsed().as_secs();
        Ok(summary)
    });
    let summary = match summary {
        Ok(summary) => summary,
        Err(error) => {
            eprintln!("failed to {error}");
            return ExitCode::FAILURE;
        }
    };
    if args.json {
        let line = serde_json::to_string(&summary).expect("numbers can be written");
        println!("{line}");
    } else {
        println!(
            "{} targets, {} executions, {} crashes in {} s",
            summary.targets, summary.executions, summary.crashes, summary.seconds
        );
    }
    match summary.crashes {
        0 => Exit::Done.into(),
        _ => Exit::Violation.into(),
    }
}

/// Where everything is.
struct Fuzz {
    /// `tests/fuzz`.
    folder: PathBuf,
    /// Where binaries go. Not where those of the house go: they are built in another way, and
    /// each would undo the other.
    binaries: PathBuf,
}

impl Fuzz {
    /// Builds all targets.
    fn prepare() -> Result<Self, String> {
        let metadata = cargo_metadata::MetadataCommand::new()
            .no_deps()
            .exec()
            .map_err(|error| format!("find the workspace: {error}"))?;
        let fuzz = Self {
            folder: metadata
                .workspace_root
                .join("tests/fuzz")
                .into_std_path_buf(),
            binaries: metadata
                .target_directory
                .join("fuzzing")
                .into_std_path_buf(),
        };
        let version = Command::new("cargo").args(["fuzz", "--version"]).output();
        if !version.is_ok_and(|version| version.status.success()) {
            let how = "install it with `cargo install cargo-fuzz`, and a C++ compiler such as g++";
            return Err(format!("start cargo-fuzz, which is not installed: {how}"));
        }
        let built = fuzz.cargo("build").status();
        match built {
            Ok(status) if status.success() => Ok(fuzz),
            Ok(status) => Err(format!("build the targets: {status}")),
            Err(error) => Err(format!("build the targets: {error}")),
        }
    }

    /// The targets asked for, by default all.
    fn chosen(&self, asked: &[String]) -> Result<Vec<String>, String> {
        let listed = Command::new("cargo")
            .args(["fuzz", "list", "--fuzz-dir"])
            .arg(&self.folder)
            .output()
            .map_err(|error| format!("list the targets: {error}"))?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let all: Vec<String> = listed.lines().map(str::to_owned).collect();
        if let Some(unknown) = asked.iter().find(|asked| !all.contains(asked)) {
            return Err(format!(
                "find target {unknown}; there are {}",
                all.join(", ")
            ));
        }
        match asked {
            [] => Ok(all),
            some => Ok(some.to_vec()),
        }
    }

    fn run(&self, target: &str, seconds: u64) -> Result<Run, String> {
        let found = self.folder.join("found").join(target);
        std::fs::create_dir_all(&found)
            .map_err(|error| format!("make {}: {error}", found.display()))?;
        let log = self.folder.join("found").join(format!("{target}.log"));
        let file =
            File::create(&log).map_err(|error| format!("write {}: {error}", log.display()))?;
        let status = self
            .cargo("run")
            .arg(target)
            // What is new goes into the first of them.
            .args([&found, &self.folder.join("corpus").join(target)])
            .arg("--")
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={INPUT_BYTES_MAX}"))
            .arg(format!("-timeout={INPUT_S_MAX}"))
            .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"))
            .arg("-print_final_stats=1")
            .stdout(Stdio::null())
            .stderr(file)
            .status()
            .map_err(|error| format!("run {target}: {error}"))?;
        let said = read(&log)?;
        if !status.success() {
            eprintln!(
                "{target} broke a promise; all of it is in {}",
                log.display()
            );
            let told = said.lines().filter(|line| {
                line.contains("panicked") || line.contains("ERROR") || line.contains("Test unit")
            });
            told.for_each(|line| eprintln!("  {line}"));
        }
        Ok(Run {
            executions: executions(&said),
            crashed: !status.success(),
        })
    }

    fn cargo(&self, what: &str) -> Command {
        let mut command = Command::new("cargo");
        command
            // `cargo xtask` runs with the flags of the house.
            .env_remove("RUSTFLAGS")
            .args(["fuzz", what, "--sanitizer", "none", "--fuzz-dir"])
            .arg(&self.folder)
            .arg("--target-dir")
            .arg(&self.binaries);
        command
    }
}

/// The text of a log; libFuzzer shows inputs as they are, so it may be anything.
fn read(log: &Path) -> Result<String, String> {
    let bytes = std::fs::read(log).map_err(|error| format!("read {}: {error}", log.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// How many inputs libFuzzer says it has tried.
fn executions(said: &str) -> u64 {
    let number = said.lines().find_map(|line| line.strip_prefix(EXECUTED));
    number
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executions_are_read_from_what_libfuzzer_says() {
        let said = "Done 12 runs in 1 second(s)\nstat::number_of_executed_units: 12\nstat::x: 3\n";
        assert_eq!(executions(said), 12);
        assert_eq!(executions("==1== ERROR: libFuzzer: deadly signal\n"), 0);
    }
}
