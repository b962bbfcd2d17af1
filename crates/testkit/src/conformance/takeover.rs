//! A partition that changes hands.
//!
//! A bus serves the next owner when there is something to deliver, so each of these asks for
//! the time after the first owner is gone, as roles do.

use std::time::Duration;

use posthouse_bus::Turn;

use super::Stage;
use super::ground::{Ground, Owner, numbers, texts};
use super::patience::within;

/// How long a partition that was given back may stay without its next owner: less than it
/// takes to notice that an owner is silent.
const AT_ONCE: Duration = Duration::from_millis(3_500);

/// The process of an owner is gone: the next gets everything that is not acknowledged, in
/// order.
pub async fn a_dropped_owner_is_followed(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let spec = ground.partition();
    ground.publish(&ground.opened(), 0..30).await;
    {
        let bus = stage.client().await;
        let mut first = Owner::of(&*bus, &spec).await;
        first.take().await;
        let seen = first.deliveries(10).await;
        first.ack_through(&seen[4]).await;
    }
    let mut next = Owner::of(&*ground.bus, &spec).await;
    ground.tick(&spec).await;
    next.take().await;
    let seen = texts(&next.until(|so_far| ends_with_tick(&texts(so_far))).await);
    // The first owner's acknowledgement may have died with it.
    let begin = 31_usize.checked_sub(seen.len()).expect("nothing twice");
    assert!(begin <= 5, "begins at {begin}");
    assert_eq!(seen[..seen.len() - 1], numbers(0..30)[begin..]);
}

/// An owner that no longer asks is followed too, and when it wakes it gets nothing before it is
/// told that it owns the partition again.
pub async fn a_silent_owner_is_followed(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let spec = ground.partition();
    ground.publish(&ground.opened(), 0..10).await;
    let silent_bus = stage.client().await;
    let mut silent = Owner::of(&*silent_bus, &spec).await;
    silent.take().await;
    silent.deliveries(10).await;

    let mut next = Owner::of(&*ground.bus, &spec).await;
    ground.tick(&spec).await;
    next.take().await;
    let seen = texts(&next.until(|so_far| ends_with_tick(&texts(so_far))).await);
    assert_eq!(seen[..10], numbers(0..10));

    // The one that slept gets the partition back when the other gives it up.
    next.release().await;
    ground.tick(&spec).await;
    let woken = async {
        // What it had fetched before it fell asleep may still come.
        while silent.0.next(10).await.unwrap() != Turn::Taken {}
        silent.deliveries(11).await
    };
    let woken = within(Duration::from_secs(20), "own it again", woken).await;
    assert_eq!(texts(&woken)[..10], numbers(0..10));
}

/// Whoever gives a partition back lets the next begin at once, after what was acknowledged.
pub async fn a_released_partition_changes_hands_at_once(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let spec = ground.partition();
    ground.publish(&ground.opened(), 0..10).await;
    let bus = stage.client().await;
    let mut first = Owner::of(&*bus, &spec).await;
    first.take().await;
    let seen = first.deliveries(10).await;
    let mut next = Owner::of(&*ground.bus, &spec).await;

    first.ack_through(&seen[9]).await;
    first.release().await;
    ground.tick(&spec).await;
    let turn = within(AT_ONCE, "own what was released", next.0.next(10)).await;
    assert_eq!(turn, Ok(Turn::Taken));
    assert_eq!(texts(&next.deliveries(1).await), ["tick"]);
}

/// Acknowledging one delivery acknowledges all before it, and none after it.
pub async fn acknowledging_is_cumulative(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let spec = ground.partition();
    ground.publish(&ground.opened(), 0..10).await;
    let bus = stage.client().await;
    let mut first = Owner::of(&*bus, &spec).await;
    first.take().await;
    let seen = first.deliveries(10).await;
    first.ack_through(&seen[6]).await;
    first.release().await;

    let mut next = Owner::of(&*ground.bus, &spec).await;
    ground.tick(&spec).await;
    next.take().await;
    assert_eq!(texts(&next.deliveries(4).await), ["7", "8", "9", "tick"]);
}

/// A clean stop loses no acknowledgement.
pub async fn closing_sends_acknowledgements(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let spec = ground.partition();
    ground.publish(&ground.opened(), 0..10).await;
    let bus = stage.client().await;
    let mut first = Owner::of(&*bus, &spec).await;
    first.take().await;
    let seen = first.deliveries(10).await;
    first.ack_through(&seen[7]).await;
    within(AT_ONCE, "close", bus.close()).await.unwrap();

    let mut next = Owner::of(&*ground.bus, &spec).await;
    ground.tick(&spec).await;
    next.take().await;
    assert_eq!(texts(&next.deliveries(3).await), ["8", "9", "tick"]);
}

/// The acknowledgement of an owner that lost its partition counts: a bus does not know
/// zombies. It can only be of messages that were there before the next owner took over, which
/// that one has read by itself; everything that comes afterwards is delivered, in order.
pub async fn a_late_acknowledgement_does_no_harm(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let spec = ground.partition();
    ground.publish(&ground.opened(), 0..10).await;
    let zombie_bus = stage.client().await;
    let mut zombie = Owner::of(&*zombie_bus, &spec).await;
    zombie.take().await;
    let seen = zombie.deliveries(10).await;

    let mut next = Owner::of(&*ground.bus, &spec).await;
    ground.tick(&spec).await;
    next.take().await;
    // An adapter may notice and say so; what it must not do is to spoil the other's work.
    let late = zombie.0.ack_through(&seen[8].ack).await;
    ground.publish(&ground.opened(), 10..20).await;
    let last = |seen: &[String]| seen.last().is_some_and(|text| text == "19");
    let all = texts(&next.until(|so_far| last(&texts(so_far))).await);
    assert!(all.len() >= 10, "{all:?} after {late:?}");
    assert_eq!(all[all.len() - 10..], numbers(10..20));
}

fn ends_with_tick(seen: &[String]) -> bool {
    seen.last().is_some_and(|text| text == "tick")
}
