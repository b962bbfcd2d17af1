//! An inbox that intakes share: a pull consumer with an acknowledgement for each message.

use std::sync::Arc;

use async_nats::jetstream::consumer;
use async_trait::async_trait;
use bytes::Bytes;
use posthouse_bus::topology::InboxSpec;
use posthouse_bus::{AckToken, Error, InboxConsumer, InboxDelivery};
use serde_json::json;
use tokio::time::Duration;

use super::connection::Connection;
use super::convert;
use super::pull::{Demand, Heard, Pull};
use super::settings;

const DEMAND: Demand = Demand::Forever {
    batch: settings::INBOX_BATCH,
    group: None,
};

/// Joins an inbox.
///
/// # Errors
///
/// [`Error::NotFound`] if its consumer was not provisioned.
pub(super) async fn inbox(
    connection: &Arc<Connection>,
    spec: &InboxSpec,
) -> Result<Box<dyn InboxConsumer>, Error> {
    let mut inbox = NatsInbox {
        connection: Arc::clone(connection),
        stream: spec.stream.as_str().into(),
        consumer: spec.consumer.clone(),
        pull: None,
        ready: Vec::new(),
        failures: 0,
    };
    inbox.listen().await?;
    Ok(Box::new(inbox))
}

struct NatsInbox {
    connection: Arc<Connection>,
    stream: Arc<str>,
    consumer: String,
    /// None while we have to begin anew.
    pull: Option<Pull>,
    ready: Vec<InboxDelivery>,
    failures: usize,
}

#[async_trait]
impl InboxConsumer for NatsInbox {
    async fn next(&mut self, deliveries_max: usize) -> Result<Vec<InboxDelivery>, Error> {
        let deliveries_max = deliveries_max.max(1);
        while self.ready.is_empty() {
            let Some(pull) = &mut self.pull else {
                self.listen_again().await?;
                continue;
            };
            let mut heard = Some(pull.next().await);
            // From here on nothing waits, so nothing can be lost when we are dropped.
            while let Some(it) = heard.take() {
                self.hear(it);
                if self.ready.len() < deliveries_max {
                    heard = self.pull.as_mut().and_then(Pull::next_ready);
                }
            }
        }
        let count = deliveries_max.min(self.ready.len());
        Ok(self.ready.drain(..count).collect())
    }

    async fn ack(&self, token: &AckToken) -> Result<(), Error> {
        self.settle(token, Bytes::from_static(b"+ACK")).await
    }

    async fn nak(&self, token: &AckToken, delay: Duration) -> Result<(), Error> {
        let nak = format!(r#"-NAK {{"delay":{}}}"#, delay.as_nanos().max(1));
        self.settle(token, nak.into()).await
    }
}

impl NatsInbox {
    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Message(message) => {
                if let Some((delivery, place)) = convert::delivery(message, &self.stream) {
                    let attempt = u32::try_from(place.attempt).unwrap_or(u32::MAX);
                    self.ready.push(InboxDelivery { delivery, attempt });
                    self.failures = 0;
                }
            }
            Heard::Silence => self.pull = None,
            Heard::Gone(why) => {
                tracing::warn!(why, stream = &*self.stream, "inbox not served");
                self.pull = None;
            }
            Heard::NoMore | Heard::WrongPin => {}
        }
    }

    async fn listen_again(&mut self) -> Result<(), Error> {
        self.failures += 1;
        tokio::time::sleep(settings::pause(self.failures, settings::RETRY_PAUSE_MAX)).await;
        match self.listen().await {
            Err(error) if error.may_retry() => {
                tracing::debug!(%error, "not listening to the inbox");
                Ok(())
            }
            other => other,
        }
    }

    async fn listen(&mut self) -> Result<(), Error> {
        let operation = format!("CONSUMER.INFO.{}.{}", self.stream, self.consumer);
        let what = format!("consumer {} of stream {}", self.consumer, self.stream);
        let found: Result<consumer::Info, Error> =
            self.connection.api(&operation, &json!({}), &what).await;
        found.map_err(|error| match error {
            Error::NotFound(_) => Error::NotFound(format!("{what}; provision the region first")),
            error => error,
        })?;
        let pull = Pull::open(&self.connection, &self.stream, &self.consumer, DEMAND).await?;
        self.pull = Some(pull);
        Ok(())
    }

    async fn settle(&self, token: &AckToken, how: Bytes) -> Result<(), Error> {
        if convert::Place::parse(&token.0).is_none() {
            return Err(Error::Refused {
                doing: "acknowledge".to_owned(),
                code: 0,
                why: format!("`{}` is no token of this bus", token.0),
            });
        }
        let reply = token.0.as_str().into();
        self.connection.send("acknowledge", reply, how).await
    }
}
