//! What the log says when all is over.

use posthouse_tests::{Door, cli};
use serde_json::Value;

/// Walks the log by the operator's hand: nothing lost, nothing doubled, nothing stray.
///
/// # Panics
///
/// When it is not so.
pub(crate) async fn sound(door: &Door, tickets: usize) {
    let said = cli::run(&["stream", "verify", "--json", "--server", door.url()]).await;
    let report = said.last_object();
    for broken in ["orphans", "missing", "doubled"] {
        assert_eq!(report[broken], 0, "{said:?}");
    }
    assert_eq!(report["tickets"], tickets, "{said:?}");
    assert_eq!(said.code, 0, "{said:?}");
}

/// The kinds of fact of a ticket that count, in the order of the log.
pub(crate) fn kinds(ticket: &Value) -> Vec<String> {
    let facts = ticket["facts"].as_array().expect("a ticket has facts");
    let counting = facts.iter().filter(|fact| fact["void"].is_null());
    counting
        .map(|fact| fact["kind"].as_str().expect("facts have kinds").to_owned())
        .collect()
}
