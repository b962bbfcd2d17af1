//! `cargo xtask simulate`: whole regions on bad days, by seed, in virtual time.

use std::io::{IsTerminal, Write};
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use posthouse_simulation::{Outcome, Plant, simulate};
use serde::Serialize;

use crate::exit::Exit;

/// How often the line of progress is written anew.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// Simulate a region on a bad day for each of many seeds, and judge what is left
///
/// All roles with their production handlers, in the production worker loop, over a bus in memory,
/// in one thread and virtual time. A seed decides traffic, faults and every crash, and makes the
/// same run again wherever it is given. Ends with 6 when a promise was broken.
#[derive(Clone, Debug, Args)]
pub(crate) struct SimulateArgs {
    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 100)]
    seeds: u64,
    /// The first of them
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Plant a defect, to see whether it is found
    #[arg(long, value_name = "PLANT", value_parser = plant())]
    plant: Option<Plant>,
    /// One line for scripts on standard output, and nothing else
    #[arg(long)]
    json: bool,
}

/// What came of all seeds.
#[derive(Debug, Serialize)]
struct Summary {
    seeds: u64,
    faults: u64,
    /// Seeds that broke a promise.
    violations: u64,
    /// The first of them, with what it broke and how to see it again.
    first_violation: Option<First>,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct First {
    seed: u64,
    what: String,
    replay: String,
}

fn plant() -> impl TypedValueParser<Value = Plant> {
    PossibleValuesParser::new(Plant::ALL.map(Plant::as_str))
        .map(|word: String| word.parse().expect("the parser lets only plants through"))
}

/// Runs them, and says what came of it.
#[expect(clippy::print_stdout, reason = "it is a command, and this is its data")]
pub(crate) fn run(args: &SimulateArgs) -> ExitCode {
    let started = Instant::now();
    let (faults, mut broken) = run_all(args);
    broken.sort_by_key(|outcome| outcome.seed);
    for outcome in broken.iter().take(10) {
        tell(outcome);
    }
    let summary = Summary {
        seeds: args.seeds,
        faults,
        violations: broken.len() as u64,
        first_violation: broken.first().and_then(first),
        seconds: started.elapsed().as_secs_f64(),
    };
    if args.json {
        let line = serde_json::to_string(&summary).expect("a summary is plain data");
        println!("{line}");
    } else {
        println!(
            "{} seeds, {} faults, {} seeds broke a promise, {:.1} s",
            summary.seeds, summary.faults, summary.violations, summary.seconds
        );
    }
    if broken.is_empty() {
        Exit::Done.into()
    } else {
        Exit::Violation.into()
    }
}

/// Every seed, on all cores: how many faults there were, and the runs that broke a promise.
fn run_all(args: &SimulateArgs) -> (u64, Vec<Outcome>) {
    let (next, done, faults) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let broken = Mutex::new(Vec::new());
    let work = || {
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            if nth >= args.seeds {
                return;
            }
            let outcome = simulate(args.seed.saturating_add(nth), args.plant);
            faults.fetch_add(outcome.fault_count(), Ordering::Relaxed);
            if outcome.is_broken() {
                let mut broken = broken.lock().unwrap_or_else(PoisonError::into_inner);
                broken.push(outcome);
            }
            done.fetch_add(1, Ordering::Relaxed);
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        while workers.iter().any(|worker| !worker.is_finished()) {
            progress(done.load(Ordering::Relaxed), args.seeds);
            thread::park_timeout(PROGRESS_EVERY.min(Duration::from_millis(50)));
        }
    });
    clear_progress();
    let broken = broken.into_inner().unwrap_or_else(PoisonError::into_inner);
    (faults.into_inner(), broken)
}

fn progress(done: u64, of: u64) {
    let mut err = std::io::stderr();
    if err.is_terminal() {
        // A terminal that is gone is no reason to stop.
        write!(err, "\r{done} of {of} seeds").ok();
        err.flush().ok();
    }
}

fn clear_progress() {
    let mut err = std::io::stderr();
    if err.is_terminal() {
        write!(err, "\r\x1b[2K").ok();
    }
}

fn tell(outcome: &Outcome) {
    eprintln!("seed {}: {}", outcome.seed, outcome.replay());
    for violation in outcome.violations.iter().take(5) {
        eprintln!("  {violation}");
    }
    let more = outcome.violations.len().saturating_sub(5);
    if more > 0 {
        eprintln!("  and {more} more");
    }
}

fn first(outcome: &Outcome) -> Option<First> {
    Some(First {
        seed: outcome.seed,
        what: outcome.violations.first()?.to_string(),
        replay: outcome.replay(),
    })
}
