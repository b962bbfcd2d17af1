//! The worker loop over a bus in memory, in virtual time: crashes, zombies, poison, timers.

mod stage;
mod traces;

use std::time::Duration;

use posthouse_bus::{Bus, Outgoing};
use posthouse_domain::ticket::FactKind;
use stage::{Stage, Worker};

#[tokio::test(start_paused = true)]
async fn every_input_has_its_effect_once() {
    let stage = Stage::new().await;
    let worker = stage.start();
    stage.open(1..=50).await;
    stage.wait_for(FactKind::Classified, 50).await;
    worker.stop().await;
    assert_eq!(stage.effects(FactKind::Classified).await, 50);
}

#[tokio::test(start_paused = true)]
async fn a_killed_worker_loses_and_doubles_nothing() {
    let stage = Stage::new().await;
    for round in 0..10_u32 {
        let worker = stage.start();
        let first = round * 20 + 1;
        stage.open(first..first + 20).await;
        // Killed somewhere in the middle, without a word.
        stage.wait_for(FactKind::Classified, first + 3).await;
        worker.kill();
    }
    let worker = stage.start();
    stage.wait_for(FactKind::Classified, 200).await;
    worker.stop().await;
    assert_eq!(stage.effects(FactKind::Classified).await, 200);
    assert_eq!(
        stage.stored(FactKind::Classified).await,
        200,
        "repeats were recognised"
    );
}

#[tokio::test(start_paused = true)]
async fn two_workers_and_a_zombie_agree() {
    let stage = Stage::new().await;
    let (first, second) = (stage.start(), stage.start());
    stage.open(1..=30).await;
    stage.wait_for(FactKind::Classified, 10).await;
    first.kill();
    stage.open(31..=60).await;
    stage.wait_for(FactKind::Classified, 60).await;
    second.stop().await;
    assert_eq!(stage.effects(FactKind::Classified).await, 60);
}

#[tokio::test(start_paused = true)]
async fn lost_receipts_are_asked_for_again() {
    let stage = Stage::new().await;
    let worker = stage.start();
    stage.open(1..=5).await;
    stage.wait_for(FactKind::Classified, 5).await;
    stage.bus.fail_next_receipts(7);
    stage.open_unheard(6..=20).await;
    stage.wait_for(FactKind::Classified, 20).await;
    worker.stop().await;
    assert_eq!(stage.effects(FactKind::Classified).await, 20);
}

#[tokio::test(start_paused = true)]
async fn the_bus_may_go_and_come_back() {
    let stage = Stage::new().await;
    let worker = stage.start();
    stage.open(1..=5).await;
    stage.wait_for(FactKind::Classified, 5).await;
    stage.bus.set_available(false);
    tokio::time::sleep(Duration::from_secs(60)).await;
    stage.bus.set_available(true);
    stage.open(6..=10).await;
    stage.wait_for(FactKind::Classified, 10).await;
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn bad_input_is_set_aside_and_the_next_passes() {
    let stage = Stage::new().await;
    let worker = stage.start();
    for garbage in [&b""[..], b"\xff\xfe", b"not protobuf at all", &[0; 3_000]] {
        stage.raw(FactKind::Opened, garbage).await;
    }
    stage.open_saying(1, stage::PANIC).await;
    stage.open_saying(2, stage::REFUSE).await;
    stage.open(3..=4).await;
    stage.wait_for(FactKind::Classified, 2).await;
    worker.stop().await;
    let letters = stage.dead_letters().await;
    let codes: Vec<&str> = letters.iter().map(|letter| letter.code.as_str()).collect();
    assert_eq!(letters.len(), 6, "{codes:?}");
    assert!(
        codes.contains(&"RUN0002"),
        "the panic has its code: {codes:?}"
    );
    assert!(
        codes.contains(&"TST0001"),
        "the refusal has its code: {codes:?}"
    );
    assert!(
        letters
            .iter()
            .any(|letter| letter.payload.as_ref() == b"not protobuf at all")
    );
    assert!(letters.iter().all(|letter| !letter.reason.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn what_was_set_aside_long_ago_is_not_set_aside_again_by_a_successor() {
    let stage = Stage::new().await;
    let worker = stage.start();
    stage.raw(FactKind::Opened, b"not protobuf at all").await;
    stage.open(1..=1).await;
    stage.wait_for(FactKind::Classified, 1).await;
    worker.stop().await;
    stage.forget_snapshot().await;
    // Longer than the server remembers message ids.
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    let successor = stage.start();
    stage.open(2..=2).await;
    stage.wait_for(FactKind::Classified, 2).await;
    successor.stop().await;
    assert_eq!(stage.dead_letters().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_refused_input_wrote_is_undone() {
    let stage = Stage::new().await;
    let worker = stage.start();
    stage.open_saying(1, stage::REFUSE).await;
    stage.open(2..=2).await;
    stage.wait_for(FactKind::Classified, 1).await;
    worker.stop().await;
    let view = stage.snapshot().await.expect("a clean stop saves the view");
    assert_eq!(
        stage::rows(&view, "seen"),
        1,
        "only the good input is remembered"
    );
}

#[tokio::test(start_paused = true)]
async fn a_successor_elsewhere_starts_from_the_snapshot() {
    let stage = Stage::new().await;
    let worker = stage.start();
    stage.open(1..=40).await;
    stage.wait_for(FactKind::Classified, 40).await;
    worker.stop().await;
    let snapshot = stage.snapshot().await.expect("a clean stop saves the view");
    assert_eq!(stage::rows(&snapshot, "seen"), 40);
    // A worker on another machine has an empty store.
    let worker = stage.start();
    stage.open(41..=45).await;
    stage.wait_for(FactKind::Classified, 45).await;
    worker.stop().await;
    let view = stage.snapshot().await.expect("a clean stop saves the view");
    assert_eq!(
        stage::rows(&view, "seen"),
        45,
        "what the snapshot held is still known"
    );
    assert_eq!(stage.stored(FactKind::Classified).await, 45);
}

#[tokio::test(start_paused = true)]
async fn rebuilding_gives_the_same_view_from_anywhere() {
    let stage = Stage::new().await;
    let worker = stage.start();
    stage.open(1..=30).await;
    stage.wait_for(FactKind::Classified, 30).await;
    worker.stop().await;
    let with_stops = stage.snapshot().await.expect("a clean stop saves the view");
    stage.forget_snapshot().await;
    let worker = stage.start();
    stage.open(31..=31).await;
    stage.wait_for(FactKind::Classified, 31).await;
    worker.stop().await;
    let rebuilt = stage.snapshot().await.expect("a clean stop saves the view");
    let earlier = |row: &posthouse_wire::Row| with_stops.tables[0].rows.contains(row);
    assert_eq!(
        rebuilt.tables[0]
            .rows
            .iter()
            .filter(|row| earlier(row))
            .count(),
        30
    );
}

/// What operators are shown would rise by all of the past within a moment.
#[tokio::test(start_paused = true)]
async fn a_view_that_is_rebuilt_counts_nothing_until_it_has_caught_up() {
    let stage = Stage::new().await;
    let worker = stage.start();
    stage.open(1..=1).await;
    stage.wait_for(FactKind::Classified, 1).await;
    let first = stage.counted();
    stage.open(2..=11).await;
    stage.wait_for(FactKind::Classified, 11).await;
    assert_eq!(stage.counted() - first, 10, "live");
    worker.stop().await;

    stage.open(12..=14).await;
    let worker = stage.start();
    stage.wait_for(FactKind::Classified, 14).await;
    assert_eq!(
        stage.counted() - first,
        13,
        "nobody was there to count them"
    );
    worker.stop().await;

    stage.forget_snapshot().await;
    let worker = stage.start();
    stage.open(15..=15).await;
    stage.wait_for(FactKind::Classified, 15).await;
    let rebuilt = stage.counted();
    // The last one came before or after it had caught up.
    assert!((13..=14).contains(&(rebuilt - first)), "{rebuilt} {first}");
    stage.open(16..=17).await;
    stage.wait_for(FactKind::Classified, 17).await;
    assert_eq!(stage.counted() - rebuilt, 2, "live again");
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_snapshot_that_was_being_loaded_is_not_built_upon() {
    let stage = Stage::new().await;
    stage.open(1..=2).await;
    let worker = stage.start_after_half_a_snapshot(1);
    stage.wait_for(FactKind::Classified, 2).await;
    worker.stop().await;
    assert_eq!(stage.effects(FactKind::Classified).await, 2);
}

#[tokio::test(start_paused = true)]
async fn timers_ring_in_an_idle_partition() {
    let stage = Stage::new().await;
    let worker = stage.start();
    stage.open_saying(1, stage::TIMER).await;
    let opened = tokio::time::Instant::now();
    stage.wait_for(FactKind::Closed, 1).await;
    let waited = opened.elapsed();
    assert!(waited >= stage::TIMER_AFTER, "{waited:?}");
    assert!(
        waited < stage::TIMER_AFTER + Duration::from_secs(1),
        "{waited:?}"
    );
    worker.stop().await;
    assert_eq!(stage.effects(FactKind::Closed).await, 1);
}

#[tokio::test(start_paused = true)]
async fn timers_ring_within_ten_seconds_of_the_death_of_the_owner() {
    let stage = Stage::new().await;
    let (first, second) = (stage.start(), stage.start());
    stage.open_saying(1, stage::TIMER).await;
    stage.wait_for(FactKind::Classified, 1).await;
    tokio::time::sleep(stage::TIMER_AFTER - Duration::from_millis(100)).await;
    let died = tokio::time::Instant::now();
    first.kill();
    stage.wait_for(FactKind::Closed, 1).await;
    assert!(
        died.elapsed() < Duration::from_secs(10),
        "{:?}",
        died.elapsed()
    );
    second.stop().await;
    assert_eq!(stage.effects(FactKind::Closed).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_rang_does_not_ring_again_after_a_restart() {
    let stage = Stage::new().await;
    let worker = stage.start();
    stage.open_saying(1, stage::TIMER).await;
    stage.wait_for(FactKind::Closed, 1).await;
    worker.kill();
    let worker = stage.start();
    stage.open(2..=2).await;
    stage.wait_for(FactKind::Classified, 2).await;
    worker.stop().await;
    assert_eq!(stage.stored(FactKind::Closed).await, 1);
}

/// The timer of a refused input is undone, also where the handler remembers the next one.
#[tokio::test(start_paused = true)]
async fn a_timer_that_rang_long_ago_does_not_ring_again_for_a_successor() {
    let stage = Stage::new().await;
    let worker = stage.start();
    stage.open_saying(1, stage::TIMER).await;
    stage.wait_for(FactKind::Closed, 1).await;
    worker.stop().await;
    stage.forget_snapshot().await;
    // Longer than the server remembers message ids, and ticks are kept.
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    let successor = stage.start();
    stage.open(2..=2).await;
    stage.wait_for(FactKind::Classified, 2).await;
    successor.stop().await;
    assert_eq!(stage.stored(FactKind::Closed).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_timer_of_a_refused_input_does_not_ring() {
    let stage = Stage::new().await;
    let worker = stage.start();
    // Asked for the time once, the handler remembers that there is no timer.
    stage.open(1..=1).await;
    stage.wait_for(FactKind::Classified, 1).await;
    stage.open_saying(2, stage::TIMER_REFUSED).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    stage.open_saying(3, stage::TIMER).await;
    stage.wait_for(FactKind::Closed, 1).await;
    worker.stop().await;
    assert_eq!(stage.stored(FactKind::Closed).await, 1);
    assert_eq!(stage.dead_letters().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_foreign_subject_is_set_aside() {
    let stage = Stage::new().await;
    let worker = stage.start();
    let subject = stage
        .topology
        .subjects
        .tick(0, posthouse_bus::Role::Classifier);
    let odd = Outgoing {
        subject,
        payload: b"a tick may say anything".to_vec().into(),
        ..Outgoing::default()
    };
    stage.bus.publish(odd).await.unwrap().await.unwrap();
    stage.open(1..=1).await;
    stage.wait_for(FactKind::Classified, 1).await;
    worker.stop().await;
    assert!(
        stage.dead_letters().await.is_empty(),
        "what a tick says does not matter"
    );
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_nobody_has_is_set_aside() {
    let stage = Stage::new().await;
    let worker = stage.start();
    stage.activate("0123456789abcdef").await;
    stage.open(1..=1).await;
    stage.wait_for(FactKind::Classified, 1).await;
    worker.stop().await;
    let codes: Vec<String> = stage
        .dead_letters()
        .await
        .into_iter()
        .map(|letter| letter.code)
        .collect();
    assert_eq!(codes, ["RUN0009"]);
}

#[tokio::test(start_paused = true)]
async fn a_policy_whose_model_nobody_has_is_set_aside_until_it_is_redriven() {
    let stage = Stage::new().await;
    let version = |bundle| posthouse_policy::Source::shipped(bundle).unwrap().version();
    let worker = stage.start();
    stage.put_in_force(stage::NEEDY).await;
    stage.open(1..=1).await;
    stage.wait_for(FactKind::Classified, 1).await;
    let letters = stage.dead_letters().await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(letters[0].code, "TST0002");

    stage.store_model().await;
    // As a redrive does: the same activation, at a place of its own.
    stage.activate(&version(stage::NEEDY).0).await;
    stage.open(2..=2).await;
    stage.wait_for(FactKind::Classified, 2).await;
    worker.stop().await;
    let decided = [version("default"), version(stage::NEEDY)];
    assert_eq!(stage.policies().await, decided);
}

#[tokio::test(start_paused = true)]
async fn a_drained_worker_gives_its_partition_on_at_once() {
    let stage = Stage::new().await;
    let (first, second): (Worker, Worker) = (stage.start(), stage.start());
    stage.open(1..=1).await;
    stage.wait_for(FactKind::Classified, 1).await;
    first.stop().await;
    let stopped = tokio::time::Instant::now();
    stage.open(2..=2).await;
    stage.wait_for(FactKind::Classified, 2).await;
    assert!(
        stopped.elapsed() < Duration::from_secs(2),
        "{:?}",
        stopped.elapsed()
    );
    second.stop().await;
}

/// What is handled but not committed yet is committed, not waited for.
#[tokio::test(start_paused = true)]
async fn a_drain_takes_no_longer_than_its_receipts() {
    let stage = Stage::new().await;
    let worker = stage.start();
    stage.open(1..=20).await;
    stage.wait_for(FactKind::Classified, 20).await;
    let asked = tokio::time::Instant::now();
    worker.stop().await;
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "{:?}",
        asked.elapsed()
    );
    let snapshot = stage.snapshot().await.expect("it is saved on the way out");
    assert_eq!(stage::rows(&snapshot, "seen"), 20);
}
