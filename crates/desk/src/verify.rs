//! Verifying a log: it is read to an auditor, which judges it with a model of its own.
//!
//! See [`posthouse_auditor`] for what is judged. What is still under way counts as missing:
//! verify a log whose readers have caught up. Nobody tells here what was sent, accepted or
//! received outside, nor who was away: that is for whoever watches a run.
//!
//! # Invariants
//!
//! - One partition's tickets are in memory at a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::StreamExt;
use posthouse_auditor::{Auditor, Message, Outside, Report};
use posthouse_bus::subject::{Said, said};
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Delivery, Until, header};
use posthouse_domain::ticket::PolicyVersion;
use posthouse_runtime::policies::{self, Policies};
use posthouse_wire::PolicyActivated;

use crate::error::Error;

/// Walks the log of a region, as it is now, from the beginning.
///
/// # Errors
///
/// When the bus does not give the log, or the policies that were in force.
pub async fn verify(bus: &Arc<dyn Bus>, topology: &Topology) -> Result<Report, Error> {
    let (mut walk, nobody) = (Walk::new(bus, topology), Outside::default());
    walk.read(&topology.courier_stream(), &beside_the_log(topology))
        .await?;
    let letters = [topology.subjects.lookout_dead_letter()];
    walk.read(&topology.lookout_stream(), &letters).await?;
    let letters = [topology.subjects.dispatch_dead_letter()];
    walk.read(&topology.dispatch_stream(), &letters).await?;
    for partition in 0..topology.subjects.partitions() {
        let all = topology.subjects.partition_all(partition);
        walk.read(&topology.log_stream(partition), &[all]).await?;
        walk.auditor.settle(&nobody);
    }
    Ok(walk.auditor.finish(&nobody))
}

/// What couriers write that is no fact: their claims and dead letters.
fn beside_the_log(topology: &Topology) -> Vec<String> {
    let subjects = &topology.subjects;
    (0..subjects.receiver_partitions())
        .flat_map(|partition| {
            [
                subjects.claim(partition),
                subjects.courier_dead_letter(partition),
            ]
        })
        .collect()
}

/// A walk through the streams of a region.
struct Walk<'a> {
    bus: &'a dyn Bus,
    policies: Policies,
    auditor: Auditor,
    /// Policies that the auditor was told.
    told: BTreeSet<PolicyVersion>,
}

impl<'a> Walk<'a> {
    fn new(bus: &'a Arc<dyn Bus>, topology: &Topology) -> Self {
        let mut auditor = Auditor::new();
        auditor.partitions(topology.subjects.partitions());
        Self {
            bus: bus.as_ref(),
            policies: Policies::new(Arc::clone(bus), topology),
            auditor,
            told: BTreeSet::new(),
        }
    }

    async fn read(&mut self, stream: &str, filters: &[String]) -> Result<(), Error> {
        let mut deliveries = self.bus.read(stream, filters, 1, Until::Now).await?;
        while let Some(delivery) = deliveries.next().await {
            let delivery = delivery?;
            if said(&delivery.subject) == Said::PolicyActivated {
                self.tell_policy(&delivery).await?;
            }
            self.auditor.read(&Message {
                stream: &delivery.stream,
                sequence: delivery.sequence,
                stored_at_ms: delivery.stored_at.as_millis(),
                subject: &delivery.subject,
                message_id: delivery.headers.get(header::MESSAGE_ID),
                payload: &delivery.payload,
            });
        }
        Ok(())
    }

    /// Tells the auditor the text of a policy. One that the bucket does not hold stays unknown,
    /// and what it promised is not judged.
    async fn tell_policy(&mut self, delivery: &Delivery) -> Result<(), Error> {
        let Ok(activated) = PolicyActivated::decode(delivery.payload.clone()) else {
            return Ok(());
        };
        if !self.told.insert(activated.version.clone()) {
            return Ok(());
        }
        match self.policies.source(&activated.version).await {
            Ok(source) => {
                let version = activated.version.to_string();
                self.auditor.policy(&version, source.with_inherited());
                Ok(())
            }
            Err(policies::Error::Bus(error)) => Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "deadlines under a policy are not judged");
                Ok(())
            }
        }
    }
}
