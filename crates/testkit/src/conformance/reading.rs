//! Reading streams without consuming them.

use futures::{FutureExt, StreamExt, TryStreamExt};
use posthouse_bus::{Delivery, Error, Until};
use posthouse_domain::ticket::FactKind;

use super::Stage;
use super::ground::{Ground, numbers, texts};
use super::patience::{not_yet, soon};
use posthouse_bus::topology::{InboxSpec, OwnedSpec};

/// Reads a stream to its end.
async fn read(ground: &Ground, stream: &str, filters: &[String], from: u64) -> Vec<Delivery> {
    soon("read to the end", async {
        let deliveries = ground.bus.read(stream, filters, from, Until::Now).await?;
        deliveries.try_collect().await
    })
    .await
    .unwrap()
}

/// Reading until now gives what there is from a place on, filtered, and ends.
pub async fn reading_now_ends_where_it_began(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let stream = ground.topology.log_stream(1);
    let routed = ground.topology.subjects.fact_kind(1, FactKind::Routed);
    for number in 0..600 {
        ground.publish(&ground.opened(), number..number + 1).await;
        if number % 100 == 0 {
            ground.publish(&routed, number..number + 1).await;
        }
    }
    let all = read(&ground, &stream, &[], 0).await;
    assert_eq!(all.len(), 606);
    assert!(all.iter().map(|it| it.sequence).eq(1..=606));
    let opened = read(&ground, &stream, &[ground.opened()], 1).await;
    assert_eq!(texts(&opened), numbers(0..600));
    let both = [ground.opened(), routed.clone()];
    assert_eq!(read(&ground, &stream, &both, 0).await.len(), 606);
    let few = read(&ground, &stream, std::slice::from_ref(&routed), 3).await;
    assert_eq!(texts(&few), ["100", "200", "300", "400", "500"]);
    let last = read(&ground, &stream, &[], 606).await;
    assert_eq!(texts(&last), ["599"]);
    // The end is that of the stream, not of the filter.
    let none = read(&ground, &stream, &[routed], 600).await;
    assert_eq!(texts(&none), Vec::<String>::new());
    assert_eq!(read(&ground, &stream, &[], 607).await, []);
}

/// Reading for ever gives what there is, and then waits for what comes.
pub async fn reading_forever_waits(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let stream = ground.topology.log_stream(1);
    let filters = [ground.opened()];
    ground.publish(&ground.opened(), 0..5).await;
    let reading = ground.bus.read(&stream, &filters, 3, Until::Forever);
    let mut reading = soon("begin to read", reading).await.unwrap();
    for wanted in numbers(2..5) {
        let delivery = soon("what is there", reading.next()).await;
        assert_eq!(texts(&[delivery.unwrap().unwrap()]), [wanted]);
    }
    not_yet("a message that nobody sent", &mut reading.next()).await;
    let other = ground.topology.subjects.fact_kind(1, FactKind::Routed);
    ground.publish(&other, 0..1).await;
    ground.publish(&ground.opened(), 5..10).await;
    for wanted in numbers(5..10) {
        let delivery = soon("what comes", reading.next()).await;
        assert_eq!(texts(&[delivery.unwrap().unwrap()]), [wanted]);
    }
    assert!(reading.next().now_or_never().is_none(), "it does not end");
}

/// Filters that overlap are refused: a message would come for one of them, or for both.
pub async fn overlapping_filters_are_refused(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let stream = ground.topology.log_stream(1);
    ground.publish(&ground.opened(), 0..1).await;
    let everything = ground.opened().replace(".opened", ".>");
    let filters = [ground.opened(), everything];
    let read: Result<Vec<Delivery>, Error> = soon("refuse", async {
        let deliveries = ground.bus.read(&stream, &filters, 0, Until::Now).await?;
        deliveries.try_collect().await
    })
    .await;
    assert!(matches!(read, Err(Error::Refused { .. })), "{read:?}");
}

/// An empty stream has no last message, and reading it ends at once.
pub async fn an_empty_stream_reads_as_empty(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let stream = ground.topology.log_stream(3);
    assert_eq!(read(&ground, &stream, &[], 0).await, []);
    assert_eq!(read(&ground, &stream, &[ground.opened()], 7).await, []);
    let last = soon("last sequence", ground.bus.last_sequence(&stream)).await;
    assert_eq!(last, Ok(0));
    let first = soon("get", ground.bus.get(&stream, 1)).await;
    assert_eq!(first, Ok(None));
}

/// Single messages are found by their place and as the last on their subject.
pub async fn messages_are_found_by_place_and_subject(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let stream = ground.topology.log_stream(1);
    let routed = ground.topology.subjects.fact_kind(1, FactKind::Routed);
    ground.publish(&ground.opened(), 0..3).await;
    ground.publish(&routed, 3..5).await;

    let second = soon("get", ground.bus.get(&stream, 2)).await;
    let second = second.unwrap().unwrap();
    assert_eq!(texts(std::slice::from_ref(&second)), ["1"]);
    assert_eq!((second.sequence, second.subject), (2, ground.opened()));
    assert_eq!(soon("get", ground.bus.get(&stream, 6)).await, Ok(None));

    let last = soon("last", ground.bus.last_on(&stream, &ground.opened())).await;
    let last = last.unwrap().unwrap();
    assert_eq!((last.sequence, texts(&[last])), (3, vec!["2".to_owned()]));
    let unused = ground.topology.subjects.fact_kind(1, FactKind::Closed);
    let none = soon("last", ground.bus.last_on(&stream, &unused)).await;
    assert_eq!(none, Ok(None));
    let last = soon("last sequence", ground.bus.last_sequence(&stream)).await;
    assert_eq!(last, Ok(5));
}

/// What the topology has not created is not found, which is another thing than being empty.
pub async fn what_is_missing_is_not_found(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let stream = format!("PH_{}_missing", stage.region());
    let bus = &ground.bus;
    let owned = OwnedSpec {
        stream: stream.clone(),
        ..ground.partition()
    };
    let inbox = InboxSpec {
        stream: stream.clone(),
        ..ground.topology.inbox()
    };
    let outcomes = soon("six answers", async {
        [
            bus.own(&owned).await.err(),
            bus.inbox(&inbox).await.err(),
            bus.read(&stream, &[], 0, Until::Now).await.err(),
            bus.last_sequence(&stream).await.err(),
            bus.bucket(&stream).await.err(),
            bus.objects(&stream).await.err(),
        ]
    })
    .await;
    for (index, outcome) in outcomes.into_iter().enumerate() {
        assert!(
            matches!(outcome, Some(Error::NotFound(_))),
            "{index}: {outcome:?}"
        );
    }
}
