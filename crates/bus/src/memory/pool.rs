//! An inbox as the bus sees it: what was handed out and is not dealt with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use posthouse_domain::Timestamp;
use tokio::sync::Notify;

use super::log::Log;
use super::shared::{Look, millis};
use crate::{InboxDelivery, limits};

/// The consumer of an inbox.
pub(super) struct Pool {
    /// Wakes who waits for messages.
    pub(super) changed: Arc<Notify>,
    name: String,
    /// Everything up to here was delivered at least once.
    delivered: u64,
    /// What was delivered and is not dealt with, by sequence.
    open: BTreeMap<u64, Open>,
}

/// A message that was handed out.
struct Open {
    attempt: u32,
    /// When it is handed out again.
    again_at: Timestamp,
}

impl Pool {
    pub(super) fn new(name: &str) -> Self {
        Self {
            changed: Arc::default(),
            name: name.to_owned(),
            delivered: 0,
            open: BTreeMap::new(),
        }
    }

    /// One look for messages: those due again first, then new ones.
    pub(super) fn take(
        &mut self,
        log: &Log,
        deliveries_max: usize,
        now: Timestamp,
    ) -> Look<Vec<InboxDelivery>> {
        let deliveries_max = deliveries_max.max(1);
        let mut taken = self.take_again(log, deliveries_max, now);
        let room = deliveries_max.saturating_sub(taken.len());
        for delivery in log.select(&[], self.delivered, room, Some(&self.name)) {
            self.delivered = delivery.sequence;
            self.hand_out(delivery.sequence, 1, now);
            taken.push(InboxDelivery {
                delivery,
                attempt: 1,
            });
        }
        if taken.is_empty() {
            let next = self.open.values().map(|open| open.again_at).min();
            return Look::NotYet(Arc::clone(&self.changed), next);
        }
        Look::Found(taken)
    }

    /// The message is dealt with.
    pub(super) fn ack(&mut self, sequence: u64) {
        self.open.remove(&sequence);
    }

    /// The message is to come again after `delay`.
    pub(super) fn nak(&mut self, sequence: u64, delay: Duration, now: Timestamp) {
        if let Some(open) = self.open.get_mut(&sequence) {
            open.again_at = now.plus_millis(millis(delay));
            self.changed.notify_waiters();
        }
    }

    fn take_again(&mut self, log: &Log, most: usize, now: Timestamp) -> Vec<InboxDelivery> {
        self.open.retain(|sequence, _| log.at(*sequence).is_some());
        let due: Vec<(u64, u32)> = self
            .open
            .iter()
            .filter(|(_, open)| open.again_at <= now)
            .map(|(sequence, open)| (*sequence, open.attempt.saturating_add(1)))
            .take(most)
            .collect();
        let new = log.count(&[], self.delivered, log.last_sequence());
        let mut taken = Vec::with_capacity(due.len());
        for (sequence, attempt) in due {
            self.hand_out(sequence, attempt, now);
            if let Some(message) = log.at(sequence) {
                taken.push(InboxDelivery {
                    delivery: log.delivery(message, new, Some(&self.name)),
                    attempt,
                });
            }
        }
        taken
    }

    fn hand_out(&mut self, sequence: u64, attempt: u32, now: Timestamp) {
        let again_at = now.plus_millis(millis(limits::ACK_WAIT));
        self.open.insert(sequence, Open { attempt, again_at });
    }
}
