//! Health: whether the process lives, and whether it is ready to be given work.
//!
//! *Live* asks only the process itself: a process that has lost its servers must not be killed
//! for it. *Ready* asks every part that registered: a service, a partition, a connection.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use crate::metrics::{self, Metrics};

mod heartbeat;
#[cfg(test)]
mod tests;

use heartbeat::Heartbeat;

/// What a part says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "why", rename_all = "snake_case")]
pub enum State {
    /// It does its work.
    Ready,
    /// It would, and another process does: it takes over when that one goes.
    Standby,
    /// It does not, and this is why.
    NotReady(String),
}

/// The parts of a process, and whether it is draining. Copies are the same registry.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<Parts>>);

#[derive(Default)]
struct Parts {
    draining: bool,
    next: u64,
    known: Vec<(u64, String, State)>,
}

/// A part's handle on its own state. The part leaves the registry with the last copy.
#[derive(Clone)]
pub struct Part(Arc<Registered>);

struct Registered {
    health: Health,
    id: u64,
}

/// What `/readyz` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether work may be sent here.
    pub ready: bool,
    /// Whether the process is on its way out.
    pub draining: bool,
    /// Every part, by name.
    pub parts: Vec<PartReport>,
}

/// One part in a [`Report`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartReport {
    /// Its name.
    pub name: String,
    /// What it says of itself.
    #[serde(flatten)]
    pub state: State,
}

impl Health {
    /// A registry without parts: not ready.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a part. It is not ready until it says so.
    #[must_use = "a part leaves with its handle"]
    pub fn part(&self, name: impl Into<String>) -> Part {
        let mut parts = self.lock();
        parts.next += 1;
        let id = parts.next;
        parts
            .known
            .push((id, name.into(), State::NotReady("starting".to_owned())));
        Part(Arc::new(Registered {
            health: self.clone(),
            id,
        }))
    }

    /// From now on, no more work is to be sent here, whatever the parts say.
    pub fn drain(&self) {
        self.lock().draining = true;
    }

    /// Whether work may be sent here: every part is ready or on standby, there is one, and the
    /// process is not draining.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.report().ready
    }

    /// What every part says.
    #[must_use]
    pub fn report(&self) -> Report {
        let parts = self.lock();
        let mut reports: Vec<PartReport> = parts
            .known
            .iter()
            .map(|(_, name, state)| PartReport {
                name: name.clone(),
                state: state.clone(),
            })
            .collect();
        reports.sort_by(|a, b| a.name.cmp(&b.name));
        let well = reports
            .iter()
            .all(|part| !matches!(part.state, State::NotReady(_)));
        let ready = well && !reports.is_empty() && !parts.draining;
        Report {
            ready,
            draining: parts.draining,
            parts: reports,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Parts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report().fmt(f)
    }
}

impl Part {
    /// It does its work.
    pub fn ready(&self) {
        self.set(State::Ready);
    }

    /// It waits for another process to go.
    pub fn standby(&self) {
        self.set(State::Standby);
    }

    /// It does not do its work, for this reason.
    pub fn not_ready(&self, why: &str) {
        self.set(State::NotReady(why.to_owned()));
    }

    fn set(&self, state: State) {
        let mut parts = self.0.health.lock();
        if let Some((_, _, known)) = parts.known.iter_mut().find(|(id, _, _)| *id == self.0.id) {
            *known = state;
        }
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Part").field(&self.0.id).finish()
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.health.lock().known.retain(|(id, _, _)| *id != self.id);
    }
}

/// The operator's routes: `/livez`, `/readyz`, `/metrics`.
///
/// # Panics
///
/// Outside a tokio runtime: the heartbeat behind `/livez` is a task of it.
pub fn router(health: Health, metrics: Metrics) -> Router {
    let heartbeat = Heartbeat::start();
    Router::new()
        .route("/livez", get(move || std::future::ready(live(&heartbeat))))
        .route("/readyz", get(move || std::future::ready(ready(&health))))
        .route(
            "/metrics",
            get(move || std::future::ready(measured(&metrics))),
        )
}

#[derive(Serialize)]
struct Live {
    live: bool,
    heartbeat_age_ms: u64,
}

fn live(heartbeat: &Heartbeat) -> Response {
    let age = heartbeat.age();
    let live = age <= heartbeat::SILENCE_MAX;
    let heartbeat_age_ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
    (
        status(live),
        Json(Live {
            live,
            heartbeat_age_ms,
        }),
    )
        .into_response()
}

fn ready(health: &Health) -> Response {
    let report = health.report();
    (status(report.ready), Json(report)).into_response()
}

fn measured(metrics: &Metrics) -> Response {
    (
        [(header::CONTENT_TYPE, metrics::CONTENT_TYPE)],
        metrics.encode(),
    )
        .into_response()
}

fn status(well: bool) -> StatusCode {
    if well {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}
