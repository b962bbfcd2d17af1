//! Sending.

use std::time::Duration;

use bytes::Bytes;
use posthouse_bus::{Error, Headers, Outgoing, header, limits};

use super::Stage;
use super::ground::{Ground, numbered, numbers, send, texts};
use super::patience::{eventually, soon, within};

/// Thousands of messages under way at once are stored in the order of the calls, none missing.
pub async fn pipelined_publishes_keep_their_order(stage: &dyn Stage) {
    const COUNT: u32 = 5_000;
    let ground = Ground::of(stage).await;
    let subject = ground.opened();
    let sequences = within(Duration::from_secs(60), "5,000 receipts", async {
        let mut receipts = Vec::new();
        for number in 0..COUNT {
            receipts.push(ground.bus.publish(numbered(&subject, number)).await?);
        }
        let mut sequences = Vec::new();
        for receipt in receipts {
            sequences.push(receipt.await?.sequence);
        }
        Ok::<_, Error>(sequences)
    })
    .await
    .unwrap();
    assert_eq!(sequences, (1..=u64::from(COUNT)).collect::<Vec<_>>());
    let stored = ground.all(&ground.topology.log_stream(1), &[]).await;
    assert_eq!(texts(&stored), numbers(0..COUNT));
}

/// A message with an identity that the stream remembers is not stored again: the receipt names
/// the first. Another stream has its own memory.
pub async fn a_repeat_is_recognised(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let first = numbered(&ground.opened(), 1);
    let repeat = Outgoing {
        payload: Bytes::from_static(b"said again in other words"),
        ..first.clone()
    };
    let elsewhere = Outgoing {
        subject: ground.topology.subjects.inbox("mail"),
        ..first.clone()
    };
    let stored = send(&*ground.bus, first).await.unwrap();
    assert!(!stored.duplicate);
    let again = send(&*stage.client().await, repeat).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(again.sequence, stored.sequence);
    assert!(!send(&*ground.bus, elsewhere).await.unwrap().duplicate);
    let kept = ground.all(&ground.topology.log_stream(1), &[]).await;
    assert_eq!(texts(&kept), ["1"]);
}

/// Of those that expect the same last message on a subject, one wins. What happens on other
/// subjects does not matter.
pub async fn a_claim_is_won_once(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let subject = ground.topology.subjects.claim(1);
    let claim = |number, expected| Outgoing {
        expected_last_sequence: Some(expected),
        ..numbered(&subject, number)
    };
    let first = send(&*ground.bus, claim(1, 0)).await.unwrap().sequence;
    let late = send(&*ground.bus, claim(2, 0)).await;
    assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
    ground
        .publish(&ground.topology.subjects.claim(0), 0..3)
        .await;

    let (one, other) = (stage.client().await, stage.client().await);
    let (one, other) = tokio::join!(send(&*one, claim(3, first)), send(&*other, claim(4, first)));
    let (won, lost) = if one.is_ok() {
        (one, other)
    } else {
        (other, one)
    };
    assert!(matches!(lost, Err(Error::Conflict(_))), "{won:?} {lost:?}");
    let stream = ground.topology.courier_stream();
    let last = soon("look at the claim", ground.bus.last_on(&stream, &subject))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(last.sequence, won.unwrap().sequence);
}

/// A message too large is refused, and does not spoil the connection for the next.
pub async fn a_message_too_large_is_refused(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let of_size = |number, bytes| Outgoing {
        payload: vec![b'x'; bytes].into(),
        ..numbered(&ground.opened(), number)
    };
    let too_large = of_size(1, limits::PAYLOAD_BYTES_MAX + 1);
    let refused = send(&*ground.bus, too_large).await;
    assert!(
        matches!(refused, Err(Error::TooLarge { .. })),
        "{refused:?}"
    );
    let room_for_headers = 1024;
    let fits = of_size(2, limits::PAYLOAD_BYTES_MAX - room_for_headers);
    assert_eq!(send(&*ground.bus, fits).await.unwrap().sequence, 1);
}

/// A subject that no stream takes gives an error that names it or says that nobody answers; a
/// server that elects a leader looks the same, so either may be said.
pub async fn a_subject_without_a_stream_is_an_error(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let nowhere = format!("ph.{}.99.opened", stage.region());
    let refused = send(&*ground.bus, numbered(&nowhere, 1)).await;
    let told = matches!(refused, Err(Error::NotFound(_) | Error::Unavailable(_)));
    assert!(told, "{refused:?}");
    assert_eq!(ground.publish(&ground.opened(), 0..1).await, [1]);
}

/// Headers arrive with their text unchanged, in any script, and are found by name in any case.
pub async fn headers_arrive_as_sent(stage: &dyn Stage) {
    let values = [
        ("Posthouse-Plain", "plain"),
        ("Posthouse-Text", "Rückfrage 票据 🎫"),
        ("Posthouse-Percent", "100%25 a%0D%0Ab"),
        ("Posthouse-Signs", "a:b; c=\"d\"  e,f"),
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
    ];
    let ground = Ground::of(stage).await;
    let mut message = numbered(&ground.opened(), 1);
    for (name, value) in values {
        assert!(Headers::may_hold(value));
        message.headers.set(name, value);
    }
    let id = message.id.clone();
    send(&*ground.bus, message).await.unwrap();
    let stored = ground.all(&ground.topology.log_stream(1), &[]).await;
    let headers = &stored[0].headers;
    for (name, value) in values {
        assert_eq!(headers.get(name), Some(value));
    }
    assert_eq!(headers.get("TraceParent"), headers.get("traceparent"));
    assert_eq!(headers.get(header::MESSAGE_ID), id.as_deref());
}

/// A message with a time to live is there at first and gone afterwards; its neighbours stay.
pub async fn messages_end_with_their_time_to_live(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let stream = ground.topology.log_stream(1);
    let subject = ground.opened();
    let lasting = ground.publish(&subject, 0..1).await[0];
    let passing = Outgoing {
        ttl: Some(Duration::from_secs(2)),
        ..numbered(&subject, 1)
    };
    let passing = send(&*ground.bus, passing).await.unwrap().sequence;
    let there = soon("get", ground.bus.get(&stream, passing)).await.unwrap();
    assert!(there.is_some(), "gone before its time");
    eventually("the message ends", || async {
        let there = ground.bus.get(&stream, passing).await.unwrap();
        there.is_none().then_some(())
    })
    .await;
    let last = soon("last", ground.bus.last_on(&stream, &subject)).await;
    assert_eq!(last.unwrap().unwrap().sequence, lasting);
    assert_eq!(texts(&ground.all(&stream, &[]).await), ["0"]);
    let last = soon("last sequence", ground.bus.last_sequence(&stream)).await;
    assert_eq!(last, Ok(passing), "places are never given twice");
}
