//! Many tickets at once, each with a key, and a careful note of which were accepted.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use posthouse_tests::limits::CARRIED_WITHIN;
use posthouse_tests::{Accepted, Door, eventually, has_all_stations, samples};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Requests under way at once.
const CONNECTIONS: usize = 8;

/// Keys, and the tickets that were accepted under them.
pub(crate) type Notes = BTreeMap<String, Accepted>;

/// Tickets on their way through a door.
pub(crate) struct Load {
    accepted: watch::Receiver<Notes>,
    senders: JoinSet<()>,
}

/// Keys for so many tickets, in order.
pub(crate) fn keys(name: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|index| format!("{name}-{index:05}"))
        .collect()
}

/// The text of the ticket with this key: the same whenever it is sent.
fn text(key: &str) -> Value {
    let index = key
        .rsplit('-')
        .next()
        .and_then(|digits| digits.parse().ok());
    samples()
        .nth(index.expect("keys end in a number"))
        .expect("there is no end of samples")
}

impl Load {
    /// Begins to submit one ticket for each key; each is tried once.
    pub(crate) fn start(door: &Door, keys: &[String]) -> Self {
        let texts = keys.iter().map(|key| (key.clone(), text(key)));
        let waiting = Arc::new(Mutex::new(texts.collect::<VecDeque<_>>()));
        let (noted, accepted) = watch::channel(Notes::new());
        let mut senders = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (door, waiting, noted) = (door.clone(), Arc::clone(&waiting), noted.clone());
            senders.spawn(async move {
                loop {
                    let next = waiting.lock().expect("no sender panics").pop_front();
                    let Some((key, text)) = next else { break };
                    // No answer is an answer too: this one may or may not be in the log.
                    let Ok(answer) = door.try_submit(&text, &key).await else {
                        continue;
                    };
                    if let Some(accepted) = answer.accepted() {
                        noted.send_modify(|notes| drop(notes.insert(key, accepted)));
                    }
                }
            });
        }
        Self { accepted, senders }
    }

    /// Waits until so many were accepted.
    pub(crate) async fn reached(&mut self, count: usize) {
        let reached = self.accepted.wait_for(|notes| notes.len() >= count);
        let waited = tokio::time::timeout(CARRIED_WITHIN, reached).await;
        let accepted = waited.map(|reached| reached.map(|notes| notes.len()));
        assert!(
            matches!(accepted, Ok(Ok(_))),
            "{count} were never accepted: {accepted:?}"
        );
    }

    /// Waits until all were tried; gives those that were accepted.
    pub(crate) async fn finish(self) -> Notes {
        let Self { accepted, senders } = self;
        tokio::time::timeout(CARRIED_WITHIN, senders.join_all())
            .await
            .expect("requests end");
        accepted.borrow().clone()
    }
}

/// Every ticket that was accepted is there, with its number, and has been everywhere.
///
/// # Panics
///
/// When one is not.
pub(crate) async fn all_are_there(door: &Door, notes: &Notes) {
    for accepted in notes.values() {
        let path = format!("/v1/tickets/{}", accepted.ticket_id);
        let answer = door.get(&path).await;
        assert_eq!(
            answer.status, 200,
            "{accepted:?} was accepted and is lost: {answer:?}"
        );
        let ticket = answer.json();
        assert_eq!(ticket["number"], accepted.number.as_str(), "{ticket}");
        assert!(has_all_stations(&ticket), "{ticket}");
    }
}

/// Waits until a gauge or counter of the metrics page has grown beyond zero.
///
/// # Panics
///
/// When it has not in time.
pub(crate) async fn counted(door: &Door, metric: &str) {
    eventually(&format!("{metric} to count"), CARRIED_WITHIN, async || {
        let page = door.get("/metrics").await.body;
        let lines = page.lines().filter(|line| line.starts_with(metric));
        let mut values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        if values.any(|value| value > 0.0) {
            Ok(())
        } else {
            Err("zero".to_owned())
        }
    })
    .await;
}
