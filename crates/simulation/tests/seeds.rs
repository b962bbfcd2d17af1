//! Seeds that nobody chose: no promise is broken, whatever goes wrong.
//!
//! `POSTHOUSE_SEEDS` makes more of them; `cargo xtask simulate` has no end at all.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use posthouse_simulation::{Outcome, simulate};

/// How many seeds are tried.
const SEEDS: u64 = 400;

#[test]
fn no_seed_breaks_a_promise() {
    let asked = std::env::var("POSTHOUSE_SEEDS").ok();
    let seeds = asked.map_or(SEEDS, |text| text.parse().expect("a number of seeds"));
    let (next, broken) = (AtomicU64::new(1), Mutex::new(Vec::<Outcome>::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > seeds {
                return;
            }
            let outcome = simulate(seed, None);
            if outcome.is_broken() {
                broken.lock().unwrap().push(outcome);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(work);
        }
    });
    let broken = broken.into_inner().unwrap();
    let told: Vec<String> = broken
        .iter()
        .map(|outcome| format!("{}\n  {}", outcome.replay(), outcome.violations[0]))
        .collect();
    assert!(
        told.is_empty(),
        "promises were broken:\n{}",
        told.join("\n")
    );
}
