//! Keeping a server running: a dead one is started again, on the same ports and the same data.
//!
//! It notices that the process ended, not that it hangs: a server that is merely slow must not
//! be killed by its keeper, and the bus has its own time-outs.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use tokio::time::sleep;

use super::LocalServer;
use super::error::Error;
use super::limits::{RESTART_DELAY_MAX, RESTART_DELAY_MIN, STABLE_AFTER};

/// What a supervisor reports.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The server died.
    Died {
        /// How: its exit status or the signal.
        status: &'a str,
    },
    /// A restart failed; there will be another unless the bound is reached.
    RestartFailed {
        /// Why.
        error: &'a Error,
    },
    /// The server runs again, on its old ports.
    Restarted {
        /// Its new process id.
        pid: u32,
    },
}

impl LocalServer {
    /// Keeps the server running until `stop` completes, then stops it.
    ///
    /// Address and data stay the same through restarts, so clients only reconnect. Dropping the
    /// future kills the server.
    ///
    /// # Errors
    ///
    /// - [`Error::GaveUp`] when it died, or failed to start, too often in a row.
    /// - [`Error::Unstoppable`] when the server could not be ended after `stop`.
    pub async fn supervise(
        mut self,
        stop: impl Future<Output = ()>,
        report: impl Fn(Event<'_>),
    ) -> Result<(), Error> {
        tokio::select! {
            // Stopping comes first: a server that dies while we stop is not worth a restart.
            biased;
            () = stop => {}
            error = self.keep(&report) => return Err(error),
        }
        self.stop().await
    }

    /// Restarts the server whenever it dies. Returns when it has to give up.
    async fn keep(&mut self, report: &impl Fn(Event<'_>)) -> Error {
        let mut delays = delays(self.options.restarts_max);
        loop {
            let since = Instant::now();
            let status = self.exited().await;
            report(Event::Died { status: &status });
            if since.elapsed() >= STABLE_AFTER {
                delays = self::delays(self.options.restarts_max);
            }
            if let Err(error) = self.revive(&mut delays, status, report).await {
                return error;
            }
            report(Event::Restarted { pid: self.pid() });
        }
    }

    async fn revive(
        &mut self,
        delays: &mut impl Iterator<Item = Duration>,
        mut last: String,
        report: &impl Fn(Event<'_>),
    ) -> Result<(), Error> {
        loop {
            let Some(delay) = delays.next() else {
                return Err(Error::GaveUp {
                    restarts: self.options.restarts_max,
                    last,
                });
            };
            sleep(delay).await;
            match self.restart().await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    report(Event::RestartFailed { error: &error });
                    last = error.to_string();
                }
            }
        }
    }
}

fn delays(restarts_max: usize) -> impl Iterator<Item = Duration> {
    ExponentialBuilder::new()
        .with_min_delay(RESTART_DELAY_MIN)
        .with_max_delay(RESTART_DELAY_MAX)
        .with_max_times(restarts_max)
        .build()
}

#[cfg(test)]
mod tests {
    use super::super::limits::RESTARTS_MAX;
    use super::*;

    #[test]
    fn restarts_are_bounded_and_ever_slower_up_to_a_limit() {
        let delays: Vec<Duration> = delays(RESTARTS_MAX).collect();
        assert_eq!(delays.len(), RESTARTS_MAX);
        assert_eq!(delays[0], RESTART_DELAY_MIN);
        assert!(delays.is_sorted());
        assert_eq!(delays.last(), Some(&RESTART_DELAY_MAX));
    }
}
