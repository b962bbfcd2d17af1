//! Each planted defect is found: a judge that cannot convict proves nothing.

use posthouse_simulation::{Plant, simulate};

/// How many seeds a defect may hide from.
const SEEDS: u64 = 50;

fn convicted_by(plant: Plant) -> Option<u64> {
    (1..=SEEDS).find(|seed| simulate(*seed, Some(plant)).is_broken())
}

#[test]
fn a_message_that_is_acknowledged_and_lost_is_found() {
    assert!(convicted_by(Plant::LostMessage).is_some());
}

#[test]
fn an_acknowledgement_before_the_commit_point_is_found() {
    assert!(convicted_by(Plant::EarlyAck).is_some());
}

#[test]
fn another_order_of_a_partition_is_found() {
    assert!(convicted_by(Plant::Reorder).is_some());
}

#[test]
fn an_output_with_a_random_identity_is_found() {
    assert!(convicted_by(Plant::RandomId).is_some());
}
