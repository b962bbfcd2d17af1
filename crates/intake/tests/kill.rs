//! A process is killed while it accepts tickets and the log is away.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of a test, which stops at the first surprise"
)]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use common::{World, opening, options, until};
use posthouse_domain::ticket::Body;

/// Set for the child: the folder of its outbox.
const CHILD: &str = "POSTHOUSE_INTAKE_KILL_TEST";
const ROUNDS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_survives_kill_9() {
    if let Some(dir) = std::env::var_os(CHILD) {
        accept_until_killed(Path::new(&dir)).await;
        return;
    }
    let world = World::new().await;
    let mut accepted = Vec::new();
    for round in 0..ROUNDS {
        let dir = world.dir("a");
        let reports = 20 + round * 13;
        let told = tokio::task::spawn_blocking(move || run_and_kill(&dir, reports));
        accepted.extend(told.await.unwrap());
    }
    // The children's log was away all the time; this one is there.
    let door = world.door_with("a", |_| {}).await.unwrap();
    assert!(
        door.intake.outbox_held() >= accepted.len(),
        "nothing accepted is missing"
    );
    let door = door.run();
    until("the outbox is empty", || async {
        door.intake.outbox_held() == 0
    })
    .await;
    let facts = world.facts().await;
    let mut subjects: Vec<(u64, String)> = Vec::new();
    for delivery in world.log().await {
        let Ok(fact) = posthouse_wire::decode(&delivery.payload) else {
            continue;
        };
        if let Body::Opened(opened) = fact.body {
            subjects.push((delivery.sequence, opened.subject));
        }
    }
    for subject in &accepted {
        let times = subjects
            .iter()
            .filter(|(_, known)| known == subject)
            .count();
        assert_eq!(times, 1, "{subject} of {} facts", facts.len());
    }
    let order: Vec<&String> = subjects
        .iter()
        .map(|(_, it)| it)
        .filter(|it| accepted.contains(it))
        .collect();
    assert!(
        order.iter().copied().eq(accepted.iter()),
        "forwarded in the order of acceptance"
    );
    door.stop().await;
}

/// Runs this test as a child until it has reported so many tickets; gives those.
fn run_and_kill(dir: &Path, reports: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "what_was_accepted_survives_kill_9",
            "--nocapture",
        ])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told: Vec<String> = lines
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix("accepted ").map(str::to_owned))
        .take(reports)
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(told.len(), reports, "the child reports until it is killed");
    told
}

async fn accept_until_killed(dir: &Path) {
    let world = World::new().await;
    let options = options(dir);
    let door = world
        .door_with("unused", |it| {
            *it = options;
            it.outbox_tickets_max = 1_000_000;
            it.numbers_per_block = 1_000_000;
        })
        .await
        .unwrap();
    world.bus.set_available(false);
    for n in 0_u64.. {
        let subject = format!("{}-{n}", std::process::id());
        door.submit(opening(&subject)).await.unwrap();
        println!("\naccepted {subject}");
    }
}
