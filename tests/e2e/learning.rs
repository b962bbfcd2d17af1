//! A team teaches the classifier: a correction, a training, a challenger, a promotion, a refusal,
//! and the way back.

use std::fmt::Write;
use std::path::Path;

use posthouse_tests::{Door, Setup, Up, cli};
use serde_json::{Value, json};

/// What each of two kinds of ticket is about.
const LABELS: [&str; 2] = ["network", "billing"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_is_taught_tried_promoted_and_taken_back() {
    let Some(up) = Up::start(Setup::default()).await else {
        return;
    };
    let (door, folder) = (up.door(), up.data());
    let number = corrected(door).await;

    let (good, rows) = trained(door, folder, "good", LABELS, &["--from-log"]).await;
    assert_eq!(rows, 41, "40 of the file, and the one that was corrected");
    let (bad, _) = trained(door, folder, "bad", [LABELS[1], LABELS[0]], &[]).await;

    // Beside the one that decides, without effect.
    act(door, &["shadow", &good[..12]]).await.done();
    assert_eq!(role_of(door, &good).await, "challenges");
    let before = decided_by(door).await;
    assert!(!before.contains(&good), "{before}");
    let metrics = door.get("/metrics").await.body;
    assert!(metrics.contains("classifier_shadow_total{"), "{metrics}");
    let review = act(door, &["review", "--json"]).await.done();
    let listed: Vec<Value> = review.objects();
    assert!(!listed.is_empty(), "what nobody corrected is worth a look");
    assert!(
        listed
            .iter()
            .all(|ticket| ticket["number"] != number.as_str())
    );

    act(door, &["promote", &good]).await.done();
    assert_eq!(role_of(door, &good).await, "decides");
    let after = decided_by(door).await;
    assert!(after.ends_with(&good), "{after}");

    // One that learnt the opposite is refused, and what decides stays.
    let test = write(folder, "test.jsonl", LABELS, 20);
    act(door, &["promote", &bad, "--test", &test])
        .await
        .refused(4, "right less often: category");
    assert!(decided_by(door).await.ends_with(&good));
    let missing = "0".repeat(64);
    act(door, &["promote", &missing])
        .await
        .refused(3, "find model");

    act(door, &["promote", "default"]).await.done();
    assert!(!decided_by(door).await.contains(&good));
    up.end().await;
}

/// A ticket whose category a person corrected; `why` tells what it was before.
async fn corrected(door: &Door) -> String {
    let number = submit(door, "The router is slow again").await;
    let (server, number) = (door.url(), number.as_str());
    let wrong = [
        "ticket",
        "correct",
        number,
        "--category",
        "netwrok",
        "--server",
        server,
    ];
    cli::run(&wrong)
        .await
        .refused(2, "did you mean `network`? known: `");
    let right = [
        "ticket",
        "correct",
        number,
        "--category",
        "network",
        "--severity",
        "P0",
        "--actor",
        "agent:anna",
        "--server",
        server,
    ];
    cli::run(&right).await.done();
    let ticket = door
        .once(number, "is corrected", |ticket| ticket["severity"] == "P0")
        .await;
    assert_eq!(ticket["category"], "network", "{ticket}");
    let why = door.json(&format!("/v1/tickets/{number}/why")).await;
    let decisions = why["decisions"].as_array().unwrap();
    let told = decisions
        .iter()
        .find(|decision| decision["kind"] == "corrected")
        .unwrap();
    assert_eq!(told["actor"], "agent:anna");
    assert_eq!(told["changes"][0]["value"], "network", "{told}");
    assert_eq!(told["changes"][1]["field"], "severity", "{told}");
    number.to_owned()
}

/// Opens a ticket, waits until it is carried, and gives its number.
async fn submit(door: &Door, subject: &str) -> String {
    let ticket = json!({"customer": "c-1", "subject": subject, "body": subject});
    let accepted = door.submit(&ticket).await;
    door.carried(&accepted.number).await;
    accepted.number
}

/// What decided about a new ticket.
async fn decided_by(door: &Door) -> String {
    let number = submit(door, "The router drops packets again").await;
    let ticket = door.json(&format!("/v1/tickets/{number}")).await;
    let facts = ticket["facts"].as_array().unwrap();
    let classified = facts.iter().find(|fact| fact["kind"] == "classified");
    let model = &classified.unwrap()["data"]["model"];
    model
        .as_str()
        .unwrap_or_else(|| panic!("{ticket}"))
        .to_owned()
}

/// Trains a model and stores it; gives its address, and from how many rows it learnt.
async fn trained(
    door: &Door,
    folder: &Path,
    name: &str,
    labels: [&str; 2],
    more: &[&str],
) -> (String, u64) {
    let input = write(folder, &format!("{name}.jsonl"), labels, 40);
    let model = folder.join(format!("{name}.model"));
    let model = model.to_str().unwrap();
    let words = [
        "train", "--input", &input, "--label", "category", "--out", model, "--json",
    ];
    let words = [&words[..], more].concat();
    let trained = act(door, &words).await.done().last_object();
    let pushed = act(door, &["push", model, "--json"])
        .await
        .done()
        .last_object();
    assert_eq!(pushed["new"], true);
    let again = act(door, &["push", model, "--json"])
        .await
        .done()
        .last_object();
    assert_eq!(again["new"], false, "it has the address that it has");
    let address = pushed["address"].as_str().unwrap().to_owned();
    (address, trained["rows"].as_u64().unwrap())
}

/// Labelled tickets whose first word tells which of `labels` they have.
fn write(folder: &Path, name: &str, labels: [&str; 2], rows: usize) -> String {
    let mut text = String::new();
    for n in 0..rows {
        let (word, label) = (["router", "invoice"][n % 2], labels[n % 2]);
        let row = json!({
            "subject": format!("The {word} is slow again, case {n}"),
            "body": format!("Our {word} is not as it should be."), "category": label,
        });
        writeln!(text, "{row}").unwrap();
    }
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

async fn role_of(door: &Door, address: &str) -> String {
    let listed = act(door, &["list", "--json"]).await.done().objects();
    let found = listed.iter().find(|model| model["address"] == address);
    found.unwrap()["role"].as_str().unwrap().to_owned()
}

/// `posthouse classifier …` on the region of a door.
async fn act(door: &Door, words: &[&str]) -> cli::Said {
    let connection = ["--server", door.url()];
    cli::run(&[&["classifier"], words, &connection].concat()).await
}
