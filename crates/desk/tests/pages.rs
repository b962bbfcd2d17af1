//! Lists: every filter, every order, every page.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use axum::http::Request;
use common::{Running, Story, World, ask, start, url};
use posthouse_desk::{Listing, SortKey};
use posthouse_domain::ticket::{
    ActorKind, Body, Closed, Engineering, Progress, Progressed, Severity,
};
use proptest::prelude::*;
use serde_json::Value;

/// Twelve tickets, each a little different.
async fn twelve(world: &World, running: &Running) {
    let mut facts = 0;
    for n in 0..12_u128 {
        let mut story = if n < 8 {
            Story::whole("r1", n)
        } else {
            Story::open("r1", n, |opened| {
                opened.customer = "ACME GmbH".to_owned();
                opened.tier = "silver".to_owned();
                opened.region = "eu".to_owned();
                opened.subject = format!("Disk full on node {n}");
                opened.body = "No space left on device".to_owned();
            })
        };
        match n {
            0 => {
                let close = Body::Closed(Closed {
                    reason: String::new(),
                });
                story.add(ActorKind::Agent, "a", None, close);
            }
            1 => {
                story.reply(ActorKind::Agent, "请扩容 snapshot");
            }
            2 => {
                let to = Progress::Engineering(Engineering::Testing);
                let body = Body::Progressed(Progressed {
                    to,
                    reason: String::new(),
                });
                story.add(ActorKind::Agent, "a", None, body);
            }
            3 => {
                let opened = story.facts[0].id;
                story.route(opened, "beijing/L10/storage/zh");
            }
            _ => {}
        }
        for fact in &story.facts {
            world.tell(fact).await;
        }
        world.advance(1_000);
        facts += story.facts.len() as u64;
    }
    running.until_facts(facts).await;
}

fn numbers(page: &Value) -> Vec<u64> {
    let tickets = page["tickets"].as_array().unwrap();
    let number = |ticket: &Value| ticket["number"].as_str().unwrap()[7..].parse().unwrap();
    tickets.iter().map(number).collect()
}

#[tokio::test]
async fn every_filter_chooses() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    twelve(&world, &running).await;
    let all: Vec<u64> = (0..12).rev().collect();
    for (question, wanted) in [
        ("", &all[..]),
        ("state=closed", &[0]),
        ("state=待处理", &[11, 10, 9, 8, 7, 6, 5, 4, 3]),
        ("state=new", &[11, 10, 9, 8]),
        ("state=queued,closed", &[7, 6, 5, 4, 3, 0]),
        ("status=testing", &[2]),
        ("state=in_progress", &[2, 1]),
        ("severity=P0", &[4, 0]),
        ("severity=P0,P1", &[5, 4, 1, 0]),
        ("category=storage&severity=P3", &[7, 3]),
        ("kind=incident&state=closed", &[0]),
        ("queue=beijing/L1", &[7, 6, 5, 4, 2, 1, 0]),
        ("queue=beijing/L10/storage/zh", &[3]),
        ("queue=beijing/L", &[]),
        ("region=eu", &[11, 10, 9, 8]),
        ("customer=ACME GmbH", &[11, 10, 9, 8]),
        ("customer=c-1|c-2", &[7, 6, 2, 1]),
        ("language=zh&tier=silver", &[]),
        ("tier=silver&limit=2", &[11, 10]),
        ("text=磁盘", &[7, 6, 5, 4, 3, 2, 1, 0]),
        ("text=扩容", &[1]),
        // Each word in another text of the ticket.
        ("text=enospc SNAP", &[1]),
        ("text=disk node", &[11, 10, 9, 8]),
        ("text=盘磁", &[]),
        ("query=status=待处理 severity=P3", &[7, 3]),
        ("query=customer=\"ACME GmbH\"&limit=1", &[11]),
    ] {
        let (status, page) = running.get(&format!("/v1/tickets?{}", url(question))).await;
        assert_eq!(status, 200, "{question}: {page}");
        assert_eq!(numbers(&page), wanted, "{question}");
    }
    running.stop().await;
}

#[tokio::test]
async fn every_order_sorts() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    twelve(&world, &running).await;
    for (sort, first) in [
        ("opened_at", [0, 1, 2]),
        ("-opened_at", [11, 10, 9]),
        ("number", [0, 1, 2]),
        ("-number", [11, 10, 9]),
        ("severity", [0, 4, 1]),
        ("-severity", [11, 10, 9]),
        // Ticket 0 is closed: no clock of it runs.
        ("due_at", [1, 2, 3]),
        ("changed_at", [0, 1, 2]),
        ("-changed_at", [11, 10, 9]),
    ] {
        let (_, page) = running
            .get(&format!("/v1/tickets?sort={sort}&limit=3"))
            .await;
        assert_eq!(numbers(&page), first, "{sort}");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_page_goes_on_behind_the_last_whatever_was_added() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    twelve(&world, &running).await;
    let (_, first) = running.get("/v1/tickets?limit=5").await;
    let before = running.desk.counts().facts;
    world.tell_all(&Story::whole("r1", 99).facts).await;
    running.until_facts(before + 6).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let (_, second) = running
        .get(&format!("/v1/tickets?limit=5&cursor={cursor}"))
        .await;
    assert_eq!(
        (numbers(&first), numbers(&second)),
        (vec![11, 10, 9, 8, 7], vec![6, 5, 4, 3, 2])
    );
    let (status, problem) = running
        .get(&format!("/v1/tickets?sort=severity&cursor={cursor}"))
        .await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (400, &Value::from("cursor"))
    );
    running.stop().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// Paging in any order, with pages of any size, over one region or two, gives each ticket
    /// once, and in order.
    #[test]
    fn paging_gives_each_ticket_once(
        // Few values, so that there are many ties.
        tickets in proptest::collection::vec((any::<bool>(), 0..3_usize, 0..3_i64), 1..30),
        limit in 1..8_usize,
        key in prop::sample::select(SortKey::ALL.to_vec()),
        descending in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let worlds = [World::new("r1").await, World::new("r2").await];
            let running = [worlds[0].desk(None).await, worlds[1].desk(None).await];
            let mut counts = [0, 0];
            for (n, (second, severity, due)) in tickets.iter().enumerate() {
                let index = usize::from(*second);
                let mut story = Story::open(["r1", "r2"][index], n as u128, |_| {});
                let opened = story.facts[0].id;
                let classified = story.classify(opened, Severity::ALL[*severity]);
                if *due > 0 {
                    story.time(classified, start().plus_millis(*due));
                }
                worlds[index].tell_all(&story.facts).await;
                worlds[index].advance(*due);
                counts[index] += story.facts.len() as u64;
            }
            for (running, count) in running.iter().zip(counts) {
                running.until_facts(count).await;
            }
            let router = posthouse_desk::router(&[running[1].desk.clone(), running[0].desk.clone()]);
            let sort = format!("{}{}", if descending { "-" } else { "" }, key.as_str());
            let mut path = format!("/v1/tickets?limit={limit}&sort={sort}");
            let (mut seen, mut keys) = (Vec::new(), Vec::new());
            loop {
                let (status, page) = ask(&router, Request::get(&path)).await;
                assert_eq!(status, 200, "{page}");
                seen.extend(numbers(&page));
                for ticket in page["tickets"].as_array().unwrap() {
                    // What there is none of is greatest.
                    keys.push(ticket[key.as_str()].as_str().unwrap_or("~").to_owned());
                }
                let Some(cursor) = page["next_cursor"].as_str() else { break };
                path = format!("/v1/tickets?limit={limit}&sort={sort}&cursor={cursor}");
            }
            assert_eq!(seen.len(), tickets.len());
            let distinct: BTreeSet<u64> = seen.into_iter().collect();
            assert_eq!(distinct.len(), tickets.len());
            let mut sorted = keys.clone();
            sorted.sort();
            if descending {
                sorted.reverse();
            }
            assert_eq!(keys, sorted);
            for running in running {
                running.stop().await;
            }
        });
    }
}

#[test]
fn the_default_is_the_newest_fifty() {
    let listing = Listing::from_parameters([]).unwrap();
    assert_eq!(
        (listing.limit, listing.sort.key, listing.sort.descending),
        (50, SortKey::OpenedAt, true)
    );
}
