//! Owning a partition while nobody else wants it.

use std::time::Duration;

use posthouse_bus::{Role, Turn};
use posthouse_domain::ticket::FactKind;
use tokio::sync::mpsc;

use super::Stage;
use super::ground::{Ground, Owner, numbers, text, texts};
use super::patience::{TAKEOVER_MAX, not_yet, within};

/// Without a message nobody is told anything, however often requests at the server end; the
/// first message tells who owns the partition, and then comes itself.
pub async fn an_idle_partition_gives_no_turn(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let mut owner = Owner::of(&*ground.bus, &ground.partition()).await;
    {
        let mut turn = owner.0.next(10);
        not_yet("a turn without a message", &mut turn).await;
        ground.publish(&ground.opened(), 0..1).await;
        let turn = within(TAKEOVER_MAX, "a turn", turn).await;
        assert_eq!(turn, Ok(Turn::Taken));
    }
    assert_eq!(texts(&owner.deliveries(1).await), ["0"]);
}

/// Deliveries come in the order of the stream and say truly where and when they were stored and
/// how many follow.
pub async fn deliveries_come_in_order(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let spec = ground.partition();
    let classified = ground.topology.subjects.fact_kind(1, FactKind::Classified);
    ground.publish(&ground.opened(), 0..10).await;
    ground.publish(&classified, 10..20).await;

    let mut owner = Owner::of(&*ground.bus, &spec).await;
    owner.take().await;
    let deliveries = owner.deliveries(20).await;
    assert_eq!(texts(&deliveries), numbers(0..20));
    let pending: Vec<u64> = deliveries.iter().map(|it| it.pending).collect();
    assert!(pending.is_sorted_by(|one, next| one > next), "{pending:?}");
    assert_eq!(pending.last(), Some(&0));
    for delivery in deliveries {
        let stored = ground.bus.get(&spec.stream, delivery.sequence);
        let stored = within(TAKEOVER_MAX, "get", stored).await.unwrap().unwrap();
        assert_eq!(delivery.stored_at, stored.stored_at);
        assert_eq!(delivery.subject, stored.subject);
        assert_eq!(delivery.payload, stored.payload);
        assert_eq!(*delivery.stream, *spec.stream);
        assert_eq!(&*stored.stream, &*spec.stream);
    }
}

/// An owner gets the kinds it asked for, of its partition, and its own ticks; nothing else.
pub async fn an_owner_gets_only_its_subjects(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let subjects = &ground.topology.subjects;
    let others = [
        subjects.fact_kind(1, FactKind::Routed),
        subjects.fact_kind(0, FactKind::Opened),
        subjects.fact_kind(2, FactKind::Opened),
        subjects.tick(1, Role::Watchdog),
        subjects.dead_letter(1, Role::Router),
    ];
    for subject in others {
        ground.publish(&subject, 0..2).await;
    }
    let own = [
        ground.opened(),
        subjects.policy_activated(1),
        subjects.fact_kind(1, FactKind::Classified),
        subjects.tick(1, Role::Router),
    ];
    for subject in &own {
        ground.publish(subject, 0..1).await;
    }
    let mut owner = Owner::of(&*ground.bus, &ground.partition()).await;
    owner.take().await;
    let deliveries = owner.deliveries(own.len()).await;
    let delivered: Vec<String> = deliveries.into_iter().map(|it| it.subject).collect();
    assert_eq!(delivered, own);
}

/// Asking for the time wakes a partition in which nothing else happens.
pub async fn a_tick_wakes_an_idle_partition(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let spec = ground.partition();
    let mut owner = Owner::of(&*ground.bus, &spec).await;
    ground.tick(&spec).await;
    owner.take().await;
    let delivered = owner.deliveries(1).await;
    assert_eq!(delivered[0].subject, spec.tick_subject);
    ground.tick(&spec).await;
    assert_eq!(texts(&owner.deliveries(1).await), ["tick"]);
}

/// A wait for a turn may be dropped at any moment without losing a message.
pub async fn waiting_may_be_dropped(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    ground.publish(&ground.opened(), 0..50).await;
    let mut owner = Owner::of(&*ground.bus, &ground.partition()).await;
    let mut taken = Vec::new();
    let mut patience = Duration::from_millis(1);
    within(TAKEOVER_MAX, "50 deliveries", async {
        while taken.len() < 50 {
            match tokio::time::timeout(patience, owner.0.next(1)).await {
                Ok(turn) => match turn.unwrap() {
                    Turn::Taken => taken.clear(),
                    Turn::Deliveries(more) => taken.extend(more),
                },
                Err(_) => patience += Duration::from_millis(1),
            }
        }
    })
    .await;
    assert_eq!(texts(&taken), numbers(0..50));
}

/// Of two that ask, one gets everything.
pub async fn one_owner_is_served(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let (seen, mut events) = mpsc::channel(100);
    let mut owners = tokio::task::JoinSet::new();
    for name in ["one", "other"] {
        let bus = stage.client().await;
        let mut owner = Owner::of(&*bus, &ground.partition()).await;
        let seen = seen.clone();
        owners.spawn(async move {
            let _bus = bus;
            while let Ok(turn) = owner.0.next(10).await {
                if seen.send((name, turn)).await.is_err() {
                    return;
                }
            }
        });
    }
    ground.publish(&ground.opened(), 0..20).await;
    let (served, texts) = within(TAKEOVER_MAX, "20 deliveries", async {
        let mut served = Vec::new();
        let mut texts = Vec::new();
        while texts.len() < 20 {
            let (name, turn) = events.recv().await.expect("the owners wait for ever");
            served.push(name);
            if let Turn::Deliveries(deliveries) = turn {
                texts.extend(deliveries.iter().map(text));
            }
        }
        (served, texts)
    })
    .await;
    assert_eq!(texts, numbers(0..20));
    assert!(served.iter().all(|name| *name == served[0]), "{served:?}");
    owners.shutdown().await;
}
