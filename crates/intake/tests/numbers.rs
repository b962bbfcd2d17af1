//! Ticket numbers: never twice, whoever gives them.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of a test, which stops at the first surprise"
)]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use common::{World, opening};
use posthouse_domain::Timestamp;
use posthouse_intake::{Busy, Refused};
use posthouse_runtime::clock::Clock;

#[tokio::test(flavor = "multi_thread")]
async fn four_intakes_give_no_number_twice() {
    let world = World::new().await;
    let mut work = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let door = world
            .door_with(name, |options| options.numbers_per_block = 7)
            .await
            .unwrap();
        work.push(tokio::spawn(async move {
            let mut numbers = Vec::new();
            for _ in 0..10 {
                let batch = (0..25).map(|_| door.submit(opening("s")));
                for accepted in futures::future::join_all(batch).await {
                    numbers.push(accepted.unwrap().number.unwrap());
                }
            }
            numbers
        }));
    }
    let mut all = BTreeSet::new();
    for numbers in work {
        for number in numbers.await.unwrap() {
            assert!(all.insert(number.clone()), "{number} was given twice");
        }
    }
    assert_eq!(all.len(), 1_000);
    assert_eq!(world.facts().await.len(), 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_clean_stop_numbers_go_on_and_after_a_kill_they_skip() {
    let world = World::new().await;
    let numbers = async |name: &str, clean: bool| {
        let door = world.door(name).await.run();
        let first = door.submit(opening("s")).await.unwrap().number.unwrap();
        if clean {
            door.stop().await;
        } else {
            door.shutdown.cancel();
            drop(door);
        }
        first
    };
    assert_eq!(numbers("a", true).await, "CN-2026-000001");
    assert_eq!(numbers("a", true).await, "CN-2026-000002");
    // Another intake has a block of its own; not always the next, since a lease that is broken
    // off leaves a gap.
    let other = numbers("b", true).await;
    assert!(
        other.ends_with("01") && other.as_str() > "CN-2026-000100",
        "{other}"
    );
    // No clean stop: dropped with the rest of the block.
    let door = world.door("a").await;
    assert_eq!(
        door.submit(opening("s")).await.unwrap().number.unwrap(),
        "CN-2026-000003"
    );
    drop(door);
    let after = numbers("a", true).await;
    assert!(after.ends_with("01") && after > other, "{after}");
    let block = other.strip_suffix("01").unwrap();
    assert_eq!(numbers("b", true).await, format!("{block}02"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_a_bucket_that_is_no_more_is_not_used() {
    let world = World::new().await;
    let door = world.door("a").await.run();
    door.submit(opening("s")).await.unwrap();
    door.stop().await;
    let fresh = World::new().await;
    copy_dir(&world.dir("a"), &fresh.dir("a"));
    let door = fresh.door("a").await;
    assert_eq!(
        door.submit(opening("s")).await.unwrap().number.unwrap(),
        "CN-2026-000001"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_year_is_that_of_the_regions_zone() {
    // Half an hour before the year ends in Shanghai, where it is eight hours later.
    let start: Timestamp = "2026-12-31T15:30:00Z".parse().unwrap();
    let clock = Arc::new(AtomicI64::new(start.as_millis()));
    let shows = Arc::clone(&clock);
    let show = move || Timestamp::from_millis(shows.load(Ordering::SeqCst));
    let world = World::with_clock(Clock::from_fn(show)).await;
    world.activate("default").await;
    let door = world.door("a").await;
    let number = async || door.submit(opening("s")).await.unwrap().number.unwrap();
    assert_eq!(number().await, "CN-2026-000001");
    clock.fetch_add(3_600_000, Ordering::SeqCst);
    assert_eq!(number().await, "CN-2027-000001");
    clock.fetch_sub(3_600_000, Ordering::SeqCst);
    assert_eq!(
        number().await,
        "CN-2026-000101",
        "a clock that goes back repeats nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn when_numbers_run_out_callers_are_asked_to_wait() {
    let world = World::new().await;
    let door = world
        .door_with("a", |options| options.numbers_per_block = 4)
        .await
        .unwrap();
    world.bus.set_available(false);
    for _ in 0..4 {
        door.submit(opening("s")).await.unwrap();
    }
    let refused = door.submit(opening("s")).await.unwrap_err();
    assert_eq!(refused, Refused::Busy(Busy::NumbersSpent));
    world.bus.set_available(true);
    door.submit(opening("s")).await.unwrap();
}

fn copy_dir(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
