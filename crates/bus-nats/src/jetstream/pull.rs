//! Asking a pull consumer for messages.
//!
//! The client library has a stream of its own for this. It is not used because owning a
//! partition needs what that hides: to keep a pin over a reconnect, to ask on while a new owner is
//! busy, and to begin anew at once when the connection comes back, where the library may wait for
//! as long as a request lasts and five seconds more.
//!
//! # Invariants
//!
//! - [`Pull::next`] may be dropped while it waits without losing a message.
//! - Silence is noticed within twice the heartbeat, a reconnect at once.

use std::sync::Arc;

use async_nats::{Message, StatusCode, Subject, Subscriber};
use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use posthouse_bus::{Error, limits};
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{Duration, Instant};

use super::connection::Connection;
use super::settings;

/// What is asked of a consumer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Demand {
    /// Whatever comes, for ever, at most so many at once.
    Forever {
        /// Messages asked for at once.
        batch: usize,
        /// The priority group, if the consumer has one.
        group: Option<&'static str>,
    },
    /// What is there, at most so many at once.
    Present {
        /// Messages asked for at once.
        batch: usize,
        /// How long to wait for what is not there yet, if at all.
        wait: Option<Duration>,
    },
}

/// What the consumer said.
#[derive(Debug)]
pub(super) enum Heard {
    /// A message.
    Message(Message),
    /// There is nothing more at present; only on [`Demand::Present`].
    NoMore,
    /// Another client owns the partition.
    WrongPin,
    /// Nothing, although it should have: the connection was made anew, or the consumer moves.
    Silence,
    /// The consumer is gone, or cannot be asked so.
    Gone(String),
}

/// A pull request, on the wire.
#[derive(Serialize)]
struct Request<'a> {
    batch: usize,
    /// In nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    /// In nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_heartbeat: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    no_wait: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// Requests to one consumer, and what it sends.
pub(super) struct Pull {
    connection: Arc<Connection>,
    next_subject: Subject,
    inbox: Subject,
    messages: Subscriber,
    demand: Demand,
    /// By which the consumer knows us as the owner.
    pub(super) pin: Option<String>,
    /// Messages asked for that have not come.
    asked: usize,
    last_asked: Instant,
    last_heard: Instant,
    epochs: watch::Receiver<u64>,
}

impl Pull {
    /// Begins to listen; asks for nothing yet.
    pub(super) async fn open(
        connection: &Arc<Connection>,
        stream: &str,
        consumer: &str,
        demand: Demand,
    ) -> Result<Self, Error> {
        connection.check_open()?;
        let epochs = connection.health.epochs();
        let inbox = connection.client.new_inbox();
        let messages = connection
            .client
            .subscribe(inbox.clone())
            .await
            .map_err(|error| Error::Unavailable(format!("listen to {consumer}: {error}")))?;
        let now = Instant::now();
        Ok(Self {
            connection: Arc::clone(connection),
            next_subject: format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}").into(),
            inbox: inbox.into(),
            messages,
            demand,
            pin: None,
            asked: 0,
            last_asked: now,
            last_heard: now,
            epochs,
        })
    }

    /// Waits for the next message or change.
    pub(super) async fn next(&mut self) -> Heard {
        loop {
            if let Err(gone) = self.ask_if_due().await {
                return gone;
            }
            if let Some(message) = self.messages.next().now_or_never() {
                match self.hear(message) {
                    Some(heard) => return heard,
                    None => continue,
                }
            }
            let silent_at = self.silent_at();
            tokio::select! {
                message = self.messages.next() => {
                    if let Some(heard) = self.hear(message) {
                        return heard;
                    }
                }
                _ = self.epochs.changed() => return Heard::Silence,
                () = tokio::time::sleep_until(silent_at) => return Heard::Silence,
            }
        }
    }

    /// What is there already, if anything.
    pub(super) fn next_ready(&mut self) -> Option<Heard> {
        self.next().now_or_never()
    }

    /// A way to ask for `batch` messages more, apart from this.
    pub(super) fn asking(&self, batch: usize) -> Asking {
        Asking {
            connection: Arc::clone(&self.connection),
            subject: self.next_subject.clone(),
            inbox: self.inbox.clone(),
            request: self.request(batch),
        }
    }

    /// Asks differently from now on.
    pub(super) fn set_demand(&mut self, demand: Demand) {
        self.demand = demand;
        self.asked = 0;
    }

    fn silent_at(&self) -> Instant {
        let silence = match self.demand {
            Demand::Forever { .. } => limits::PULL_HEARTBEAT * 2 + limits::PULL_HEARTBEAT / 2,
            Demand::Present { .. } => settings::READER_SILENCE_MAX,
        };
        self.last_heard.max(self.last_asked) + silence
    }

    async fn ask_if_due(&mut self) -> Result<(), Heard> {
        // A request for what is present must have been answered before the next: the server
        // ends the second early while the first is under way.
        let (batch, enough) = match self.demand {
            Demand::Forever { batch, .. } => (batch, batch / 2),
            Demand::Present { batch, .. } => (batch, 0),
        };
        if self.asked > enough {
            return Ok(());
        }
        let asked = self.asking(batch).ask().await;
        asked.map_err(|error| Heard::Gone(error.to_string()))?;
        self.asked += batch;
        self.last_asked = Instant::now();
        Ok(())
    }

    fn request(&self, batch: usize) -> Bytes {
        let id = self.pin.as_deref();
        let request = match self.demand {
            Demand::Forever { group, .. } => Request {
                batch,
                expires: Some(nanos(limits::PULL_EXPIRES)),
                idle_heartbeat: Some(nanos(limits::PULL_HEARTBEAT)),
                no_wait: false,
                group,
                id,
            },
            Demand::Present { wait, .. } => Request {
                batch,
                expires: wait.map(nanos),
                idle_heartbeat: None,
                no_wait: wait.is_none(),
                group: None,
                id,
            },
        };
        let request = serde_json::to_vec(&request);
        request
            .expect("numbers and plain text can be written as JSON")
            .into()
    }

    /// What a message of the server means; `None` if it only means that the server lives.
    fn hear(&mut self, message: Option<Message>) -> Option<Heard> {
        let Some(message) = message else {
            return Some(Heard::Gone("the connection was closed".to_owned()));
        };
        self.last_heard = Instant::now();
        let Some(status) = message.status else {
            self.asked = self.asked.saturating_sub(1);
            return Some(Heard::Message(message));
        };
        match status {
            StatusCode::OK => {
                self.asked = self.asked.saturating_sub(1);
                Some(Heard::Message(message))
            }
            StatusCode::IDLE_HEARTBEAT => None,
            StatusCode::NOT_FOUND => {
                self.asked = 0;
                Some(Heard::NoMore)
            }
            StatusCode::TIMEOUT => {
                self.take_back(&message);
                matches!(self.demand, Demand::Present { .. }).then_some(Heard::NoMore)
            }
            StatusCode::PIN_ID_MISMATCH => {
                self.asked = 0;
                self.pin = None;
                Some(Heard::WrongPin)
            }
            StatusCode::REQUEST_TERMINATED => self.terminated(&message),
            StatusCode::NO_RESPONDERS => Some(Heard::Silence),
            status => Some(Heard::Gone(format!(
                "{status} {}",
                message.description.as_deref().unwrap_or_default()
            ))),
        }
    }

    /// A request ended before its time.
    fn terminated(&mut self, message: &Message) -> Option<Heard> {
        let why = message.description.as_deref().unwrap_or_default();
        if why == "Consumer Deleted" || why == "Consumer is push based" {
            return Some(Heard::Gone(why.to_owned()));
        }
        if self.take_back(message) {
            return None;
        }
        // The consumer moves to another server, or has too many who ask.
        Some(Heard::Silence)
    }

    /// Forgets those asked-for messages that a request that ended did not bring.
    fn take_back(&mut self, message: &Message) -> bool {
        let missing = message
            .headers
            .as_ref()
            .and_then(|headers| headers.get("Nats-Pending-Messages"))
            .and_then(|missing| missing.as_str().parse().ok());
        self.asked = self.asked.saturating_sub(missing.unwrap_or(self.asked));
        missing.is_some()
    }
}

/// A way to ask a consumer for messages.
pub(super) struct Asking {
    connection: Arc<Connection>,
    subject: Subject,
    inbox: Subject,
    request: Bytes,
}

impl Asking {
    pub(super) async fn ask(&self) -> Result<(), async_nats::PublishError> {
        self.connection
            .client
            .publish_with_reply(
                self.subject.clone(),
                self.inbox.clone(),
                self.request.clone(),
            )
            .await
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
