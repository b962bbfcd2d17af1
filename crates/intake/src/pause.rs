//! Growing pauses between attempts.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio_util::sync::CancellationToken;

use crate::limits::{RETRY_FIRST, RETRY_MAX};

/// Pauses that grow from [`RETRY_FIRST`] to [`RETRY_MAX`].
pub(crate) struct Pause(ExponentialBackoff);

impl Pause {
    pub(crate) fn new() -> Self {
        let growing = ExponentialBuilder::default()
            .with_min_delay(RETRY_FIRST)
            .with_max_delay(RETRY_MAX)
            .without_max_times();
        Self(growing.build())
    }

    /// Something worked: the next pause is the first again.
    pub(crate) fn reset(&mut self) {
        *self = Self::new();
    }

    /// How long the next pause is.
    pub(crate) fn next(&mut self) -> Duration {
        self.0.next().unwrap_or(RETRY_MAX)
    }

    /// Waits, unless the process is to end.
    pub(crate) async fn wait(&mut self, shutdown: &CancellationToken) {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(self.next()) => {}
        }
    }
}
