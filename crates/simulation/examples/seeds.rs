//! Runs seeds from one number to another and prints what came of them. For profiling, without all
//! that `cargo xtask simulate` builds beside it: `cargo run --example seeds -- 1 10 [PLANT]`.

use std::time::Instant;

use posthouse_simulation::simulate;

#[expect(clippy::print_stdout, reason = "it is a command, and this is its data")]
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |at: usize| args.get(at).and_then(|text| text.parse().ok()).unwrap_or(1);
    let (first, last): (u64, u64) = (number(1), number(2));
    let plant = args.get(3).map(|name| name.parse().expect("a plant"));
    let (started, mut broken) = (Instant::now(), 0);
    for seed in first..=last {
        let outcome = simulate(seed, plant);
        if outcome.is_broken() {
            broken += 1;
            println!("{}", outcome.replay());
        }
        for violation in outcome.violations.iter().take(60) {
            println!("  {violation}");
        }
    }
    println!(
        "{} seeds, {broken} broken, {:.1?}",
        last + 1 - first,
        started.elapsed()
    );
}
