//! The receiver of the measurement: an HTTP listener that notes every arrival.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;

use crate::exit::Error;

/// One message that arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) at: Instant,
    /// Whether it says of itself that it may be a repeat.
    pub(super) is_marked: bool,
}

/// What arrived, by the identity of the request.
#[derive(Debug, Default)]
struct Noted {
    by_id: BTreeMap<String, Vec<Arrival>>,
    last: Option<Instant>,
}

/// The listener; it ends with the process.
pub(super) struct Listener {
    pub(super) url: String,
    noted: Arc<Mutex<Noted>>,
}

impl Listener {
    pub(super) async fn open() -> Result<Self, Error> {
        let failed = |error| Error::failed(format!("listen for notifications: {error}"));
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(failed)?;
        let url = format!("http://{}/", socket.local_addr().map_err(failed)?);
        let noted = Arc::<Mutex<Noted>>::default();
        let router = Router::new()
            .route("/{receiver}", post(note))
            .with_state(Arc::clone(&noted));
        tokio::spawn(async move { axum::serve(socket, router).await });
        Ok(Self { url, noted })
    }

    /// How many different notifications arrived.
    pub(super) fn arrived(&self) -> u64 {
        lock(&self.noted).by_id.len() as u64
    }

    pub(super) fn arrivals(&self) -> BTreeMap<String, Vec<Arrival>> {
        lock(&self.noted).by_id.clone()
    }

    /// When the last one arrived.
    pub(super) fn last(&self) -> Option<Instant> {
        lock(&self.noted).last
    }

    /// When the first one arrived after `at`.
    pub(super) fn first_after(&self, at: Instant) -> Option<Instant> {
        let noted = lock(&self.noted);
        let all = noted.by_id.values().flatten();
        all.map(|it| it.at).filter(|it| *it > at).min()
    }
}

async fn note(
    State(noted): State<Arc<Mutex<Noted>>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let at = Instant::now();
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok());
    let Some(id) = id else {
        return StatusCode::BAD_REQUEST;
    };
    let said: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let is_marked = said["data"]["possible_duplicate"]
        .as_bool()
        .unwrap_or(false);
    let mut noted = lock(&noted);
    let arrivals = noted.by_id.entry(id.to_owned()).or_default();
    if arrivals.is_empty() {
        arrivals.push(Arrival { at, is_marked });
        noted.last = Some(at);
    } else {
        arrivals.push(Arrival { at, is_marked });
    }
    StatusCode::NO_CONTENT
}

/// A panic of another holder spoils nothing: each change is one step.
fn lock(noted: &Mutex<Noted>) -> MutexGuard<'_, Noted> {
    noted.lock().unwrap_or_else(PoisonError::into_inner)
}
