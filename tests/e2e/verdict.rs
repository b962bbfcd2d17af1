//! What the log says when all is over.

use posthouse_tests::{Door, cli};
use serde_json::Value;

/// Walks the log by the operator's hand: nothing lost, nothing doubled, nothing stray.
///
/// # Panics
///
/// When it is not so.
pub(crate) async fn sound(door: &Door, tickets: usize) {
    let said = walked(door, tickets).await;
    assert_eq!(said.code, 0, "{said:?}");
}

/// The same of a log into which strangers wrote dead letters of their own: those are told, and
/// nothing else is.
///
/// # Panics
///
/// When it is not so.
pub(crate) async fn sound_but_for_letters(door: &Door, tickets: usize) {
    let said = walked(door, tickets).await;
    let report = said.last_object();
    let invariants = report["invariants"].as_array().expect("they are listed");
    for invariant in invariants {
        let expected = match invariant["number"].as_u64() {
            Some(6) => &report["bad_letters"],
            _ => &Value::from(0),
        };
        assert_eq!(&invariant["violations"], expected, "{said:?}");
    }
}

async fn walked(door: &Door, tickets: usize) -> cli::Said {
    let said = cli::run(&["stream", "verify", "--json", "--server", door.url()]).await;
    let report = said.last_object();
    for broken in ["orphans", "missing", "doubled"] {
        assert_eq!(report[broken], 0, "{said:?}");
    }
    assert_eq!(report["tickets"], tickets, "{said:?}");
    said
}

/// The kinds of fact of a ticket that count, in the order of the log.
pub(crate) fn kinds(ticket: &Value) -> Vec<String> {
    let facts = ticket["facts"].as_array().expect("a ticket has facts");
    let counting = facts.iter().filter(|fact| fact["void"].is_null());
    counting
        .map(|fact| fact["kind"].as_str().expect("facts have kinds").to_owned())
        .collect()
}
