//! Taking a partition over: from the newest view that can be had to the end of the log.
//!
//! Acknowledgements are not fenced, so nobody trusts how far the consumer got. The new owner
//! starts from its own store or the snapshot of its predecessor, whichever is newer, replays the
//! log to its end as seen now, outputs of the role included, and publishes only the outputs that
//! the log does not hold yet.

use std::collections::BTreeSet;

use futures::StreamExt;
use posthouse_bus::subject::{Said, said};
use posthouse_bus::{Delivery, Role, Until};
use posthouse_domain::Timestamp;
use posthouse_domain::ticket::{FactKind, PolicyVersion};
use posthouse_store::Table;
use serde::{Deserialize, Serialize};

use super::records::Record;
use super::spans::Telling;
use super::{Fatal, Worker};
use crate::{Handler, limits};

/// The loop's own table in every view.
pub(crate) const META: Table = Table::new("loop");
/// Where the commit point stands in it.
pub(super) const COMMIT_KEY: &[u8] = b"commit";

/// How far a view reflects the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitPoint {
    /// The last input, by its place in the stream.
    pub position: u64,
    /// The latest log time seen.
    pub log_time: Timestamp,
    /// The policy in force.
    pub policy: PolicyVersion,
}

impl CommitPoint {
    /// Writes it down, as it stands in a view.
    ///
    /// # Panics
    ///
    /// Never: numbers and texts can always be written down.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("a commit point has no unserialisable part")
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// [`Fatal::View`] when the bytes are none; the view is then rebuilt.
    pub fn decode(bytes: &[u8]) -> Result<Self, Fatal> {
        postcard::from_bytes(bytes)
            .map_err(|error| Fatal::View(format!("read the commit point: {error}")))
    }
}

impl<H: Handler> Worker<H> {
    /// The partition is ours: bring the view to the end of the log.
    pub(super) async fn take_over(&mut self) -> Result<(), Fatal> {
        let started = std::time::Instant::now();
        self.forget_uncommitted();
        self.restore().await?;
        let replayed = self.replay().await?;
        let missing = self.records.awaited();
        self.context.metrics.republished(missing as u64);
        for due in self.records.overdue() {
            self.rang(due);
        }
        self.publish_since(0).await;
        self.find_last_claim().await?;
        self.is_owner = true;
        self.handler.counting(true);
        self.tick_asked = None;
        self.is_told = false;
        self.next_wake = self.handler.next_wake(&self.view);
        self.context.metrics.took_over(replayed);
        self.show_store();
        self.context.part.ready();
        tracing::info!(
            consumer = %self.context.spec.consumer, stream = %self.context.spec.stream,
            position = self.position, replayed, ms = started.elapsed().as_millis(),
            "took the partition over",
        );
        Ok(())
    }

    /// Where the last claim stands that this owner has seen. One that came after the replay is
    /// not counted: until it is seen, claiming fails, as it must.
    async fn find_last_claim(&mut self) -> Result<(), Fatal> {
        if self.context.spec.role != Role::Courier {
            return Ok(());
        }
        let subject = self
            .context
            .topology
            .subjects
            .claim(self.context.spec.partition);
        let last = self
            .context
            .bus
            .last_on(&self.context.spec.stream, &subject)
            .await?;
        let seen = last
            .map(|claim| claim.sequence)
            .filter(|claim| *claim <= self.position);
        self.last_claim = self.last_claim.max(seen.unwrap_or_default());
        Ok(())
    }

    /// The view as of the commit point, and nothing on its way.
    fn forget_uncommitted(&mut self) {
        self.records.clear();
        self.settling.clear();
        self.spans.clear();
        self.view.reset();
        self.to_ack = None;
    }

    /// Loads the commit point, from the store or from a newer snapshot, and its policy.
    ///
    /// A view of one's own that is nearly at the end needs no snapshot: replaying the rest takes
    /// less time than asking for one, and the object store may be away.
    async fn restore(&mut self) -> Result<(), Fatal> {
        let end = self
            .context
            .bus
            .last_sequence(&self.context.spec.stream)
            .await?;
        self.traced_from = end.saturating_sub(limits::REPLAY_MAX);
        let mut point = self.stored_commit_point()?;
        let behind = end.checked_sub(point.position);
        let is_near = point != CommitPoint::default()
            && behind.is_some_and(|behind| behind <= self.context.pace.replay_max);
        if !is_near && let Some(snapshot) = self.load_snapshot(point.position, end).await? {
            point = snapshot;
        }
        if point.position > end {
            tracing::warn!(
                consumer = %self.context.spec.consumer, position = point.position, end,
                "the view is ahead of the log, so the log is another one: rebuilding it",
            );
            self.context.store.clear()?;
            point = CommitPoint::default();
        }
        if point == CommitPoint::default() {
            // Rows without a commit point are what is left of a snapshot that was being loaded.
            self.context.store.clear()?;
        }
        self.position = point.position;
        self.log_time = point.log_time;
        self.snapshot_position = point.position;
        self.handler.restored();
        self.handler.counting(point != CommitPoint::default());
        if !point.policy.0.is_empty() {
            self.use_policy(point.policy).await?;
        }
        self.next_wake = self.handler.next_wake(&self.view);
        Ok(())
    }

    fn stored_commit_point(&self) -> Result<CommitPoint, Fatal> {
        let Some(bytes) = self.context.store.get(META, COMMIT_KEY)? else {
            return Ok(CommitPoint::default());
        };
        CommitPoint::decode(&bytes)
    }

    /// Handles everything from the commit point to the end of the log as seen now. Outputs that
    /// the log holds are recognised; the others stay with their records.
    async fn replay(&mut self) -> Result<u64, Fatal> {
        let consumed = self.handler.consumes();
        let kinds: BTreeSet<FactKind> = self.handler.produces().iter().copied().collect();
        let mut filters = self.context.spec.filters.clone();
        filters.extend(self.context.produced_filters(&kinds));
        // Who reads copies reads everything of the partition anyway, and filters must not overlap.
        if !self.context.spec.role.reads_copies() {
            filters.push(self.context.dead_letters());
        }
        filters.sort_unstable();
        filters.dedup();
        let stream = &self.context.spec.stream;
        let from = self.position + 1;
        let mut deliveries = self
            .context
            .bus
            .read(stream, &filters, from, Until::Now)
            .await?;
        let mut replayed = 0;
        while let Some(delivery) = deliveries.next().await {
            let delivery = delivery?;
            let kind = match said(&delivery.subject) {
                Said::Fact(kind) => Some(kind),
                _ => None,
            };
            // What a timer concluded stands behind the tick that made it ring, and that is gone: so
            // it rings here, to be recognised.
            self.log_time = self.log_time.max(delivery.stored_at);
            self.ring_before(self.log_time)?;
            let is_letter = delivery.subject == self.context.dead_letters();
            if is_letter || kind.is_some_and(|kind| kinds.contains(&kind)) {
                self.recognise(&delivery);
            }
            // Who reads copies reads dead letters like everything else of the partition.
            if is_letter && !self.context.spec.role.reads_copies() {
                continue;
            }
            if kind.is_none_or(|kind| consumed.contains(&kind)) {
                self.take_in(&delivery).await?;
                replayed += 1;
            }
            self.make_room().await?;
        }
        Ok(replayed)
    }

    /// The log holds this output of ours.
    fn recognise(&mut self, delivery: &Delivery) {
        let id = delivery.headers.get(posthouse_bus::header::MESSAGE_ID);
        if let Some(Ok(id)) = id.map(str::parse) {
            let telling = self.telling(delivery.sequence, delivery.stored_at);
            self.spans.recognised(id, telling);
            drop(self.records.stored(id));
        }
    }

    /// How a step at this place of the log, of this time, is told in spans.
    pub(super) const fn telling(&self, sequence: u64, at: Timestamp) -> Telling {
        if self.is_owner {
            Telling::Live
        } else if sequence > self.traced_from {
            Telling::Again(at)
        } else {
            Telling::Never
        }
    }

    /// Keeps a long replay within bounds: commits what is complete, and where outputs of long
    /// ago are missing publishes them now. That may repeat some; repeats are void.
    async fn make_room(&mut self) -> Result<(), Fatal> {
        if self.records.len() < self.context.pace.inputs_in_flight_max {
            return Ok(());
        }
        self.commit()?;
        if self.records.len() < self.context.pace.inputs_in_flight_max {
            return Ok(());
        }
        if self.settling.is_empty() {
            self.publish_since(0).await;
        }
        while self.records.len() >= self.context.pace.inputs_in_flight_max {
            let Some(settled) = self.settling.next().await else {
                break;
            };
            self.settle(settled);
            self.commit()?;
        }
        Ok(())
    }

    /// What the store is to hold once `record` is the last that is committed.
    pub(super) fn commit_point(&self, record: &Record) -> Vec<u8> {
        let point = CommitPoint {
            position: record.position,
            log_time: record.log_time,
            policy: record.policy.clone(),
        };
        point.encode()
    }
}
