//! The end of a process: asked for by a signal, gone about in order, bounded in time.
//!
//! SIGTERM and SIGINT start the drain: readiness turns false, what is under way is finished,
//! nothing new is begun. A second signal ends the process at once, with the exit code that
//! shells give to a process which that signal killed: 143 for SIGTERM, 130 for SIGINT. Ending at
//! once is safe, as kill -9 is; only the successor has more to replay.

use std::future::Future;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::health::Health;
use crate::limits;

mod connections;
mod server;
#[cfg(test)]
mod tests;

pub use server::{ServeError, Server, serve};

/// The exit code after a second signal, when it was SIGTERM.
pub const EXIT_TERMINATED: i32 = 128 + 15;
/// The exit code after a second signal, when it was SIGINT.
pub const EXIT_INTERRUPTED: i32 = 128 + 2;

/// The process's way out. Copies are the same way.
#[derive(Clone, Debug)]
pub struct Shutdown {
    health: Health,
    token: CancellationToken,
}

/// Work that was not finished [`limits::DRAIN_MAX`] after the drain had begun. What it left is
/// left to a successor. Operators see `RUN0008`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("finish within {} s of being asked to end", limits::DRAIN_MAX.as_secs())]
pub struct Overdue;

impl Overdue {
    /// The stable code, with a page in `docs/errors`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "RUN0008"
    }
}

impl Shutdown {
    /// A process that runs, and whose readiness this is.
    #[must_use]
    pub fn new(health: Health) -> Self {
        Self {
            health,
            token: CancellationToken::new(),
        }
    }

    /// Starts the drain at the first SIGTERM or SIGINT, and ends the process at the second.
    ///
    /// # Errors
    ///
    /// When the system does not let us listen for signals.
    pub fn on_signals(&self) -> io::Result<()> {
        let signals = Signals::listen()?;
        tokio::spawn(obey(signals, self.clone()));
        Ok(())
    }

    /// Starts the drain: readiness turns false, then everybody who waits for it is told.
    pub fn drain(&self) {
        self.health.drain();
        self.token.cancel();
    }

    /// Whether the drain has begun.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits for the drain to begin.
    pub async fn draining(&self) {
        self.token.cancelled().await;
    }

    /// A token that is cancelled when the drain begins. Cancelling it starts no drain.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.token.child_token()
    }

    /// Runs `work` to its end, or until [`limits::DRAIN_MAX`] after the drain has begun.
    ///
    /// # Errors
    ///
    /// [`Overdue`] when it had to be dropped.
    pub async fn bounded<T>(&self, work: impl Future<Output = T>) -> Result<T, Overdue> {
        let patience = async {
            self.draining().await;
            tokio::time::sleep(limits::DRAIN_MAX).await;
        };
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = patience => Err(Overdue),
        }
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The exit code that belongs to the next signal.
    async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.terminate.recv() => EXIT_TERMINATED,
            _ = self.interrupt.recv() => EXIT_INTERRUPTED,
        }
    }
}

async fn obey(mut signals: Signals, shutdown: Shutdown) {
    signals.next().await;
    tracing::info!(
        seconds_max = limits::DRAIN_MAX.as_secs(),
        "asked to end: finishing what is under way; a second signal ends at once"
    );
    shutdown.drain();
    let code = signals.next().await;
    tracing::warn!(code, "asked again to end: leaving at once");
    std::process::exit(code);
}
