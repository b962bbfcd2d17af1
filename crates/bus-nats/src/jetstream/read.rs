//! Reading a stream in order, without leaving anything behind on the server.
//!
//! A reader is a consumer in the server's memory that nobody acknowledges to. Its deliveries are
//! counted, so a gap is noticed; then, and whenever the consumer or the connection is lost, the
//! reader makes another one that begins after the last message it has read.
//!
//! # Invariants
//!
//! - Each message comes once, in order, over any number of reconnects.
//! - Reading to the end ends: at the last sequence that the stream had when reading began, or
//!   when the server has nothing more, which is what messages that were deleted or grew too old
//!   in the meantime leave.

use std::sync::Arc;

use async_nats::jetstream::consumer::{AckPolicy, Config, DeliverPolicy, Info};
use futures::StreamExt;
use futures::stream::unfold;
use posthouse_bus::{AckToken, Deliveries, Delivery, Error, Until};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::connection::Connection;
use super::convert;
use super::fetch;
use super::pull::{Demand, Heard, Pull};
use super::settings;

/// What is read.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// The stream.
    pub(super) stream: String,
    /// The subjects; all, when empty.
    pub(super) filters: Vec<String>,
    /// Whether only the last message of each subject is read, of those that are there.
    pub(super) last_of_each: bool,
    /// Whether payloads are left out.
    pub(super) headers_only: bool,
}

/// Begins to read.
pub(super) async fn read(
    connection: &Arc<Connection>,
    scope: Scope,
    from: u64,
    until: Until,
) -> Result<Deliveries, Error> {
    let info = fetch::stream_info(connection, &scope.stream).await?;
    let last = info.state.last_sequence;
    let mut reader = Reader {
        connection: Arc::clone(connection),
        stream: scope.stream.as_str().into(),
        replicas: info.config.num_replicas,
        scope,
        next: from.max(1),
        end: (until == Until::Now).then_some(last),
        source: None,
        failures: 0,
        done: until == Until::Now && from > last,
    };
    if !reader.done {
        // What cannot be read at all is said now rather than with the first delivery.
        reader.open().await?;
    }
    let deliveries = unfold(reader, |mut reader| async {
        let delivery = reader.next().await.transpose()?;
        Some((delivery, reader))
    });
    Ok(deliveries.boxed())
}

struct Reader {
    connection: Arc<Connection>,
    scope: Scope,
    stream: Arc<str>,
    replicas: usize,
    /// The lowest sequence that was not read.
    next: u64,
    /// Where reading ends, if it does.
    end: Option<u64>,
    source: Option<Source>,
    failures: u32,
    done: bool,
}

/// A consumer, and how far we have read it.
struct Source {
    name: String,
    pull: Pull,
    delivered: u64,
    /// Whether we wait for a replica that may lag.
    is_last_look: bool,
}

/// A request for a consumer, on the wire.
#[derive(Serialize)]
struct CreateConsumer<'a> {
    stream_name: &'a str,
    config: Config,
    action: &'static str,
}

impl Reader {
    /// The next delivery; none at the end.
    async fn next(&mut self) -> Result<Option<Delivery>, Error> {
        while !self.done {
            let Some(source) = &mut self.source else {
                if let Err(error) = self.reopen().await {
                    self.done = true;
                    return Err(error);
                }
                continue;
            };
            match source.pull.next().await {
                Heard::Message(message) => {
                    if let Some(delivery) = self.take(message) {
                        return Ok(Some(delivery));
                    }
                }
                Heard::NoMore => self.nothing_more().await,
                Heard::WrongPin => {}
                Heard::Silence => self.begin_anew(),
                Heard::Gone(why) => {
                    tracing::debug!(why, stream = &*self.stream, "reader lost");
                    self.begin_anew();
                }
            }
        }
        self.clean_up().await;
        Ok(None)
    }

    fn begin_anew(&mut self) {
        self.failures = self.failures.saturating_add(1);
        self.source = None;
    }

    /// A message, if it is the next one.
    fn take(&mut self, message: async_nats::Message) -> Option<Delivery> {
        let source = self.source.as_mut()?;
        let (mut delivery, place) = convert::delivery(message, &self.stream)?;
        if place.consumer_sequence != source.delivered + 1 {
            self.source = None;
            return None;
        }
        source.delivered = place.consumer_sequence;
        self.failures = 0;
        if delivery.sequence < self.next {
            return None;
        }
        if self.end.is_some_and(|end| delivery.sequence > end) {
            self.done = true;
            return None;
        }
        self.next = delivery.sequence + 1;
        self.done = self.end.is_some_and(|end| self.next > end);
        // Nothing is to be acknowledged.
        delivery.ack = AckToken::default();
        Some(delivery)
    }

    /// The server has nothing more at present. Whether that is the end depends: it also says so
    /// when it stumbles over a deleted message, or when the replica that we read lags.
    async fn nothing_more(&mut self) {
        let Some(source) = &mut self.source else {
            return;
        };
        if source.is_last_look {
            self.done = true;
            return;
        }
        let operation = format!("CONSUMER.INFO.{}.{}", self.stream, source.name);
        let what = format!("reader of stream {}", self.stream);
        let info: Result<Info, Error> = self.connection.api(&operation, &json!({}), &what).await;
        let Ok(info) = info else {
            self.begin_anew();
            return;
        };
        if info.num_pending > 0 {
            return;
        }
        if self.replicas < 2 {
            self.done = true;
            return;
        }
        source.is_last_look = true;
        source.pull.set_demand(Demand::Present {
            batch: settings::READER_BATCH,
            wait: Some(settings::REPLICA_LAG_WAIT),
        });
    }

    async fn reopen(&mut self) -> Result<(), Error> {
        if self.end.is_some() && self.failures > settings::READER_FAILURES_MAX {
            let what = format!("stream {} stopped answering", self.stream);
            return Err(Error::Unavailable(what));
        }
        let attempt = usize::try_from(self.failures).unwrap_or(usize::MAX);
        tokio::time::sleep(settings::pause(attempt, settings::RETRY_PAUSE_MAX)).await;
        match self.open().await {
            Err(error) if error.may_retry() => {
                tracing::debug!(%error, stream = &*self.stream, "reading cannot go on yet");
                self.failures = self.failures.saturating_add(1);
                if self.end.is_some() && self.failures > settings::READER_FAILURES_MAX {
                    return Err(error);
                }
                Ok(())
            }
            other => other,
        }
    }

    async fn open(&mut self) -> Result<(), Error> {
        let name = format!("reader_{}", Uuid::now_v7().simple());
        let request = CreateConsumer {
            stream_name: &self.stream,
            config: self.config(&name),
            action: "create",
        };
        let operation = format!("CONSUMER.CREATE.{}.{name}", self.stream);
        let what = format!("stream {}", self.stream);
        let info: Info = self.connection.api(&operation, &request, &what).await?;
        if self.end.is_some() && info.num_pending == 0 && self.replicas < 2 {
            self.done = true;
        }
        let pull = Pull::open(&self.connection, &self.stream, &name, self.demand()).await?;
        self.source = Some(Source {
            name,
            pull,
            delivered: 0,
            is_last_look: false,
        });
        Ok(())
    }

    const fn demand(&self) -> Demand {
        let batch = settings::READER_BATCH;
        match self.end {
            Some(_) => Demand::Present { batch, wait: None },
            None => Demand::Forever { batch, group: None },
        }
    }

    fn config(&self, name: &str) -> Config {
        // Only the first consumer may pick the last of each: it has read them in an order that
        // has nothing to do with where a second one would have to go on.
        let deliver_policy = if self.scope.last_of_each && self.next == 1 {
            DeliverPolicy::LastPerSubject
        } else {
            DeliverPolicy::ByStartSequence {
                start_sequence: self.next,
            }
        };
        Config {
            name: Some(name.to_owned()),
            deliver_policy,
            ack_policy: AckPolicy::None,
            filter_subjects: self.scope.filters.clone(),
            headers_only: self.scope.headers_only,
            inactive_threshold: settings::READER_KEPT,
            num_replicas: 1,
            memory_storage: true,
            ..Config::default()
        }
    }

    /// Removes the consumer; the server would do so too, later.
    async fn clean_up(&mut self) {
        let Some(source) = self.source.take() else {
            return;
        };
        let subject = format!("$JS.API.CONSUMER.DELETE.{}.{}", self.stream, source.name);
        let client = &self.connection.client;
        let inbox = client.new_inbox();
        if let Err(error) = client.publish_with_reply(subject, inbox, "".into()).await {
            tracing::debug!(%error, "reader not removed; the server will do it");
        }
    }
}
