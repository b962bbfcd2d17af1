//! Seeds that once broke a promise, each with what it found. What a seed means may change with the
//! simulation; the defect itself has a test where it was.

use posthouse_simulation::simulate;

fn keeps_its_promises(seed: u64) {
    let outcome = simulate(seed, None);
    assert!(
        !outcome.is_broken(),
        "{}: {:?}",
        outcome.replay(),
        outcome.violations
    );
}

/// An input came again before the receipt of its output: the first record waited for ever, and
/// with it the commit point.
#[test]
fn an_input_that_comes_again_does_not_stop_the_commit_point() {
    for seed in [45, 202, 535, 551] {
        keeps_its_promises(seed);
    }
}

/// A worker was killed while it loaded a snapshot: its successor built upon the rows that were
/// there already, from the beginning of the log.
#[test]
fn half_a_snapshot_is_not_built_upon() {
    for seed in [2_237, 2_395] {
        keeps_its_promises(seed);
    }
}

/// After a gap all clocks of one ticket rang before the next ticket's did: what forecasts learnt
/// from them depended on when the partition found an owner.
#[test]
fn clocks_ring_in_the_order_of_their_instants() {
    for seed in [44, 56, 115, 177] {
        keeps_its_promises(seed);
    }
}

/// A breach was lost on its way and sent again, behind the escalation that follows from it.
#[test]
fn what_follows_stands_behind_its_cause() {
    for seed in [16, 29, 57, 107, 118, 119, 133, 151, 194, 198] {
        keeps_its_promises(seed);
    }
}
