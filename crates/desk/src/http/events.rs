//! The live stream of facts, as server-sent events.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, KeepAliveStream, Sse};
use futures::stream::{self, BoxStream, StreamExt};
use posthouse_runtime::problem::Problem;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast};

use super::{Doors, problems};
use crate::Desk;
use crate::events::Event as Fact;
use crate::telemetry::Listener;

type Events = BoxStream<'static, Result<Event, Infallible>>;

/// Tells of every fact from now on.
///
/// Events of type `fact` hold one fact each; one of type `dropped` says how many were lost
/// because the listener was too slow: `{"count": 12}`.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "tickets",
    responses(
        (status = 200, description = "Facts as they are folded", body = Fact, content_type = "text/event-stream"),
        (status = 503, description = "Too many listen: a problem with `Retry-After`", content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(
    State(doors): State<Doors>,
) -> Result<Sse<KeepAliveStream<Events>>, Problem> {
    let permit = std::sync::Arc::clone(&doors.listeners)
        .try_acquire_owned()
        .map_err(|_| problems::full("as many listen to events as can be served"))?;
    let counted: Vec<Listener> = doors
        .desks
        .iter()
        .map(|desk| desk.inner.telemetry.listener())
        .collect();
    let of_all = stream::select_all(doors.desks.iter().map(of_desk));
    let held = of_all.map(move |event| {
        let _until_the_stream_ends: (&OwnedSemaphorePermit, &[Listener]) = (&permit, &counted);
        event
    });
    Ok(Sse::new(held.boxed()).keep_alive(KeepAlive::default()))
}

/// A desk's events, until the process is to end.
fn of_desk(desk: &Desk) -> Events {
    let (desk, receiver) = (desk.clone(), desk.subscribe());
    let shutdown = desk.inner.shutdown.clone().cancelled_owned();
    stream::unfold((desk, receiver), next)
        .take_until(shutdown)
        .boxed()
}

async fn next(
    (desk, mut receiver): (Desk, broadcast::Receiver<Fact>),
) -> Option<(Result<Event, Infallible>, (Desk, broadcast::Receiver<Fact>))> {
    let event = match receiver.recv().await {
        Ok(fact) => Event::default().event("fact").json_data(&fact).ok()?,
        Err(RecvError::Lagged(count)) => {
            desk.inner.telemetry.events_dropped.inc_by(count);
            Event::default()
                .event("dropped")
                .data(format!("{{\"count\":{count}}}"))
        }
        Err(RecvError::Closed) => return None,
    };
    Some((Ok(event), (desk, receiver)))
}
