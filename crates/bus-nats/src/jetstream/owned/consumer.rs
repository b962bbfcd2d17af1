//! What an owner asks of the consumer of its partition.

use std::sync::Arc;

use async_nats::jetstream::consumer;
use bytes::Bytes;
use posthouse_bus::Error;
use serde_json::{Value, json};

use super::super::connection::Connection;
use super::super::pull::{Demand, Pull};
use super::super::settings;

const ACK: Bytes = Bytes::from_static(b"+ACK");
const DEMAND: Demand = Demand::Forever {
    batch: settings::OWNER_BATCH,
    group: Some(settings::OWNER_GROUP),
};

/// The consumer of a partition.
pub(super) struct Consumer {
    pub(super) connection: Arc<Connection>,
    pub(super) stream: Arc<str>,
    pub(super) name: String,
}

impl Consumer {
    pub(super) fn what(&self) -> String {
        format!("consumer {} of stream {}", self.name, self.stream)
    }

    /// That the consumer is there and can be owned. Tells whether it has to be woken.
    pub(super) async fn check(&self) -> Result<bool, Error> {
        let operation = format!("CONSUMER.INFO.{}.{}", self.stream, self.name);
        let what = self.what();
        let info: consumer::Info = match self.connection.api(&operation, &json!({}), &what).await {
            Err(Error::NotFound(_)) => {
                return Err(Error::NotFound(format!(
                    "{what}; provision the region first"
                )));
            }
            info => info?,
        };
        let groups = &info.config.priority_groups;
        if groups.iter().any(|group| group == settings::OWNER_GROUP) {
            let is_vacant = info
                .priority_groups
                .iter()
                .all(|it| it.pinned_client_id.is_none());
            return Ok(is_vacant && info.num_ack_pending > 0);
        }
        Err(Error::Refused {
            doing: format!("own {what}"),
            code: 0,
            why: "it does not pin an owner; provision the region again".to_owned(),
        })
    }

    pub(super) async fn pull(&self) -> Result<Pull, Error> {
        Pull::open(&self.connection, &self.stream, &self.name, DEMAND).await
    }

    pub(super) async fn listen(&self, pin: Option<String>) -> Result<(Pull, bool), Error> {
        let must_wake = self.check().await?;
        let mut pull = self.pull().await?;
        pull.pin = pin;
        Ok((pull, must_wake))
    }

    pub(super) async fn reset(&self) -> Result<(), Error> {
        let operation = format!("CONSUMER.RESET.{}.{}", self.stream, self.name);
        let what = self.what();
        let _: Value = self.connection.api(&operation, &json!({}), &what).await?;
        Ok(())
    }

    pub(super) async fn unpin(&self) -> Result<(), Error> {
        let operation = format!("CONSUMER.UNPIN.{}.{}", self.stream, self.name);
        let body = json!({ "group": settings::OWNER_GROUP });
        let _: Value = self.connection.api(&operation, &body, &self.what()).await?;
        Ok(())
    }

    pub(super) async fn ack(&self, reply: &str) -> Result<(), Error> {
        self.connection.send("acknowledge", reply.into(), ACK).await
    }

    /// Waits until the server has an acknowledgement, so that the next owner need not read
    /// again what we have dealt with.
    pub(super) async fn confirm_ack(&self, reply: &str) {
        let doing = format!("acknowledge to {}", self.what());
        let answer = self
            .connection
            .ask(&doing, reply, ACK, settings::API_WAIT)
            .await;
        if let Err(error) = answer {
            tracing::debug!(%error, "last acknowledgement not confirmed; messages may come again");
        }
    }
}
