//! A partition that a process owns or waits for.

use std::sync::Arc;

use async_trait::async_trait;
use posthouse_bus::memory::MemoryBus;
use posthouse_bus::topology::OwnedSpec;
use posthouse_bus::{AckToken, Bus, Delivery, Error, Owned, Turn};

use crate::Plant;
use crate::disk::Disk;
use crate::life::{Life, Wait};

/// How many of a thousand turns with several deliveries come in another order.
const PLANTED_SWAPS: u64 = 500;
/// How many of a thousand deliveries that come alone come after the next one.
const PLANTED_DELAYS: u64 = 300;

/// A partition that a process owns or waits for.
pub(super) struct HostileOwned {
    bus: Arc<MemoryBus>,
    life: Arc<Life>,
    disk: Arc<Disk>,
    spec: OwnedSpec,
    inner: Box<dyn Owned>,
    /// What the bus has handed over and the worker has not got yet.
    held: Option<Turn>,
    /// The wait before the worker gets it.
    wait: Wait,
    /// A delivery that is to come after the next one, where that is planted.
    delayed: Vec<Delivery>,
    /// The last delivery that the worker got.
    last: u64,
}

impl HostileOwned {
    pub(super) fn new(
        bus: Arc<MemoryBus>,
        life: Arc<Life>,
        disk: Arc<Disk>,
        spec: OwnedSpec,
        inner: Box<dyn Owned>,
    ) -> Self {
        Self {
            bus,
            life,
            disk,
            spec,
            inner,
            held: None,
            wait: Wait::default(),
            delayed: Vec::new(),
            last: 0,
        }
    }

    /// Waits for the bus to hand something over. A process that freezes meanwhile asks no longer.
    async fn hand_over(&mut self, deliveries_max: usize) -> Result<Turn, Error> {
        loop {
            let turn = tokio::select! {
                biased;
                () = self.life.is_stopped() => None,
                turn = self.inner.next(deliveries_max) => Some(turn),
            };
            match turn {
                Some(turn) => return turn,
                None => self.life.pass().await,
            }
        }
    }

    /// The connection breaks: the bus thinks for a while that this owner is silent.
    async fn reconnect(&mut self) -> Result<(), Error> {
        self.held = None;
        self.delayed.clear();
        self.inner = self.bus.own(&self.spec).await?;
        Ok(())
    }

    /// What the worker gets of what is held, at most so many deliveries.
    fn give(&mut self, turn: Turn, deliveries_max: usize) -> Turn {
        let Turn::Deliveries(mut deliveries) = turn else {
            self.last = 0;
            self.delayed.clear();
            return Turn::Taken;
        };
        if deliveries.len() > deliveries_max {
            let rest = deliveries.split_off(deliveries_max);
            self.held = Some(Turn::Deliveries(rest));
        }
        self.watch_order(&deliveries);
        Turn::Deliveries(deliveries)
    }

    /// The deliveries between two takeovers are in the order of the log.
    fn watch_order(&mut self, deliveries: &[Delivery]) {
        for delivery in deliveries {
            if delivery.sequence <= self.last {
                let (consumer, sequence, last) =
                    (&self.spec.consumer, delivery.sequence, self.last);
                self.life.world.violation(
                    "deliveries to an owner are in the order of the log",
                    format!("{consumer} got message {sequence} after {last}"),
                );
            }
            self.last = delivery.sequence;
        }
    }

    /// An acknowledgement reaches the bus.
    async fn acknowledge(&mut self, token: &AckToken) -> Result<(), Error> {
        let acked = token.0.rsplit(' ').next().unwrap_or_default();
        let acked: u64 = acked.parse().unwrap_or(u64::MAX);
        let committed = self.disk.committed(&self.spec.consumer);
        if acked > committed {
            let (process, consumer) = (&self.life.process, &self.spec.consumer);
            self.life.world.violation(
                "no acknowledgement runs ahead of the commit point",
                format!("{process} acked {acked} of {consumer}, but had committed {committed}"),
            );
        }
        self.inner.ack_through(token).await
    }

    /// What the plants make of a turn.
    async fn plant(&mut self, turn: Turn) -> Result<Turn, Error> {
        let Turn::Deliveries(mut deliveries) = turn else {
            return Ok(turn);
        };
        match self.life.world.plan.plant {
            Some(Plant::EarlyAck) => {
                if let Some(last) = deliveries.last() {
                    let token = last.ack.clone();
                    self.acknowledge(&token).await?;
                }
            }
            Some(Plant::Reorder) => self.reorder(&mut deliveries),
            _ => {}
        }
        Ok(Turn::Deliveries(deliveries))
    }

    fn reorder(&mut self, deliveries: &mut Vec<Delivery>) {
        if deliveries.len() == 1
            && self.delayed.is_empty()
            && self.life.draw(|dice| dice.strikes(PLANTED_DELAYS))
        {
            self.delayed.append(deliveries);
            return;
        }
        if deliveries.len() > 1 && self.life.draw(|dice| dice.strikes(PLANTED_SWAPS)) {
            let first = self.life.draw(|dice| dice.index(deliveries.len() - 1));
            deliveries.swap(first, first + 1);
        }
        deliveries.append(&mut self.delayed);
    }
}

#[async_trait]
impl Owned for HostileOwned {
    async fn next(&mut self, deliveries_max: usize) -> Result<Turn, Error> {
        loop {
            if self.held.is_none() {
                if self.life.strikes("reconnect", |rates| rates.reconnect) {
                    self.reconnect().await?;
                }
                let turn = self.hand_over(deliveries_max).await?;
                // From here on nothing may be lost, whenever this future is dropped.
                let turn = self.plant(turn).await?;
                self.held = Some(turn);
            }
            let life = Arc::clone(&self.life);
            life.go_on(&mut self.wait).await;
            life.reach()?;
            match self.held.take() {
                Some(Turn::Deliveries(none)) if none.is_empty() => {}
                Some(turn) => return Ok(self.give(turn, deliveries_max)),
                None => {}
            }
        }
    }

    async fn ack_through(&mut self, token: &AckToken) -> Result<(), Error> {
        self.life.pass().await;
        self.life.reach()?;
        if self.life.strikes("lost ack", |rates| rates.lost_ack) {
            return Ok(());
        }
        let acked = self.acknowledge(token).await;
        self.life.pass().await;
        acked
    }

    async fn release(self: Box<Self>) -> Result<(), Error> {
        self.life.pass().await;
        self.life.reach()?;
        let released = self.inner.release().await;
        self.life.pass().await;
        released
    }
}
