//! A notification through Apprise, told to a service by the library itself.
//!
//! The Apprise API server is no Python package, so what stands before the library here is a fake
//! that keeps to the server's documented requests and statuses (`POST /notify`, `POST
//! /notify/KEY`; 200, 204, 400, 424: github.com/caronc/apprise-api); behind it everything is
//! Apprise: how it reads addresses of services, tags and types, and what it sends. The service is
//! one of its own, `json://`, and this test is at the other end.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod python;
#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use axum::Json;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use posthouse_domain::Timestamp;
use posthouse_notifier::{Client, Parcel, Post, PostError, Reach};
use posthouse_runtime::config::Webhooks;
use python::Script;
use serde_json::Value;
use tokio::sync::mpsc;

/// Apprise, at the version that was tried.
const PACKAGES: [&str; 1] = ["apprise==2.2.0"];

/// Prints its port. Under the key `team` it has what stands in the file `services`.
const SERVER: &str = r#"
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
import apprise

class Api(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.path.removeprefix("/notify").strip("/")
        told, tag = apprise.Apprise(), None
        if key:
            config = apprise.AppriseConfig()
            if key == "team":
                config.add_config(open(sys.argv[1] + "/services").read(), format="text")
            if not config.services():
                return self.answer(204)
            told.add(config)
            tag = asked.get("tag")
        elif not told.add(asked["urls"].split(",")):
            return self.answer(400)
        done = told.notify(body=asked["body"], title=asked["title"], tag=tag or "all",
                           notify_type=asked["type"], body_format=asked["format"])
        self.answer(200 if done else 424)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()
        if status != 204:
            self.wfile.write(b"{}")

    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Api)
print(json.dumps(server.server_address[1]), flush=True)
server.serve_forever()
"#;

/// What the service at the end is told.
struct Service {
    port: u16,
    told: mpsc::UnboundedReceiver<Value>,
}

impl Service {
    async fn open() -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        let router = Router::new().route(
            "/",
            post(move |Json(said): Json<Value>| {
                tell.send(said).unwrap();
                std::future::ready(StatusCode::OK)
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, told }
    }
}

/// Tells the receiver that is described so; gives what it was to be told, too.
async fn tell(receiver: &str) -> (Parcel, Result<String, PostError>) {
    let receivers = format!(
        "[receiver.it]\nchannel = \"apprise\"\n{receiver}\n\n\
         [[rule]]\nname = \"tell\"\nabout = [\"routed\"]\nreceivers = [\"it\"]\n"
    );
    let source = scenario::bundle("apprise", &[("receivers.toml", &receivers)]);
    let (policy, _) = posthouse_policy::compile(&source).unwrap();
    let receiver = &policy.receivers.receivers["it"];
    let client = Client::within(Reach::of(&Webhooks {
        allow_addresses: vec!["127.0.0.0/8".parse().unwrap()],
        ..Webhooks::default()
    }))
    .unwrap();
    let parcel = Parcel::test(receiver, Timestamp::from_millis(1_795_424_400_000));
    let told = client.post(receiver, &parcel).await;
    (parcel, told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_is_told_by_apprise_itself() {
    let dir = tempfile::tempdir().unwrap();
    let mut service = Service::open().await;
    let there = format!("json://127.0.0.1:{}/", service.port);
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    // By day nobody is there.
    write(
        "services",
        &format!("night={there}\nday=json://127.0.0.1:1/\n"),
    );
    write("one", &there);
    write("both", &format!("{there}\njson://127.0.0.1:1/\n"));
    let Some(mut server) = Script::run(dir.path(), &PACKAGES, SERVER).await else {
        return;
    };
    let port = server.said().await;
    let api = format!("http://127.0.0.1:{port}/notify");
    let folder = dir.path().display();

    // Services that the server has under a key, chosen by a tag.
    let (parcel, told) = tell(&format!("url = \"{api}/team\"\ntag = \"night\"")).await;
    assert_eq!(told.unwrap(), "HTTP 200 {}");
    let said = service.told.recv().await.unwrap();
    assert_eq!(said["title"], parcel.rendered().subject.as_str());
    assert_eq!(
        said["message"].as_str().unwrap().trim(),
        parcel.rendered().text.trim()
    );
    assert_eq!(said["type"], "info");

    // Services that are sent along.
    let sent = |file: &str| format!("url = \"{api}\"\nservices_file = \"{folder}/{file}\"");
    let (_, told) = tell(&sent("one")).await;
    told.unwrap();
    assert_eq!(service.told.recv().await.unwrap()["type"], "info");

    // One of several failed: it is tried again, and the error does not show where they are.
    let (_, told) = tell(&sent("both")).await;
    let error = told.unwrap_err();
    assert_eq!(error.code(), "NTF0004", "{error}");
    assert!(
        !error.is_final() && !error.to_string().contains("json://"),
        "{error}"
    );
    // The one that could be told was.
    service.told.recv().await.unwrap();

    // Nobody stands under that key or tag: nobody was told, so it is no success.
    for nobody in ["/none\"", "/team\"\ntag = \"day\""] {
        let (_, told) = tell(&format!("url = \"{api}{nobody}")).await;
        let error = told.unwrap_err();
        assert_eq!(error.code(), "NTF0004", "{error}");
    }
    assert!(service.told.try_recv().is_err(), "nothing else was told");
}
