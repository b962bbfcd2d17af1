//! The bus in memory in trouble: what a test can make go wrong, and the time it goes by.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do: by a panic"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use posthouse_bus::memory::MemoryBus;
use posthouse_bus::topology::{OwnedSpec, Size, Topology};
use posthouse_bus::{Bus, Error, Outgoing, Owned, Role, Stored, Turn, Until, limits};
use posthouse_domain::Timestamp;
use posthouse_domain::ticket::FactKind;

const START: Timestamp = Timestamp::from_millis(1_795_424_400_000);

fn topology() -> Topology {
    Topology::new("memory", Size::LAPTOP)
}

fn partition() -> OwnedSpec {
    topology().owned(Role::Router, 0, &[FactKind::Opened])
}

fn message(id: u32) -> Outgoing {
    let subject = topology().subjects.fact_kind(0, FactKind::Opened);
    Outgoing::new(subject, id.to_string(), Bytes::from_static(b"{}"))
}

async fn send(bus: &MemoryBus, message: Outgoing) -> Result<Stored, Error> {
    bus.publish(message).await?.await
}

async fn provisioned(bus: MemoryBus) -> MemoryBus {
    bus.provision(&topology()).await.unwrap();
    bus
}

async fn virtual_bus() -> MemoryBus {
    provisioned(MemoryBus::with_tokio_clock(START)).await
}

/// The sequences of the next turn.
async fn next(owned: &mut dyn Owned) -> Vec<u64> {
    match owned.next(limits::TURN_DELIVERIES_MAX).await.unwrap() {
        Turn::Taken => Vec::new(),
        Turn::Deliveries(deliveries) => deliveries.iter().map(|it| it.sequence).collect(),
    }
}

fn is_unavailable<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Unavailable(_)))
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_is_away_fails_every_call_and_comes_back() {
    let bus = virtual_bus().await;
    let stream = topology().log_stream(0);
    let mut owned = bus.own(&partition()).await.unwrap();
    let mut reading = bus.read(&stream, &[], 0, Until::Forever).await.unwrap();
    let waiting = tokio::spawn(async move { (owned.next(1).await, reading.next().await) });
    tokio::task::yield_now().await;

    bus.set_available(false);
    assert!(!bus.is_connected());
    assert!(is_unavailable(&send(&bus, message(1)).await));
    assert!(is_unavailable(&bus.last_sequence(&stream).await));
    assert!(is_unavailable(
        &bus.client().own(&partition()).await.map(drop)
    ));
    let (turn, read) = waiting.await.unwrap();
    assert!(is_unavailable(&turn));
    assert!(is_unavailable(&read.unwrap()));

    bus.set_available(true);
    assert!(bus.is_connected());
    assert_eq!(send(&bus, message(1)).await.unwrap().sequence, 1);
}

#[tokio::test(start_paused = true)]
async fn a_receipt_on_its_way_is_lost_with_the_bus_and_its_message_is_stored() {
    let bus = virtual_bus().await;
    let receipt = bus.publish(message(1)).await.unwrap();
    bus.set_available(false);
    assert!(is_unavailable(&receipt.await));
    bus.set_available(true);
    assert!(send(&bus, message(1)).await.unwrap().duplicate);
}

#[tokio::test(start_paused = true)]
async fn lost_receipts_and_lost_messages_differ_in_what_is_stored() {
    let bus = virtual_bus().await;
    bus.fail_next_receipts(2);
    assert!(is_unavailable(&send(&bus, message(1)).await));
    assert!(is_unavailable(&send(&bus, message(2)).await));
    assert_eq!(send(&bus, message(3)).await.unwrap().sequence, 3);

    bus.lose_next_messages(1);
    assert!(is_unavailable(&send(&bus, message(4)).await));
    let again = send(&bus, message(4)).await.unwrap();
    assert_eq!((again.sequence, again.duplicate), (4, false));
}

#[tokio::test(start_paused = true)]
async fn a_killed_owner_keeps_its_partition_for_the_silence_allowed() {
    let bus = virtual_bus().await;
    for id in 1..=3 {
        send(&bus, message(id)).await.unwrap();
    }
    let killed = bus.client();
    let mut owned = killed.own(&partition()).await.unwrap();
    assert_eq!(next(&mut *owned).await, []);
    assert_eq!(next(&mut *owned).await, [1, 2, 3]);
    drop((killed, owned));
    let killed_at = tokio::time::Instant::now();

    let mut heir = bus.own(&partition()).await.unwrap();
    send(&bus, message(4)).await.unwrap();
    assert_eq!(next(&mut *heir).await, []);
    assert_eq!(killed_at.elapsed(), limits::OWNER_SILENCE_MAX);
    assert_eq!(next(&mut *heir).await, [1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_partition_without_news_waits_until_its_messages_come_again() {
    let bus = virtual_bus().await;
    send(&bus, message(1)).await.unwrap();
    let mut owned = bus.own(&partition()).await.unwrap();
    assert_eq!(next(&mut *owned).await, []);
    assert_eq!(next(&mut *owned).await, [1]);
    drop(owned);
    let abandoned_at = tokio::time::Instant::now();
    let mut heir = bus.own(&partition()).await.unwrap();
    assert_eq!(next(&mut *heir).await, []);
    assert_eq!(abandoned_at.elapsed(), limits::ACK_WAIT);
    assert_eq!(next(&mut *heir).await, [1]);
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_acknowledges_nothing_gets_no_more_than_may_be_open() {
    let bus = virtual_bus().await;
    for id in 0..=limits::ACK_PENDING_MAX {
        send(&bus, message(id)).await.unwrap();
    }
    let mut owned = bus.own(&partition()).await.unwrap();
    assert_eq!(next(&mut *owned).await, []);
    let mut open = Vec::new();
    while let Ok(turn) = tokio::time::timeout(limits::ACK_WAIT, owned.next(600)).await {
        let Turn::Deliveries(deliveries) = turn.unwrap() else {
            panic!("nobody else wants the partition");
        };
        open.extend(deliveries);
    }
    assert_eq!(open.len(), limits::ACK_PENDING_MAX as usize);
    owned.ack_through(&open[0].ack).await.unwrap();
    let more = next(&mut *owned).await;
    assert_eq!(more, [u64::from(limits::ACK_PENDING_MAX) + 1]);
}

#[tokio::test]
async fn all_times_are_those_of_the_callers_clock() {
    let now = Arc::new(AtomicI64::new(START.as_millis()));
    let clock = Arc::clone(&now);
    let clock = move || Timestamp::from_millis(clock.load(Ordering::SeqCst));
    let bus = provisioned(MemoryBus::new(Arc::new(clock))).await;
    let advance = |by: Duration| {
        now.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
        bus.clock_moved();
    };
    let stream = topology().log_stream(0);

    send(&bus, message(1)).await.unwrap();
    let stored = bus.get(&stream, 1).await.unwrap().unwrap();
    assert_eq!(stored.stored_at, START);
    advance(limits::DUPLICATE_WINDOW);
    assert!(send(&bus, message(1)).await.unwrap().duplicate);
    advance(Duration::from_millis(1));
    assert_eq!(send(&bus, message(1)).await.unwrap().sequence, 2);

    let mut inbox = bus.inbox(&topology().inbox()).await.unwrap();
    let mail = Outgoing {
        subject: topology().subjects.inbox("mail"),
        ..message(1)
    };
    send(&bus, mail).await.unwrap();
    inbox.next(1).await.unwrap();
    let again = tokio::spawn(async move { inbox.next(1).await });
    tokio::task::yield_now().await;
    advance(limits::ACK_WAIT);
    assert_eq!(again.await.unwrap().unwrap()[0].attempt, 2);

    advance(Size::LAPTOP.age_max);
    assert_eq!(bus.get(&stream, 1).await, Ok(None));
    assert_eq!(bus.last_sequence(&stream).await, Ok(2));
}

/// Two owners that now and then fall asleep, and a publisher: who got what, and when.
async fn story() -> Vec<(u8, Turn, Duration)> {
    let begin = tokio::time::Instant::now();
    let bus = virtual_bus().await;
    let (seen, mut told) = tokio::sync::mpsc::channel(100);
    for name in 0..2 {
        let bus = bus.client();
        let seen = seen.clone();
        tokio::spawn(async move {
            let mut owned = bus.own(&partition()).await.unwrap();
            for pause_s in [0, 1, 5, 2, 5, 0, 9] {
                let turn = owned.next(3).await.unwrap();
                seen.send((name, turn, begin.elapsed())).await.unwrap();
                tokio::time::sleep(Duration::from_secs(pause_s)).await;
            }
        });
    }
    for id in 0..20 {
        send(&bus, message(id)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    let mut story = Vec::new();
    let patience = Duration::from_secs(60);
    while let Ok(Some(event)) = tokio::time::timeout(patience, told.recv()).await {
        story.push(event);
    }
    story
}

#[tokio::test(start_paused = true)]
async fn the_same_calls_make_the_same_story() {
    let first = story().await;
    assert!(first.iter().any(|(name, ..)| *name == 0) && first.iter().any(|(name, ..)| *name == 1));
    assert_eq!(first, story().await);
}

#[tokio::test(start_paused = true)]
async fn what_a_server_would_refuse_is_refused() {
    let bus = virtual_bus().await;
    let valid = message(1);
    for subject in [
        "",
        "ph..opened",
        "ph.*.opened",
        "ph.memory.>",
        "ph.a b.opened",
    ] {
        let refused = send(
            &bus,
            Outgoing {
                subject: subject.to_owned(),
                ..valid.clone()
            },
        )
        .await;
        assert!(
            matches!(refused, Err(Error::Refused { .. })),
            "{subject}: {refused:?}"
        );
    }
    for value in ["a\r\nNats-Rollup: all", " blank", "blank ", "nul\0"] {
        let mut bad = valid.clone();
        bad.headers.set("Posthouse-Ticket", value);
        let refused = send(&bus, bad).await;
        assert!(
            matches!(refused, Err(Error::Refused { .. })),
            "{value:?}: {refused:?}"
        );
    }
    let bucket = bus.bucket(&topology().policy_bucket()).await.unwrap();
    for key in ["", ".a", "a.", "a b", "ключ", "a*"] {
        let refused = bucket.put(key, Bytes::new()).await;
        assert!(
            matches!(refused, Err(Error::Refused { .. })),
            "{key}: {refused:?}"
        );
    }
    assert_eq!(send(&bus, valid).await.unwrap().sequence, 1);
}
