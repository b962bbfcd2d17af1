//! Tickets: lists, single ones, and why they are where they are.

use axum::extract::State;
use posthouse_domain::Timestamp;
use posthouse_runtime::problem::{Json, Path, Problem, Query};

use super::{Doors, Parameters, pairs, problems};
use crate::ledger::LedgerView;
use crate::list::{self, Listing, Page};
use crate::ticket::TicketView;
use crate::trace::TraceView;
use crate::why::Why;

/// Lists tickets.
///
/// Values of one parameter are alternatives, between commas; all parameters must hold.
#[utoipa::path(
    get,
    path = "/v1/tickets",
    tag = "tickets",
    params(
        ("state" = Option<String>, Query, description = "States, in English or Chinese: `queued`, `待处理` (all that waits for us), `open`"),
        ("severity" = Option<String>, Query, description = "`P0` to `P3`"),
        ("category" = Option<String>, Query, description = "Categories"),
        ("kind" = Option<String>, Query, description = "Kinds"),
        ("queue" = Option<String>, Query, description = "Queues, or the first parts of them: `beijing/L1`"),
        ("region" = Option<String>, Query, description = "Customers' regions"),
        ("customer" = Option<String>, Query, description = "Customers"),
        ("language" = Option<String>, Query, description = "Languages of the text, BCP 47"),
        ("tier" = Option<String>, Query, description = "Customers' tiers"),
        ("text" = Option<String>, Query, description = "Words that must all be found in the ticket's texts"),
        ("query" = Option<String>, Query, description = "The same as one line: `status=待处理 severity=P0`"),
        ("sort" = Option<String>, Query, description = "`opened_at`, `number`, `severity`, `due_at` or `changed_at`; with `-` before it the greatest first. Default `-opened_at`"),
        ("limit" = Option<u16>, Query, description = "Most tickets on the page, 1 to 500. Default 50"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of tickets", body = Page),
        (status = 400, description = "A parameter is not understood: a problem that names it", content_type = "application/problem+json"),
        (status = 503, description = "The read side is busy: a problem with `Retry-After`", content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(doors): State<Doors>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Page>, Problem> {
    let listing =
        Listing::from_parameters(pairs(&parameters)).map_err(|e| problems::question(&e))?;
    let page = list::across(&doors.desks, &listing)
        .await
        .map_err(|e| problems::failed(&e))?;
    Ok(Json(page))
}

/// Shows a ticket with all that happened to it.
#[utoipa::path(
    get,
    path = "/v1/tickets/{id}",
    tag = "tickets",
    params(("id" = String, Path, description = "The ticket's identity or number")),
    responses(
        (status = 200, description = "The ticket", body = TicketView),
        (status = 404, description = "There is no such ticket: a problem", content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(doors): State<Doors>,
    Path(id): Path<String>,
) -> Result<Json<TicketView>, Problem> {
    for desk in doors.desks.iter() {
        if let Some(ticket) = desk.ticket(&id).await.map_err(|e| problems::failed(&e))? {
            return Ok(Json(ticket));
        }
    }
    Err(problems::no_ticket(&id))
}

/// Explains every decision about a ticket.
#[utoipa::path(
    get,
    path = "/v1/tickets/{id}/why",
    tag = "tickets",
    params(("id" = String, Path, description = "The ticket's identity or number")),
    responses(
        (status = 200, description = "The decisions", body = Why),
        (status = 404, description = "There is no such ticket: a problem", content_type = "application/problem+json"),
    )
)]
pub(super) async fn why(
    State(doors): State<Doors>,
    Path(id): Path<String>,
) -> Result<Json<Why>, Problem> {
    for desk in doors.desks.iter() {
        if let Some(why) = desk.why(&id).await.map_err(|e| problems::failed(&e))? {
            return Ok(Json(why));
        }
    }
    Err(problems::no_ticket(&id))
}

/// Shows the chain of a ticket's traces, and where its minutes went.
#[utoipa::path(
    get,
    path = "/v1/tickets/{id}/trace",
    tag = "tickets",
    params(("id" = String, Path, description = "The ticket's identity or number")),
    responses(
        (status = 200, description = "The chain", body = TraceView),
        (status = 404, description = "There is no such ticket: a problem", content_type = "application/problem+json"),
    )
)]
pub(super) async fn trace(
    State(doors): State<Doors>,
    Path(id): Path<String>,
) -> Result<Json<TraceView>, Problem> {
    for desk in doors.desks.iter() {
        if let Some(chain) = desk.trace(&id).await.map_err(|e| problems::failed(&e))? {
            return Ok(Json(chain));
        }
    }
    Err(problems::no_ticket(&id))
}

/// Accounts for every millisecond of a ticket, for each promise about it.
#[utoipa::path(
    get,
    path = "/v1/tickets/{id}/ledger",
    tag = "tickets",
    params(
        ("id" = String, Path, description = "The ticket's identity or number"),
        ("at" = Option<String>, Query, description = "As things stood then, RFC 3339. Default: now"),
    ),
    responses(
        (status = 200, description = "The ledgers", body = LedgerView),
        (status = 400, description = "A parameter is not understood: a problem that names it", content_type = "application/problem+json"),
        (status = 404, description = "There is no such ticket: a problem", content_type = "application/problem+json"),
    )
)]
pub(super) async fn ledger(
    State(doors): State<Doors>,
    Path(id): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<LedgerView>, Problem> {
    let at = instant(&parameters)?;
    for desk in doors.desks.iter() {
        let ledger = desk
            .ledger(&id, at)
            .await
            .map_err(|e| problems::failed(&e))?;
        if let Some(ledger) = ledger {
            return Ok(Json(ledger));
        }
    }
    Err(problems::no_ticket(&id))
}

/// The parameter `at`, which is the only one.
fn instant(parameters: &Parameters) -> Result<Option<Timestamp>, Problem> {
    let mut at = None;
    for (name, value) in pairs(parameters) {
        match (name, value.parse()) {
            ("at", Ok(instant)) => at = Some(instant),
            ("at", Err(_)) => {
                let why = format!("`{value}` is no instant; write 2026-11-22T06:30:00Z");
                return Err(problems::parameter("at", why));
            }
            _ => {
                let why = format!("there is no parameter `{name}`; want at");
                return Err(problems::parameter(name, why));
            }
        }
    }
    Ok(at)
}
