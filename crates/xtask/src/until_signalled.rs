//! An end that leaves nothing behind: what was started is dropped, and with it its processes.

use std::future::Future;

use tokio::signal::unix::{SignalKind, signal};

/// Waits for `work`, or for SIGINT or SIGTERM: then there is nothing to give, and the work was
/// dropped.
pub(crate) async fn until_signalled<T>(work: impl Future<Output = T>) -> Option<T> {
    let signalled = async {
        match (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        ) {
            (Ok(mut interrupt), Ok(mut terminate)) => {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
            // Without handlers, signals end the process as they always do.
            _ => std::future::pending().await,
        }
    };
    tokio::select! {
        given = work => Some(given),
        () = signalled => None,
    }
}
