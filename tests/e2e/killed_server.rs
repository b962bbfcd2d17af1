//! kill -9 of the server that carries the messages, under load.

use posthouse_tests::limits::BURIED_WITHIN;
use posthouse_tests::{Setup, Up, eventually, kill_server, servers_on};

use crate::load::{Load, all_are_there, counted, keys};
use crate::verdict;

const TICKETS: usize = 600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_are_accepted_while_the_server_is_away() {
    let setup = Setup {
        // Requests give up on the log at once, so that the outbox is really used.
        environment: vec![("POSTHOUSE_INTAKE__PUBLISH_WAIT_MS", "20")],
        ..Setup::default()
    };
    let Some(mut up) = Up::start(setup).await else {
        return;
    };
    let keys = keys("away", TICKETS);
    let mut load = Load::start(up.door(), &keys);
    for part in [4, 2] {
        load.reached(TICKETS / part).await;
        let killed = kill_server(up.data());
        let data = up.data().to_owned();
        eventually("another server", BURIED_WITHIN, async || {
            match servers_on(&data)[..] {
                [server] if server != killed => Ok(()),
                ref servers => Err(format!("{servers:?}")),
            }
        })
        .await;
    }
    let notes = load.finish().await;
    assert_eq!(notes.len(), TICKETS, "each one was accepted");
    assert!(up.runs());
    counted(up.door(), "intake_forwarded_total").await;

    up.door().ready().await;
    up.door().all_carried(TICKETS).await;
    all_are_there(up.door(), &notes).await;
    verdict::sound(up.door(), TICKETS).await;
    up.end().await;
}
