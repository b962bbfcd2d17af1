//! What the connection tells by itself: that it came or went, and what the server forbids.

use std::sync::atomic::{AtomicBool, Ordering};

use async_nats::{Event, ServerError};
use posthouse_bus::Error;
use tokio::sync::{broadcast, watch};

/// Violations that may wait to be looked at; more are only logged.
const VIOLATIONS_MAX: usize = 64;

/// Something that the server forbids us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Violation {
    /// The subject.
    pub(super) subject: String,
    /// What the server said.
    pub(super) why: String,
}

impl Violation {
    /// Reads the server's words: `Permissions Violation for Publish to "ph.a"`.
    fn parse(words: &str) -> Option<Self> {
        let is_violation = words
            .to_ascii_lowercase()
            .starts_with("permissions violation");
        let mut quoted = words.split('"');
        let subject = quoted.nth(1)?;
        is_violation.then(|| Self {
            subject: subject.to_owned(),
            why: words.to_owned(),
        })
    }

    /// The same, as the answer to an attempt at `doing`.
    pub(super) fn into_error(self, doing: &str) -> Error {
        Error::Refused {
            doing: doing.to_owned(),
            code: 0,
            why: self.why,
        }
    }
}

/// The state of the connection.
pub(super) struct Health {
    connected: AtomicBool,
    closed: AtomicBool,
    /// Counts how often the connection was made.
    epochs: watch::Sender<u64>,
    violations: broadcast::Sender<Violation>,
    ended: watch::Sender<bool>,
}

impl Health {
    pub(super) fn new() -> Self {
        Self {
            connected: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            epochs: watch::Sender::new(0),
            violations: broadcast::Sender::new(VIOLATIONS_MAX),
            ended: watch::Sender::new(false),
        }
    }

    /// Takes note of what happened to the connection.
    pub(super) fn note(&self, event: &Event) {
        match event {
            Event::Connected => {
                tracing::info!("connected to the bus");
                self.connected.store(true, Ordering::Relaxed);
                self.epochs.send_modify(|epoch| *epoch += 1);
            }
            Event::Disconnected => {
                tracing::warn!("lost the connection to the bus");
                self.connected.store(false, Ordering::Relaxed);
            }
            Event::Closed => {
                self.connected.store(false, Ordering::Relaxed);
                self.ended.send_replace(true);
            }
            Event::SlowConsumer(subscription) => {
                tracing::error!(subscription, "the bus sends faster than we take: dropped");
            }
            Event::ServerError(ServerError::Other(words)) => {
                tracing::error!(error = words, "the bus reports an error");
                if let Some(violation) = Violation::parse(words) {
                    // Nobody may be waiting; then the log entry is all there is to do.
                    self.violations.send(violation).ok();
                }
            }
            Event::ServerError(_) | Event::ClientError(_) => {
                tracing::error!(error = %event, "the bus reports an error");
            }
            Event::LameDuckMode | Event::Draining => tracing::info!(%event, "bus connection"),
        }
    }

    pub(super) fn set_connected(&self) {
        self.connected.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed) && !self.is_closed()
    }

    pub(super) fn set_closed(&self) -> bool {
        self.closed.swap(true, Ordering::Relaxed)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Changes each time that the connection is made.
    pub(super) fn epochs(&self) -> watch::Receiver<u64> {
        self.epochs.subscribe()
    }

    pub(super) fn violations(&self) -> broadcast::Receiver<Violation> {
        self.violations.subscribe()
    }

    /// Waits until the connection has ended for good.
    pub(super) async fn ended(&self) {
        // The sender lives in `self`: waiting cannot fail.
        self.ended.subscribe().wait_for(|ended| *ended).await.ok();
    }
}

/// Waits until the server forbids `subject`; for ever, if it does not.
pub(super) async fn forbidden(
    violations: &mut broadcast::Receiver<Violation>,
    subject: &str,
) -> Violation {
    loop {
        match violations.recv().await {
            Ok(violation) if violation.subject == subject => return violation,
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_forbidden() {
        let words = r#"Permissions Violation for Publish to "ph.a.00.opened""#;
        assert_eq!(Violation::parse(words).unwrap().subject, "ph.a.00.opened");
        let words = r#"Permissions Violation for Subscription to "_INBOX.>" using queue "q""#;
        assert_eq!(Violation::parse(words).unwrap().subject, "_INBOX.>");
        assert_eq!(Violation::parse("Maximum Connections Exceeded"), None);
        assert_eq!(Violation::parse(r#"Unknown "thing""#), None);
    }
}
