//! The streams that couriers and the lookout read, which the bus copies from the log.

use posthouse_bus::topology::Topology;
use posthouse_bus::{Delivery, Outgoing, header};
use posthouse_domain::ticket::FactKind;

use super::Stage;
use super::ground::{Ground, Owner, numbered, numbers, send, texts};
use super::patience::eventually;

/// The subject of a request for a receiver in a partition of receivers.
fn requested(topology: &Topology, partition: u16, receiver_partition: u16) -> String {
    let kind = FactKind::NotificationRequested;
    let fact = topology.subjects.fact_kind(partition, kind);
    format!("{fact}.{receiver_partition:02}")
}

/// A courier gets the requests of its receivers from all partitions of the log, those of one
/// partition in their order, beside what couriers write themselves.
pub async fn couriers_read_by_receiver(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let topology = &ground.topology;
    let spec = topology.courier_owned(1);
    for number in 0..10 {
        for (partition, begin) in [(0, 0), (3, 100)] {
            let subject = requested(topology, partition, 1);
            let mut message = numbered(&subject, begin + number);
            message
                .headers
                .set("Posthouse-Ticket", partition.to_string());
            send(&*ground.bus, message).await.unwrap();
        }
        ground
            .publish(&requested(topology, 0, 0), number..number + 1)
            .await;
        ground.publish(&ground.opened(), number..number + 1).await;
    }
    let mut courier = Owner::of(&*ground.bus, &spec).await;
    courier.take().await;
    let delivered = courier.deliveries(20).await;
    let wanted = format!("ph.{}.courier.01.notification_requested", stage.region());
    assert!(delivered.iter().all(|it| it.subject == wanted));
    for (partition, numbers) in [("0", numbers(0..10)), ("3", numbers(100..110))] {
        let of_partition: Vec<_> = delivered
            .iter()
            .filter(|it| it.headers.get("Posthouse-Ticket") == Some(partition))
            .cloned()
            .collect();
        assert_eq!(texts(&of_partition), numbers, "partition {partition}");
    }
    let notified = topology.subjects.fact_kind(2, FactKind::Notified);
    ground.publish(&format!("{notified}.01"), 200..201).await;
    let notified = courier.deliveries(1).await;
    assert!(notified[0].subject.ends_with(".courier.01.notified"));
    let claim = Outgoing {
        expected_last_sequence: Some(0),
        ..numbered(&topology.subjects.claim(1), 201)
    };
    send(&*ground.bus, claim).await.unwrap();
    let claimed = courier.deliveries(1).await;
    assert_eq!(claimed[0].subject, topology.subjects.claim(1));
}

/// The lookout gets what it is told by from all partitions of the log, those of one partition in
/// their order, with the identities under which they were published.
pub async fn the_lookout_reads_all_partitions(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let subjects = &ground.topology.subjects;
    let opened = |partition| subjects.fact_kind(partition, FactKind::Opened);
    for number in 0..10 {
        ground.publish(&opened(0), number..number + 1).await;
        ground.publish(&opened(3), 100 + number..101 + number).await;
        let routed = subjects.fact_kind(0, FactKind::Routed);
        ground.publish(&routed, number..number + 1).await;
    }
    let spec = ground.topology.lookout_owned();
    let mut lookout = Owner::of(&*ground.bus, &spec).await;
    lookout.take().await;
    let delivered = lookout.deliveries(20).await;
    let wanted = subjects.lookout_source(FactKind::Opened).1;
    assert!(delivered.iter().all(|it| it.subject == wanted));
    let read = texts(&delivered);
    for numbers in [numbers(0..10), numbers(100..110)] {
        let of_partition: Vec<_> = read.iter().filter(|it| numbers.contains(it)).collect();
        assert_eq!(of_partition, numbers.iter().collect::<Vec<_>>());
    }
    assert!(
        delivered
            .iter()
            .all(|it| it.headers.get(header::MESSAGE_ID).is_some())
    );
    send(&*ground.bus, numbered(&spec.tick_subject, 300))
        .await
        .unwrap();
    assert_eq!(lookout.deliveries(1).await[0].subject, spec.tick_subject);
}

/// Copies are made once, without anybody reading, and provisioning again makes no others.
pub async fn copies_are_made_once(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let subject = requested(&ground.topology, 0, 0);
    ground.publish(&subject, 0..5).await;
    assert_eq!(texts(&copies(&ground, 5).await), numbers(0..5));
    Ground::of(stage).await;
    ground.publish(&subject, 5..6).await;
    assert_eq!(texts(&copies(&ground, 6).await), numbers(0..6));
}

/// What couriers of receivers' partition 0 find, once there are `count` messages.
async fn copies(ground: &Ground, count: usize) -> Vec<Delivery> {
    let stream = ground.topology.courier_stream();
    let filters = [ground.topology.subjects.courier_all(0)];
    eventually("copies", || async {
        let all = ground.all(&stream, &filters).await;
        (all.len() >= count).then_some(all)
    })
    .await
}
