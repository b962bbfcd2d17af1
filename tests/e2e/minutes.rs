//! Where a ticket's minutes went, and which traces it went through.

use posthouse_tests::{Accepted, Door, cli};
use serde_json::Value;

/// `ticket trace`, of a ticket that waits in its queue and of which somebody was told.
pub(crate) async fn are_told(door: &Door, accepted: &Accepted) {
    door.carried(&accepted.number).await;
    let ask = async |more: &[&str]| {
        let number = accepted.number.as_str();
        let arguments = ["ticket", "trace", number, "--server", door.url()];
        cli::run(&[&arguments[..], more].concat()).await.done()
    };
    let chain = ask(&["--json"]).await.last_object();
    assert_eq!(
        chain["untraced"], 0,
        "every fact came with a trace: {chain}"
    );
    let id = accepted.ticket_id.replace('-', "");
    assert_eq!(chain["created"]["trace_id"], id.as_str());
    assert_eq!(chain["created"]["span_id"], &id[16..]);
    for step in chain["steps"].as_array().unwrap() {
        let id = step["id"].as_str().unwrap().replace('-', "");
        assert_eq!(step["span_id"], &id[16..], "{step}");
    }
    legs(&chain);

    let told = ask(&[]).await.stdout;
    let traces = chain["traces"].as_array().unwrap();
    assert!(!traces.is_empty(), "{chain}");
    for trace in traces {
        let trace = trace["trace_id"].as_str().unwrap();
        assert!(told.contains(trace), "{told}");
    }
    for words in [
        "Where the minutes went",
        "Critical path",
        "notifier",
        "routed",
    ] {
        assert!(told.contains(words), "{told}");
    }
}

/// They follow each other from the opening until now, and add up.
fn legs(chain: &Value) {
    let legs = chain["legs"].as_array().unwrap();
    let kinds: Vec<&Value> = legs.iter().take(2).map(|leg| &leg["kind"]).collect();
    assert_eq!(kinds, ["opened", "routed"], "{chain}");
    assert_eq!(legs[0]["part"], "decide");
    assert_eq!(legs[1]["part"], "queue");
    for pair in legs.windows(2) {
        assert_eq!(pair[0]["to"], pair[1]["from"], "{chain}");
    }
    assert_eq!(legs.last().unwrap()["to"], chain["at"], "{chain}");
    let sum: u64 = legs.iter().map(|leg| leg["ms"].as_u64().unwrap()).sum();
    assert_eq!(chain["minutes"]["whole_ms"], sum, "{chain}");
}
