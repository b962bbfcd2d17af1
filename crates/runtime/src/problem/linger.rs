//! Bodies that nobody reads to their end, read to their end.
//!
//! An answer that comes before a request has been read whole, such as "too large", is lost when
//! the connection is closed over what the caller still sends: the caller sees a reset in place of
//! the answer. So what is left of a body is read and thrown away, within bounds.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures::{Stream, StreamExt};

use crate::limits::{LINGER_BYTES_MAX, LINGER_MAX};

/// Sees to it that the body of a request is read, whatever the answer to it.
pub(super) async fn linger(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = if body.is_end_stream() {
        body
    } else {
        Body::from_stream(Lingering(Some(body.into_data_stream())))
    };
    next.run(Request::from_parts(head, body)).await
}

/// A body that is read on when it is dropped before its end.
struct Lingering(Option<BodyDataStream>);

impl Stream for Lingering {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(rest) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let polled = rest.poll_next_unpin(context);
        // After its end, or a failure, there is nothing to read on.
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.0 = None;
        }
        polled
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let (Some(rest), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        runtime.spawn(tokio::time::timeout(LINGER_MAX, throw_away(rest)));
    }
}

async fn throw_away(mut rest: BodyDataStream) {
    let mut bytes = 0;
    while let Some(Ok(chunk)) = rest.next().await {
        bytes += chunk.len();
        if bytes > LINGER_BYTES_MAX {
            return;
        }
    }
}
