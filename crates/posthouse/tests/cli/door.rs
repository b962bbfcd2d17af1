//! A fake of the HTTP door: it answers what it was told to, and remembers what it was asked.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;

/// A question that the door was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Method, path and query: `GET /v1/tickets?state=new`.
    pub(crate) what: String,
    /// The body, where there was one.
    pub(crate) body: Value,
    /// The idempotency key, where there was one.
    pub(crate) key: Option<String>,
}

type Answers = BTreeMap<String, (u16, Value)>;

/// The fake.
pub(crate) struct Door {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    _runtime: tokio::runtime::Runtime,
}

#[derive(Clone)]
struct Inside {
    answers: Arc<Answers>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Door {
    /// Opens a door that answers these questions, each with a status and a body.
    pub(crate) fn new<const N: usize>(answers: [(&str, u16, Value); N]) -> Self {
        let answers = answers.map(|(what, status, body)| (what.to_owned(), (status, body)));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let inside = Inside {
            answers: Arc::new(answers.into()),
            asked: Arc::clone(&asked),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listen = tokio::net::TcpListener::bind("127.0.0.1:0");
        let listener = runtime.block_on(listen).unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(inside);
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            asked,
            _runtime: runtime,
        }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(
    State(inside): State<Inside>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let what = format!("{method} {uri}");
    let key = headers
        .get("Idempotency-Key")
        .map(|key| key.to_str().unwrap().to_owned());
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let answer = inside.answers.get(&what).cloned();
    inside.asked.lock().unwrap().push(Asked { what, body, key });
    let (status, body) = answer.unwrap_or((404, serde_json::json!({"title": "Nothing here"})));
    // A text is answered as it is: not everything behind a door is JSON.
    let body = match body {
        Value::String(text) => text,
        value => value.to_string(),
    };
    (StatusCode::from_u16(status).unwrap(), body)
}
