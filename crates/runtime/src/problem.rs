//! What callers are told when a request is refused: a problem document.
//!
//! Every refusal, whether a handler's or the framework's, leaves as
//! `application/problem+json` with a stable code, and names the fields that are at fault. Use
//! [`Json`], [`Path`] and [`Query`] of this module in place of axum's, and [`guard`] around the
//! router.
//!
//! # Source
//!
//! RFC 9457. `type` is a URI reference to the page of the code; `code` and `errors` are
//! extension members.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

mod extract;
mod guard;
mod linger;
#[cfg(test)]
mod tests;

pub use extract::{Json, Path, Query};
pub use guard::guard;

/// The media type of a problem document.
pub const CONTENT_TYPE: &str = "application/problem+json";
/// Where the pages of codes are, as a URI reference.
pub const PAGES: &str = "/errors/";

/// A problem: a status, a code with a page, a title that belongs to the code, and what was wrong
/// this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: Option<Cow<'static, str>>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Its path, such as `contact.email` or `attributes[2]`; empty for the whole body.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    code: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

impl Problem {
    /// A problem. The title is the same whenever the code is.
    #[must_use]
    pub const fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self {
            status,
            code,
            title,
            detail: None,
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// What was wrong this time, and what the caller can do. Callers are strangers: nothing of
    /// the inside of the system belongs here.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// A field that is at fault, and why.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.errors.push(FieldError {
            field: field.into(),
            message: message.into(),
        });
        self
    }

    /// When to try again: becomes `Retry-After`, in whole seconds rounded up.
    #[must_use]
    pub const fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable code, with a page in `docs/errors`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The fields that are at fault.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn document(&self) -> String {
        let document = Document {
            kind: format!("{PAGES}{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            detail: self.detail.as_deref(),
            code: self.code,
            errors: &self.errors,
        };
        serde_json::to_string(&document).expect("a document of texts and numbers is JSON")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let media = HeaderValue::from_static(CONTENT_TYPE);
        let mut response = (
            self.status,
            [(header::CONTENT_TYPE, media)],
            self.document(),
        )
            .into_response();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The problems that any HTTP door can have.
pub(crate) mod problems {
    use super::{Problem, StatusCode};

    pub(crate) const NOT_JSON: Problem =
        Problem::new(StatusCode::BAD_REQUEST, "HTTP0001", "The body is not JSON");
    pub(crate) const BAD_FIELD: Problem = Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "HTTP0002",
        "A field is not as it must be",
    );
    pub(crate) const NOT_UTF8: Problem =
        Problem::new(StatusCode::BAD_REQUEST, "HTTP0003", "The body is not UTF-8");
    pub(crate) const TOO_LARGE: Problem = Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "HTTP0004",
        "The body is too large",
    );
    pub(crate) const NOT_JSON_MEDIA: Problem = Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "HTTP0005",
        "The body is not declared as JSON",
    );
    pub(crate) const CUT_OFF: Problem = Problem::new(
        StatusCode::BAD_REQUEST,
        "HTTP0006",
        "The body did not arrive",
    );
    pub(crate) const BAD_QUERY: Problem = Problem::new(
        StatusCode::BAD_REQUEST,
        "HTTP0007",
        "The query is not as it must be",
    );
    pub(crate) const NO_PATH: Problem = Problem::new(
        StatusCode::NOT_FOUND,
        "HTTP0008",
        "There is nothing at this path",
    );
    pub(crate) const NO_METHOD: Problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "HTTP0009",
        "The path does not take this method",
    );
    pub(crate) const TOO_SLOW: Problem = Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "HTTP0010",
        "The answer took too long",
    );
    pub(crate) const BROKEN: Problem = Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "HTTP0011",
        "The request met a fault of ours",
    );
}
