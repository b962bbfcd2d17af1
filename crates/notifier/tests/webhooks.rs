//! Couriers and an endpoint on this machine, in real time: what is posted, how often, and what
//! the log says of it afterwards. Every wait is bounded.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod door;
#[path = "../../runtime/tests/recorded/mod.rs"]
mod recorded;
#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use door::{Answer, Door};
use posthouse_bus::topology::OwnedSpec;
use posthouse_domain::ids::Uuid;
use posthouse_domain::ticket::{Body, Fact, FactKind, NotificationRequested};
use posthouse_domain::{FactId, Timestamp};
use posthouse_notifier::{Client, Courier, Reach};
use posthouse_runtime::config::Webhooks;
use posthouse_runtime::trace::{Kind, Ratio, SpanContext, TraceId, names};
use posthouse_testkit::builders::{features, opened};
use recorded::{Recorded, said};
use scenario::Region;
use serde::Deserialize;

const OUTCOMES: &[FactKind] = &[FactKind::Notified, FactKind::NotificationFailed];
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A webhook receiver as the policy has it; waits are short, because they are real.
fn receiver(key: &str, url: &str, attempts_max: u32, more: &str) -> String {
    format!(
        "[receiver.{key}]\nchannel = \"webhook\"\nurl = \"{url}\"\nattempts_max = {attempts_max}\n\
         backoff = \"20ms\"\nbackoff_max = \"40ms\"\n{more}\n\
         [[rule]]\nname = \"tell-{key}\"\nabout = [\"routed\"]\nreceivers = [\"{key}\"]\n\n"
    )
}

fn bundle(name: &str, receivers: &str) -> posthouse_policy::Source {
    scenario::bundle(name, &[("receivers.toml", receivers)])
}

async fn region(receivers: &str) -> Region {
    Region::new(
        |topology| topology.courier_owned(0),
        &bundle("hooks", receivers),
    )
    .await
}

/// A courier that may post to this machine.
fn courier() -> Courier {
    let webhooks = Webhooks {
        allow_addresses: vec!["127.0.0.0/8".parse().unwrap()],
        ..Webhooks::default()
    };
    Courier::new(Client::within(Reach::of(&webhooks)).unwrap())
}

async fn request(region: &mut Region, ticket: u32, receiver: &str) -> Fact {
    let body = Body::NotificationRequested(NotificationRequested {
        receiver: receiver.to_owned(),
        rule: format!("tell-{receiver}"),
        about: FactKind::Routed,
        title: "[P1] It is down".to_owned(),
        text: "It is down".to_owned(),
        fields: Vec::new(),
        language: String::new(),
        features: features(&opened("It is down")),
        urgent: false,
        round: 0,
        told_of: Vec::new(),
    });
    region.tell(ticket, body).await
}

/// The outcomes of the log in its order, once there are so many.
async fn outcomes(region: &Region, count: usize) -> Vec<String> {
    let facts = region.wait_for(OUTCOMES, count).await;
    let requests: BTreeSet<_> = facts.iter().map(|fact| fact.cause).collect();
    assert_eq!(requests.len(), count, "one outcome for each request");
    facts
        .iter()
        .map(|fact| scenario::describe(&fact.body))
        .collect()
}

/// A request as the view keeps it; see `pending.rs`.
#[derive(Deserialize)]
struct Pending {
    _request: Vec<u8>,
    receiver: String,
    _attempts: u32,
    step: Step,
}

#[derive(Deserialize)]
enum Step {
    Ready(Timestamp),
    Claimed(Timestamp),
    Settled(Timestamp),
}

/// Both indexes of the view hold what the rows say and nothing else.
async fn check_indexes(region: &Region) {
    let (mut ready, mut wakes) = (BTreeSet::new(), BTreeSet::new());
    for (key, value) in region.rows("pending").await {
        let id = FactId(Uuid::from_slice(&key).unwrap());
        let pending: Pending = postcard::from_bytes(&value).unwrap();
        match pending.step {
            Step::Ready(since) => drop(ready.insert((pending.receiver, since, id))),
            Step::Claimed(until) | Step::Settled(until) => drop(wakes.insert((until, id))),
        }
    }
    let indexed = region.rows("ready").await;
    assert_eq!(indexed.len(), ready.len());
    for (key, _) in indexed {
        let (head, id) = key.split_at(key.len() - 16);
        let (receiver, since) = head.split_at(head.len() - 8);
        let receiver = String::from_utf8(receiver[..receiver.len() - 1].to_vec()).unwrap();
        let since = u64::from_be_bytes(since.try_into().unwrap()) ^ (1 << 63);
        let since = Timestamp::from_millis(since.cast_signed());
        let id = FactId(Uuid::from_slice(id).unwrap());
        assert!(ready.contains(&(receiver, since, id)));
    }
    let indexed: Vec<_> = region
        .wakes()
        .await
        .into_iter()
        .map(|(at, id)| (at, FactId(id.0)))
        .collect();
    assert_eq!(indexed, wakes.into_iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn signed_and_tried_again_until_it_is_taken() {
    let door = Door::open(|post| match post.attempt {
        1 | 2 => Answer::Status(500),
        _ => Answer::Status(200),
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let secret_file = dir.path().join("secret");
    std::fs::write(&secret_file, format!("{SECRET}\n")).unwrap();
    let more = format!(
        "timeout = \"300ms\"\nsecret_file = \"{}\"",
        secret_file.display()
    );
    let mut region = region(&receiver("ops", &door.url(), 5, &more)).await;
    let worker = region.start(courier());
    let asked = request(&mut region, 1, "ops").await;
    assert_eq!(
        outcomes(&region, 1).await,
        ["notified ops at attempt 3: HTTP 200 thanks"]
    );
    let posts = door.posts();
    assert_eq!(
        posts.iter().map(|post| post.attempt).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    let webhook = standardwebhooks::Webhook::new(SECRET).unwrap();
    for post in &posts {
        assert_eq!(post.id, asked.id.to_string());
        webhook.verify(&post.body, &post.headers).unwrap();
        let body: serde_json::Value = serde_json::from_slice(&post.body).unwrap();
        assert_eq!(body["type"], "ticket.routed");
        assert_eq!(body["data"]["title"], "[P1] It is down");
    }
    worker.stop().await;
    check_indexes(&region).await;
}

#[tokio::test]
async fn gone_is_final() {
    let door = Door::open(|_| Answer::Status(410)).await;
    let mut region = region(&receiver("ops", &door.url(), 5, "timeout = \"300ms\"")).await;
    let worker = region.start(courier());
    request(&mut region, 1, "ops").await;
    let said =
        "notification_failed ops after 1 attempts: post: NTF0003: the receiver is gone (410)";
    assert_eq!(outcomes(&region, 1).await, [said]);
    worker.stop().await;
    assert_eq!(door.posts().len(), 1);
    check_indexes(&region).await;
}

/// A bundle that names what is inside is told so at once, by the address as it is written and by
/// the name that leads there; nothing arrives.
#[tokio::test]
async fn nothing_inside_is_reached_unless_it_is_allowed() {
    let door = Door::open(|_| Answer::Status(200)).await;
    let by_name = door.url().replace("127.0.0.1", "localhost");
    let receivers = receiver("literal", &door.url(), 9, "") + &receiver("named", &by_name, 9, "");
    let mut region = region(&receivers).await;
    let worker = region.start(Courier::new(Client::new().unwrap()));
    request(&mut region, 1, "literal").await;
    let literal = outcomes(&region, 1).await.remove(0);
    let expected = "notification_failed literal after 1 attempts: post: NTF0001: `127.0.0.1` leads to 127.0.0.1, which is neither public";
    assert!(literal.starts_with(expected), "{literal}");
    request(&mut region, 2, "named").await;
    let named = outcomes(&region, 2).await.remove(1);
    let expected =
        "notification_failed named after 1 attempts: post: NTF0001: `localhost` leads to ";
    assert!(named.starts_with(expected), "{named}");
    worker.stop().await;
    assert_eq!(door.posts().len(), 0);
    check_indexes(&region).await;
}

/// A redirect would lead anywhere, past every check: it is an answer like any other.
#[tokio::test]
async fn redirects_are_not_followed() {
    let door = Door::open(|_| Answer::Elsewhere).await;
    let mut region = region(&receiver("ops", &door.url(), 1, "")).await;
    let worker = region.start(courier());
    request(&mut region, 1, "ops").await;
    let said = outcomes(&region, 1).await;
    let expected =
        "notification_failed ops after 1 attempts: post: NTF0004: the receiver answered 307";
    assert!(said[0].starts_with(expected), "{said:?}");
    worker.stop().await;
    assert_eq!(door.posts().len(), 1);
}

#[tokio::test]
async fn who_never_answers_is_given_up_with_the_reason() {
    let door = Door::open(|_| Answer::Never).await;
    let mut region = region(&receiver("ops", &door.url(), 2, "timeout = \"150ms\"")).await;
    let worker = region.start(courier());
    request(&mut region, 1, "ops").await;
    let said = outcomes(&region, 1).await;
    let expected = "notification_failed ops after 2 attempts: post: NTF0007: no answer: timed out";
    assert!(said[0].starts_with(expected), "{said:?}");
    worker.stop().await;
    assert_eq!(door.posts().len(), 2);
    check_indexes(&region).await;
}

#[tokio::test]
async fn a_missing_secret_is_told() {
    let door = Door::open(|_| Answer::Status(200)).await;
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    let more = format!(
        "timeout = \"100ms\"\nsecret_file = \"{}\"",
        missing.display()
    );
    let mut region = region(&receiver("ops", &door.url(), 2, &more)).await;
    let worker = region.start(courier());
    request(&mut region, 1, "ops").await;
    let said = outcomes(&region, 1).await;
    let expected =
        "notification_failed ops after 2 attempts: prepare what is sent: NTF0002: read secret file";
    assert!(said[0].starts_with(expected), "{said:?}");
    worker.stop().await;
    assert_eq!(door.posts().len(), 0, "nothing leaves unsigned");
    check_indexes(&region).await;
}

/// The secret appears while the request is tried: nothing is lost by the slip.
#[tokio::test]
async fn a_secret_that_is_put_right_in_time_is_used() {
    let door = Door::open(|_| Answer::Status(200)).await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret");
    let more = format!("timeout = \"100ms\"\nsecret_file = \"{}\"", file.display());
    let mut region = region(&receiver("ops", &door.url(), 100, &more)).await;
    let worker = region.start(courier());
    request(&mut region, 1, "ops").await;
    region.wait_for_claims(1).await;
    put_right(&file);
    let said = outcomes(&region, 1).await;
    assert!(said[0].starts_with("notified ops at attempt "), "{said:?}");
    assert!(
        !said[0].contains("possible duplicate"),
        "nothing was sent before: {said:?}"
    );
    worker.stop().await;
}

fn put_right(file: &Path) {
    std::fs::write(file, SECRET).unwrap();
}

/// Killed after the post and before its answer: the next owner posts the same identity again,
/// and says that it may have arrived twice.
#[tokio::test]
async fn a_crash_between_post_and_outcome_is_a_possible_duplicate() {
    let door = Door::open(|post| match post.attempt {
        1 => Answer::Never,
        _ => Answer::Status(204),
    })
    .await;
    let mut region = region(&receiver("ops", &door.url(), 5, "timeout = \"2s\"")).await;
    let first = region.start(courier());
    request(&mut region, 1, "ops").await;
    door.wait_for(1).await;
    first.kill();
    let second = region.start(courier());
    let said = outcomes(&region, 1).await;
    assert_eq!(
        said,
        ["notified ops at attempt 2, possible duplicate: HTTP 204"]
    );
    let ids: BTreeSet<String> = door.posts().into_iter().map(|post| post.id).collect();
    assert_eq!((door.posts().len(), ids.len()), (2, 1));
    second.stop().await;
    check_indexes(&region).await;
}

/// Two owners that both believe the partition to be theirs, as when one is a zombie: the claims
/// in the log let each attempt be posted by one of them only.
#[tokio::test]
async fn two_couriers_post_each_attempt_once() {
    let door = Door::open(|post| match post.attempt {
        1 => Answer::Status(503),
        _ => Answer::Status(200),
    })
    .await;
    let mut region = region(&receiver("ops", &door.url(), 9, "timeout = \"300ms\"")).await;
    let other = OwnedSpec {
        consumer: "courier_zombie".to_owned(),
        ..region.spec.clone()
    };
    let workers = [
        region.start(courier()),
        region.start_as(&other, "zombie", courier()),
    ];
    for ticket in 1..=30 {
        request(&mut region, ticket, "ops").await;
    }
    let said = outcomes(&region, 30).await;
    assert!(
        said.iter()
            .all(|said| said.starts_with("notified ops at attempt")),
        "{said:?}"
    );
    for worker in workers {
        worker.stop().await;
    }
    let mut attempts: BTreeMap<(String, u32), u32> = BTreeMap::new();
    for post in door.posts() {
        *attempts.entry((post.id, post.attempt)).or_default() += 1;
    }
    assert!(attempts.values().all(|posts| *posts == 1), "{attempts:?}");
    assert!(attempts.len() >= 60, "each was refused once");
}

/// One receiver never answers a hundred requests; another is told all the same, and soon.
#[tokio::test]
async fn who_never_answers_leaves_room_for_others() {
    let (deaf, live) = (
        Door::open(|_| Answer::Never).await,
        Door::open(|_| Answer::Status(200)).await,
    );
    let receivers = receiver("deaf", &deaf.url(), 2, "timeout = \"20s\"")
        + &receiver("live", &live.url(), 2, "timeout = \"20s\"");
    let mut region = region(&receivers).await;
    let worker = region.start(courier());
    for ticket in 1..=100 {
        request(&mut region, ticket, "deaf").await;
    }
    deaf.wait_for(16).await;
    let asked = Instant::now();
    request(&mut region, 101, "live").await;
    assert_eq!(
        outcomes(&region, 1).await,
        ["notified live at attempt 1: HTTP 200 thanks"]
    );
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(deaf.posts().len(), 16, "and no more at once");
    worker.kill();
}

/// The same request again, when the server has forgotten its identity: it is not told again.
#[tokio::test]
async fn a_repeat_of_a_settled_request_is_not_posted() {
    let door = Door::open(|_| Answer::Status(200)).await;
    let mut region = region(&receiver("ops", &door.url(), 2, "timeout = \"5s\"")).await;
    let worker = region.start(courier());
    let asked = request(&mut region, 1, "ops").await;
    outcomes(&region, 1).await;
    region.publish_as(&asked, "another message").await;
    request(&mut region, 2, "ops").await;
    outcomes(&region, 2).await;
    worker.stop().await;
    assert_eq!(door.posts().len(), 2);
    check_indexes(&region).await;
    // Nor by an owner who has to read the whole log again.
    region.forget_snapshot().await;
    let worker = region.start(courier());
    region.publish_as(&asked, "yet another message").await;
    request(&mut region, 3, "ops").await;
    outcomes(&region, 3).await;
    worker.stop().await;
    assert_eq!(door.posts().len(), 3);
}

/// The receiver goes while one request waits for its next attempt and another for its first.
#[tokio::test]
async fn a_receiver_that_is_gone_from_the_policy() {
    let door = Door::open(|_| Answer::Status(500)).await;
    let mut region = region(&receiver("ops", &door.url(), 100, "timeout = \"200ms\"")).await;
    let worker = region.start(courier());
    request(&mut region, 1, "ops").await;
    door.wait_for(1).await;
    worker.kill();
    request(&mut region, 2, "ops").await;
    region
        .activate(&bundle("without", &receiver("other", &door.url(), 1, "")))
        .await;
    let worker = region.start(courier());
    request(&mut region, 3, "ops").await;
    let mut said = outcomes(&region, 3).await;
    said.sort_unstable();
    let text = |attempts| {
        format!(
            "notification_failed ops after {attempts} attempts: NTF0008: the policy has no such receiver any more"
        )
    };
    assert_eq!(said, [text(0), text(0), text(1)]);
    worker.stop().await;
    assert_eq!(door.posts().len(), 1);
    check_indexes(&region).await;
}

/// An outage that is longer than the attempts of a request would last: while it goes on, one
/// request at a time finds out whether it is over, so the others still have theirs.
#[tokio::test]
async fn an_outage_does_not_use_up_the_attempts_of_all() {
    static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let door = Door::open(|_| match BEGAN.get_or_init(Instant::now).elapsed() {
        outage if outage < Duration::from_secs(3) => Answer::Status(503),
        _ => Answer::Status(200),
    })
    .await;
    let receivers = format!(
        "[receiver.ops]\nchannel = \"webhook\"\nurl = \"{}\"\nattempts_max = 3\n\
         backoff = \"200ms\"\nbackoff_max = \"400ms\"\ntimeout = \"300ms\"\n\
         [[rule]]\nname = \"tell-ops\"\nabout = [\"routed\"]\nreceivers = [\"ops\"]\n",
        door.url()
    );
    let mut region = region(&receivers).await;
    let worker = region.start(courier());
    for ticket in 1..=40 {
        request(&mut region, ticket, "ops").await;
    }
    let said = outcomes(&region, 40).await;
    let told = said.iter().filter(|said| said.starts_with("notified ops"));
    assert_eq!(told.count(), 40, "{said:?}");
    let refused = door.posts().len() - 40;
    assert!((16..40).contains(&refused), "{refused} during the outage");
    worker.stop().await;
    check_indexes(&region).await;
}

/// 410 disables: by the log, so whoever comes after knows it, until the address is another.
#[tokio::test]
async fn who_wants_no_more_is_not_asked_again_at_the_same_address() {
    let door = Door::open(|_| Answer::Status(410)).await;
    let mut region = region(&receiver("ops", &door.url(), 5, "timeout = \"5s\"")).await;
    let worker = region.start(courier());
    request(&mut region, 1, "ops").await;
    outcomes(&region, 1).await;
    worker.kill();
    region.forget_snapshot().await;
    let worker = region.start(courier());
    request(&mut region, 2, "ops").await;
    let said = outcomes(&region, 2).await.remove(1);
    let expected = "notification_failed ops after 0 attempts: NTF0009: the receiver said";
    assert!(said.starts_with(expected), "{said}");
    assert_eq!(door.posts().len(), 1);
    let elsewhere = receiver(
        "ops",
        &format!("{}?again", door.url()),
        5,
        "timeout = \"5s\"",
    );
    region.activate(&bundle("elsewhere", &elsewhere)).await;
    request(&mut region, 3, "ops").await;
    let said = outcomes(&region, 3).await.remove(2);
    assert!(said.contains("NTF0003"), "asked again: {said}");
    assert_eq!(door.posts().len(), 2);
    worker.stop().await;
}

/// News that waited longer than the receiver cares for is not told any more, and that is noted.
#[tokio::test]
async fn what_is_too_old_is_not_told() {
    let door = Door::open(|_| Answer::Status(503)).await;
    let more = "timeout = \"100ms\"\ngive_up_after = \"1s\"";
    let mut region = region(&receiver("ops", &door.url(), 100, more)).await;
    let worker = region.start(courier());
    request(&mut region, 1, "ops").await;
    let said = outcomes(&region, 1).await.remove(0);
    assert!(
        said.ends_with("NTF0010: it could not be told in time"),
        "{said}"
    );
    let posts = door.posts().len();
    assert!((2..50).contains(&posts), "{posts} before that");
    worker.stop().await;
    check_indexes(&region).await;
}

#[tokio::test]
async fn a_trace_goes_on_to_whoever_is_told() {
    let door = Door::open(|post| match post.attempt {
        1 => Answer::Status(503),
        _ => Answer::Status(200),
    })
    .await;
    let spans = Recorded::default();
    let receivers = receiver("ops", &door.url(), 3, "");
    let mut region = region(&receivers).await.telling(spans.tracer(Ratio::ALL));
    let worker = region.start(courier());
    let asked = request(&mut region, 1, "ops").await;
    outcomes(&region, 1).await;
    worker.stop().await;

    let process =
        spans.one("process ph.{region}.{partition}.notification_requested.{receiver_partition}");
    let [first, second] = &spans.named("errand courier")[..] else {
        panic!("two attempts")
    };
    assert_eq!(
        (first.trace, first.parent),
        (process.trace, Some(process.id))
    );
    // A timer let it be tried again: a trace of its own.
    assert_eq!(
        (second.trace == process.trace, second.parent),
        (false, None)
    );
    let links: Vec<_> = second.links.iter().map(|it| it.context).collect();
    assert_eq!(links, [SpanContext::created(asked.ticket)]);
    assert_eq!(said(second, names::ATTEMPT), "2");

    let calls = spans.named("POST");
    assert_eq!(calls.len(), 2);
    let told = [(first, "503"), (second, "200")];
    for ((call, post), (errand, status)) in calls.iter().zip(door.posts()).zip(told) {
        assert_eq!(call.kind, Kind::Client);
        assert_eq!((call.trace, call.parent), (errand.trace, Some(errand.id)));
        assert_eq!(said(call, names::HTTP_STATUS), status);
        assert_eq!(said(call, names::SERVER_ADDRESS), "127.0.0.1");
        assert_eq!(said(call, names::CHANNEL), "webhook");
        assert_eq!(call.failed.is_some(), status == "503");
        let header = post.headers["traceparent"].to_str().unwrap();
        assert_eq!(SpanContext::parse(header), Some(call.context()));
    }
    let noted = spans.one("send ph.{region}.{partition}.notified.{receiver_partition}");
    assert_eq!((noted.trace, noted.parent), (second.trace, Some(second.id)));
    assert_eq!(process.trace, TraceId::of_fact(asked.id));
}
