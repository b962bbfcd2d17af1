//! What stands around every router: bounds on size and time, and problem documents for what the
//! framework itself refuses.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, Uri};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use super::linger::linger;
use super::problems;

/// The wait that callers are asked for when an answer took too long.
const SLOW_RETRY: Duration = Duration::from_secs(1);

/// Puts bounds around a router, and makes a problem document of every refusal: no such path, no
/// such method, a body larger than `body_bytes_max`, an answer slower than `request_timeout`, a
/// handler that panics.
///
/// Call it once, when all routes are there.
pub fn guard(router: Router, body_bytes_max: usize, request_timeout: Duration) -> Router {
    router
        .fallback(no_path)
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::max(body_bytes_max))
        .layer(CatchPanicLayer::custom(broken))
        .layer(from_fn_with_state(request_timeout, in_time))
        .layer(from_fn(linger))
}

async fn no_path(uri: Uri) -> Response {
    problems::NO_PATH
        .detail(format!("no route for {}", uri.path()))
        .into_response()
}

async fn no_method(method: Method, uri: Uri) -> Response {
    problems::NO_METHOD
        .detail(format!("{} does not take {method}", uri.path()))
        .into_response()
}

async fn in_time(State(timeout): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_elapsed) => problems::TOO_SLOW
            .detail(
                "it may have been carried out; asking again with the same Idempotency-Key is safe",
            )
            .retry_after(SLOW_RETRY)
            .into_response(),
    }
}

fn broken(panic: Box<dyn Any + Send>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("something that is no text");
    tracing::error!(
        code = problems::BROKEN.code(),
        panic = said,
        "an HTTP handler panicked"
    );
    problems::BROKEN.into_response()
}
