//! What the log says: how many of a kind came, and how late each breach was told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::{BoxStream, select_all};
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Delivery, Until};
use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{Body, FactKind};
use posthouse_domain::{TicketId, Timestamp};

use super::crowd::Group;
use super::ground::Place;
use crate::exit::Error;
use crate::output::Progress;

/// The measurement fails when nothing comes for so long.
const PATIENCE: Duration = Duration::from_secs(120);

type Facts = BoxStream<'static, Result<Delivery, posthouse_bus::Error>>;

/// The facts of one kind, of all partitions.
async fn facts(
    bus: &dyn Bus,
    topology: &Topology,
    kind: FactKind,
    until: Until,
) -> Result<Facts, Error> {
    let mut all = Vec::new();
    for stream in topology.log_streams() {
        let filters: Vec<String> = (0..topology.size.partitions)
            .filter(|partition| topology.log_stream(*partition) == stream)
            .map(|partition| topology.subjects.fact_kind(partition, kind))
            .collect();
        all.push(bus.read(&stream, &filters, 0, until).await?);
    }
    Ok(select_all(all).boxed())
}

/// Waits until the log holds so many facts of a kind.
pub(super) async fn wait_for(
    bus: &dyn Bus,
    topology: &Topology,
    kind: FactKind,
    count: u64,
) -> Result<(), Error> {
    let mut facts = facts(bus, topology, kind, Until::Forever).await?;
    let progress = Progress::new(usize::try_from(count).unwrap_or(usize::MAX), kind.as_str());
    for came in 0..count {
        let fact = tokio::time::timeout(PATIENCE, facts.next()).await;
        let Ok(Some(fact)) = fact else {
            let message = format!("see {count} `{kind}` in the log: {came} came");
            return Err(Error::failed(message));
        };
        fact?;
        progress.step();
    }
    progress.finish();
    Ok(())
}

/// Every breach that a region's log holds.
#[derive(Default)]
pub(super) struct Breaches {
    seen: BTreeSet<(TicketId, Target, u32)>,
    doubled: u64,
    early: u64,
    groups: BTreeMap<Group, Told>,
}

#[derive(Default)]
struct Told {
    late_ms: Vec<f64>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Breaches {
    /// Reads them, to the end of the log as it is now.
    pub(super) async fn read(place: &Place) -> Result<Self, Error> {
        let bus = place.bus.as_ref();
        let kind = FactKind::TargetBreached;
        let mut facts = facts(bus, &place.topology, kind, Until::Now).await?;
        let mut breaches = Self::default();
        while let Some(delivery) = facts.next().await {
            breaches.note(&delivery?)?;
        }
        for told in breaches.groups.values_mut() {
            told.late_ms.sort_by(f64::total_cmp);
        }
        Ok(breaches)
    }

    fn note(&mut self, delivery: &Delivery) -> Result<(), Error> {
        let fact = posthouse_wire::decode(&delivery.payload)
            .map_err(|error| Error::failed(format!("read a breach: {error}")))?;
        let Body::TargetBreached(breached) = &fact.body else {
            return Ok(());
        };
        let late_ms = delivery.stored_at.millis_since(breached.due_at);
        let product = &breached.features.product;
        let group = Group::ALL
            .into_iter()
            .find(|group| group.as_str() == product);
        let is_early = late_ms <= 0 || matches!(group, None | Some(Group::Warm | Group::Held));
        self.early += u64::from(is_early);
        if !self
            .seen
            .insert((fact.ticket, breached.target, breached.cycle))
        {
            self.doubled += 1;
            return Ok(());
        }
        let told = self.groups.entry(group.unwrap_or(Group::Warm)).or_default();
        let at = delivery.stored_at;
        told.first = Some(told.first.map_or(at, |first| first.min(at)));
        told.last = Some(told.last.map_or(at, |last| last.max(at)));
        #[expect(clippy::cast_precision_loss, reason = "milliseconds")]
        told.late_ms.push(late_ms as f64);
        Ok(())
    }

    /// How many clocks rang, each counted once.
    pub(super) fn rung(&self) -> u64 {
        self.seen.len() as u64
    }

    /// How many rang again.
    pub(super) const fn doubled(&self) -> u64 {
        self.doubled
    }

    /// How many rang before they were due.
    pub(super) const fn early(&self) -> u64 {
        self.early
    }

    /// How late each was told, in milliseconds, sorted.
    pub(super) fn late_ms(&self, group: Group) -> Vec<f64> {
        self.groups
            .get(&group)
            .map(|told| told.late_ms.clone())
            .unwrap_or_default()
    }

    /// When the first of a group was told.
    pub(super) fn first(&self, group: Group) -> Option<Timestamp> {
        self.groups.get(&group)?.first
    }

    /// When the last of a group was told.
    pub(super) fn last(&self, group: Group) -> Option<Timestamp> {
        self.groups.get(&group)?.last
    }
}
