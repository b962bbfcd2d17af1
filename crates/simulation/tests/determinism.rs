//! The same seed makes the same run.

use posthouse_simulation::simulate;

#[test]
fn a_seed_makes_the_same_run_twice() {
    for seed in 1..=5 {
        let (first, second) = (simulate(seed, None), simulate(seed, None));
        assert!(first.messages > 100, "{first:?}");
        assert_eq!(first, second, "seed {seed}");
    }
}
