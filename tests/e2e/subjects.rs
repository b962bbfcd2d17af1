//! Another system on the same NATS server is told on a subject of its own, and can tell a repeat.

use async_nats::jetstream::{self, consumer, stream};
use futures::StreamExt;
use posthouse_tests::limits::ANSWER_WITHIN;
use posthouse_tests::{Setup, Up, cli, samples};
use serde_json::Value;

use crate::bundles;

const SUBJECT: &str = "pager.team-a";
const RECEIVERS: &str = "
[receiver.pager]
channel = \"nats\"
subject = \"pager.team-a\"

[receiver.nobody]
channel = \"nats\"
subject = \"elsewhere\"

[[rule]]
name = \"tell-the-pager\"
about = [\"routed\"]
receivers = [\"pager\"]

[[rule]]
name = \"never\"
about = [\"closed\"]
receivers = [\"nobody\"]
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_another_system_holds_what_it_was_told() {
    let bundle = tempfile::tempdir().unwrap();
    bundles::write(bundle.path(), RECEIVERS);
    let policy = bundle.path().to_str().unwrap();
    let setup = Setup {
        arguments: vec!["--policy".to_owned(), policy.to_owned()],
        environment: Vec::new(),
    };
    let Some(up) = Up::start(setup).await else {
        return;
    };
    let url = up.door().nats_url().await;
    let nats = async_nats::connect(&url).await.unwrap();
    let config = stream::Config {
        name: "PAGER".to_owned(),
        subjects: vec!["pager.>".to_owned()],
        ..stream::Config::default()
    };
    let stream = jetstream::new(nats).create_stream(config).await.unwrap();
    let config = consumer::pull::Config::default();
    let consumer = stream.create_consumer(config).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    let mut next = async || {
        let message = tokio::time::timeout(ANSWER_WITHIN, messages.next()).await;
        message
            .expect("the stream is told in time")
            .unwrap()
            .unwrap()
    };

    // By hand, as an operator tries it.
    let tried = try_it(policy, "pager", &url).await.done().objects();
    assert_eq!(tried[0]["told"], true, "{tried:?}");
    assert_eq!(tried[0]["receipt"], "NATS stored at 1", "{tried:?}");
    let message = next().await;
    assert_eq!(message.subject.as_str(), SUBJECT);
    // No stream stores that subject: nothing would be kept, and that is not a success.
    let tried = try_it(policy, "nobody", &url).await.refused(5, "NTF000");
    assert_eq!(tried.objects()[0]["told"], false, "{tried:?}");

    // By the courier.
    let sample = samples().next().unwrap();
    let ticket = up.door().submit(&sample).await.ticket_id;
    let told = up.door().once(&ticket, "has the stream's receipt", |it| {
        receipt(it).is_some()
    });
    let told = told.await;
    let receipt = receipt(&told).unwrap();
    assert_eq!(receipt["receipt"], "NATS stored at 2", "{receipt}");
    assert_eq!(receipt["possible_duplicate"], false, "{receipt}");
    let message = next().await;
    let headers = message.headers.clone().unwrap();
    let header = |name: &str| headers.get(name).map_or("", |value| value.as_str());
    assert_eq!(header("ce-specversion"), "1.0");
    assert_eq!(header("ce-type"), "ticket.routed");
    assert_eq!(header("ce-subject"), told["number"].as_str().unwrap());
    assert_eq!(header("ce-id"), header("Nats-Msg-Id"));
    assert_eq!(header("content-type"), "application/json");
    let content: Value = serde_json::from_slice(&message.payload).unwrap();
    assert_eq!(content["data"]["ticket_id"], ticket.as_str(), "{content}");
    assert_eq!(content["data"]["rule"], "tell-the-pager", "{content}");
    up.end().await;
}

async fn try_it(policy: &str, receiver: &str, url: &str) -> cli::Said {
    cli::run(&[
        "notify", "test", receiver, "--policy", policy, "--nats", url, "--json",
    ])
    .await
}

/// The receipt of the pager, once there is one.
fn receipt(ticket: &Value) -> Option<Value> {
    let facts = ticket["facts"].as_array()?;
    let told = |fact: &&Value| fact["kind"] == "notified" && fact["data"]["receiver"] == "pager";
    facts.iter().find(told).map(|fact| fact["data"].clone())
}
