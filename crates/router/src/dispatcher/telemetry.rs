//! What the dispatcher counts, by region; the names are in [`crate::telemetry`].

use std::fmt;

use posthouse_domain::ticket::{Body, Fact};
use posthouse_runtime::metrics::{Metrics, family};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::telemetry::{OFFERS, READY, REQUEUES, WAITING};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRegion {
    region: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Requeue {
    region: String,
    reason: &'static str,
}

#[derive(Clone)]
struct Families {
    waiting: Family<OfRegion, Gauge>,
    ready: Family<OfRegion, Gauge>,
    offers: Family<OfRegion, Counter>,
    requeues: Family<Requeue, Counter>,
}

/// Shows how full the queues of a region are and what becomes of offers.
#[derive(Clone)]
pub struct Floor {
    families: Families,
    region: OfRegion,
    /// See [`posthouse_runtime::Handler::counting`].
    counts: bool,
}

impl Families {
    fn register(registry: &mut Registry) -> Self {
        Self {
            waiting: family(registry, WAITING),
            ready: family(registry, READY),
            offers: family(registry, OFFERS),
            requeues: family(registry, REQUEUES),
        }
    }
}

impl Floor {
    /// The figures of a region.
    #[must_use]
    pub fn new(metrics: &Metrics, region: &str) -> Self {
        let families = metrics.service(Families::register);
        let region = OfRegion {
            region: region.to_owned(),
        };
        // From nothing on: what first shows as one is no rise to whoever watches for one.
        drop(families.offers.get_or_create(&region));
        Self {
            families,
            region,
            counts: false,
        }
    }

    /// Whether what follows counts.
    pub(super) const fn counting(&mut self, counts: bool) {
        self.counts = counts;
    }

    /// Counts what a step concluded, and shows what it left.
    pub(super) fn note(&self, facts: &[Fact], waiting: usize, ready: usize) {
        for fact in facts.iter().filter(|_| self.counts) {
            match &fact.body {
                Body::Offered(_) => {
                    self.families.offers.get_or_create(&self.region).inc();
                }
                Body::Requeued(body) => {
                    let requeue = Requeue {
                        region: self.region.region.clone(),
                        reason: body.reason.as_str(),
                    };
                    self.families.requeues.get_or_create(&requeue).inc();
                }
                _ => {}
            }
        }
        let gauge = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let waiting_tickets = self.families.waiting.get_or_create(&self.region);
        waiting_tickets.set(gauge(waiting));
        let ready_agents = self.families.ready.get_or_create(&self.region);
        ready_agents.set(gauge(ready));
    }
}

impl fmt::Debug for Floor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Floor")
            .field("region", &self.region.region)
            .finish_non_exhaustive()
    }
}
