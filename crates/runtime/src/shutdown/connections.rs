//! The connections of an HTTP server: how many there may be, and how patient it is with each.
//!
//! A client that sends its headers one byte a minute, or none at all, costs a connection for as
//! long as it is waited for. So it is not waited for long, and there are only so many places.
//! (A slow *body* is the router's business: it has the time of a request.)

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::limits;
use crate::metrics::Connections;

/// Serves `router` on what comes in until `stop`; then closes what is idle and waits for what is
/// not.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    counts: Connections,
    stop: CancellationToken,
) {
    counts.bounded(limits::CONNECTIONS_MAX);
    let connections = GracefulShutdown::new();
    let accepting = accept(&listener, &router, &connections, &counts);
    stop.run_until_cancelled(accepting).await;
    drop(listener);
    connections.shutdown().await;
}

/// Gives each connection a place and a task of its own, for ever.
async fn accept(
    listener: &TcpListener,
    router: &Router,
    connections: &GracefulShutdown,
    counts: &Connections,
) {
    let places = Arc::new(Semaphore::new(limits::CONNECTIONS_MAX));
    loop {
        let place = take_place(&places).await;
        match listener.accept().await {
            Ok((stream, peer)) => {
                let serving = converse(stream, peer, router.clone(), connections.watcher());
                let counted = counts.opened();
                tokio::spawn(async move {
                    serving.await;
                    drop((place, counted));
                });
            }
            // It was gone before it was greeted.
            Err(error) if is_of_one_connection(error.kind()) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted now");
                tokio::time::sleep(limits::ACCEPT_RETRY).await;
            }
        }
    }
}

/// A place among the connections; where there is none, whoever comes waits in the system's queue.
async fn take_place(places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    if let Ok(place) = Arc::clone(places).try_acquire_owned() {
        return place;
    }
    tracing::warn!(
        connections = limits::CONNECTIONS_MAX,
        "all places for HTTP connections are taken"
    );
    let place = Arc::clone(places).acquire_owned().await;
    place.expect("nobody closes the places")
}

/// Answers the requests of one connection.
async fn converse(stream: TcpStream, peer: SocketAddr, router: Router, watcher: Watcher) {
    // Answers are small; waiting to fill a packet would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps collecting small packets");
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEADERS_WAIT)
        // The one bounds a head that is there whole, the other one that never ends.
        .max_header_size(limits::HEADERS_BYTES_MAX)
        .max_buf_size(limits::HEADERS_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%peer, %error, "a connection ended badly");
    }
}

fn is_of_one_connection(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}
