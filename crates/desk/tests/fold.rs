//! The read model follows from the log alone.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;

use common::{Story, World, start, ticket_id};
use posthouse_bus::{Bus as _, Role};
use posthouse_domain::TicketId;
use posthouse_domain::ticket::{
    ActorKind, Assigned, Body, Closed, Corrected, Fact, FactKind, Labels, Severity, Ticket, Verdict,
};
use posthouse_testkit::strategies;
use posthouse_wire::PolicyActivated;
use proptest::prelude::*;
use serde_json::json;

#[tokio::test]
async fn counts_what_happened_and_shows_it() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    for n in 0..5 {
        world.tell_all(&Story::whole("r1", n).facts).await;
    }
    let counts = running.until_facts(30).await;
    let steps = [
        counts.opened,
        counts.classified,
        counts.routed,
        counts.timed,
        counts.notified,
    ];
    assert_eq!((counts.tickets, steps, counts.void), (5, [5; 5], 0));
    assert_eq!(counts.pending_notifications(), 0);
    assert!(running.desk.is_caught_up());
    assert!(running.health.is_ready());
    assert!(
        running
            .metrics
            .encode()
            .contains("desk_facts_total{region=\"r1\"} 30")
    );

    let shown = running.desk.ticket("T-2026-0003").await.unwrap().unwrap();
    assert_eq!(shown.summary.ticket_id, ticket_id(3).to_string());
    assert_eq!(shown.facts.len(), 6);
    assert_eq!(
        Some(shown),
        running
            .desk
            .ticket(&ticket_id(3).to_string())
            .await
            .unwrap()
    );
    assert_eq!(running.desk.ticket("T-2026-3").await.unwrap(), None);
    running.stop().await;
}

#[tokio::test]
async fn a_restart_goes_on_where_it_was() {
    let world = World::new("r1").await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r1").join("desk.sqlite");
    let running = world.desk(Some(&path)).await;
    world.tell_all(&Story::whole("r1", 1).facts).await;
    running.until_facts(6).await;
    running.stop().await;

    world.tell_all(&Story::whole("r1", 2).facts).await;
    let running = world.desk(Some(&path)).await;
    assert_eq!(
        running.desk.counts().facts,
        6,
        "what was kept is there at once"
    );
    let counts = running.until_facts(12).await;
    assert_eq!((counts.tickets, counts.void), (2, 0));
    running.stop().await;
}

#[tokio::test]
async fn a_rebuilt_database_has_the_same_rows() {
    let world = World::new("r1").await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("desk.sqlite");
    let slow = world.desk(Some(&path)).await;
    let mut facts = 0;
    for n in 0..20 {
        let mut story = Story::whole("r1", n);
        story.reply(ActorKind::Customer, "还在吗");
        for fact in &story.facts {
            world.tell(fact).await;
            world.advance(7);
            facts += 1;
            // Many small batches here, few large ones below.
            if facts % 10 == 0 {
                slow.until_facts(facts).await;
            }
        }
        world.tell_again(&story.facts[1]).await;
        facts += 1;
    }
    slow.until_facts(facts).await;
    let other = world.desk(None).await;
    other.until_facts(facts).await;
    let dump = slow.desk.dump().await.unwrap();
    assert_eq!(dump, other.desk.dump().await.unwrap());
    assert_eq!(
        dump.lines()
            .filter(|line| line.starts_with("fact\t"))
            .count(),
        160
    );
    slow.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn repeats_zombies_and_orphans_are_kept_and_void() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    let mut story = Story::whole("r1", 1);
    world.tell_all(&story.facts).await;
    for fact in story.facts.clone() {
        world.tell_again(&fact).await;
    }
    let close = Body::Closed(Closed {
        reason: "done".to_owned(),
    });
    story.add(ActorKind::Agent, "a", None, close);
    world.tell(story.last()).await;
    story.add(
        ActorKind::Agent,
        "b",
        None,
        Body::Assigned(Assigned {
            agent: "b".to_owned(),
        }),
    );
    world.tell(story.last()).await;
    let stray = Story::whole("r1", 2);
    world.tell(&stray.facts[1]).await;

    let counts = running.until_facts(15).await;
    assert_eq!((counts.void, counts.orphans, counts.tickets), (8, 1, 1));
    let shown = running.desk.ticket("T-2026-0001").await.unwrap().unwrap();
    let void: Vec<_> = shown
        .facts
        .iter()
        .filter_map(|fact| fact.void.as_deref())
        .collect();
    assert!(
        void[..6]
            .iter()
            .all(|reason| reason.starts_with("it repeats")),
        "{void:?}"
    );
    assert_eq!(
        void[6],
        "assigned is not allowed while the ticket is closed"
    );
    assert_eq!(shown.summary.state, "closed");
    assert!(running.desk.dump().await.unwrap().contains("\"orphan\""));

    let why = running.desk.why("T-2026-0001").await.unwrap().unwrap();
    assert_eq!(why.void.len(), 7);
    running.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_holds_nobody_up() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    let subjects = &world.topology.subjects;
    for partition in 0..4 {
        for kind in FactKind::ALL {
            world
                .raw(
                    subjects.fact_kind(partition, *kind),
                    b"\xff\xff\xffgarbage".to_vec(),
                )
                .await;
        }
        world
            .raw(subjects.policy_activated(partition), vec![0xff])
            .await;
        world
            .raw(subjects.dead_letter(partition, Role::Router), vec![0xff])
            .await;
        world
            .raw(
                subjects.dead_letter_settled(partition, "router"),
                vec![0xff],
            )
            .await;
        world
            .raw(format!("ph.r1.{partition:02}.nonsense"), vec![1])
            .await;
        world
            .raw(subjects.tick(partition, Role::Router), Vec::new())
            .await;
    }
    world.tell_all(&Story::whole("r1", 1).facts).await;
    let counts = running.until_facts(6).await;
    assert_eq!(
        (counts.tickets, counts.unreadable),
        (1, 4 * (FactKind::ALL.len() as u64 + 4))
    );
    running.stop().await;
}

#[tokio::test]
async fn policies_have_names() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    let activated = PolicyActivated {
        version: posthouse_domain::ticket::PolicyVersion(common::POLICY.to_owned()),
        name: "a1".to_owned(),
        at: start(),
        by: "operator".to_owned(),
    };
    for partition in 0..4 {
        let subject = world.topology.subjects.policy_activated(partition);
        world.raw(subject, activated.encode()).await;
    }
    world.tell_all(&Story::whole("r1", 1).facts).await;
    running
        .until(|counts| counts.facts == 6 && counts.policy_activations == 4)
        .await;
    let why = running.desk.why("T-2026-0001").await.unwrap().unwrap();
    let kinds: Vec<_> = why.decisions.iter().map(|decision| decision.kind).collect();
    assert_eq!(
        kinds,
        ["classified", "routed", "timed", "notification_requested"]
    );
    let routed = &why.decisions[1];
    assert_eq!(routed.policy_name.as_deref(), Some("a1"));
    assert_eq!(
        (routed.rule.as_str(), routed.cause_kind),
        ("storage", Some("classified"))
    );
    assert_eq!(
        routed.considered[2],
        json!({"rule": "centre dublin", "outcome": "rejected", "why": "does not speak zh"})
    );
    assert_eq!(routed.inputs.as_ref().unwrap()["severity"], "P1");
    assert_eq!(why.decisions[0].reasons[0]["evidence"], "磁盘");
    running.stop().await;
}

#[tokio::test]
async fn promises_follow_the_log() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    let mut story = Story::whole("r1", 1);
    world.tell_all(&story.facts).await;
    running.until_facts(6).await;
    let due = posthouse_domain::Timestamp::from_millis(common::START_MS + 3_601_000);
    let shown = running.desk.ticket("T-2026-0001").await.unwrap().unwrap();
    assert_eq!(
        (shown.targets[0].status, shown.targets[0].due_at),
        ("running", due)
    );
    assert_eq!(shown.summary.due_at, Some(due));

    let classified = story.facts[1].id;
    story.breach(classified, due.plus_millis(5));
    world.tell(story.last()).await;
    let counts = running.until_facts(7).await;
    assert_eq!(counts.breached, 1);
    let shown = running.desk.ticket("T-2026-0001").await.unwrap().unwrap();
    assert_eq!(
        (shown.targets[0].status, shown.targets[0].due_at),
        ("breached", due.plus_millis(5))
    );
    assert_eq!(shown.summary.due_at, None, "no clock runs any more");
    running.stop().await;
}

#[tokio::test]
async fn listeners_hear_of_facts() {
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    let mut events = running.desk.subscribe();
    world.tell_all(&Story::whole("r1", 1).facts).await;
    let mut kinds = Vec::new();
    for _ in 0..6 {
        let event = events.recv().await.unwrap();
        assert_eq!(
            (event.number.as_str(), event.void.as_deref()),
            ("T-2026-0001", None)
        );
        kinds.push(event.kind);
    }
    assert_eq!(kinds[..3], ["opened", "classified", "routed"]);
    running.stop().await;
}

/// Any facts, in any order, about three tickets.
fn any_log() -> impl Strategy<Value = Vec<Fact>> {
    let fact = (strategies::fact(), 0..3_u128).prop_map(|(fact, n)| Fact {
        ticket: ticket_id(n),
        region: "r1".to_owned(),
        ..fact
    });
    let opening = strategies::fact_of(FactKind::Opened).prop_map(|fact| Fact {
        ticket: ticket_id(0),
        region: "r1".to_owned(),
        ..fact
    });
    (
        opening,
        proptest::collection::vec(fact, 0..40),
        any::<u64>(),
    )
        .prop_map(|(opening, mut facts, seed)| {
            // Repeats, late: every third fact comes again at the end.
            let again: Vec<Fact> = facts.iter().skip(1).step_by(3).cloned().collect();
            facts.extend(again);
            let place = usize::try_from(seed).unwrap_or(0) % (facts.len() + 1);
            facts.insert(place, opening);
            facts
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The desk makes of a log what the domain makes of it.
    #[test]
    fn the_fold_is_the_domains(log in any_log()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new("r1").await;
            let running = world.desk(None).await;
            for fact in &log {
                world.tell_again(fact).await;
            }
            running.until_facts(log.len() as u64).await;
            for (id, (ticket, void)) in expected(&log) {
                let shown = running.desk.ticket(&id.to_string()).await.unwrap();
                let Some(ticket) = ticket else {
                    assert_eq!(shown, None);
                    continue;
                };
                let shown = shown.unwrap();
                assert_eq!(shown.summary.state, ticket.state().as_str());
                assert_eq!(shown.summary.queue, ticket.features.queue);
                assert_eq!(shown.summary.category, ticket.features.category);
                assert_eq!(shown.assignee, ticket.assignee);
                assert_eq!(shown.reopens, ticket.features.reopens);
                let found: Vec<bool> = shown.facts.iter().map(|fact| fact.void.is_some()).collect();
                assert_eq!(found, void);
            }
            running.stop().await;
        });
    }
}

/// What the domain makes of a log: each ticket, and which of its facts are void.
fn expected(log: &[Fact]) -> BTreeMap<TicketId, (Option<Ticket>, Vec<bool>)> {
    let mut tickets: BTreeMap<TicketId, (Option<Ticket>, Vec<bool>)> = BTreeMap::new();
    for fact in log.iter().filter(|fact| fact.body.kind().is_about_ticket()) {
        let (ticket, void) = tickets.entry(fact.ticket).or_default();
        let counted = match ticket {
            Some(ticket) => matches!(ticket.apply(fact, start()), Verdict::Counted(..)),
            None => {
                *ticket = Ticket::open(fact, start()).ok();
                ticket.is_some()
            }
        };
        void.push(!counted);
    }
    tickets
}

#[tokio::test]
async fn answers_questions_over_the_bus() {
    use posthouse_wire::v1;
    use prost::Message as _;
    let world = World::new("r1").await;
    let running = world.desk(None).await;
    world.tell_all(&Story::whole("r1", 1).facts).await;
    running.until_facts(6).await;
    let subject = world.topology.subjects.query("ticket");
    for (name, found) in [
        ("T-2026-0001".to_owned(), true),
        (ticket_id(1).to_string(), true),
        ("T-1".to_owned(), false),
        (String::new(), false),
    ] {
        let question = v1::TicketQuery { ticket: name }.encode_to_vec().into();
        let wait = std::time::Duration::from_secs(5);
        let answer = world.bus.request(&subject, question, wait).await.unwrap();
        let answer = v1::TicketAnswer::decode(answer).unwrap();
        assert_eq!(answer.found, found);
        if found {
            let json: serde_json::Value = serde_json::from_slice(&answer.json).unwrap();
            assert_eq!(answer.ticket_id, json["ticket_id"]);
            assert_eq!(
                (answer.state.as_str(), &json["state"]),
                ("queued", &json!("queued"))
            );
        }
    }
    running.stop().await;
}

/// What a label was is in no correction: only what stands before it tells.
#[tokio::test]
async fn why_tells_what_a_person_changed() {
    let world = World::new("cn-north").await;
    let running = world.desk(None).await;
    let mut story = Story::open("cn-north", 1, |_| {});
    let opened = story.last().id;
    story.classify(opened, Severity::P2);
    let correct = |category: &str, severity| {
        Body::Corrected(Corrected {
            labels: Labels {
                category: Some(category.to_owned()),
                severity,
                ..Labels::default()
            },
            note: "seen by eye".to_owned(),
        })
    };
    for body in [
        correct("network", Some(Severity::P0)),
        correct("security", None),
    ] {
        story.add(ActorKind::Agent, "anna", None, body);
    }
    world.tell_all(&story.facts).await;
    running.until_facts(4).await;
    let why = running.desk.why("T-2026-0001").await.unwrap().unwrap();
    let changes: Vec<_> = why
        .decisions
        .iter()
        .filter(|decision| decision.kind == "corrected")
        .map(|decision| json!(decision.changes))
        .collect();
    assert_eq!(
        changes,
        [
            json!([
                {"field": "category", "before": "storage", "value": "network"},
                {"field": "severity", "before": "P2", "value": "P0"},
            ]),
            json!([{"field": "category", "before": "network", "value": "security"}]),
        ]
    );
    running.stop().await;
}
