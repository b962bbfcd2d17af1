//! Agents at the desk: what they said, what they have, and why it was offered to them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Story, World, start};
use posthouse_domain::ids::Uuid;
use posthouse_domain::ticket::{
    Accepted, Actor, ActorKind, AgentChanged, Assigned, Body, Candidate, Choice, Component, Fact,
    Offered, OtherTicket, PolicyVersion, Presence, Remaining,
};
use posthouse_domain::{FactId, TicketId};
use serde_json::json;

const REGION: &str = "r1";

fn changed(n: u128, agent: &str, change: Presence) -> Fact {
    Fact {
        id: FactId(Uuid::from_u128(0xa000 + n)),
        ticket: TicketId::of_agent(REGION, agent),
        region: REGION.to_owned(),
        at: start(),
        actor: Actor {
            kind: ActorKind::Agent,
            name: agent.to_owned(),
        },
        cause: None,
        policy: PolicyVersion::default(),
        body: Body::AgentChanged(AgentChanged {
            agent: agent.to_owned(),
            change,
            reason: String::new(),
        }),
    }
}

/// What a dispatcher says of an agent of whom nothing was heard since `cause`.
fn silent(n: u128, agent: &str, cause: &Fact) -> Fact {
    Fact {
        actor: Actor::service("dispatcher"),
        cause: Some(cause.id),
        ..changed(n, agent, Presence::SignedOut)
    }
}

fn choice() -> Choice {
    let candidate = |agent: &str, lost_by: &str| Candidate {
        agent: agent.to_owned(),
        score_micro: 500_000,
        components: vec![Component {
            name: "idle_share".to_owned(),
            value_micro: 500_000,
        }],
        lost_by: lost_by.to_owned(),
    };
    Choice {
        order: "cost_weighted_slack".to_owned(),
        waiting: 3,
        agents: vec![Remaining {
            mask: "ready".to_owned(),
            agents: 2,
        }],
        winner: candidate("anna", ""),
        runners_up: vec![candidate("li", "agent")],
        tie_break: "agent".to_owned(),
        index_micro: 7,
        index: Vec::new(),
        other_tickets: vec![OtherTicket {
            ticket: common::ticket_id(9),
            index_micro: 5,
            components: Vec::new(),
            lost_by: "index".to_owned(),
        }],
    }
}

/// A ticket that is offered to `agent`.
fn offered(n: u128, agent: &str) -> (Story, FactId) {
    let mut story = Story::whole(REGION, n);
    let (routed, queue) = (story.facts[2].id, "beijing/L1/storage/zh".parse().unwrap());
    let body = Body::Offered(Offered {
        agent: agent.to_owned(),
        queue,
        round: 1,
        until: start().plus_millis(30_000),
        choice: choice(),
        features: story.features(),
    });
    let offer = story.add(ActorKind::Service, "dispatcher", Some(routed), body);
    (story, offer)
}

#[tokio::test]
async fn an_agent_is_what_they_last_said() {
    let world = World::new(REGION).await;
    let running = world.desk(None).await;
    let facts = [
        changed(1, "anna", Presence::SignedIn),
        changed(2, "anna", Presence::Ready),
        changed(3, "li", Presence::Ready),
        changed(4, "li", Presence::OnBreak),
        changed(5, "li", Presence::Seen),
    ];
    world.tell_all(&facts).await;
    let counts = running.until_facts(5).await;
    assert_eq!((counts.tickets, counts.orphans, counts.void), (0, 0, 0));
    let (status, page) = running.get("/v1/agents").await;
    assert_eq!(status, 200);
    assert_eq!(
        page["agents"][0],
        json!({"agent": "anna", "region": REGION, "presence": "ready", "since": start(),
               "seen_at": start(), "reason": "", "tickets": 0, "offers": 0})
    );
    assert_eq!(page["agents"][1]["presence"], "on_break");
    let (_, ready) = running.get("/v1/agents?presence=ready").await;
    assert_eq!(ready["agents"].as_array().unwrap().len(), 1);
    for (path, status, code) in [
        ("/v1/agents?presence=asleep", 400, "DSK0007"),
        ("/v1/agents?presence=seen", 400, "DSK0007"),
        ("/v1/agents?who=anna", 400, "DSK0007"),
        ("/v1/agents/nobody", 404, "DSK0011"),
    ] {
        let (answered, problem) = running.get(path).await;
        assert_eq!(
            (answered, &problem["code"]),
            (status, &json!(code)),
            "{path}"
        );
    }
    running.stop().await;
}

#[tokio::test]
async fn who_fell_silent_is_gone_unless_they_were_seen_meanwhile() {
    let world = World::new(REGION).await;
    let running = world.desk(None).await;
    let ready = changed(1, "anna", Presence::Ready);
    let seen = changed(2, "anna", Presence::Seen);
    let facts = [
        ready.clone(),
        seen.clone(),
        silent(3, "anna", &ready),
        changed(4, "li", Presence::Ready),
    ];
    world.tell_all(&facts).await;
    running.until_facts(4).await;
    let (_, anna) = running.get("/v1/agents/anna").await;
    assert_eq!(anna["presence"], "ready", "she was seen after that");
    world.tell(&silent(5, "anna", &seen)).await;
    running.until_facts(5).await;
    let (_, anna) = running.get("/v1/agents/anna").await;
    assert_eq!(anna["presence"], "signed_out");
    running.stop().await;
}

#[tokio::test]
async fn an_offer_stands_until_it_is_taken() {
    let world = World::new(REGION).await;
    let running = world.desk(None).await;
    let (mut story, offer) = offered(1, "anna");
    world.tell_all(&story.facts).await;
    running.until_facts(7).await;
    let (_, anna) = running.get("/v1/agents/anna").await;
    assert_eq!(anna["presence"], json!(null), "she said nothing");
    assert_eq!(
        anna["offers"][0]["offer"],
        json!({"id": offer.to_string(), "agent": "anna", "until": start().plus_millis(30_000),
               "round": 1, "answer": null})
    );
    assert_eq!(anna["offers"][0]["ticket"]["number"], "T-2026-0001");
    let (_, ticket) = running.get("/v1/tickets/T-2026-0001").await;
    assert_eq!(ticket["offer"], anna["offers"][0]["offer"]);

    let agent = "anna".to_owned();
    let body = Body::Accepted(Accepted { agent, offer });
    let accepted = story.add(ActorKind::Agent, "anna", None, body);
    let agent = "anna".to_owned();
    let body = Body::Assigned(Assigned { agent });
    story.add(ActorKind::Service, "dispatcher", Some(accepted), body);
    world.tell_all(&story.facts[7..]).await;
    running.until_facts(9).await;
    let (_, anna) = running.get("/v1/agents/anna").await;
    assert_eq!(anna["offers"], json!([]));
    assert_eq!(anna["tickets"][0]["state"], "assigned");
    let (_, ticket) = running.get("/v1/tickets/T-2026-0001").await;
    assert_eq!(
        (&ticket["assignee"], &ticket["offer"], &ticket["rounds"]),
        (&json!("anna"), &json!(null), &json!(1))
    );
    running.stop().await;
}

#[tokio::test]
async fn an_offer_says_why() {
    let world = World::new(REGION).await;
    let running = world.desk(None).await;
    let (story, _) = offered(1, "anna");
    world.tell_all(&story.facts).await;
    running.until_facts(7).await;
    let (_, why) = running.get("/v1/tickets/T-2026-0001/why").await;
    let decisions = why["decisions"].as_array().unwrap();
    let offer = decisions.iter().find(|it| it["kind"] == "offered").unwrap();
    assert_eq!(offer["rule"], "cost_weighted_slack");
    assert_eq!(
        offer["outcome"]["choice"]["agents"],
        json!([{"mask": "ready", "agents": 2}])
    );
    let told: Vec<(&str, &str, Option<&str>)> = offer["considered"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let text = |name: &str| it[name].as_str();
            (text("rule").unwrap(), text("outcome").unwrap(), text("why"))
        })
        .collect();
    let other = format!("ticket {}", common::ticket_id(9));
    assert_eq!(
        told,
        [
            ("agent anna", "chosen", None),
            ("agent li", "rejected", Some("agent")),
            (other.as_str(), "rejected", Some("index")),
        ]
    );
    running.stop().await;
}

#[tokio::test]
async fn a_desk_that_is_rebuilt_knows_the_same_agents() {
    let world = World::new(REGION).await;
    let (story, _) = offered(1, "anna");
    world.tell(&changed(1, "anna", Presence::Ready)).await;
    world.tell_all(&story.facts).await;
    let first = world.desk(None).await;
    first.until_facts(8).await;
    let second = world.desk(None).await;
    second.until_facts(8).await;
    let dump = first.desk.dump().await.unwrap();
    assert!(dump.contains("agent\t\"anna\""), "{dump}");
    assert_eq!(dump, second.desk.dump().await.unwrap());
    first.stop().await;
    second.stop().await;
}
