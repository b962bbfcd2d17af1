//! The inbox as one intake gets to see it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use posthouse_bus::{AckToken, Delivery, Error, InboxConsumer, InboxDelivery};

use crate::Plant;
use crate::commands;
use crate::disk::Disk;
use crate::life::{Life, Wait};
use crate::process::INTAKE_STORE;

/// The inbox as one intake gets to see it.
pub(super) struct HostileInbox {
    life: Arc<Life>,
    disk: Arc<Disk>,
    /// Whoever settles a message and whoever waits for more take turns.
    inner: tokio::sync::Mutex<Box<dyn InboxConsumer>>,
    held: Option<Vec<InboxDelivery>>,
    wait: Wait,
    /// What was handed over and is not dealt with, by its token.
    open: Mutex<BTreeMap<String, Delivery>>,
}

impl HostileInbox {
    pub(super) fn new(life: Arc<Life>, disk: Arc<Disk>, inner: Box<dyn InboxConsumer>) -> Self {
        Self {
            life,
            disk,
            inner: tokio::sync::Mutex::new(inner),
            held: None,
            wait: Wait::default(),
            open: Mutex::default(),
        }
    }

    async fn hand_over(&mut self, deliveries_max: usize) -> Result<Vec<InboxDelivery>, Error> {
        loop {
            let batch = tokio::select! {
                biased;
                () = self.life.is_stopped() => None,
                batch = self.inner.get_mut().next(deliveries_max) => Some(batch),
            };
            match batch {
                Some(batch) => return batch,
                None => self.life.pass().await,
            }
        }
    }

    fn remember(&self, batch: &[InboxDelivery]) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for arrived in batch {
            let delivery = arrived.delivery.clone();
            open.insert(delivery.ack.0.clone(), delivery);
        }
    }

    /// An acknowledgement reaches the bus: then the message's fact is in the log or in the
    /// outbox, or the message was set aside.
    async fn acknowledge(&self, token: &AckToken) -> Result<(), Error> {
        let delivery = {
            let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.get(&token.0).cloned()
        };
        if let Some(delivery) = delivery
            && !self.is_dealt_with(&delivery)
        {
            self.life.world.violation(
                "no acknowledgement of the inbox runs ahead of the log and the outbox",
                format!(
                    "{} acked message {} of the inbox, which is in neither",
                    self.life.process, delivery.sequence
                ),
            );
        }
        self.inner.lock().await.ack(token).await
    }

    fn is_dealt_with(&self, delivery: &Delivery) -> bool {
        let world = &self.life.world;
        let why = world.set_aside(&delivery.stream, delivery.sequence);
        if why.is_some() {
            return true;
        }
        let fact = commands::fact_of(world.topology.subjects.region(), delivery);
        fact.is_some_and(|fact| {
            let name = fact.to_string();
            world.is_stored(&name) || self.disk.holds(INTAKE_STORE, "outbox", name.as_bytes())
        })
    }
}

#[async_trait]
impl InboxConsumer for HostileInbox {
    async fn next(&mut self, deliveries_max: usize) -> Result<Vec<InboxDelivery>, Error> {
        let batch = match self.held.take() {
            Some(batch) => batch,
            None => {
                let batch = self.hand_over(deliveries_max).await?;
                self.remember(&batch);
                if self.life.world.plan.plant == Some(Plant::EarlyAck) {
                    for arrived in &batch {
                        self.acknowledge(&arrived.delivery.ack).await?;
                    }
                }
                batch
            }
        };
        self.held = Some(batch);
        let life = Arc::clone(&self.life);
        life.go_on(&mut self.wait).await;
        life.reach()?;
        Ok(self.held.take().unwrap_or_default())
    }

    async fn ack(&self, token: &AckToken) -> Result<(), Error> {
        self.life.pass().await;
        self.life.reach()?;
        if self.life.strikes("lost ack", |rates| rates.lost_ack) {
            return Ok(());
        }
        let acked = self.acknowledge(token).await;
        self.life.pass().await;
        acked
    }

    async fn nak(&self, token: &AckToken, delay: Duration) -> Result<(), Error> {
        self.life.pass().await;
        self.life.reach()?;
        if self.life.strikes("lost ack", |rates| rates.lost_ack) {
            return Ok(());
        }
        self.inner.lock().await.nak(token, delay).await
    }
}
