use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Ticket {
    subject: String,
    #[serde(default)]
    contact: Option<Contact>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    levels: Vec<u8>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Contact {
    email: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    limit: u8,
}

const BODY_BYTES_MAX: usize = 2_048;

fn door() -> Router {
    let router = Router::new()
        .route(
            "/tickets",
            post(|Json(ticket): Json<Ticket>| async { Json(ticket) }),
        )
        .route("/any", post(|Json(any): Json<Value>| async { Json(any) }))
        .route(
            "/list",
            get(|Query(filter): Query<Filter>| async move { filter.limit.to_string() }),
        )
        .route(
            "/tickets/{id}",
            get(|Path(id): Path<String>| async move { Json(id) }),
        )
        .route(
            "/slow",
            get(|| async { std::future::pending::<()>().await }),
        )
        .route(
            "/panic",
            get(|| async { panic!("the secret of the house") as () }),
        );
    guard(router, BODY_BYTES_MAX, Duration::from_secs(10))
}

async fn send(request: Request<Body>) -> (Response<()>, Value) {
    let response = door().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let value = serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&bytes).into_owned()));
    (Response::from_parts(parts, ()), value)
}

/// Sends a request that must be refused, and checks what all refusals have in common.
async fn refused(request: Request<Body>, status: u16, code: &str) -> Value {
    let (response, problem) = send(request).await;
    assert_eq!(response.status().as_u16(), status, "{problem}");
    assert_eq!(response.headers()[header::CONTENT_TYPE], CONTENT_TYPE);
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], format!("/errors/{code}"));
    assert!(
        problem["title"]
            .as_str()
            .is_some_and(|title| !title.is_empty())
    );
    problem
}

fn body(media: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post("/tickets")
        .header(header::CONTENT_TYPE, media)
        .body(body.into())
        .unwrap()
}

fn json_body(text: &'static str) -> Request<Body> {
    body("application/json", text)
}

#[tokio::test]
async fn what_is_well_passes() {
    for media in [
        "application/json",
        "application/JSON; charset=utf-8",
        "application/x+json",
    ] {
        let (response, ticket) = send(body(media, r#"{"subject":"打不开"}"#)).await;
        assert_eq!(response.status(), 200, "{media}");
        assert_eq!(ticket["subject"], "打不开");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    }
    let query = Request::get("/list?limit=5").body(Body::empty()).unwrap();
    assert_eq!(send(query).await.1, json!(5));
}

#[tokio::test]
async fn the_field_at_fault_is_named() {
    let cases = [
        (
            r#"{"subject":5}"#,
            "subject",
            "invalid type: integer `5`, expected a string",
        ),
        (
            r#"{"subject":null}"#,
            "subject",
            "invalid type: null, expected a string",
        ),
        (r#"{}"#, "subject", "missing field `subject`"),
        (
            r#"{"subject":"s","contact":{}}"#,
            "contact.email",
            "missing field `email`",
        ),
        (
            r#"{"subject":"s","contact":{"email":[]}}"#,
            "contact.email",
            "invalid type: sequence",
        ),
        (
            r#"{"subject":"s","attributes":{"a":1}}"#,
            "attributes.a",
            "invalid type: integer `1`",
        ),
        (
            r#"{"subject":"s","levels":[1,300]}"#,
            "levels[1]",
            "invalid value: integer `300`",
        ),
        (
            r#"{"subject":"s","subjct":"t"}"#,
            "subjct",
            "unknown field `subjct`, expected one of",
        ),
        (
            r#"{"subject":"s","contact":{"mail":""}}"#,
            "contact.mail",
            "unknown field `mail`",
        ),
        (
            r#"{"subject":"s","subject":"t"}"#,
            "subject",
            "duplicate field `subject`",
        ),
        (r#""just text""#, "", "invalid type: string"),
    ];
    for (text, field, message) in cases {
        let problem = refused(json_body(text), 422, "HTTP0002").await;
        assert_eq!(problem["errors"][0]["field"], field, "{text}: {problem}");
        let said = problem["errors"][0]["message"].as_str().unwrap();
        assert!(said.starts_with(message), "{text}: {said}");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn what_is_not_json_is_told_where() {
    for (text, at) in [
        ("", "line 1, column 0"),
        ("{\"subject\":\n  oops}", "line 2, column 3"),
        ("{\"subject\":\"s\"} {}", "line 1, column 17"),
        ("{\"subject\":\"s\"", "line 1, column 14"),
    ] {
        let problem = refused(json_body(text), 400, "HTTP0001").await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.ends_with(at), "{text:?}: {detail}");
    }
    let deep = Request::post("/any").header(header::CONTENT_TYPE, "application/json");
    refused(
        deep.body(Body::from("[".repeat(1_000))).unwrap(),
        400,
        "HTTP0001",
    )
    .await;
}

#[tokio::test]
async fn bytes_that_are_no_text_are_told_where() {
    let problem = refused(body("application/json", &b"{\"s\xff"[..]), 400, "HTTP0003").await;
    assert_eq!(problem["detail"], "the byte at offset 3 is not");
}

#[tokio::test]
async fn bodies_are_bounded() {
    let padded = |len: usize| format!("{{\"subject\":\"{}\"}}", "x".repeat(len - 14));
    let (response, _) = send(body("application/json", padded(BODY_BYTES_MAX))).await;
    assert_eq!(response.status(), 200);
    refused(
        body("application/json", padded(BODY_BYTES_MAX + 1)),
        413,
        "HTTP0004",
    )
    .await;
    // Without a length in the header, too.
    let chunk = padded(BODY_BYTES_MAX + 1).into_bytes();
    let stream = futures::stream::iter(
        chunk
            .chunks(100)
            .map(|c| Ok::<_, std::io::Error>(c.to_vec()))
            .collect::<Vec<_>>(),
    );
    refused(
        body("application/json", Body::from_stream(stream)),
        413,
        "HTTP0004",
    )
    .await;
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_fault_of_ours() {
    let broken = futures::stream::iter([
        Ok(b"{\"subject\"".to_vec()),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ]);
    refused(
        body("application/json", Body::from_stream(broken)),
        400,
        "HTTP0006",
    )
    .await;
}

#[tokio::test]
async fn only_json_is_read() {
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "json",
        "text/json",
        "",
    ] {
        let problem = refused(body(media, "{}"), 415, "HTTP0005").await;
        assert!(
            problem["detail"]
                .as_str()
                .unwrap()
                .contains("application/json")
        );
    }
    let bare = Request::post("/tickets").body(Body::from("{}")).unwrap();
    refused(bare, 415, "HTTP0005").await;
}

#[tokio::test]
async fn queries_name_their_field_too() {
    for (query, field) in [
        ("limit=many", "limit"),
        ("", "limit"),
        ("limit=1&lmit=2", "lmit"),
        ("limit=999", "limit"),
    ] {
        let request = Request::get(format!("/list?{query}"))
            .body(Body::empty())
            .unwrap();
        let problem = refused(request, 400, "HTTP0007").await;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let request = Request::get("/tickts").body(Body::empty()).unwrap();
    let problem = refused(request, 404, "HTTP0008").await;
    assert_eq!(problem["detail"], "no route for /tickts");
    let request = Request::delete("/tickets").body(Body::empty()).unwrap();
    let (response, _) = send(request).await;
    assert_eq!(response.headers()[header::ALLOW], "POST");
    let request = Request::delete("/tickets").body(Body::empty()).unwrap();
    refused(request, 405, "HTTP0009").await;
}

#[tokio::test]
async fn a_path_that_cannot_be_read_leads_nowhere() {
    let request = Request::get("/tickets/%E4%B8%AD")
        .body(Body::empty())
        .unwrap();
    assert_eq!(send(request).await.1, "中");
    let request = Request::get("/tickets/%FF").body(Body::empty()).unwrap();
    refused(request, 404, "HTTP0008").await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_is_cut_short() {
    let request = Request::get("/slow").body(Body::empty()).unwrap();
    refused(request, 503, "HTTP0010").await;
    let request = Request::get("/slow").body(Body::empty()).unwrap();
    let (response, _) = send(request).await;
    assert_eq!(response.headers()[header::RETRY_AFTER], "1");
}

#[tokio::test]
async fn a_panic_is_answered_and_not_explained() {
    let request = Request::get("/panic").body(Body::empty()).unwrap();
    let problem = refused(request, 500, "HTTP0011").await;
    assert!(!problem.to_string().contains("secret"), "{problem}");
}

#[test]
fn a_wait_is_rounded_up_to_seconds() {
    let wait = |ms| {
        let problem = problems::TOO_SLOW.retry_after(Duration::from_millis(ms));
        problem.into_response().headers()[header::RETRY_AFTER]
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        (wait(1), wait(1_000), wait(1_001)),
        ("1".into(), "1".into(), "2".into())
    );
}

/// Without it the connection is reset over the rest, and the answer is lost with it.
#[tokio::test]
async fn who_sends_too_much_hears_of_it() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(axum::serve(listener, door()).into_future());
    let bytes = 8 * 1024 * 1024;
    let head = format!(
        "POST /tickets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {bytes}\r\n\r\n"
    );
    let mut caller = tokio::net::TcpStream::connect(address).await.unwrap();
    caller.write_all(head.as_bytes()).await.unwrap();
    caller.write_all(&vec![b' '; bytes]).await.unwrap();
    let mut answer = String::new();
    caller.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    server.abort();
}
