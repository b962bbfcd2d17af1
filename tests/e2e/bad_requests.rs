//! Bad input at the doors for people: a clear answer that names what is wrong, and nothing else.

use posthouse_tests::{Accepted, Answer, Door, cli};
use reqwest::Method;
use serde_json::{Value, json};

/// Bodies of `POST /v1/tickets`, the status they get, and what is named.
const BODIES: &[(&[u8], u16, &str)] = &[
    (b"", 400, "body"),
    (b"not json", 400, "body"),
    (b"{\"customer\":\"c\",\"subject\":\"s\"", 400, "body"),
    (
        b"{\"customer\":\"c\",\"subject\":\"\xff\xfe\"}",
        400,
        "UTF-8",
    ),
    (b"{\"customer\":\"c\",\"subject\":\"\\ud800\"}", 400, "body"),
    (
        b"{\"customer\":\"c\",\"subject\":\"s\"} trailing",
        400,
        "body",
    ),
    (b"[]", 422, "object"),
    (b"null", 422, "object"),
    (b"42", 422, "object"),
    (b"{}", 422, "customer"),
    (b"{\"customer\":\"c\"}", 422, "subject"),
    (b"{\"customer\":7,\"subject\":\"s\"}", 422, "customer"),
    (b"{\"customer\":\"c\",\"subject\":[\"s\"]}", 422, "subject"),
    (b"{\"customer\":\"\",\"subject\":\"s\"}", 422, "customer"),
    (
        b"{\"customer\":\"c\",\"subject\":\"s\",\"severity\":\"P9\"}",
        422,
        "severity",
    ),
    (
        b"{\"customer\":\"c\",\"subject\":\"s\",\"severity\":1}",
        422,
        "severity",
    ),
    (
        b"{\"customer\":\"c\",\"subject\":\"s\",\"region\":\"atlantis\"}",
        422,
        "region",
    ),
    (
        b"{\"customer\":\"c\",\"subject\":\"s\",\"tier\":\"golden\"}",
        422,
        "gold",
    ),
    (
        b"{\"customer\":\"c\",\"subject\":\"s\",\"channel\":\"pigeon\"}",
        422,
        "channel",
    ),
    (
        b"{\"customer\":\"c\",\"subject\":\"s\",\"attributes\":{\"a\":1}}",
        422,
        "attributes",
    ),
    (
        b"{\"customer\":\"c\",\"subject\":\"s\",\"contact\":\"me\"}",
        422,
        "contact",
    ),
    (
        b"{\"customer\":\"c\",\"subject\":\"s\",\"custommer\":\"c\"}",
        422,
        "custommer",
    ),
];

/// The HTTP door refuses what it cannot use, with a problem document, and goes on.
pub(crate) async fn are_refused(door: &Door) {
    let post = |body: Vec<u8>| {
        let request = door.request(Method::POST, "/v1/tickets");
        request
            .header("content-type", "application/json")
            .body(body)
    };
    for (body, status, words) in BODIES {
        let answer = door.send(post(body.to_vec())).await;
        is_problem(&answer, *status, words, &String::from_utf8_lossy(body));
    }
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    is_problem(
        &door.send(post(deep)).await,
        400,
        "recursion",
        "a deep list",
    );
    let subject = "x".repeat(20_000);
    let long = json!({"customer": "c", "subject": subject}).to_string();
    is_problem(
        &door.send(post(long.into_bytes())).await,
        422,
        "subject",
        "a long subject",
    );
    let huge = json!({"customer": "c", "subject": "s", "body": "x".repeat(2_000_000)}).to_string();
    is_problem(
        &door.send(post(huge.into_bytes())).await,
        413,
        "larger",
        "a huge body",
    );

    let good = json!({"customer": "c", "subject": "s"}).to_string();
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "\u{fffd}",
    ] {
        let request = door
            .request(Method::POST, "/v1/tickets")
            .header("content-type", media);
        is_problem(
            &door.send(request.body(good.clone())).await,
            415,
            "application/json",
            media,
        );
    }
    let keyed = |key: String| post(good.clone().into_bytes()).header("Idempotency-Key", key);
    for key in [String::new(), "k".repeat(10_000)] {
        is_problem(
            &door.send(keyed(key)).await,
            422,
            "Idempotency-Key",
            "a bad key",
        );
    }
    for (method, path, status) in [
        (Method::GET, "/v1/nothing", 404),
        (Method::DELETE, "/v1/tickets", 405),
        (Method::GET, "/v1/tickets/XX-2026-000001", 404),
        (Method::GET, "/v1/tickets/%FF", 404),
        (Method::GET, "/v1/tickets?sevrity=P0", 400),
        (Method::GET, "/v1/tickets?severity=P9", 400),
        (Method::GET, "/v1/tickets?limit=0", 400),
        (Method::GET, "/v1/tickets?cursor=nonsense", 400),
        (Method::GET, "/v1/dead-letters/PH_cn-north_0/none", 404),
    ] {
        let answer = door.send(door.request(method.clone(), path)).await;
        is_problem(&answer, status, "", &format!("{method} {path}"));
    }
}

/// A problem document (RFC 9457) with this status and a code, which names what is wrong.
fn is_problem(answer: &Answer, status: u16, words: &str, sent: &str) {
    assert_eq!(answer.status, status, "{sent}: {answer:?}");
    assert_eq!(
        answer.media, "application/problem+json",
        "{sent}: {answer:?}"
    );
    let problem = answer.json();
    assert_eq!(problem["status"], status, "{sent}: {problem}");
    for member in ["type", "title", "code"] {
        assert!(
            problem[member].as_str().is_some_and(|it| !it.is_empty()),
            "{sent}: {problem}"
        );
    }
    assert!(
        answer.body.contains(words),
        "{sent}: {problem} lacks {words}"
    );
}

/// The command line refuses what it cannot use with 2 and the nearest word, and tells what is
/// not there or not allowed apart from it.
pub(crate) async fn commands_are_refused(door: &Door, ticket: &Accepted) {
    let server = door.url();
    let number = ticket.number.as_str();
    let cases: &[(&[&str], i32, &str)] = &[
        (&["tickt", "list"], 2, "ticket"),
        (&["ticket", "list", "--severity", "P9"], 2, "P0"),
        (
            &[
                "ticket",
                "list",
                "--query",
                "stauts=queued",
                "--server",
                server,
            ],
            2,
            "status",
        ),
        (
            &[
                "ticket",
                "list",
                "--query",
                "status=queud",
                "--server",
                server,
            ],
            2,
            "queued",
        ),
        (
            &["ticket", "submit", "--customer", "c", "--server", server],
            2,
            "--subject",
        ),
        (
            &[
                "ticket",
                "submit",
                "--customer",
                "c",
                "--subject",
                "s",
                "--tier",
                "golden",
                "--server",
                server,
            ],
            2,
            "gold",
        ),
        (
            &[
                "ticket",
                "progress",
                number,
                "developping",
                "--server",
                server,
            ],
            2,
            "developing",
        ),
        (
            &["ticket", "show", "XX-2026-000001", "--server", server],
            3,
            "XX-2026-000001",
        ),
        (
            &["ticket", "show", number, "--server", "http://127.0.0.1:1"],
            5,
            "posthouse up",
        ),
        (
            &["ticket", "show", number, "--server", "nonsense"],
            2,
            "nonsense",
        ),
        (
            &["dlq", "show", "nonsense", "--server", server],
            2,
            "STREAM/SEQUENCE",
        ),
        (
            &["dlq", "show", "PH_cn-north_0/999999", "--server", server],
            3,
            "999999",
        ),
        (
            &["dlq", "drop", "PH_cn-north_0/1", "--server", server],
            3,
            "dead letter",
        ),
        (&["run", "post-master"], 2, "intake"),
        (&["run", "router"], 2, "--nats"),
        (&["up", "--region", "Atlantis"], 2, "a-z"),
        (&["up", "--policy", "defualt"], 3, "default"),
    ];
    for (words, code, hint) in cases {
        cli::run(words).await.refused(*code, hint);
    }
    let said = cli::run(&[
        "ticket",
        "list",
        "--query",
        "status=待处理",
        "--server",
        server,
    ])
    .await;
    assert!(said.done().stdout.contains("number"));
    let object: Value = door.json(&format!("/v1/tickets/{number}")).await;
    assert_eq!(object["number"], number);
}
