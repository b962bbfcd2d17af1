//! What callers are told when a question has no answer.

use axum::http::StatusCode;
use posthouse_runtime::problem::Problem;

use crate::error::Error;
use crate::limits;
use crate::query::QueryError;

const QUESTION: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    QueryError::CODE,
    "The question is not understood",
);
const NO_TICKET: Problem =
    Problem::new(StatusCode::NOT_FOUND, "DSK0008", "There is no such ticket");
const NO_LETTER: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "DSK0009",
    "There is no such dead letter",
);
const FULL: Problem = Problem::new(
    StatusCode::SERVICE_UNAVAILABLE,
    "DSK0010",
    "Too many ask for this at once",
);

const NO_AGENT: Problem = Problem::new(StatusCode::NOT_FOUND, "DSK0011", "There is no such agent");

/// The codes that callers see besides those of [`Error`]. Each has a page in `docs/errors`.
pub const CODES: [&str; 5] = [QueryError::CODE, "DSK0008", "DSK0009", "DSK0010", "DSK0011"];

/// The question is not understood.
pub(super) fn question(error: &QueryError) -> Problem {
    QUESTION.field(error.field(), error.to_string())
}

/// A parameter is not understood.
pub(super) fn parameter(name: &str, why: String) -> Problem {
    QUESTION.field(name, why)
}

/// The desk failed. What it met is for operators, not for callers.
pub(super) fn failed(error: &Error) -> Problem {
    tracing::error!(%error, code = error.code(), "a question was not answered");
    let problem = |status, title| Problem::new(status, error.code(), title);
    match error {
        Error::Bus(_) => problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "The log cannot be read now",
        )
        .retry_after(limits::RETRY_MAX),
        Error::Busy(_) | Error::Database { .. } => {
            problem(StatusCode::SERVICE_UNAVAILABLE, "The read side is busy")
                .retry_after(limits::RETRY_MAX)
        }
        Error::Damaged(_) => problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "The read side is being rebuilt",
        )
        .retry_after(limits::RETRY_MAX),
        Error::File { .. } | Error::Stopped(_) => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The read side met a fault of ours",
        ),
    }
}

/// The ticket is not there, or not there yet.
pub(super) fn no_ticket(name: &str) -> Problem {
    let name: String = name.chars().take(64).collect();
    NO_TICKET.detail(format!(
        "no ticket has the identity or number `{name}`; one that was just accepted appears within \
         a second"
    ))
}

/// Nobody of this key said anything or has a ticket.
pub(super) fn no_agent(key: &str) -> Problem {
    let key: String = key.chars().take(64).collect();
    NO_AGENT.detail(format!(
        "no agent `{key}` said anything of themselves here, and none has a ticket"
    ))
}

/// The dead letter is not there.
pub(super) fn no_letter(stream: &str, sequence: &str) -> Problem {
    let name: String = format!("{stream}/{sequence}").chars().take(64).collect();
    NO_LETTER.detail(format!(
        "no dead letter stands at `{name}`; want STREAM/SEQUENCE"
    ))
}

/// As many as can be served are being served.
pub(super) fn full(what: &'static str) -> Problem {
    FULL.detail(what).retry_after(limits::RETRY_MAX)
}
