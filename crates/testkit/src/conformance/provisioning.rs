//! Making what a topology asks for.

use std::time::Duration;

use posthouse_bus::topology::{Change, Size, Topology};

use super::Stage;
use super::ground::{Ground, SIZE, numbers, texts};
use super::patience::soon;

/// The first run creates all streams, buckets and stores; the second finds nothing to do.
pub async fn provisioning_twice_changes_nothing(stage: &dyn Stage) {
    let bus = stage.client().await;
    let topology = Topology::new(stage.region(), SIZE);
    let first = soon("provision", bus.provision(&topology)).await.unwrap();
    let streams = topology.streams().into_iter().map(|stream| stream.name);
    let wanted = streams
        .chain(topology.buckets())
        .chain(topology.object_stores());
    for name in wanted {
        assert!(first.contains(&Change::Created(name.clone())), "{name}");
    }
    let second = soon("provision again", bus.provision(&topology)).await;
    assert_eq!(second, Ok(Vec::new()));
}

/// Two that provision at once do not hinder each other.
pub async fn provisioning_at_once_is_safe(stage: &dyn Stage) {
    let (one, other) = (stage.client().await, stage.client().await);
    let topology = Topology::new(stage.region(), SIZE);
    let both = async { tokio::join!(one.provision(&topology), other.provision(&topology)) };
    let (first, second) = soon("provision twice at once", both).await;
    assert!(first.is_ok(), "{first:?}");
    assert!(second.is_ok(), "{second:?}");
    let third = soon("provision again", one.provision(&topology)).await;
    assert_eq!(third, Ok(Vec::new()));
}

/// A topology that differs upgrades the streams and keeps their messages.
pub async fn provisioning_upgrades_what_differs(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    ground.publish(&ground.opened(), 0..3).await;
    let size = Size {
        age_max: SIZE.age_max + Duration::from_secs(60),
        ..SIZE
    };
    let topology = Topology::new(stage.region(), size);
    let changes = soon("upgrade", ground.bus.provision(&topology))
        .await
        .unwrap();
    for stream in topology.streams() {
        let updated = Change::Updated(stream.name);
        assert!(changes.contains(&updated), "{updated:?} in {changes:?}");
    }
    let again = soon("upgrade again", ground.bus.provision(&topology)).await;
    assert_eq!(again, Ok(Vec::new()));
    let kept = ground.all(&topology.log_stream(1), &[]).await;
    assert_eq!(texts(&kept), numbers(0..3));
}
