//! Buckets, objects, and the end.

use bytes::Bytes;
use futures::StreamExt;
use posthouse_bus::{Bucket, Error};

use super::Stage;
use super::ground::{Ground, numbered, send};
use super::patience::{not_yet, soon};

async fn bucket(ground: &Ground) -> Box<dyn Bucket> {
    let name = ground.topology.policy_bucket();
    soon("open a bucket", ground.bus.bucket(&name))
        .await
        .unwrap()
}

async fn value(bucket: &dyn Bucket, key: &str) -> Option<Bytes> {
    let entry = soon("get a value", bucket.get(key)).await.unwrap();
    entry.and_then(|entry| entry.value)
}

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// A bucket keeps the last value of each key, until it is deleted.
pub async fn a_bucket_keeps_values(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let bucket = bucket(&ground).await;
    assert_eq!(soon("keys", bucket.keys()).await, Ok(Vec::new()));
    assert_eq!(value(&*bucket, "active").await, None);

    let first = soon("put", bucket.put("active", bytes("a1")))
        .await
        .unwrap();
    let second = soon("put", bucket.put("active", bytes("a2")))
        .await
        .unwrap();
    assert!(second > first, "revisions grow");
    for key in ["bundle/ab12", "z_0-9=", "bundle.x"] {
        soon("put", bucket.put(key, bytes(key))).await.unwrap();
    }
    let entry = soon("get", bucket.get("active")).await.unwrap().unwrap();
    assert_eq!((entry.key.as_str(), entry.revision), ("active", second));
    assert_eq!(entry.value, Some(bytes("a2")));
    let keys = soon("keys", bucket.keys()).await.unwrap();
    assert_eq!(keys, ["active", "bundle.x", "bundle/ab12", "z_0-9="]);

    soon("delete", bucket.delete("active")).await.unwrap();
    soon("delete what is not there", bucket.delete("never"))
        .await
        .unwrap();
    assert_eq!(value(&*bucket, "active").await, None);
    let keys = soon("keys", bucket.keys()).await.unwrap();
    assert_eq!(keys, ["bundle.x", "bundle/ab12", "z_0-9="]);
}

/// Of two writers that saw the same revision one wins; 0 stands for no value, deleted ones
/// included.
pub async fn a_bucket_lets_one_writer_win(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let bucket = bucket(&ground).await;
    let update = |text, expected| bucket.update("next", bytes(text), expected);
    let first = soon("create", update("1", 0)).await.unwrap();
    let lost = soon("create again", update("2", 0)).await;
    assert!(matches!(lost, Err(Error::Conflict(_))), "{lost:?}");
    let second = soon("update", update("3", first)).await.unwrap();
    let lost = soon("update with an old revision", update("4", first)).await;
    assert!(matches!(lost, Err(Error::Conflict(_))), "{lost:?}");
    assert_eq!(value(&*bucket, "next").await, Some(bytes("3")));
    let entry = soon("get", bucket.get("next")).await.unwrap().unwrap();
    assert_eq!(entry.revision, second);

    soon("delete", bucket.delete("next")).await.unwrap();
    soon("create what was deleted", update("5", 0))
        .await
        .unwrap();
    assert_eq!(value(&*bucket, "next").await, Some(bytes("5")));
}

/// A watcher sees the value of its key, then its changes, deletion included; other keys are
/// nothing to it.
pub async fn a_watcher_sees_changes(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let bucket = bucket(&ground).await;
    let revision = soon("put", bucket.put("active", bytes("a1")))
        .await
        .unwrap();
    let mut active = soon("watch", bucket.watch("active")).await.unwrap();
    let mut absent = soon("watch", bucket.watch("absent")).await.unwrap();
    let entry = soon("the value there is", active.next()).await;
    let entry = entry.unwrap().unwrap();
    assert_eq!((entry.value, entry.revision), (Some(bytes("a1")), revision));
    not_yet("a value that nobody set", &mut absent.next()).await;

    soon("put", bucket.put("active", bytes("a2")))
        .await
        .unwrap();
    let entry = soon("a change", active.next()).await.unwrap().unwrap();
    assert_eq!(
        (entry.key.as_str(), entry.value),
        ("active", Some(bytes("a2")))
    );
    soon("delete", bucket.delete("active")).await.unwrap();
    let entry = soon("a deletion", active.next()).await.unwrap().unwrap();
    assert_eq!(entry.value, None);
    soon("put", bucket.put("absent", bytes("here")))
        .await
        .unwrap();
    let entry = soon("a first value", absent.next()).await;
    assert_eq!(entry.unwrap().unwrap().value, Some(bytes("here")));
}

/// Objects larger than a message are kept whole, replaced, and deleted.
pub async fn objects_are_kept_whole(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let name = ground.topology.snapshots();
    let objects = soon("open a store", ground.bus.objects(&name))
        .await
        .unwrap();
    let large: Bytes = (0..3 * 1024 * 1024_u32)
        .map(|place| place.wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    assert_eq!(soon("names", objects.names()).await, Ok(Vec::new()));
    assert_eq!(soon("get", objects.get("router/01")).await, Ok(None));
    soon("put", objects.put("router/01", large.clone()))
        .await
        .unwrap();
    soon("put", objects.put("empty", Bytes::new()))
        .await
        .unwrap();
    let got = soon("get", objects.get("router/01")).await.unwrap();
    assert!(got == Some(large), "3 MB arrive as they were sent");
    assert_eq!(
        soon("get", objects.get("empty")).await,
        Ok(Some(Bytes::new()))
    );
    soon("replace", objects.put("router/01", bytes("small")))
        .await
        .unwrap();
    let got = soon("get", objects.get("router/01")).await;
    assert_eq!(got, Ok(Some(bytes("small"))));
    let names = soon("names", objects.names()).await.unwrap();
    assert_eq!(names, ["empty", "router/01"]);

    soon("delete", objects.delete("router/01")).await.unwrap();
    soon("delete what is not there", objects.delete("never"))
        .await
        .unwrap();
    assert_eq!(soon("get", objects.get("router/01")).await, Ok(None));
    let names = soon("names", objects.names()).await.unwrap();
    assert_eq!(names, ["empty"]);
}

/// A client that was closed says so, and others go on.
pub async fn a_closed_bus_is_closed(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let bus = stage.client().await;
    assert!(bus.is_connected());
    soon("close", bus.close()).await.unwrap();
    assert!(!bus.is_connected());
    let late = send(&*bus, numbered(&ground.opened(), 1)).await;
    assert_eq!(late, Err(Error::Closed));
    assert_eq!(ground.publish(&ground.opened(), 0..1).await, [1]);
}
