//! A partition as the bus sees it: how far it was acknowledged, and who is served.

use std::sync::Arc;

use posthouse_domain::Timestamp;
use tokio::sync::Notify;

use super::log::Log;
use super::shared::{Look, millis};
use crate::subject::matches;
use crate::topology::OwnedSpec;
use crate::{Turn, limits};

/// The consumer of a partition.
pub(super) struct Partition {
    pub(super) filters: Vec<String>,
    /// Wakes who waits for a turn.
    pub(super) changed: Arc<Notify>,
    name: String,
    /// Everything up to here is acknowledged.
    floor: u64,
    /// Everything up to here was delivered.
    delivered: u64,
    delivered_at: Timestamp,
    pin: Option<Pin>,
}

/// Who is served.
struct Pin {
    owner: u64,
    /// Whether it waits for its turn now: then it is not silent, however long it takes.
    asking: bool,
    heard_at: Timestamp,
}

impl Partition {
    pub(super) fn new(spec: &OwnedSpec, now: Timestamp) -> Self {
        Self {
            filters: spec.filters.clone(),
            changed: Arc::default(),
            name: spec.consumer.clone(),
            floor: 0,
            delivered: 0,
            delivered_at: now,
            pin: None,
        }
    }

    /// Whether a message on `subject` is for this partition.
    pub(super) fn reads(&self, subject: &str) -> bool {
        self.filters.iter().any(|it| matches(it, subject))
    }

    /// One look of `owner` for its turn.
    pub(super) fn ask(
        &mut self,
        log: &Log,
        owner: u64,
        deliveries_max: usize,
        now: Timestamp,
    ) -> Look<Turn> {
        self.forget_silent_owner(now);
        match &mut self.pin {
            Some(pin) if pin.owner == owner => {
                pin.asking = true;
                pin.heard_at = now;
                self.deliver(log, deliveries_max, now)
            }
            Some(pin) => {
                let free_at = (!pin.asking).then(|| pin.free_at());
                Look::NotYet(Arc::clone(&self.changed), free_at)
            }
            None => self.take(log, owner, now),
        }
    }

    /// `owner` no longer waits: from now on it is silent until it asks again.
    pub(super) fn stop_asking(&mut self, owner: u64, now: Timestamp) {
        if let Some(pin) = self.pin.as_mut().filter(|pin| pin.owner == owner) {
            pin.asking = false;
            pin.heard_at = now;
            self.changed.notify_waiters();
        }
    }

    /// `owner` gives the partition back, if it has it.
    pub(super) fn release(&mut self, owner: u64) {
        if self.pin.as_ref().is_some_and(|pin| pin.owner == owner) {
            self.pin = None;
            self.delivered = self.floor;
            self.changed.notify_waiters();
        }
    }

    /// Acknowledges up to `sequence`, whoever says so: the bus does not know zombies. Who
    /// stands before it skips to it.
    pub(super) fn ack_through(&mut self, sequence: u64) {
        self.floor = self.floor.max(sequence);
        self.delivered = self.delivered.max(sequence);
        self.changed.notify_waiters();
    }

    fn forget_silent_owner(&mut self, now: Timestamp) {
        self.pin.take_if(|pin| !pin.asking && pin.free_at() <= now);
    }

    /// A free partition goes to the first who asks while there is something to deliver.
    fn take(&mut self, log: &Log, owner: u64, now: Timestamp) -> Look<Turn> {
        let last = log.last_sequence();
        let has_new = log.count(&self.filters, self.delivered, last) > 0;
        let is_open = log.count(&self.filters, self.floor, self.delivered) > 0;
        let again_at = is_open.then(|| self.delivered_at.plus_millis(millis(limits::ACK_WAIT)));
        let comes_again = again_at.is_some_and(|at| at <= now);
        if !(has_new || comes_again) {
            return Look::NotYet(Arc::clone(&self.changed), again_at);
        }
        self.pin = Some(Pin {
            owner,
            asking: true,
            heard_at: now,
        });
        self.delivered = self.floor;
        Look::Found(Turn::Taken)
    }

    fn deliver(&mut self, log: &Log, deliveries_max: usize, now: Timestamp) -> Look<Turn> {
        let open_max = usize::try_from(limits::ACK_PENDING_MAX).unwrap_or(usize::MAX);
        let open = log.count(&self.filters, self.floor, self.delivered);
        let room = open_max.saturating_sub(open).min(deliveries_max.max(1));
        let deliveries = log.select(&self.filters, self.delivered, room, Some(&self.name));
        let Some(last) = deliveries.last() else {
            return Look::NotYet(Arc::clone(&self.changed), None);
        };
        self.delivered = last.sequence;
        self.delivered_at = now;
        Look::Found(Turn::Deliveries(deliveries))
    }
}

impl Pin {
    fn free_at(&self) -> Timestamp {
        self.heard_at.plus_millis(millis(limits::OWNER_SILENCE_MAX))
    }
}
