//! The name, the kind, the labels and the help of every metric of the router and of the
//! dispatcher, and what the router counts.

use std::fmt;

use posthouse_domain::route::Rules;
use posthouse_domain::ticket::Body;
use posthouse_runtime::metrics::{Metric, Metrics, family};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

const REGION: &[&str] = &["region"];

/// How long tickets waited for their first queue.
pub const ROUTED_SECONDS: Metric = Metric::histogram(
    "router_routed_seconds",
    REGION,
    "How long it took from the opening of a ticket until its first routing, both as the log \
     stored them",
);
/// How many tickets no rule wanted.
pub const UNMATCHED: Metric = Metric::counter(
    "router_unmatched_total",
    REGION,
    "Tickets that no rule wants and that went to the default queue of their region",
);
/// How many tickets wait for an agent.
pub const WAITING: Metric = Metric::gauge(
    "dispatcher_waiting_tickets",
    REGION,
    "Tickets that wait for an agent in a queue, at the dispatcher that owns the region",
);
/// How many agents take new work.
pub const READY: Metric = Metric::gauge(
    "dispatcher_ready_agents",
    REGION,
    "Agents who take new tickets, whether they have room for one or not, at the dispatcher that \
     owns the region",
);
/// How many offers were decided.
pub const OFFERS: Metric = Metric::counter(
    "dispatcher_offers_total",
    REGION,
    "Offers of tickets to agents",
);
/// How many tickets came back, and why.
pub const REQUEUES: Metric = Metric::counter(
    "dispatcher_requeues_total",
    &["region", "reason"],
    "Tickets that wait again because an offer came to nothing or their agent is gone, by reason",
);

/// All of them.
pub const ALL: &[Metric] = &[ROUTED_SECONDS, UNMATCHED, WAITING, READY, OFFERS, REQUEUES];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    region: String,
}

#[derive(Clone)]
struct Families {
    unmatched: Family<Labels, Counter>,
}

/// Counts the tickets of a region that no rule wants.
#[derive(Clone)]
pub struct Unmatched {
    families: Families,
    labels: Labels,
}

impl Families {
    fn register(registry: &mut Registry) -> Self {
        Self {
            unmatched: family(registry, UNMATCHED),
        }
    }
}

impl Unmatched {
    /// The counter of a region.
    #[must_use]
    pub fn new(metrics: &Metrics, region: &str) -> Self {
        Self {
            families: metrics.service(Families::register),
            labels: Labels {
                region: region.to_owned(),
            },
        }
    }

    /// Counts a routing that begins by a default.
    pub(crate) fn note(&self, body: &Body, rules: &Rules) {
        if let Body::Routed(routed) = body
            && routed.step == 0
            && rules.is_default(&routed.rule)
        {
            self.families.unmatched.get_or_create(&self.labels).inc();
        }
    }
}

impl fmt::Debug for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unmatched")
            .field("region", &self.labels.region)
            .finish_non_exhaustive()
    }
}
