//! Answers: 202 for what was accepted, a problem document for what was not.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use posthouse_runtime::problem::Problem;
use serde::Serialize;

use crate::refused::Refused;
use crate::submit::Accepted;

/// The answer to an opening.
#[derive(Serialize)]
struct Opened<'a> {
    ticket_id: String,
    number: &'a str,
}

/// The answer to everything else; what is about an agent names no ticket.
#[derive(Serialize)]
struct Changed {
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket_id: Option<String>,
    fact_id: String,
}

/// 202, with what the sender needs to follow the ticket.
pub(super) fn accepted(accepted: &Accepted) -> Response {
    let ticket_id = accepted.ticket.to_string();
    match &accepted.number {
        Some(number) => {
            let location = HeaderValue::try_from(format!("/v1/tickets/{ticket_id}"))
                .expect("an identity is printable");
            let body = axum::Json(Opened { ticket_id, number });
            (StatusCode::ACCEPTED, [(header::LOCATION, location)], body).into_response()
        }
        None => {
            let body = Changed {
                ticket_id: accepted.kind.is_about_ticket().then_some(ticket_id),
                fact_id: accepted.fact.to_string(),
            };
            (StatusCode::ACCEPTED, axum::Json(body)).into_response()
        }
    }
}

/// A problem document.
pub(super) fn refused(refused: &Refused) -> Response {
    let (status, title) = status(refused);
    let mut problem = Problem::new(status, refused.code(), title);
    if let Refused::Invalid(problems) = refused {
        for wrong in problems {
            problem = problem.field(&wrong.field, &wrong.what);
        }
    }
    // What the disk or the bus said is for the log, not for strangers.
    if !matches!(refused, Refused::NotKept(_)) {
        problem = problem.detail(format!("failed to {refused}"));
    }
    if let Some(seconds) = refused.retry_after_s() {
        problem = problem.retry_after(Duration::from_secs(u64::from(seconds)));
    }
    problem.into_response()
}

/// The status of a refusal and the title of its code.
pub(super) const fn status(refused: &Refused) -> (StatusCode, &'static str) {
    match refused {
        Refused::Unreadable(_) => (StatusCode::BAD_REQUEST, "The body cannot be read"),
        Refused::Invalid(_) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "A field is not as it must be",
        ),
        Refused::MediaType(_) => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The content is of a type that is not read",
        ),
        Refused::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "The request is too large"),
        Refused::UnknownTicket(_) => (StatusCode::NOT_FOUND, "There is no such ticket"),
        Refused::NotAllowed { .. } => {
            (StatusCode::CONFLICT, "The ticket's state does not allow it")
        }
        Refused::KeyReused => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "The idempotency key was used for something else",
        ),
        Refused::InFlight => (
            StatusCode::CONFLICT,
            "A request with this idempotency key is being worked on",
        ),
        Refused::Busy(_) => (StatusCode::TOO_MANY_REQUESTS, "There is too much to do"),
        Refused::NotReady(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Something needed is not there",
        ),
        Refused::NotKept(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "It could not be written down",
        ),
        Refused::CutOff => (StatusCode::BAD_REQUEST, "The body did not arrive whole"),
        // Messages of the inbox, which get no answer over HTTP.
        Refused::Poison { .. } | Refused::Wire(_) => {
            (StatusCode::BAD_REQUEST, "The message cannot be read")
        }
    }
}
