//! An HTTP server that ends with the process: it stops accepting when the drain begins, and
//! finishes the requests it has.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Shutdown, connections};
use crate::metrics::Metrics;

/// What keeps a server from starting.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Somebody else listens there.
    #[error(
        "listen on {address}: another process does; stop that one, or choose another address \
         with `--http` or `http.address` (port 0 takes any free one)"
    )]
    AddressTaken {
        /// The address.
        address: SocketAddr,
    },
    /// The system does not let us listen there.
    #[error("listen on {address}: {why}; choose another address with `--http` or `http.address`")]
    Refused {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        why: io::Error,
    },
}

impl ServeError {
    /// The stable code, with a page in `docs/errors`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AddressTaken { .. } => "RUN0005",
            Self::Refused { .. } => "RUN0006",
        }
    }

    fn of(address: SocketAddr, why: io::Error) -> Self {
        match why.kind() {
            ErrorKind::AddrInUse => Self::AddressTaken { address },
            _ => Self::Refused { address, why },
        }
    }
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    /// Where it listens: with the port that was chosen, when any would do.
    pub address: SocketAddr,
    /// Ends when the drain is over.
    pub task: JoinHandle<()>,
}

/// Serves `router` on `address` until the drain is over: at most
/// [`crate::limits::DRAIN_MAX`] after it has begun; then connections that are left are cut.
/// There are at most [`crate::limits::CONNECTIONS_MAX`] of them, and one that says nothing is
/// closed. How many there are is counted in `metrics`.
///
/// # Errors
///
/// [`ServeError`] when it cannot listen there.
pub async fn serve(
    address: SocketAddr,
    router: Router,
    shutdown: &Shutdown,
    metrics: &Metrics,
) -> Result<Server, ServeError> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|why| ServeError::of(address, why))?;
    let address = listener
        .local_addr()
        .map_err(|why| ServeError::of(address, why))?;
    let (shutdown, counts) = (shutdown.clone(), metrics.connections());
    let task = tokio::spawn(async move {
        let serving = connections::serve(listener, router, counts, shutdown.token());
        if let Err(overdue) = shutdown.bounded(serving).await {
            tracing::warn!(%address, code = overdue.code(), "requests failed to {overdue}");
        }
    });
    Ok(Server { address, task })
}
