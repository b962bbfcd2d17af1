//! What is accepted while the log is away gets there, in order, once, whatever happens.

mod common;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use common::{World, opening, reply, until};
use posthouse_domain::TicketId;
use posthouse_domain::ticket::{Body, Fact};
use posthouse_intake::{Busy, Place, Refused};

/// What happened to each ticket, in the order of the log, without repeats.
fn stories(facts: &[Fact]) -> BTreeMap<TicketId, Vec<String>> {
    let mut stories: BTreeMap<TicketId, Vec<String>> = BTreeMap::new();
    for fact in facts {
        let word = match &fact.body {
            Body::Opened(opened) => opened.subject.clone(),
            Body::Replied(replied) => replied.text.clone(),
            other => other.kind().to_string(),
        };
        stories.entry(fact.ticket).or_default().push(word);
    }
    stories
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_log_is_away_commands_wait_on_disk_and_then_go_in_order() {
    let world = World::new().await;
    let door = world.door("a").await.run();
    world.bus.set_available(false);
    let mut expected = BTreeMap::new();
    for n in 0..20 {
        let opened = door.submit(opening(&format!("s{n}"))).await.unwrap();
        assert_eq!(opened.place, Place::Outbox);
        let mut story = vec![format!("s{n}")];
        for m in 0..5 {
            let text = format!("r{m}");
            door.submit(reply(opened.ticket, &text)).await.unwrap();
            story.push(text);
        }
        expected.insert(opened.ticket, story);
    }
    assert_eq!(door.intake.outbox_held(), 120);
    let answer = door
        .post("/v1/tickets", r#"{"customer":"c","subject":"http"}"#)
        .await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    expected.insert(
        answer.word("ticket_id").parse().unwrap(),
        vec!["http".to_owned()],
    );
    let oldest_s = || -> f64 {
        let text = door.metrics.encode();
        let of = "intake_outbox_oldest_seconds{";
        let line = text.lines().find(|line| line.starts_with(of)).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!(oldest_s() > 0.0, "the first has waited");
    world.bus.set_available(true);
    until("the outbox is empty", || async {
        door.intake.outbox_held() == 0
    })
    .await;
    assert!(oldest_s() <= 0.0, "nothing waits");
    assert_eq!(stories(&world.facts().await), expected);
    let after = door.submit(opening("after")).await.unwrap();
    assert_eq!(after.place, Place::Log);
    assert!(
        door.metrics
            .encode()
            .contains(r#"intake_forwarded_total{region="cn-north"} 121"#)
    );
    door.stop().await;
}

/// Outboxes empty side by side, so a command may overtake the opening that another one holds.
#[tokio::test(flavor = "multi_thread")]
async fn while_the_log_is_away_only_who_opened_a_ticket_accepts_more_for_it() {
    let world = World::new().await;
    let (one, other) = (world.door("a").await.run(), world.door("b").await.run());
    world.bus.set_available(false);
    let opened = one.submit(opening("s")).await.unwrap();
    let early = other.submit(reply(opened.ticket, "early")).await;
    assert!(matches!(early, Err(Refused::NotReady(_))), "{early:?}");
    assert_eq!(other.intake.outbox_held(), 0);
    one.submit(reply(opened.ticket, "first")).await.unwrap();
    world.bus.set_available(true);
    until("the outbox is empty", || async {
        one.intake.outbox_held() == 0
    })
    .await;
    // The log takes it at once, so nobody has to know the ticket.
    let late = other.submit(reply(opened.ticket, "second")).await.unwrap();
    assert_eq!(late.place, Place::Log);
    let story = ["s", "first", "second"].map(str::to_owned).to_vec();
    let expected = BTreeMap::from([(opened.ticket, story)]);
    assert_eq!(stories(&world.facts().await), expected);
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_commands_go_behind_what_waits() {
    let world = World::new().await;
    let door = world.door("a").await;
    world.bus.set_available(false);
    let opened = door.submit(opening("first")).await.unwrap();
    world.bus.set_available(true);
    // Nobody forwards yet; the bus would take this one at once.
    let behind = door.submit(reply(opened.ticket, "second")).await.unwrap();
    assert_eq!(behind.place, Place::Outbox);
    let door = door.run();
    until("the outbox is empty", || async {
        door.intake.outbox_held() == 0
    })
    .await;
    assert_eq!(
        stories(&world.facts().await)[&opened.ticket],
        ["first", "second"]
    );
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_messages_and_lost_receipts_break_no_order_and_double_nothing() {
    let world = World::new().await;
    let door = world.door("a").await;
    world.bus.set_available(false);
    let mut expected = BTreeMap::new();
    for n in 0..30 {
        let ticket = door.submit(opening(&format!("s{n}"))).await.unwrap().ticket;
        door.submit(reply(ticket, "one")).await.unwrap();
        door.submit(reply(ticket, "two")).await.unwrap();
        let story = [format!("s{n}"), "one".to_owned(), "two".to_owned()];
        expected.insert(ticket, story.to_vec());
    }
    world.bus.set_available(true);
    world.bus.lose_next_messages(7);
    world.bus.fail_next_receipts(11);
    let door = door.run();
    until("the outbox is empty", || async {
        door.intake.outbox_held() == 0
    })
    .await;
    assert_eq!(stories(&world.facts().await), expected);
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_receipt_a_command_is_kept_and_sent_again() {
    let world = World::new().await;
    let door = world.door("a").await;
    world.bus.fail_next_receipts(1);
    let stored = door.submit(opening("stored")).await.unwrap();
    assert_eq!(stored.place, Place::Outbox);
    // The first attempt to forward it is lost as well.
    world.bus.lose_next_messages(1);
    let door = door.run();
    until("the outbox is empty", || async {
        door.intake.outbox_held() == 0
    })
    .await;
    assert_eq!(world.facts().await.len(), 1, "sent twice, stored once");
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_outbox_asks_callers_to_wait() {
    let world = World::new().await;
    let door = world
        .door_with("a", |options| options.outbox_tickets_max = 3)
        .await
        .unwrap();
    world.bus.set_available(false);
    for _ in 0..3 {
        door.submit(opening("s")).await.unwrap();
    }
    let refused = door.submit(opening("s")).await.unwrap_err();
    assert_eq!(refused, Refused::Busy(Busy::OutboxFull));
    let answer = door
        .post("/v1/tickets", r#"{"customer":"c","subject":"s"}"#)
        .await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{answer:?}");
    assert_eq!(answer.word("code"), "INT0009");
    assert!(answer.headers.contains_key("retry-after"));
    world.bus.set_available(true);
    let door = door.run();
    until("there is room", || async { door.intake.outbox_held() == 0 }).await;
    door.submit(opening("s")).await.unwrap();
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_survives_an_end_without_warning() {
    let world = World::new().await;
    let door = world.door("a").await;
    world.bus.set_available(false);
    let opened = door.submit(opening("first")).await.unwrap();
    drop(door);
    world.bus.set_available(true);
    let door = world.door("a").await;
    assert_eq!(door.intake.outbox_held(), 1);
    // Its ticket is not in the log, and still nobody is told that there is none.
    let _desk = world.read_side().await;
    door.submit(reply(opened.ticket, "second")).await.unwrap();
    let door = door.run();
    until("the outbox is empty", || async {
        door.intake.outbox_held() == 0
    })
    .await;
    assert_eq!(
        stories(&world.facts().await)[&opened.ticket],
        ["first", "second"]
    );
    door.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_waits_for_the_folder() {
    let world = World::new().await;
    let first = world.door("a").await;
    let held = tokio::time::Instant::now();
    let release = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        drop(first);
    };
    let (second, ()) = tokio::join!(world.door("a"), release);
    assert!(held.elapsed() >= std::time::Duration::from_millis(300));
    second.submit(opening("s")).await.unwrap();
}
