//! Somebody means harm: bytes that no client sends by mistake. The door answers each with a
//! refusal or closes it, accepts nothing by accident, hands nothing of it on, and goes on.
//!
//! What is merely wrong is tried in `bad_requests.rs`.

use std::time::{Duration, Instant};

use async_nats::jetstream;
use futures::StreamExt;
use futures::future::join_all;
use posthouse_tests::limits::{ANSWER_WITHIN, CARRIED_WITHIN};
use posthouse_tests::{Door, Setup, Up, cli};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::verdict;

/// Connections that never finish a request.
const SLOW_CONNECTIONS: usize = 50;
/// Connections that say nothing.
const IDLE_CONNECTIONS: usize = 300;
/// Replays of one key at once.
const REPLAYS: usize = 16;
/// A trace that a stranger claims to be in, with something behind it that must not travel.
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01; Nats-Rollup: all";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn harm_is_refused_and_the_door_stays_open() {
    let Some(up) = Up::start(Setup::default()).await else {
        return;
    };
    let door = up.door();
    let slow = slow_clients(door).await;
    let idle = idle_clients(door).await;

    broken_requests(door).await;
    bodies(door).await;
    injected_lines(door).await;
    ways_out(door).await;
    replays(door).await;
    bundles().await;
    nothing_travels(door).await;

    for client in slow {
        client.await.unwrap();
    }
    drop(idle);
    // One of the replayed key, one with a trace, one with a text that is only ugly.
    door.all_carried(3).await;
    verdict::sound(door, 3).await;
    up.end().await;
}

/// Requests that are none, byte by byte: a status that refuses, or the connection is closed.
async fn broken_requests(door: &Door) {
    let long = "x".repeat(100_000);
    let many = "X-Many: y\r\n".repeat(500);
    let cases: &[(String, &[&str])] = &[
        ("GET /v1/stats\r\n\r\n".into(), &["400"]),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), &["400", ""]),
        ("GET / HTTP/9.9\r\n\r\n".into(), &["400", "505", ""]),
        ("\0\0\0\0\r\n\r\n".into(), &["400"]),
        (
            "BREW /v1/tickets HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".into(),
            &["405"],
        ),
        (
            "TRACE /v1/tickets HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".into(),
            &["405"],
        ),
        (
            "CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".into(),
            &["400", "404", "405"],
        ),
        (
            "GET http://169.254.169.254/latest HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                .into(),
            &["404"],
        ),
        (
            format!("GET /{long} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
            &["414", "431", ""],
        ),
        (
            format!("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX: {long}\r\n\r\n"),
            &["431", ""],
        ),
        (
            format!("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{many}\r\n"),
            &["431", ""],
        ),
        (
            "GET /v1/\0stats HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".into(),
            &["400"],
        ),
        // Two ideas of where a request ends are how one is smuggled into another.
        (
            post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"),
            &["400"],
        ),
        (
            post("Content-Length: 18446744073709551617\r\n", "{}"),
            &["400"],
        ),
        (post("Content-Length: -1\r\n", "{}"), &["400"]),
        (
            post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
            &["400"],
        ),
        (
            post(
                "Transfer-Encoding: chunked\r\n",
                "fffffffffffffffff\r\n{}\r\n0\r\n\r\n",
            ),
            &["400", ""],
        ),
        // A bare line break in a value would be a header of its own to whom it is handed on.
        (post("Idempotency-Key: k\rNats-Msg-Id: x\r\n", ""), &["400"]),
        (
            post("traceparent: a\nNats-Rollup: all\r\n", ""),
            &["400", "415"],
        ),
    ];
    for (request, statuses) in cases {
        let answer = raw(door, request.as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        let shown: String = request.chars().take(80).collect();
        assert!(statuses.contains(&status), "{shown:?}: {answer:?}");
        assert!(!answer.contains("panicked"), "{shown:?}: {answer:?}");
    }
}

/// Bodies that try the reader of JSON, and types that try who reads them.
async fn bodies(door: &Door) {
    let nested = |open: &str, close: &str| {
        let deep = 20_000;
        let (open, close) = (open.repeat(deep), close.repeat(deep));
        format!("{{\"customer\":\"c\",\"subject\":\"s\",\"attributes\":{open}1{close}}}")
    };
    let names: String = (0..5_000).map(|n| format!("\"n{n}\":\"\",")).collect();
    for (body, status, words) in [
        (nested("{\"a\":", "}"), 400, "body"),
        (nested("[", "]"), 400, "body"),
        (
            r#"{"customer":"c","customer":"d","subject":"s"}"#.into(),
            400,
            "twice",
        ),
        (r#"{"customer":"c","subject":1e999}"#.into(), 400, "body"),
        (
            r#"{"customer":"c","subject":123456789012345678901234567890}"#.into(),
            422,
            "subject",
        ),
        (
            r#"{"customer":"c","subject":"a\u0000b"}"#.into(),
            422,
            "subject",
        ),
        (
            r#"{"customer":"c\r\nX-Evil: 1","subject":"s"}"#.into(),
            422,
            "customer",
        ),
        (
            r#"{"customer":"c","subject":"s\r\nNats-Rollup: all"}"#.into(),
            422,
            "subject",
        ),
        (
            r#"{"customer":"c","subject":"s","attributes":{"a\nb":"c"}}"#.into(),
            422,
            "attribute",
        ),
        (
            r#"{"customer":"c","subject":"s","__proto__":{}}"#.into(),
            422,
            "__proto__",
        ),
        (format!("{{{names}\"customer\":\"c\"}}"), 400, "names"),
    ] {
        refused(door, "application/json", body, status, words).await;
    }
    let good = r#"{"customer":"c","subject":"s"}"#;
    for media in [
        "application/json, text/html",
        "application/jsonp",
        "text/json",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; application/json",
    ] {
        refused(door, media, good.into(), 415, "application/json").await;
    }
    // Not what it says: compressed, or in another encoding.
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let request = door.request(Method::POST, "/v1/tickets");
    let request = request.header("content-type", "application/json; charset=utf-16");
    assert_eq!(door.send(request.body(utf16)).await.status, 400);
}

/// Values that end up in headers of messages and in other people's systems. What cannot be
/// written on one line is refused by name; what is only strange is dropped.
async fn injected_lines(door: &Door) {
    for key in ["ключ", "k\u{80}"] {
        let request = door.request(Method::POST, "/v1/tickets");
        let request = request.header("Idempotency-Key", key.as_bytes());
        let answer = door
            .send(request.json(&json!({"customer": "c", "subject": "s"})))
            .await;
        assert_eq!(answer.status, 422, "{key:?}: {answer:?}");
        assert!(answer.body.contains("Idempotency-Key"), "{answer:?}");
    }
    let ugly = json!({
        "customer": "c-ugly",
        "subject": "'; DROP TABLE tickets; -- <script>alert(1)</script> ${jndi:ldap://x} %0d%0a",
        "body": "line\r\nline\tTab \u{202e}backwards",
    });
    let accepted = door.submit(&ugly).await;
    let shown = door.carried(&accepted.number).await;
    assert_eq!(
        shown["subject"], ugly["subject"],
        "it is text and nothing else"
    );
    let request = door
        .request(Method::POST, "/v1/tickets")
        .header("traceparent", TRACE);
    let answer = door
        .send(request.json(&json!({"customer": "c-trace", "subject": "s"})))
        .await;
    assert_eq!(answer.status, 202, "{answer:?}");
}

/// Paths that lead out of where they begin.
async fn ways_out(door: &Door) {
    for path in [
        "/v1/tickets/..%2f..%2f..%2fetc%2fpasswd",
        "/v1/tickets/%2e%2e%2fabout",
        "/v1/tickets/%00",
        "/v1/tickets/CN-2026-000001%00.json",
        "/v1/tickets/CN-2026-000001%0d%0aX-Evil:%201",
        "/v1/dead-letters/..%2f..%2fetc/1",
        "/v1/dead-letters/PH_cn-north_0/18446744073709551616",
        "/regions/..%2f..%2fetc/v1/stats",
        "//etc/passwd",
    ] {
        let answer = door.get(path).await;
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
        assert_eq!(
            answer.media, "application/problem+json",
            "{path}: {answer:?}"
        );
        assert!(!answer.body.contains("root:"), "{path}: {answer:?}");
    }
    for query in [
        "limit=99999999999999999999",
        "limit=-1",
        "cursor=..%2f..%2fetc%2fpasswd",
        "cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "text=%00",
        "query=text%3D%22",
        "sort=opened_at;drop",
    ] {
        let answer = door.get(&format!("/v1/tickets?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {answer:?}");
    }
    for query in ["text=x%22%20OR%201%3D1%20NEAR(%20*", "customer=%FF"] {
        let answer = door.get(&format!("/v1/tickets?{query}")).await;
        assert!(matches!(answer.status, 200 | 400), "{query}: {answer:?}");
    }
}

/// One key, sent again with other words and by many at once: one ticket.
async fn replays(door: &Door) {
    let body = json!({"customer": "c-replay", "subject": "Once"});
    let same = join_all((0..REPLAYS).map(|_| door.try_submit(&body, "replayed"))).await;
    let accepted: Vec<Value> = same
        .into_iter()
        .map(|answer| answer.unwrap())
        .filter(|answer| answer.status != 409)
        .map(|answer| answer.json())
        .collect();
    assert!(
        accepted.iter().all(|one| *one == accepted[0]),
        "{accepted:?}"
    );
    assert!(accepted[0]["ticket_id"].is_string(), "{accepted:?}");
    for other in [
        json!({"customer": "c-replay", "subject": "Twice"}),
        json!({"customer": "c-replay", "subject": "Once", "severity": "P0"}),
        json!({"customer": "c-replay", "subject": "Once", "body": "more"}),
    ] {
        let answer = door.try_submit(&other, "replayed").await.unwrap();
        assert_eq!(answer.status, 422, "{other}: {answer:?}");
        assert_eq!(answer.json()["code"], "INT0007", "{answer:?}");
    }
}

/// Bundles from strangers: what is not in the folder is not read, and not shown.
async fn bundles() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "token = s3cr3t\n").unwrap();
    let bundle = folder.path().join("bundle");
    std::fs::create_dir(&bundle).unwrap();
    let head = "format = 1\nname = \"../../evil\"\ntitle = \"t\"\nextends = \"../../../etc\"\n";
    std::fs::write(bundle.join("bundle.toml"), head).unwrap();
    let dir = bundle.to_str().unwrap();
    let said = cli::run(&["policy", "check", dir]).await.refused(6, "");
    assert!(said.stdout.contains("name"), "{said:?}");
    for target in [
        secret.to_str().unwrap(),
        "../secret",
        "/dev/zero",
        "/etc/passwd",
    ] {
        let link = bundle.join("routing.toml");
        std::os::unix::fs::symlink(target, &link).unwrap();
        for command in [
            &["policy", "check", dir][..],
            &["policy", "diff", "default", dir],
        ] {
            let said = cli::run(command).await.refused(2, "POL0034");
            assert!(!format!("{said:?}").contains("s3cr3t"), "{said:?}");
        }
        std::fs::remove_file(link).unwrap();
    }
    for elsewhere in ["../../../../etc", "/etc/passwd", "/dev/null", ""] {
        let said = cli::run(&["policy", "check", elsewhere]).await;
        assert!(matches!(said.code, 2 | 3), "{said:?}");
    }
}

/// Nothing that a stranger put into a header is in the log: each message has our headers, and a
/// trace that is one.
async fn nothing_travels(door: &Door) {
    let nats = async_nats::connect(door.nats_url().await).await.unwrap();
    let bus = jetstream::new(nats);
    let stream = bus.get_stream("PH_cn-north_0").await.unwrap();
    let consumer = jetstream::consumer::pull::OrderedConfig {
        filter_subject: "ph.cn-north.*.opened".to_owned(),
        ..Default::default()
    };
    let consumer = stream.create_consumer(consumer).await.unwrap();
    let count = consumer.cached_info().num_pending;
    assert!(count > 0, "tickets were opened");
    let mut messages = consumer.messages().await.unwrap();
    for _ in 0..count {
        let message = timeout(CARRIED_WITHIN, messages.next()).await;
        let message = message.expect("it is there").unwrap().unwrap();
        let headers = message.headers.as_ref().expect("it has headers");
        for (name, values) in headers.iter() {
            for value in values {
                is_ours(name.as_ref(), value.as_str());
            }
        }
    }
}

fn is_ours(name: &str, value: &str) {
    match name {
        "traceparent" => {
            let parts: Vec<_> = value.split('-').map(str::len).collect();
            assert_eq!(parts, [2, 32, 16, 2], "{value}");
        }
        "Nats-Msg-Id" | "Posthouse-Ticket" => assert_eq!(value.len(), 36, "{value}"),
        other => panic!("a header that is not ours: {other}: {value}"),
    }
}

/// Clients that send a request by the drop. Each is cut off in the end, having cost nobody else
/// anything.
async fn slow_clients(door: &Door) -> Vec<JoinHandle<()>> {
    let begun = Instant::now();
    let mut clients = Vec::new();
    for _ in 0..SLOW_CONNECTIONS {
        let mut stream = connect(door).await;
        let half = b"POST /v1/tickets HTTP/1.1\r\nHost: h\r\nX-Slow: ";
        stream.write_all(half).await.unwrap();
        clients.push(tokio::spawn(async move {
            let mut answer = Vec::new();
            let cut = timeout(CARRIED_WITHIN, stream.read_to_end(&mut answer)).await;
            assert!(cut.is_ok(), "held for {:?}", begun.elapsed());
        }));
    }
    let asked = Instant::now();
    door.json("/v1/stats").await;
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "{:?}",
        asked.elapsed()
    );
    clients
}

async fn idle_clients(door: &Door) -> Vec<TcpStream> {
    let idle = join_all((0..IDLE_CONNECTIONS).map(|_| connect(door))).await;
    door.json("/v1/stats").await;
    idle
}

async fn refused(door: &Door, media: &str, body: String, status: u16, words: &str) {
    let shown: String = body.chars().take(80).collect();
    let request = door.request(Method::POST, "/v1/tickets");
    let answer = door
        .send(request.header("content-type", media).body(body))
        .await;
    assert_eq!(answer.status, status, "{media} {shown}: {answer:?}");
    assert_eq!(
        answer.media, "application/problem+json",
        "{shown}: {answer:?}"
    );
    assert!(
        answer.body.contains(words),
        "{shown}: {answer:?} lacks {words}"
    );
    assert!(answer.body.len() < 20_000, "{shown}: a refusal is short");
}

fn post(headers: &str, body: &str) -> String {
    format!("POST /v1/tickets HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{headers}\r\n{body}")
}

/// Sends bytes and gives what comes back until the connection is closed; nothing when it is
/// closed without a word.
async fn raw(door: &Door, bytes: &[u8]) -> String {
    let mut stream = connect(door).await;
    // Whoever refuses early may have closed before all is sent.
    stream.write_all(bytes).await.ok();
    let mut answer = Vec::new();
    let read = timeout(ANSWER_WITHIN, stream.read_to_end(&mut answer)).await;
    // A reset after the answer takes nothing back.
    drop(read.unwrap_or_else(|_| panic!("no end of {:?}", String::from_utf8_lossy(bytes))));
    String::from_utf8_lossy(&answer).into_owned()
}

async fn connect(door: &Door) -> TcpStream {
    let address = door.url().strip_prefix("http://").unwrap();
    TcpStream::connect(address).await.unwrap()
}
