//! The outside world: an endpoint that records every message that reaches it. As endpoints do,
//! it is busy at times, and at times takes a message and is too slow to say so.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use posthouse_auditor::Received;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::clock::now_ms;
use super::error::Error;
use crate::Noise;

/// One message of so many is refused: it is too busy.
const REFUSED_ONE_IN: u64 = 10;
/// One message of so many is taken, and the answer is too late.
const SLOW_ONE_IN: u64 = 30;
/// How late: longer than the policies allow an answer to take.
const SLOW: Duration = Duration::from_millis(2_500);

/// The endpoint. Dropping it closes it.
#[derive(Debug)]
pub(super) struct Hook {
    url: String,
    shared: Arc<Mutex<Shared>>,
    serving: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    noise: Noise,
    received: Vec<Received>,
}

/// What becomes of a message.
enum Mood {
    Refuse,
    Take,
    TakeAndDawdle,
}

impl Hook {
    /// Opens the endpoint.
    ///
    /// # Errors
    ///
    /// [`Error::Start`] when there is no port for it.
    pub(super) async fn open(seed: u64) -> Result<Self, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let bound = listener.and_then(|it| it.local_addr().map(|address| (it, address)));
        let (listener, address) = bound.map_err(|why| Error::start("the endpoint", why))?;
        let shared = Arc::new(Mutex::new(Shared {
            noise: Noise::of(seed, u64::MAX - 1),
            received: Vec::new(),
        }));
        let router = Router::new()
            .route("/{receiver}", post(receive))
            .with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move {
            // It ends with the task.
            axum::serve(listener, router).await.ok();
        });
        Ok(Self {
            url: format!("http://{address}"),
            shared,
            serving,
        })
    }

    /// Where it is.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// All that it took.
    pub(super) fn received(&self) -> Vec<Received> {
        lock(&self.shared).received.clone()
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn receive(
    State(shared): State<Arc<Mutex<Shared>>>,
    Path(receiver): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok());
    let message: Option<Value> = serde_json::from_slice(&body).ok();
    let (Some(id), Some(message)) = (id, message) else {
        return StatusCode::BAD_REQUEST;
    };
    let mood = {
        let mut shared = lock(&shared);
        let mood = mood(&mut shared.noise);
        if !matches!(mood, Mood::Refuse) {
            let attempt = message["data"]["attempt"].as_u64();
            shared.received.push(Received {
                id: id.to_owned(),
                receiver,
                at_ms: now_ms(),
                // A receiver knows by this that it may have had the message before.
                marked_duplicate: attempt.is_some_and(|attempt| attempt > 1),
            });
        }
        mood
    };
    match mood {
        Mood::Refuse => return StatusCode::SERVICE_UNAVAILABLE,
        Mood::Take => {}
        Mood::TakeAndDawdle => tokio::time::sleep(SLOW).await,
    }
    StatusCode::OK
}

fn mood(noise: &mut Noise) -> Mood {
    if noise.below(REFUSED_ONE_IN) == 0 {
        Mood::Refuse
    } else if noise.below(SLOW_ONE_IN) == 0 {
        Mood::TakeAndDawdle
    } else {
        Mood::Take
    }
}

fn lock(shared: &Mutex<Shared>) -> std::sync::MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
