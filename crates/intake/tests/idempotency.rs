//! A key is answered alike however often it comes, and never done twice.

mod common;

use axum::http::StatusCode;
use common::{World, until};
use posthouse_domain::TicketId;
use posthouse_domain::ticket::FactKind;

const TICKETS: &str = "/v1/tickets";
const MINIMAL: &str = r#"{"customer":"c-1","subject":"s"}"#;
const OTHER: &str = r#"{"customer":"c-1","subject":"another"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gets_the_same_answer_once() {
    let world = World::new().await;
    let door = world.door("a").await;
    let first = door.post_keyed(TICKETS, "k-1", MINIMAL).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{first:?}");
    let expected = TicketId::derive(&[common::REGION, "c-1", "k-1"]).to_string();
    assert_eq!(first.word("ticket_id"), expected);
    for key in ["k-1", "\"k-1\"", " k-1 "] {
        let again = door.post_keyed(TICKETS, key, MINIMAL).await;
        assert_eq!((again.status, &again.text), (first.status, &first.text));
        assert_eq!(again.headers["location"], first.headers["location"]);
    }
    assert_eq!(world.facts().await.len(), 1);
    let other = door.post_keyed(TICKETS, "k-1", OTHER).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "{other:?}");
    assert_eq!(other.word("code"), "INT0007");
    let different = door.post_keyed(TICKETS, "k-2", MINIMAL).await;
    assert_ne!(different.word("ticket_id"), expected);
    assert!(
        door.metrics
            .encode()
            .contains(r#"intake_replayed_total{region="cn-north"} 3"#)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_change_is_answered_although_the_ticket_has_moved_on() {
    let world = World::new().await;
    let _desk = world.read_side().await;
    let door = world.door("a").await;
    let (id, number) = door.open_ticket().await;
    let first = door
        .post_keyed(&format!("{TICKETS}/{id}/close"), "k", "")
        .await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{first:?}");
    // A second closing would be refused; this is the first one again.
    for named in [&id, &number] {
        let again = door
            .post_keyed(&format!("{TICKETS}/{named}/close"), "k", "")
            .await;
        assert_eq!(again.text, first.text);
    }
    let kinds: Vec<FactKind> = world
        .facts()
        .await
        .iter()
        .map(|it| it.body.kind())
        .collect();
    assert_eq!(kinds, [FactKind::Opened, FactKind::Closed]);
    let reason = r#"{"reason":"another"}"#;
    let other = door
        .post_keyed(&format!("{TICKETS}/{id}/close"), "k", reason)
        .await;
    assert_eq!(other.word("code"), "INT0007");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_one_is_asked_to_wait() {
    let world = World::new().await;
    // The first request waits for this read side to say nothing; the second comes meanwhile.
    let _desk = world.silent_read_side().await;
    let door = world.door("a").await;
    let (one, two) = tokio::join!(
        door.post_keyed(TICKETS, "k", MINIMAL),
        door.post_keyed(TICKETS, "k", MINIMAL),
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409], "{one:?} {two:?}");
    let waits = if one.status == StatusCode::CONFLICT {
        &one
    } else {
        &two
    };
    assert_eq!(waits.word("code"), "INT0008");
    assert_eq!(world.facts().await.len(), 1);
    let again = door.post_keyed(TICKETS, "k", MINIMAL).await;
    assert_eq!(again.status, StatusCode::ACCEPTED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_record_still_gives_the_same_ticket_and_number() {
    let world = World::new().await;
    let first = world
        .door("a")
        .await
        .post_keyed(TICKETS, "k", MINIMAL)
        .await;
    let other = world.door("b").await;
    let again = other.post_keyed(TICKETS, "k", MINIMAL).await;
    assert_eq!(again.text, first.text, "the log recognises the fact");
    let reused = world.door("c").await.post_keyed(TICKETS, "k", OTHER).await;
    assert_eq!(reused.word("code"), "INT0007", "{reused:?}");
    assert_eq!(world.facts().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_intake_opened_long_ago_is_known_from_the_read_side() {
    let clock = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(1_795_329_000_000));
    let shows = std::sync::Arc::clone(&clock);
    let world = World::with_clock(posthouse_runtime::clock::Clock::from_fn(move || {
        let ms = shows.load(std::sync::atomic::Ordering::SeqCst);
        posthouse_domain::Timestamp::from_millis(ms)
    }))
    .await;
    world.activate("default").await;
    let _desk = world.read_side().await;
    let first = world
        .door("a")
        .await
        .post_keyed(TICKETS, "k", MINIMAL)
        .await;
    // The log has forgotten the message's identity by now.
    clock.fetch_add(3_600_000, std::sync::atomic::Ordering::SeqCst);
    world.bus.clock_moved();
    let again = world
        .door("b")
        .await
        .post_keyed(TICKETS, "k", MINIMAL)
        .await;
    assert_eq!(again.text, first.text);
    assert_eq!(world.facts().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_survive_a_restart_and_a_bus_that_was_away() {
    let world = World::new().await;
    let door = world.door("a").await;
    world.bus.set_available(false);
    let first = door.post_keyed(TICKETS, "k", MINIMAL).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{first:?}");
    let again = door.post_keyed(TICKETS, "k", MINIMAL).await;
    assert_eq!(again.text, first.text);
    assert_eq!(
        door.intake.outbox_held(),
        1,
        "the repeat is no second entry"
    );
    drop(door);
    world.bus.set_available(true);
    let door = world.door("a").await.run();
    until("the outbox is empty", || async {
        door.intake.outbox_held() == 0
    })
    .await;
    let again = door.post_keyed(TICKETS, "k", MINIMAL).await;
    assert_eq!(again.text, first.text);
    assert_eq!(world.facts().await.len(), 1);
    door.stop().await;
}
