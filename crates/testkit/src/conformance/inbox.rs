//! What other systems send, shared by all who take it in.

use std::time::Duration;

use posthouse_bus::{Bus, InboxConsumer, InboxDelivery, limits};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Stage;
use super::ground::{Ground, numbers, text};
use super::patience::{SOON, soon, within};

async fn join(bus: &dyn Bus, ground: &Ground) -> Box<dyn InboxConsumer> {
    let spec = ground.topology.inbox();
    soon("join the inbox", bus.inbox(&spec)).await.unwrap()
}

/// Takes the next message, alone.
async fn next(inbox: &mut dyn InboxConsumer) -> InboxDelivery {
    let mut deliveries = soon("a message", inbox.next(1)).await.unwrap();
    assert_eq!(deliveries.len(), 1, "at most what was asked for");
    deliveries.remove(0)
}

/// Each message goes to one of those who share an inbox.
pub async fn an_inbox_is_shared(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let (seen, mut events) = mpsc::channel(200);
    let mut takers = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let bus = stage.client().await;
        let mut inbox = join(&*bus, &ground).await;
        let seen = seen.clone();
        takers.spawn(async move {
            let _bus = bus;
            while let Ok(deliveries) = inbox.next(5).await {
                assert!((1..=5).contains(&deliveries.len()));
                for taken in deliveries {
                    inbox.ack(&taken.delivery.ack).await.unwrap();
                    seen.send((text(&taken.delivery), taken.attempt))
                        .await
                        .unwrap();
                }
            }
        });
    }
    ground
        .publish(&ground.topology.subjects.inbox("mail"), 0..100)
        .await;
    let mut taken = Vec::new();
    soon("100 messages", async {
        while taken.len() < 100 {
            taken.push(events.recv().await.expect("the takers wait for ever"));
        }
    })
    .await;
    taken.sort_by_key(|(text, _)| text.parse::<u32>().unwrap());
    let once: Vec<_> = numbers(0..100).into_iter().map(|text| (text, 1)).collect();
    assert_eq!(taken, once);
    takers.shutdown().await;
}

/// A message that is refused comes again after the delay, with its count of attempts; what was
/// acknowledged does not, and what is new need not wait.
pub async fn a_nak_delays(stage: &dyn Stage) {
    const DELAY: Duration = Duration::from_secs(2);
    /// Two clocks measure the delay, and one of them counts from when it hears of it.
    const EARLY_MAX: Duration = Duration::from_millis(200);
    let ground = Ground::of(stage).await;
    let mut inbox = join(&*ground.bus, &ground).await;
    ground
        .publish(&ground.topology.subjects.inbox("mail"), 0..2)
        .await;

    let first = next(&mut *inbox).await;
    assert_eq!((text(&first.delivery).as_str(), first.attempt), ("0", 1));
    soon("nak", inbox.nak(&first.delivery.ack, DELAY))
        .await
        .unwrap();
    let refused_at = Instant::now();
    let other = next(&mut *inbox).await;
    assert_eq!((text(&other.delivery).as_str(), other.attempt), ("1", 1));
    soon("ack", inbox.ack(&other.delivery.ack)).await.unwrap();

    let second = next(&mut *inbox).await;
    assert_eq!((text(&second.delivery).as_str(), second.attempt), ("0", 2));
    let waited = refused_at.elapsed();
    assert!(waited + EARLY_MAX >= DELAY, "came after {waited:?}");
    let nak = inbox.nak(&second.delivery.ack, Duration::ZERO);
    soon("nak", nak).await.unwrap();
    let third = next(&mut *inbox).await;
    assert_eq!((text(&third.delivery).as_str(), third.attempt), ("0", 3));
}

/// A message that nobody deals with comes again; what was acknowledged does not.
pub async fn an_unacknowledged_message_comes_again(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let sleepy_bus = stage.client().await;
    let mut sleepy = join(&*sleepy_bus, &ground).await;
    let sent = ground
        .publish(&ground.topology.subjects.inbox("mail"), 0..2)
        .await;
    let dealt_with = next(&mut *sleepy).await;
    sleepy.ack(&dealt_with.delivery.ack).await.unwrap();
    let forgotten = next(&mut *sleepy).await;
    assert_eq!(forgotten.delivery.sequence, sent[1]);

    let mut other = join(&*ground.bus, &ground).await;
    let most = limits::ACK_WAIT + SOON;
    let again = within(most, "a message again", other.next(10))
        .await
        .unwrap();
    let again: Vec<_> = again
        .iter()
        .map(|it| (it.delivery.sequence, it.attempt))
        .collect();
    assert_eq!(again, [(sent[1], 2)]);
}
