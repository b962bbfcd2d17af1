//! A real server that dies, forbids, or is not there.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use posthouse_bus::topology::{OwnedSpec, Size, Topology};
use posthouse_bus::{Bus, Error, Outgoing, Owned, Role, Turn, Until};
use posthouse_bus_nats::{Login, NatsBus, Options};
use posthouse_domain::ticket::FactKind;
use support::Server;
use tokio::time::timeout;

/// Longest wait for anything that should happen.
const BOUND: Duration = Duration::from_secs(60);

fn topology() -> Topology {
    let topology = Topology::new("trouble", Size::LAPTOP);
    let spec = partition(&topology);
    topology.with_consumers([spec])
}

fn partition(topology: &Topology) -> OwnedSpec {
    topology.owned(Role::Router, 0, &[FactKind::Opened])
}

fn opened() -> String {
    topology().subjects.fact_kind(0, FactKind::Opened)
}

fn message(number: usize) -> Outgoing {
    Outgoing::new(opened(), format!("id-{number}"), number.to_string().into())
}

async fn connect(server: &Server) -> Arc<NatsBus> {
    let options = Options::new([server.url()]);
    NatsBus::connect(&options).await.expect("a connection")
}

async fn provisioned(server: &Server) -> Arc<NatsBus> {
    let bus = connect(server).await;
    bus.provision(&topology()).await.expect("a topology");
    bus
}

/// Stores a message however often that takes.
async fn store(bus: &NatsBus, message: Outgoing) -> u64 {
    timeout(BOUND, async {
        loop {
            let receipt = bus.publish(message.clone()).await.expect("room");
            match receipt.await {
                Ok(stored) => return stored.sequence,
                Err(error) => assert!(error.may_retry(), "{error}"),
            }
        }
    })
    .await
    .expect("stored within the bound")
}

/// Takes turns until the message at `last` was delivered; the deliveries of the last reign.
async fn own_until(owned: &mut dyn Owned, last: u64) -> Vec<u64> {
    let mut reign = Vec::new();
    while reign.last() != Some(&last) {
        match owned.next(512).await.expect("a turn") {
            Turn::Taken => reign.clear(),
            Turn::Deliveries(deliveries) => {
                reign.extend(deliveries.iter().map(|it| it.sequence));
            }
        }
    }
    reign
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_nothing_that_it_acknowledged() {
    const COUNT: usize = 2_000;
    let Some(server) = support::own("").await else {
        return;
    };
    let server = Arc::new(server);
    let bus = provisioned(&server).await;
    let spec = partition(&topology());
    let mut owned = bus.own(&spec).await.expect("a partition");
    let owning = tokio::spawn(async move {
        let first = owned.next(1).await.expect("a turn");
        assert_eq!(first, Turn::Taken);
        owned
    });

    let mut receipts = Vec::new();
    for number in 0..COUNT {
        receipts.push(bus.publish(message(number)).await.expect("room"));
        if number == COUNT / 2 {
            let killed = Arc::clone(&server);
            tokio::task::spawn_blocking(move || {
                killed.kill();
                killed.restart();
            });
        }
    }
    let outcomes = timeout(BOUND, futures::future::join_all(receipts))
        .await
        .expect("every receipt resolves");
    let mut acknowledged = BTreeMap::new();
    let mut unknown = BTreeSet::new();
    for (number, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(stored) => {
                acknowledged.insert(stored.sequence, number);
            }
            Err(error) => {
                assert!(error.may_retry(), "{error}");
                unknown.insert(number);
            }
        }
    }
    assert!(!acknowledged.is_empty(), "the server lived for a while");
    for number in &unknown {
        store(&bus, message(*number)).await;
    }

    let stream = topology().log_stream(0);
    let reading = bus
        .read(&stream, &[], 0, Until::Now)
        .await
        .expect("a reader");
    let stored: Vec<_> = timeout(BOUND, reading.try_collect())
        .await
        .expect("the end of the stream")
        .expect("deliveries");
    let texts: BTreeMap<u64, usize> = stored
        .iter()
        .map(|it| {
            (
                it.sequence,
                String::from_utf8_lossy(&it.payload).parse().unwrap(),
            )
        })
        .collect();
    for (sequence, number) in &acknowledged {
        assert_eq!(
            texts.get(sequence),
            Some(number),
            "an acknowledged message is there"
        );
    }
    assert_eq!(texts.len(), COUNT, "each message once");

    let mut owned = timeout(BOUND, owning)
        .await
        .expect("owned")
        .expect("a task");
    let last = *texts.keys().next_back().expect("messages");
    let reign = timeout(BOUND, own_until(&mut *owned, last))
        .await
        .expect("the owner goes on");
    assert!(reign.iter().eq(texts.keys()), "all in order in one reign");
}

#[tokio::test]
async fn a_bus_that_is_away_keeps_nobody_waiting() {
    let Some(server) = support::own("").await else {
        return;
    };
    let bus = provisioned(&server).await;
    let mut owned = bus.own(&partition(&topology())).await.expect("a partition");
    store(&bus, message(0)).await;
    assert_eq!(timeout(BOUND, owned.next(1)).await, Ok(Ok(Turn::Taken)));
    let Ok(Ok(Turn::Deliveries(first))) = timeout(BOUND, owned.next(1)).await else {
        panic!("a delivery comes after the takeover");
    };
    server.kill();
    // More than the client library buffers.
    let bus = &bus;
    let sending = (10..4_010).map(|number| async move {
        let receipt = bus.publish(message(number)).await?;
        receipt.await
    });
    let wait = posthouse_bus::limits::RECEIPT_WAIT * 3;
    let outcomes = timeout(wait, futures::future::join_all(sending)).await;
    for outcome in outcomes.expect("everybody is told in time") {
        assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
    }
    let asked = timeout(wait, bus.last_sequence(&topology().log_stream(0))).await;
    assert!(matches!(asked, Ok(Err(Error::Unavailable(_)))), "{asked:?}");
    let acked = timeout(wait, owned.ack_through(&first[0].ack)).await;
    assert!(
        acked.is_ok(),
        "an acknowledgement is sent or not, but not waited for"
    );
    assert!(!bus.is_connected());
    server.restart();
    let last = store(bus, message(1)).await;
    timeout(BOUND, own_until(&mut *owned, last))
        .await
        .expect("the owner goes on");
}

#[tokio::test]
async fn a_reader_goes_on_over_a_restart_without_gaps_or_repeats() {
    let Some(server) = support::own("").await else {
        return;
    };
    let bus = provisioned(&server).await;
    let stream = topology().log_stream(0);
    let mut reading = bus
        .read(&stream, &[opened()], 0, Until::Forever)
        .await
        .expect("a reader");
    for round in 0..3 {
        for number in 0..100 {
            store(&bus, message(round * 100 + number)).await;
        }
        for number in 0..100 {
            let delivery = timeout(BOUND, reading.next()).await.expect("in time");
            let delivery = delivery.expect("it does not end").expect("a delivery");
            let wanted = (round * 100 + number).to_string();
            assert_eq!(delivery.payload, wanted.as_bytes());
        }
        server.kill();
        server.restart();
    }
}

#[tokio::test]
async fn reading_to_the_end_ends_when_the_rest_is_deleted_meanwhile() {
    const COUNT: usize = 6_000;
    let Some(server) = support::shared().await else {
        return;
    };
    let bus = connect(&server).await;
    let topology = Topology::new("deleted", Size::LAPTOP);
    bus.provision(&topology).await.expect("a topology");
    let stream = topology.log_stream(0);
    let subject = topology.subjects.fact_kind(0, FactKind::Opened);
    let mut receipts = Vec::new();
    for number in 0..COUNT {
        let message = Outgoing::new(subject.clone(), number.to_string(), "x".into());
        receipts.push(bus.publish(message).await.expect("room"));
    }
    futures::future::try_join_all(receipts)
        .await
        .expect("stored");

    let mut reading = bus
        .read(&stream, &[], 0, Until::Now)
        .await
        .expect("a reader");
    let first = timeout(BOUND, reading.next()).await.expect("in time");
    assert!(matches!(first, Some(Ok(delivery)) if delivery.sequence == 1));
    let client = async_nats::connect(server.url())
        .await
        .expect("a connection");
    let purged = async_nats::jetstream::new(client)
        .get_stream(&stream)
        .await
        .expect("the stream")
        .purge()
        .await
        .expect("purged");
    assert!(purged.success);
    let rest: Vec<_> = timeout(BOUND, reading.try_collect())
        .await
        .expect("the end")
        .expect("deliveries");
    assert!(rest.len() < COUNT, "what is deleted cannot come");
    let begun = Instant::now();
    let reading = bus
        .read(&stream, &[], 0, Until::Now)
        .await
        .expect("a reader");
    assert_eq!(reading.try_collect::<Vec<_>>().await.expect("nothing"), []);
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "nothing is there at once"
    );
}

#[tokio::test]
async fn a_new_owner_may_take_its_time() {
    let Some(server) = support::shared().await else {
        return;
    };
    let bus = connect(&server).await;
    let topology = Topology::new("grace", Size::LAPTOP);
    let spec = partition(&topology);
    let topology = topology.with_consumers([spec.clone()]);
    bus.provision(&topology).await.expect("a topology");
    let subject = topology.subjects.fact_kind(0, FactKind::Opened);
    store(&bus, Outgoing::new(subject.clone(), "1".into(), "1".into())).await;
    let mut busy = bus.own(&spec).await.expect("a partition");
    assert_eq!(busy.next(1).await, Ok(Turn::Taken));

    let waiting_bus = connect(&server).await;
    let mut waiting = waiting_bus.own(&spec).await.expect("a partition");
    store(&bus, Outgoing::new(subject, "2".into(), "2".into())).await;
    let longer = posthouse_bus::limits::OWNER_SILENCE_MAX * 2;
    let taken = timeout(longer, waiting.next(1)).await;
    assert!(
        taken.is_err(),
        "taken from an owner that catches up: {taken:?}"
    );
    let sequences = own_until(&mut *busy, 2).await;
    assert_eq!(sequences, [1, 2]);
}

#[tokio::test]
async fn nobody_there_is_said_quickly() {
    let begun = Instant::now();
    let options = Options::new([format!("nats://127.0.0.1:{}", support::free_port())]);
    let refused = NatsBus::connect(&options)
        .await
        .err()
        .expect("nobody there");
    assert!(matches!(refused, Error::Unavailable(_)), "{refused}");
    assert!(refused.to_string().contains("127.0.0.1"), "{refused}");
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn a_server_may_come_later() {
    let Some(server) = support::own("").await else {
        return;
    };
    server.kill();
    let options = Options {
        wait_for_server: true,
        ..Options::new([server.url()])
    };
    let bus = NatsBus::connect(&options).await.expect("a bus that waits");
    assert!(!bus.is_connected());
    assert_eq!(bus.server_version(), "");
    server.restart();
    let provisioned = timeout(BOUND, async {
        loop {
            match bus.provision(&topology()).await {
                Ok(changes) => return changes,
                Err(error) => assert!(error.may_retry(), "{error}"),
            }
        }
    });
    assert!(!provisioned.await.expect("in time").is_empty());
    assert!(bus.is_connected());
    assert!(!bus.server_version().is_empty());
}

/// What a worker needs, and nothing more; operators copy this.
fn permissions() -> String {
    let topology = topology();
    let stream = topology.log_stream(0);
    let consumer = partition(&topology).consumer;
    let publish = [
        format!("$JS.API.CONSUMER.INFO.{stream}.{consumer}"),
        format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"),
        format!("$JS.API.CONSUMER.RESET.{stream}.{consumer}"),
        format!("$JS.API.CONSUMER.UNPIN.{stream}.{consumer}"),
        format!("$JS.ACK.{stream}.{consumer}.>"),
        format!("$JS.ACK.*.*.{stream}.{consumer}.>"),
        opened(),
    ];
    let subscribe = [
        "_INBOX_worker.>".to_owned(),
        format!("$JS.EVENT.ADVISORY.CONSUMER.UNPINNED.{stream}.{consumer}"),
    ];
    format!(
        "authorization {{ users: [\n\
         {{ user: admin, password: secret }}\n\
         {{ user: worker, password: secret, permissions: {{\n\
           publish: {publish:?}\n subscribe: {subscribe:?}\n }} }}\n] }}"
    )
}

fn login(server: &Server, user: &str, password: &str) -> Options {
    Options {
        login: Login::Password {
            user: user.into(),
            password: password.into(),
        },
        inbox_prefix: Some(format!("_INBOX_{user}")),
        ..Options::new([server.url()])
    }
}

#[tokio::test]
async fn a_worker_needs_few_permissions_and_hears_what_it_may_not() {
    let Some(server) = support::own(&permissions()).await else {
        return;
    };
    let admin = NatsBus::connect(&login(&server, "admin", "secret")).await;
    let admin = admin.expect("a connection");
    admin.provision(&topology()).await.expect("a topology");

    let worker = NatsBus::connect(&login(&server, "worker", "secret")).await;
    let worker = worker.expect("a connection");
    let spec = partition(&topology());
    let mut owned = worker.own(&spec).await.expect("a partition");
    let sequence = store(&worker, message(1)).await;
    assert_eq!(timeout(BOUND, owned.next(1)).await, Ok(Ok(Turn::Taken)));
    let turn = timeout(BOUND, owned.next(1))
        .await
        .expect("a turn")
        .expect("a turn");
    let Turn::Deliveries(deliveries) = turn else {
        panic!("{turn:?}")
    };
    assert_eq!(deliveries[0].sequence, sequence);
    owned.ack_through(&deliveries[0].ack).await.expect("sent");
    owned.release().await.expect("released");

    let begun = Instant::now();
    let elsewhere = Outgoing {
        subject: topology().subjects.fact_kind(1, FactKind::Opened),
        ..message(2)
    };
    let receipt = worker.publish(elsewhere).await.expect("room");
    let refused = receipt.await.expect_err("it may not");
    assert!(matches!(refused, Error::Refused { .. }), "{refused}");
    let refused = worker.provision(&topology()).await.expect_err("it may not");
    assert!(matches!(refused, Error::Refused { .. }), "{refused}");
    assert!(
        refused.to_string().contains("Permissions Violation"),
        "{refused}"
    );
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "it is said at once"
    );
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let Some(server) = support::own(&permissions()).await else {
        return;
    };
    let refused = NatsBus::connect(&login(&server, "admin", "wrong")).await;
    let refused = refused.err().expect("not let in");
    assert!(matches!(refused, Error::Refused { .. }), "{refused}");
    assert!(!refused.to_string().contains("wrong"), "{refused}");
}

#[tokio::test]
async fn what_was_not_provisioned_is_said_so() {
    let Some(server) = support::shared().await else {
        return;
    };
    let bus = connect(&server).await;
    let topology = Topology::new("bare", Size::LAPTOP);
    bus.provision(&topology).await.expect("a topology");
    let missing = bus
        .own(&partition(&topology))
        .await
        .err()
        .expect("no consumer");
    assert!(matches!(missing, Error::NotFound(_)), "{missing}");
    assert!(missing.to_string().contains("provision"), "{missing}");
}

#[tokio::test]
async fn the_baseline_leaves_nothing_behind() {
    let Some(server) = support::own("").await else {
        return;
    };
    let rate = posthouse_bus_nats::baseline(&[server.url()], 500, 100, 3).await;
    assert!(rate.expect("a figure") > 0.0);
    let client = async_nats::connect(server.url())
        .await
        .expect("a connection");
    let jetstream = async_nats::jetstream::new(client);
    let left: Vec<String> = jetstream.stream_names().try_collect().await.expect("names");
    assert_eq!(left, Vec::<String>::new());
}
