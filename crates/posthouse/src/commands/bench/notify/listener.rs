//! The receivers of the measurement: an HTTP listener that notes every arrival.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;

use super::sinks::Kind;
use crate::exit::Error;

/// One message that arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) at: Instant,
    /// Whether it says of itself that it may be a repeat.
    pub(super) is_marked: bool,
}

/// What arrived, by ticket.
#[derive(Debug, Default)]
struct Noted {
    by_ticket: BTreeMap<String, Vec<Arrival>>,
    last: Option<Instant>,
}

/// What the endpoints share.
#[derive(Clone, Debug, Default)]
struct Shared {
    noted: Arc<Mutex<Noted>>,
    /// Requests to endpoints that fail half of the time.
    failing: Arc<AtomicU64>,
}

/// The listener; it ends with the process.
pub(super) struct Listener {
    pub(super) url: String,
    shared: Shared,
}

impl Listener {
    pub(super) async fn open() -> Result<Self, Error> {
        let failed = |error| Error::failed(format!("listen for notifications: {error}"));
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(failed)?;
        let url = format!("http://{}/", socket.local_addr().map_err(failed)?);
        let shared = Shared::default();
        let router = Router::new()
            .route("/{kind}/{number}", post(answer))
            .with_state(shared.clone());
        tokio::spawn(async move { axum::serve(socket, router).await });
        Ok(Self { url, shared })
    }

    /// How many different notifications arrived at endpoints that do well.
    pub(super) fn arrived(&self) -> u64 {
        lock(&self.shared.noted).by_ticket.len() as u64
    }

    pub(super) fn arrivals(&self) -> BTreeMap<String, Vec<Arrival>> {
        lock(&self.shared.noted).by_ticket.clone()
    }

    /// When the last one arrived for the first time.
    pub(super) fn last(&self) -> Option<Instant> {
        lock(&self.shared.noted).last
    }

    /// When the first one arrived after `at`.
    pub(super) fn first_after(&self, at: Instant) -> Option<Instant> {
        let noted = lock(&self.shared.noted);
        let all = noted.by_ticket.values().flatten();
        all.map(|it| it.at).filter(|it| *it > at).min()
    }
}

async fn answer(
    State(shared): State<Shared>,
    Path((kind, _number)): Path<(String, u32)>,
    body: Bytes,
) -> StatusCode {
    let at = Instant::now();
    match kind.parse() {
        Ok(Kind::Well) => note(&shared, at, &body),
        // It ends when the other side has had enough.
        Ok(Kind::Hanging) => std::future::pending().await,
        Ok(Kind::Failing) if shared.failing.fetch_add(1, Ordering::Relaxed) % 2 == 0 => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        Ok(Kind::Failing) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::NOT_FOUND,
    }
}

fn note(shared: &Shared, at: Instant, body: &[u8]) -> StatusCode {
    let said: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(ticket) = said["data"]["ticket_id"].as_str() else {
        return StatusCode::BAD_REQUEST;
    };
    let is_marked = said["data"]["possible_duplicate"]
        .as_bool()
        .unwrap_or(false);
    let mut noted = lock(&shared.noted);
    let arrivals = noted.by_ticket.entry(ticket.to_owned()).or_default();
    arrivals.push(Arrival { at, is_marked });
    if arrivals.len() == 1 {
        noted.last = Some(at);
    }
    StatusCode::NO_CONTENT
}

/// A panic of another holder spoils nothing: each change is one step.
fn lock(noted: &Mutex<Noted>) -> MutexGuard<'_, Noted> {
    noted.lock().unwrap_or_else(PoisonError::into_inner)
}
