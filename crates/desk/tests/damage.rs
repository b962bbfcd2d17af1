//! A database that cannot be used is set aside and rebuilt.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;

use common::{Story, World};

/// A database of two tickets, and the dump of it.
async fn filled(world: &World, path: &Path) -> String {
    let running = world.desk(Some(path)).await;
    for n in 1..3 {
        world.tell_all(&Story::whole("r1", n).facts).await;
    }
    running.until_facts(12).await;
    let dump = running.desk.dump().await.unwrap();
    running.stop().await;
    dump
}

async fn comes_back(world: &World, path: &Path, dump: &str) {
    let running = world.desk(Some(path)).await;
    running.until_facts(12).await;
    assert_eq!(running.desk.dump().await.unwrap(), dump);
    running.stop().await;
}

#[tokio::test]
async fn damaged_files_are_rebuilt() {
    for damage in [
        (|bytes: &mut Vec<u8>| bytes.truncate(3_000)) as fn(&mut Vec<u8>),
        |bytes| bytes.truncate(5_000),
        |bytes| bytes[..100].fill(0xa5),
        |bytes| bytes[4_096..].fill(0x5a),
        |bytes| *bytes = b"this is no database".to_vec(),
    ] {
        let world = World::new("r1").await;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("desk.sqlite");
        let dump = filled(&world, &path).await;
        let mut bytes = fs::read(&path).unwrap();
        damage(&mut bytes);
        fs::write(&path, bytes).unwrap();
        comes_back(&world, &path, &dump).await;
        assert!(dir.path().join("desk.sqlite.quarantined").exists());
    }
}

#[tokio::test]
async fn another_version_is_rebuilt() {
    let world = World::new("r1").await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("desk.sqlite");
    let dump = filled(&world, &path).await;
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 999).unwrap();
    drop(connection);
    comes_back(&world, &path, &dump).await;
    assert!(dir.path().join("desk.sqlite.quarantined").exists());
    // A sound one is kept.
    fs::remove_file(dir.path().join("desk.sqlite.quarantined")).unwrap();
    comes_back(&world, &path, &dump).await;
    assert!(!dir.path().join("desk.sqlite.quarantined").exists());
}

#[tokio::test]
async fn a_database_of_another_log_is_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("desk.sqlite");
    filled(&World::new("r1").await, &path).await;
    // The same region, begun anew: other messages at the same places.
    let world = World::new("r1").await;
    world.advance(60_000);
    world.tell_all(&Story::whole("r1", 7).facts).await;
    let running = world.desk(Some(&path)).await;
    let counts = running.until(|counts| counts.facts == 6).await;
    assert_eq!(counts.tickets, 1);
    assert!(
        running
            .metrics
            .encode()
            .contains("desk_rebuilds_total{region=\"r1\"} 1")
    );
    running.stop().await;
    // Another region.
    let world = World::new("r2").await;
    let running = world.desk(Some(&path)).await;
    assert_eq!(running.desk.counts().facts, 0);
    running.stop().await;
}

#[tokio::test]
async fn damage_that_a_question_meets_is_mended() {
    let world = World::new("r1").await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("desk.sqlite");
    let dump = filled(&world, &path).await;
    let running = world.desk(Some(&path)).await;
    running.until_facts(12).await;
    // A row that another program spoilt: sound pages, senseless contents.
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute("UPDATE ticket SET folded = x'ff'", [])
        .unwrap();
    drop(other);
    let (status, problem) = running.get("/v1/tickets/T-2026-0001").await;
    assert_eq!(
        (status, &problem["code"]),
        (503, &serde_json::json!("DSK0002"))
    );
    running.until(|counts| counts.facts == 0).await;
    running.until_facts(12).await;
    assert_eq!(running.get("/v1/tickets/T-2026-0001").await.0, 200);
    assert_eq!(running.desk.dump().await.unwrap(), dump);
    running.stop().await;
}

#[tokio::test]
async fn a_bus_that_goes_away_is_waited_for() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    world.tell_all(&Story::whole("r1", 1).facts).await;
    running.until_facts(6).await;
    world.bus.set_available(false);
    assert_eq!(
        running.get("/v1/tickets/T-2026-0001").await.0,
        200,
        "what is known is told"
    );
    world.bus.set_available(true);
    world.tell_all(&Story::whole("r1", 2).facts).await;
    let counts = running.until_facts(12).await;
    assert_eq!(counts.void, 0);
    running.stop().await;
}
