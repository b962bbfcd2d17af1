//! The description of the routes.

use utoipa::OpenApi;

use super::{agents, customers, dead_letters, events, stats, tickets, verify};

#[derive(OpenApi)]
#[openapi(
    paths(
        tickets::list,
        tickets::show,
        tickets::why,
        tickets::ledger,
        tickets::trace,
        agents::list,
        agents::show,
        customers::preference,
        dead_letters::list,
        dead_letters::show,
        stats::stats,
        events::events,
        verify::verify,
    ),
    tags(
        (name = "tickets", description = "What is known of tickets"),
        (name = "agents", description = "Agents, and what they have"),
        (name = "customers", description = "How customers want to be told"),
        (name = "dead letters", description = "Messages that could not be handled"),
        (name = "statistics", description = "What there is"),
        (name = "operation", description = "Looking after the log"),
    )
)]
struct Routes;

/// The description of the routes, to be merged with that of other services.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Routes::openapi()
}
