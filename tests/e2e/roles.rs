//! The same region in eight processes, and one of them killed under load.

use futures::future::join_all;
use posthouse_tests::{Role, Setup, Up, cli};

use crate::load::{Load, all_are_there, keys};
use crate::verdict;

/// A region of the shipped policy other than the one that `up` runs.
const REGION: &str = "eu-central";
const TICKETS: usize = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_takes_over_from_one_that_is_killed() {
    // A region of its own runs beside it; what it gives here is its server.
    let Some(up) = Up::start(Setup::default()).await else {
        return;
    };
    let nats = up.door().nats_url().await;
    let early = cli::run(&["run", "router", "--region", REGION, "--nats", &nats]).await;
    early.refused(3, "nobody provisioned it");
    let provision = [
        "region",
        "provision",
        "--region",
        REGION,
        "--nats",
        &nats,
        "--policy",
        "default",
    ];
    cli::run(&provision).await.done();
    cli::run(&provision).await.done();

    let roles = [
        "classifier",
        "classifier",
        "router",
        "watchdog",
        "notifier",
        "desk",
        "intake",
    ];
    let started = join_all(roles.map(|role| Role::start(role, REGION, &nats))).await;
    join_all(started.iter().map(|role| role.door().ready())).await;
    let mut started = started.into_iter();
    let mut killed = started.next().unwrap();
    let others: Vec<Role> = started.collect();
    let [.., desk, intake] = &others[..] else {
        unreachable!("all were started")
    };

    let mut load = Load::start(intake.door(), &keys("role", TICKETS));
    load.reached(TICKETS / 2).await;
    killed.kill().await;
    killed.process().assert_no_panic();
    let notes = load.finish().await;
    assert_eq!(notes.len(), TICKETS);

    desk.door().all_carried(TICKETS).await;
    all_are_there(desk.door(), &notes).await;
    verdict::sound(desk.door(), TICKETS).await;
    // Regions that share a server share nothing else.
    assert_eq!(up.door().stats().await["counts"]["tickets"], 0);
    join_all(others.into_iter().map(Role::end)).await;
    up.end().await;
}
