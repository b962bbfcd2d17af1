//! A system of the customer's own is told, once, and can tell that it was us.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use posthouse_tests::{Setup, Up, cli, samples};
use serde_json::Value;
use standardwebhooks::Webhook;

use crate::bundles;

const TICKETS: usize = 12;
/// The key that both sides know.
const SECRET: &str = "whsec_cG9zdGhvdXNlIGVuZC10by1lbmQgdGVzdHM=";

/// What arrived, by the identity of the message.
#[derive(Clone, Default)]
struct Arrived(Arc<Mutex<BTreeMap<String, Message>>>);

/// A message, however often it came.
#[derive(Clone)]
struct Message {
    content: Value,
    /// What it was answered, each time.
    statuses: Vec<u16>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_ticket_is_told_once_and_signed() {
    let arrived = Arrived::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hook = format!("http://{}/hook", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/hook", post(receive))
        .with_state(arrived.clone());
    tokio::spawn(axum::serve(listener, router).into_future());

    let bundle = tempfile::tempdir().unwrap();
    write_bundle(bundle.path(), &hook);
    let folder = bundle.path().to_str().unwrap();
    cli::run(&["policy", "check", folder]).await.done();
    let arguments = vec!["--policy".to_owned(), folder.to_owned()];
    // The hook is on this machine, which webhooks do not reach by themselves.
    let setup = Setup {
        arguments,
        environment: vec![("POSTHOUSE_WEBHOOKS__ALLOW_ADDRESSES", "127.0.0.0/8")],
    };
    let Some(up) = Up::start(setup).await else {
        return;
    };

    let mut tickets = BTreeSet::new();
    for sample in samples().take(TICKETS) {
        tickets.insert(up.door().submit(&sample).await.ticket_id);
    }
    for ticket in &tickets {
        let told = up
            .door()
            .once(ticket, "has a receipt of the hook", |ticket| {
                receipt(ticket).is_some()
            });
        let told = told.await;
        let receipt = receipt(&told).unwrap();
        assert!(
            receipt["receipt"].as_str().unwrap().starts_with("HTTP 200"),
            "{receipt}"
        );
        assert_eq!(receipt["possible_duplicate"], false, "{receipt}");
        let shown = cli::run(&["ticket", "show", ticket, "--server", up.door().url()])
            .await
            .done();
        assert!(shown.stdout.contains("hook"), "{shown:?}");
    }

    let arrived = arrived.0.lock().unwrap().clone();
    let told: BTreeSet<String> = arrived
        .values()
        .map(|message| ticket_of(&message.content))
        .collect();
    assert_eq!(told, tickets);
    assert_eq!(arrived.len(), TICKETS, "one message for each ticket");
    for Message { content, statuses } in arrived.values() {
        let first = &statuses[..statuses.len() - 1];
        assert_eq!(statuses.last(), Some(&200), "{content}: {statuses:?}");
        assert!(
            first.iter().all(|status| *status == 503),
            "told again: {content}: {statuses:?}"
        );
    }
    assert!(
        arrived.values().any(|message| message.statuses.len() == 2),
        "some were tried again"
    );
    up.end().await;
}

/// Refuses every third message the first time it comes; takes only what is signed.
async fn receive(State(arrived): State<Arrived>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if Webhook::new(SECRET)
        .unwrap()
        .verify(&body, &headers)
        .is_err()
    {
        return StatusCode::UNAUTHORIZED;
    }
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    let mut arrived = arrived.0.lock().unwrap();
    let is_third = arrived.len() % 3 == 2;
    let message = arrived.entry(id).or_insert_with(|| Message {
        content: serde_json::from_slice(&body).unwrap(),
        statuses: Vec::new(),
    });
    let is_new = message.statuses.is_empty();
    let status = if is_new && is_third {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    message.statuses.push(status.as_u16());
    status
}

fn ticket_of(message: &Value) -> String {
    assert_eq!(message["type"], "ticket.routed", "{message}");
    message["data"]["ticket_id"].as_str().unwrap().to_owned()
}

/// What a ticket says of having been told to the hook.
fn receipt(ticket: &Value) -> Option<&Value> {
    let facts = ticket["facts"].as_array()?;
    let told = |fact: &&Value| fact["kind"] == "notified" && fact["data"]["receiver"] == "hook";
    facts.iter().find(told).map(|fact| &fact["data"])
}

/// The shipped bundle, with a receiver more and a rule for it.
fn write_bundle(folder: &Path, url: &str) {
    let secret = folder.join("hook.secret");
    std::fs::write(&secret, SECRET).unwrap();
    bundles::write(
        folder,
        &format!(
            "[receiver.hook]\nchannel = \"webhook\"\nurl = \"{url}\"\nsecret_file = {secret:?}\n\
             timeout = \"2s\"\nbackoff = \"1s\"\n\n\
             [[rule]]\nname = \"tell-the-hook\"\nabout = [\"routed\"]\nreceivers = [\"hook\"]\n"
        ),
    );
}
