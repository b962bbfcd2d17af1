//! Tickets in the hands of agents: offered, declined, left unanswered, accepted, finished, and
//! the whole region killed in the middle of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use posthouse_tests::limits::CARRIED_WITHIN;
use posthouse_tests::{Door, Process, Setup, Up, cli, eventually};
use serde_json::{Value, json};

use crate::verdict;

/// The centres of the shipped policy.
const CENTRES: [&str; 6] = [
    "beijing",
    "shanghai",
    "singapore",
    "frankfurt",
    "san-francisco",
    "dubai",
];
/// What agents know: the skills of the shipped policy.
const SKILLS: [&str; 12] = [
    "account",
    "billing",
    "complaint",
    "compute",
    "database",
    "escalation",
    "general",
    "incident",
    "key_account",
    "network",
    "security",
    "storage",
];
/// How many tickets an agent has at once.
const CAPACITY: usize = 2;
/// Tickets that simulated agents serve.
const TICKETS: usize = 24;
/// An offer lapses in five seconds here, and may be made again to the same agent after ten.
const WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_reach_people_whatever_happens() {
    let folder = tempfile::tempdir().unwrap();
    bundle(folder.path());
    let policy = folder.path().to_str().unwrap().to_owned();
    let setup = Setup {
        arguments: vec!["--policy".to_owned(), policy.clone()],
        ..Setup::default()
    };
    let Some(mut up) = Up::start(setup).await else {
        return;
    };
    by_hand(up.door()).await;

    let mut tickets = Vec::new();
    for number in 0..TICKETS {
        let subject = format!("Packets are lost on link {number}");
        // One customer, however loud, is no storm.
        let ticket = json!({"customer": "c-floor", "subject": subject});
        tickets.push(up.door().submit(&ticket).await.number);
    }
    // The first shift is in the middle of it when everything is killed.
    let staff = simulate(&up, &policy, 300);
    let begun = |ticket: &Value| ticket["state"] != "queued";
    up.door()
        .once(&tickets[TICKETS / 3], "is given to somebody", begun)
        .await;
    up.kill().await;
    drop(staff);
    up.restart().await;

    let mut staff = simulate(&up, &policy, 600);
    for ticket in &tickets {
        let resolved = |ticket: &Value| ticket["state"] == "resolved";
        up.door().once(ticket, "is resolved", resolved).await;
    }
    staff.terminate();
    staff.ended(CARRIED_WITHIN).await;
    nobody_had_too_much(up.door(), &tickets).await;
    verdict::sound(up.door(), TICKETS + 1).await;
    strangers(up.door()).await;
    up.end().await;
}

/// One ticket on its way by the operator's hand: it waits while nobody is there, is declined,
/// left unanswered, and at last accepted and finished.
async fn by_hand(door: &Door) {
    let ticket = json!({"customer": "c-hand", "subject": "The network is slow"});
    let number = door.submit(&ticket).await.number;
    let waits = door.carried(&number).await;
    assert_eq!(waits["state"], "queued", "nobody is there: {waits}");
    let queue = waits["queue"].as_str().unwrap().to_owned();
    let centre = queue.split('/').next().unwrap();
    let (first, second) = (format!("{centre}-1"), format!("{centre}-2"));

    agent(door, &["sign-in", &first]).await.done();
    agent(door, &["ready", &first]).await.done();
    offered(door, &first).await;
    agent(door, &["decline", &first, "--reason", "lunch"])
        .await
        .done();
    counts(door, &number, "requeued", 1).await;
    agent(door, &["ready", &second]).await.done();
    offered(door, &second).await;
    // Nobody answers, so it comes back, and is offered to nobody who did not take it.
    counts(door, &number, "requeued", 2).await;
    let ticket = door.json(&format!("/v1/tickets/{number}")).await;
    let reasons: Vec<&Value> = facts(&ticket, "requeued")
        .map(|it| &it["data"]["reason"])
        .collect();
    assert_eq!(reasons, ["declined", "timed_out"], "{ticket}");
    assert_eq!(ticket["state"], "queued");
    offered(door, &first).await;
    agent(door, &["accept", &first]).await.done();
    let is_theirs = |ticket: &Value| ticket["state"] == "assigned";
    let ticket = door.once(&number, "is assigned", is_theirs).await;
    assert_eq!(ticket["assignee"], first.as_str(), "{ticket}");
    agent(door, &["finish", &first, "--summary", "restarted"])
        .await
        .done();
    door.once(&number, "is resolved", |ticket| {
        ticket["state"] == "resolved"
    })
    .await;
    for agent_key in [&first, &second] {
        agent(door, &["sign-out", agent_key]).await.done();
    }
}

/// What somebody says whom the roster does not have is set aside with the reason.
async fn strangers(door: &Door) {
    agent(door, &["ready", "nobody"]).await.done();
    eventually("a dead letter about a stranger", WITHIN, async || {
        let page = door.json("/v1/dead-letters").await;
        let told = page.to_string();
        told.contains("RTR0001").then_some(()).ok_or(told)
    })
    .await;
}

async fn agent(door: &Door, words: &[&str]) -> cli::Said {
    cli::run(&[&["agent"], words, &["--server", door.url()]].concat()).await
}

/// Waits until something is offered to an agent.
async fn offered(door: &Door, agent: &str) {
    let path = format!("/v1/agents/{agent}");
    eventually(&format!("an offer to {agent}"), WITHIN, async || {
        let answer = door.get(&path).await;
        let is_offered = answer.status == 200
            && answer.json()["offers"]
                .as_array()
                .is_some_and(|offers| !offers.is_empty());
        is_offered.then_some(()).ok_or(answer.body)
    })
    .await;
}

/// Waits until a ticket has so many facts of a kind.
async fn counts(door: &Door, number: &str, kind: &str, count: usize) {
    let has = |ticket: &Value| facts(ticket, kind).count() >= count;
    door.once(number, &format!("has {count} of {kind}"), has)
        .await;
}

fn facts<'t>(ticket: &'t Value, kind: &'t str) -> impl Iterator<Item = &'t Value> {
    let facts = ticket["facts"].as_array().expect("a ticket has facts");
    let counting = facts.iter().filter(|fact| fact["void"].is_null());
    counting.filter(move |fact| fact["kind"] == kind)
}

/// Agents who work on their own until they are asked to end.
fn simulate(up: &Up, policy: &str, handling_ms: u32) -> Process {
    let handling = handling_ms.to_string();
    let arguments = [
        "agent",
        "simulate",
        "--server",
        up.door().url(),
        "--policy",
        policy,
        "--region",
        "cn-north",
        "--handling",
        &handling,
        "--decline",
        "200",
        "--seconds",
        "600",
    ];
    Process::start("agent simulate", arguments, &[])
}

/// At no time by the log was more in an agent's hands, offers included, than they can do at once.
async fn nobody_had_too_much(door: &Door, tickets: &[String]) {
    // By the log's time, and of one instant what ends before what begins.
    let mut changes: Vec<(String, i64, String)> = Vec::new();
    for number in tickets {
        let ticket = door.json(&format!("/v1/tickets/{number}")).await;
        let mut holder: Option<String> = None;
        for fact in ticket["facts"].as_array().unwrap() {
            if !fact["void"].is_null() {
                continue;
            }
            let at = fact["log_time"].as_str().unwrap().to_owned();
            match fact["kind"].as_str().unwrap() {
                "offered" => {
                    let agent = fact["data"]["agent"].as_str().unwrap().to_owned();
                    changes.push((at, 1, agent.clone()));
                    holder = Some(agent);
                }
                "requeued" | "resolved" => {
                    let agent = holder.take().expect("somebody had it");
                    changes.push((at, -1, agent));
                }
                _ => {}
            }
        }
        assert!(holder.is_none(), "{number} ended");
    }
    changes.sort();
    let mut hands: BTreeMap<String, i64> = BTreeMap::new();
    for (at, change, agent) in changes {
        let has = hands.entry(agent.clone()).or_default();
        *has += change;
        assert!(*has <= CAPACITY as i64, "{agent} has {has} at {at}");
    }
}

/// The shipped policy with two agents for each centre who can do everything at any time.
fn bundle(folder: &Path) {
    let skills: Vec<String> = SKILLS
        .iter()
        .map(|skill| format!("{skill} = 800"))
        .collect();
    let mut roster = String::new();
    for centre in CENTRES {
        roster.push_str(&format!(
            "[team.{centre}]\ncentre = \"{centre}\"\nlevels = [\"L0\", \"L1\", \"L2\", \"L3\"]\n\
             skills = {{ {} }}\ncapacity = {}\n\n",
            skills.join(", "),
            CAPACITY * 1_000,
        ));
        for number in 1..=2 {
            roster.push_str(&format!(
                "[agent.{centre}-{number}]\nteam = \"{centre}\"\n\n"
            ));
        }
    }
    std::fs::write(folder.join("agents.toml"), roster).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/policies/default");
    let routing = std::fs::read_to_string(shipped.join("routing.toml")).unwrap();
    let mut quicker = routing;
    for (usual, quick) in [
        ("accept_timeout = \"30s\"", "accept_timeout = \"5s\""),
        ("refusal = \"5m\"", "refusal = \"10s\""),
    ] {
        assert!(quicker.contains(usual), "the shipped policy has {usual}");
        quicker = quicker.replace(usual, quick);
    }
    std::fs::write(folder.join("routing.toml"), quicker).unwrap();
    let head = std::fs::read_to_string(shipped.join("bundle.toml")).unwrap();
    let head = head.replace("name = \"default\"", "name = \"floor\"");
    let head = head.replace("# extends", "extends");
    std::fs::write(folder.join("bundle.toml"), head).unwrap();
}
