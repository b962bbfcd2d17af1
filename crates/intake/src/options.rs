//! What an operator sets.

use std::path::PathBuf;
use std::time::Duration;

use posthouse_runtime::config::Config;

/// What an operator sets of intake; see `docs/configuration.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What this process calls itself.
    pub node: String,
    /// The folder of the outbox. No other process uses it.
    pub dir: PathBuf,
    /// Most commands kept on disk while the log is away.
    pub outbox_tickets_max: usize,
    /// Ticket numbers leased at once.
    pub numbers_per_block: u32,
    /// How long an `Idempotency-Key` is remembered, in hours.
    pub idempotency_hours: u32,
    /// How long a command waits for the log before it goes to the outbox, in milliseconds.
    pub publish_wait_ms: u64,
    /// How long a command waits for one answer of the read side, in milliseconds.
    pub read_side_wait_ms: u64,
    /// Largest body of a request, in bytes.
    pub body_bytes_max: usize,
}

impl Options {
    /// How long one answer of the read side is waited for unless set otherwise, in milliseconds.
    pub const READ_SIDE_WAIT_MS: u64 = 500;

    /// What a configuration says. The outbox of each region has a folder of its own.
    #[must_use]
    pub fn of(config: &Config, region: &str) -> Self {
        Self {
            node: config.node.name(),
            dir: config.node.data_dir.join(region).join("intake"),
            outbox_tickets_max: config.intake.outbox_tickets_max,
            numbers_per_block: config.intake.numbers_per_block,
            idempotency_hours: config.intake.idempotency_hours,
            publish_wait_ms: config.intake.publish_wait_ms,
            read_side_wait_ms: Self::READ_SIDE_WAIT_MS,
            body_bytes_max: config.http.body_bytes_max,
        }
    }

    pub(crate) const fn publish_wait(&self) -> Duration {
        Duration::from_millis(self.publish_wait_ms)
    }

    pub(crate) const fn read_side_wait(&self) -> Duration {
        Duration::from_millis(self.read_side_wait_ms)
    }
}
