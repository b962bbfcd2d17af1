use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;

async fn ask(router: &Router, path: &str) -> (StatusCode, String, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let media = response.headers()[header::CONTENT_TYPE]
        .to_str()
        .unwrap()
        .to_owned();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, media, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn readiness(router: &Router) -> (u16, Value) {
    let (status, media, body) = ask(router, "/readyz").await;
    assert_eq!(media, "application/json");
    (status.as_u16(), serde_json::from_str(&body).unwrap())
}

#[tokio::test]
async fn readiness_follows_the_parts() {
    let health = Health::new();
    let router = router(health.clone(), Metrics::new());
    assert_eq!(readiness(&router).await.0, 503, "nothing runs here");

    let (bus, view) = (health.part("bus"), health.part("a router_00"));
    let (status, report) = readiness(&router).await;
    assert_eq!(status, 503);
    assert_eq!(
        report,
        json!({"ready": false, "draining": false, "parts": [
            {"name": "a router_00", "state": "not_ready", "why": "starting"},
            {"name": "bus", "state": "not_ready", "why": "starting"},
        ]})
    );

    bus.ready();
    assert_eq!(readiness(&router).await.0, 503, "one part is not");
    view.standby();
    let (status, report) = readiness(&router).await;
    assert_eq!(status, 200);
    assert_eq!(
        report["parts"][0],
        json!({"name": "a router_00", "state": "standby"})
    );

    view.not_ready("use the view: disk full");
    let (status, report) = readiness(&router).await;
    assert_eq!(status, 503);
    assert_eq!(report["parts"][0]["why"], "use the view: disk full");
    drop(view);
    assert_eq!(
        readiness(&router).await.0,
        200,
        "a part leaves with its handle"
    );
}

#[tokio::test]
async fn a_draining_process_is_alive_and_not_ready() {
    let health = Health::new();
    let router = router(health.clone(), Metrics::new());
    let part = health.part("bus");
    part.ready();
    assert!(health.is_ready());
    health.drain();
    part.ready();
    let (status, report) = readiness(&router).await;
    assert_eq!((status, &report["draining"]), (503, &json!(true)));
    let (status, _, live) = ask(&router, "/livez").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(serde_json::from_str::<Value>(&live).unwrap()["live"], true);
}

#[tokio::test]
async fn copies_of_a_handle_are_one_part() {
    let health = Health::new();
    let part = health.part("bus");
    let copy = part.clone();
    drop(part);
    copy.ready();
    assert!(health.is_ready());
    drop(copy);
    assert!(!health.is_ready());
}

#[tokio::test]
async fn metrics_come_as_openmetrics() {
    let router = router(Health::new(), Metrics::new());
    let (status, media, text) = ask(&router, "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    assert!(media.starts_with("application/openmetrics-text"), "{media}");
    assert!(
        text.contains("posthouse_build_info{version=") && text.ends_with("# EOF\n"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_process_whose_tasks_do_not_run_is_not_alive() {
    let heartbeat = Heartbeat::still();
    tokio::time::advance(heartbeat::SILENCE_MAX).await;
    assert_eq!(live(&heartbeat).status(), StatusCode::OK);
    tokio::time::advance(std::time::Duration::from_millis(1)).await;
    assert_eq!(live(&heartbeat).status(), StatusCode::SERVICE_UNAVAILABLE);
}
