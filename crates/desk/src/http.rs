//! The HTTP door: questions only. Everything that changes something is intake's.
//!
//! One router answers for one or several regions. What is asked is checked before the database
//! is, and refused with a problem document that names the parameter.

mod agents;
mod customers;
mod dead_letters;
mod events;
mod openapi;
mod problems;
mod stats;
mod tickets;
mod verify;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use tokio::sync::Semaphore;

pub use openapi::openapi;
pub use problems::CODES as PROBLEM_CODES;

use crate::{Desk, limits};

/// What all handlers share.
#[derive(Clone)]
struct Doors {
    /// The desks, in the order of their regions.
    desks: Arc<[Desk]>,
    /// One log is walked at a time: it costs as much as the bus gives.
    verifying: Arc<Semaphore>,
    /// Those who listen to events.
    listeners: Arc<Semaphore>,
}

/// The routes of these desks, which answer together.
pub fn router(desks: &[Desk]) -> Router {
    let mut desks = desks.to_vec();
    desks.sort_by(|a, b| a.region().cmp(b.region()));
    let doors = Doors {
        desks: desks.into(),
        verifying: Arc::new(Semaphore::new(1)),
        listeners: Arc::new(Semaphore::new(limits::LISTENERS_MAX)),
    };
    Router::new()
        .route("/v1/tickets", get(tickets::list))
        .route("/v1/tickets/{id}", get(tickets::show))
        .route("/v1/tickets/{id}/why", get(tickets::why))
        .route("/v1/tickets/{id}/ledger", get(tickets::ledger))
        .route("/v1/tickets/{id}/trace", get(tickets::trace))
        .route("/v1/agents", get(agents::list))
        .route("/v1/agents/{key}", get(agents::show))
        .route("/v1/customers/{id}/preference", get(customers::preference))
        .route("/v1/dead-letters", get(dead_letters::list))
        .route(
            "/v1/dead-letters/{stream}/{sequence}",
            get(dead_letters::show),
        )
        .route("/v1/stats", get(stats::stats))
        .route("/v1/events", get(events::events))
        .route("/v1/verify", post(verify::verify))
        .with_state(doors)
}

impl Desk {
    /// The routes of this desk alone.
    pub fn router(&self) -> Router {
        router(std::slice::from_ref(self))
    }

    /// The description of the routes, to be merged with that of other services.
    #[must_use]
    pub fn openapi() -> utoipa::openapi::OpenApi {
        openapi()
    }
}

/// The parameters of a request, in their order.
type Parameters = Vec<(String, String)>;

fn pairs(parameters: &Parameters) -> impl Iterator<Item = (&str, &str)> {
    parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
}
