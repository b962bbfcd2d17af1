//! kill -9 of everything of ours at once, in the middle of the work, twice.

use posthouse_tests::{Setup, Up, servers_on};

use crate::load::{Load, Notes, all_are_there, keys};
use crate::verdict;

/// Tickets in all; a third of them in each life of the process.
const TICKETS: usize = 1_500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_accepted_survives_two_kills() {
    let Some(mut up) = Up::start(Setup::default()).await else {
        return;
    };
    let keys = keys("kill", TICKETS);
    let lives: Vec<&[String]> = keys.chunks(TICKETS / 3).collect();
    let mut notes = Notes::new();

    for life in &lives[..2] {
        let server = servers_on(up.data());
        let mut load = Load::start(up.door(), life);
        load.reached(life.len() / 2).await;
        up.kill().await;
        let accepted = load.finish().await;
        assert!(
            accepted.len() < life.len(),
            "it was killed too late to matter"
        );
        notes.extend(accepted);

        // Its server was orphaned. It is found again, and there is no second one.
        assert_eq!(servers_on(up.data()), server);
        up.restart().await;
        assert_eq!(servers_on(up.data()), server);
    }

    // Who got no answer asks again, under the same key: it is the same ticket.
    let again: Vec<String> = keys
        .iter()
        .filter(|key| !notes.contains_key(*key))
        .cloned()
        .collect();
    let accepted = Load::start(up.door(), &again).finish().await;
    assert_eq!(accepted.len(), again.len());
    notes.extend(accepted);
    // And who got one gets the same again.
    let repeated = Load::start(up.door(), lives[0]).finish().await;
    for (key, accepted) in &repeated {
        assert_eq!(notes[key].ticket_id, accepted.ticket_id, "{key}");
    }
    assert_eq!(repeated.len(), lives[0].len());

    up.door().all_carried(TICKETS).await;
    all_are_there(up.door(), &notes).await;
    verdict::sound(up.door(), TICKETS).await;
    up.end().await;
}
