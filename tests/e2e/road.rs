//! A ticket on its whole road, through every door, and the questions people ask about it.

use std::path::Path;

use async_nats::HeaderMap;
use posthouse_tests::limits::CARRIED_WITHIN;
use posthouse_tests::{Accepted, Door, STATIONS, Setup, Up, cli, eventually};
use posthouse_wire::v1::{OpenTicket, TicketCommand, ticket_command};
use prost::Message;
use serde_json::json;

use crate::{bad_requests, minutes, verdict};

/// Where other systems send what they have for the region that `up` runs.
const INBOX: &str = "ph.cn-north.inbox.test";
/// Tickets that the story opens.
const TICKETS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_walks_the_whole_road() {
    let Some(up) = Up::start(Setup::default()).await else {
        return;
    };
    let door = up.door();
    pages(door).await;

    let by_curl = over_http(door).await;
    let by_hand = by_the_operator(door).await;
    for ticket in [&by_curl.number, &by_hand.number] {
        let ticket = door.carried(ticket).await;
        assert_eq!(verdict::kinds(&ticket)[..1], ["opened"], "{ticket}");
    }
    over_the_bus(door).await;

    questions(door, &by_curl).await;
    minutes::are_told(door, &by_curl).await;
    keys(door).await;
    life(door, &by_hand).await;
    bad_requests::are_refused(door).await;
    bad_requests::commands_are_refused(door, &by_hand).await;

    door.all_carried(TICKETS).await;
    bounds(door).await;
    verdict::sound(door, TICKETS).await;
    up.end().await;
}

/// The operator's pages.
async fn pages(door: &Door) {
    for (path, words) in [
        ("/readyz", "\"ready\":true"),
        ("/livez", "\"live\":true"),
        ("/metrics", "intake_outbox_commands"),
        ("/openapi.json", "\"/v1/tickets\""),
    ] {
        let answer = door.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert!(
            answer.body.contains(words),
            "{path} lacks {words}: {answer:?}"
        );
    }
}

/// The bounds that the service's objectives count by are bounds of the histograms: Prometheus
/// answers a question for another one with nothing.
async fn bounds(door: &Door) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let rules = root.join("deploy/prometheus/rules/objectives.yml");
    let rules = std::fs::read_to_string(rules).unwrap();
    let page = door.get("/metrics").await.body;
    let mut found = 0;
    for line in rules.lines() {
        let Some((before, after)) = line.split_once("_bucket{") else {
            continue;
        };
        let (_, metric) = before.rsplit_once('(').unwrap();
        let mut labels = after.split_once('}').unwrap().0.split(", ");
        let bound = labels.find(|label| label.starts_with("le=")).unwrap();
        let buckets = format!("{metric}_bucket{{");
        let mut buckets = page.lines().filter(|line| line.starts_with(&buckets));
        let is_there = buckets.any(|bucket| bucket.contains(bound));
        assert!(is_there, "{metric} has no bucket with {bound}: {page}");
        found += 1;
    }
    assert_eq!(found, 10, "two objectives in five windows");
}

/// As `curl -H 'Content-Type: application/json' -d '…'` would.
async fn over_http(door: &Door) -> Accepted {
    door.submit(&json!({
        "customer": "c-road",
        "subject": "华北节点网络丢包严重，支付接口大量超时",
        "body": "从上午 9 点开始，访问负载均衡丢包 40%，支付全部失败，损失很大，请尽快处理。",
        "severity": "P1", "tier": "gold", "channel": "portal", "language": "zh",
        "product": "SLB", "attributes": {"order": "42"}, "region": "cn-north",
        "contact": {"name": "李雷", "email": "lilei@road.example", "phone": "+86 10 5555 0100"},
    }))
    .await
}

async fn by_the_operator(door: &Door) -> Accepted {
    let words = [
        "ticket",
        "submit",
        "--server",
        door.url(),
        "--json",
        "--customer",
        "c-road",
        "--subject",
        "Cannot attach a disk",
        "--body",
        "The console says busy. Not urgent.",
    ];
    let answer = cli::run(&words).await.done().last_object();
    serde_json::from_value(answer).unwrap()
}

/// With a NATS client that knows nothing of Posthouse but the subject and the proto.
async fn over_the_bus(door: &Door) {
    let nats = async_nats::connect(door.nats_url().await).await.unwrap();
    let open = OpenTicket {
        customer: "c-protobuf".to_owned(),
        subject: "Invoice is wrong".to_owned(),
        body: "We were charged twice for October.".to_owned(),
        ..OpenTicket::default()
    };
    let body = Some(ticket_command::Body::Open(open));
    let command = TicketCommand {
        command_id: "p-1".to_owned(),
        body,
        ..TicketCommand::default()
    };
    // Twice: its identity makes it one ticket.
    for _ in 0..2 {
        nats.publish(INBOX, command.encode_to_vec().into())
            .await
            .unwrap();
    }
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("ce-specversion", "1.0"),
        ("ce-id", "e-1"),
        ("ce-source", "/crm"),
        ("ce-type", "com.posthouse.ticket.open"),
        ("content-type", "application/json"),
    ] {
        headers.insert(name, value);
    }
    let data =
        r#"{"customer": "c-cloudevents", "subject": "ログインできません", "body": "今朝から。"}"#;
    nats.publish_with_headers(INBOX, headers, data.into())
        .await
        .unwrap();
    nats.flush().await.unwrap();
    for customer in ["c-protobuf", "c-cloudevents"] {
        let path = format!("/v1/tickets?customer={customer}");
        let listed = eventually(
            &format!("a ticket of {customer}"),
            CARRIED_WITHIN,
            async || {
                let page = door.json(&path).await;
                let first = page["tickets"][0]["ticket_id"].as_str().map(str::to_owned);
                first.ok_or_else(|| page.to_string())
            },
        )
        .await;
        door.carried(&listed).await;
        let page = door.json(&path).await;
        assert_eq!(page["tickets"].as_array().unwrap().len(), 1, "{page}");
    }
}

/// `show`, `why` and `list`, for people and for scripts.
async fn questions(door: &Door, accepted: &Accepted) {
    let ticket = door.carried(&accepted.number).await;
    assert_eq!(ticket["ticket_id"], accepted.ticket_id.as_str());
    assert_eq!(ticket["severity"], "P1", "{ticket}");
    assert_eq!(ticket["language"], "zh", "{ticket}");
    assert_eq!(ticket["state"], "queued", "{ticket}");
    for known in ["category", "kind", "sentiment", "queue"] {
        assert!(
            ticket[known].as_str().is_some_and(|it| !it.is_empty()),
            "{known}: {ticket}"
        );
    }
    for fact in ticket["facts"].as_array().unwrap() {
        let policy = fact["policy"].as_str().unwrap();
        assert_eq!(policy.len(), 64, "every fact names its policy: {fact}");
        assert!(
            fact["at"].is_string() && fact["actor"].is_string(),
            "{fact}"
        );
    }

    let server = ["--server", door.url()];
    let ask = async |arguments: &[&str]| cli::run(&[arguments, &server[..]].concat()).await.done();
    let shown = ask(&["ticket", "show", &accepted.number, "--json"])
        .await
        .last_object();
    assert_eq!(
        shown,
        door.json(&format!("/v1/tickets/{}", accepted.number)).await
    );
    let shown = ask(&["ticket", "show", &accepted.ticket_id]).await.stdout;
    for station in STATIONS {
        assert!(shown.contains(station), "{shown}");
    }

    let why = ask(&["ticket", "why", &accepted.number, "--json"])
        .await
        .last_object();
    let decisions = why["decisions"].as_array().unwrap();
    for kind in ["routed", "timed", "notification_requested"] {
        let decision = decisions.iter().find(|decision| decision["kind"] == kind);
        let decision = decision.unwrap_or_else(|| panic!("{kind}: {why}"));
        let (rule, policy) = (&decision["rule"], &decision["policy"]);
        assert!(
            rule.as_str().is_some_and(|rule| !rule.is_empty()),
            "{decision}"
        );
        assert_eq!(policy.as_str().map(str::len), Some(64), "{decision}");
        assert_eq!(decision["policy_name"], "default", "{decision}");
    }
    let routed = decisions
        .iter()
        .find(|decision| decision["kind"] == "routed")
        .unwrap();
    let (rule, policy) = (
        routed["rule"].as_str().unwrap(),
        routed["policy"].as_str().unwrap(),
    );
    let told = ask(&["ticket", "why", &accepted.number]).await.stdout;
    assert!(
        told.contains(rule) && told.contains(&policy[..12]),
        "{told}"
    );

    for query in [
        "status=待处理",
        "status=queued severity=P1",
        "customer=c-road",
    ] {
        let listed = ask(&["ticket", "list", "--query", query, "--json"])
            .await
            .objects();
        assert!(
            listed
                .iter()
                .any(|it| it["number"] == accepted.number.as_str()),
            "{listed:?}"
        );
    }
    for query in ["status=已解决", "severity=P0"] {
        let listed = ask(&["ticket", "list", "--query", query, "--json"])
            .await
            .objects();
        assert!(
            listed
                .iter()
                .all(|it| it["number"] != accepted.number.as_str()),
            "{listed:?}"
        );
    }
    let listed = ask(&["ticket", "list", "--text", "支付接口"]).await.stdout;
    assert!(listed.contains(&accepted.number), "{listed}");
}

/// The same key gives the same answer, and never to another question.
async fn keys(door: &Door) {
    let body = json!({"customer": "c-key", "subject": "Once"});
    let first = door.try_submit(&body, "k-1").await.unwrap();
    let again = door.try_submit(&body, "k-1").await.unwrap();
    assert_eq!((first.status, &first.body), (202, &again.body));
    let other = json!({"customer": "c-key", "subject": "Another"});
    let other = door.try_submit(&other, "k-1").await.unwrap();
    assert_eq!(
        (other.status, other.json()["code"].clone()),
        (422, json!("INT0007")),
        "{other:?}"
    );
    let words = [
        "ticket",
        "submit",
        "--server",
        door.url(),
        "--json",
        "--customer",
        "c-hand",
        "--subject",
        "By hand",
        "--idempotency-key",
        "k-2",
    ];
    let first = cli::run(&words).await.done().last_object();
    let body = json!({"customer": "c-hand", "subject": "By hand"});
    assert_eq!(door.try_submit(&body, "k-2").await.unwrap().json(), first);
}

/// From the queue to the end and back, by the operator's hand; what a state does not allow is
/// refused.
async fn life(door: &Door, accepted: &Accepted) {
    door.once(&accepted.number, "is queued", |ticket| {
        ticket["state"] == "queued"
    })
    .await;
    let number = accepted.number.as_str();
    let act = async |words: &[&str]| {
        cli::run(
            &[
                &["ticket", words[0], number, "--server", door.url()],
                &words[1..],
            ]
            .concat(),
        )
        .await
    };
    act(&["reopen"]).await.refused(4, "INT0006");
    let steps: [(&[&str], &str); 9] = [
        (&["assign", "anna"], "assigned"),
        (&["progress", "in_progress"], "in_progress"),
        (
            &[
                "reply",
                "--text",
                "Which disk?",
                "--actor",
                "agent:anna",
                "--awaits-customer",
            ],
            "waiting_on_customer",
        ),
        (&["reply", "--text", "The second one."], "in_progress"),
        (&["resolve", "--summary", "Detached it."], "resolved"),
        (&["reopen", "--reason", "It is busy again."], "queued"),
        (&["resolve"], "resolved"),
        (&["close"], "closed"),
        (&["reopen"], "queued"),
    ];
    for (words, state) in steps {
        act(words).await.done();
        door.once(number, &format!("is {state}"), |ticket| {
            ticket["state"] == state
        })
        .await;
        if state == "closed" {
            let path = format!("/v1/tickets/{number}/resolve");
            let answer = door.post(&path, &json!({})).await;
            assert_eq!(
                (answer.status, answer.json()["code"].clone()),
                (409, json!("INT0006"))
            );
            act(&["close"]).await.refused(4, "closed");
        }
    }
    let ticket = door.json(&format!("/v1/tickets/{number}")).await;
    assert_eq!(ticket["reopens"], 2, "{ticket}");
    let told = verdict::kinds(&ticket);
    assert!(
        told.iter().filter(|kind| *kind == "routed").count() > 1,
        "routed anew: {told:?}"
    );
    let stranger = format!(
        "/v1/tickets/{}/close",
        "01890000-0000-7000-8000-000000000000"
    );
    assert_eq!(door.post(&stranger, &json!({})).await.status, 404);
}
