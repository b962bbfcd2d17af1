//! The name and the help of every metric of the router, by region.

use std::fmt;

use posthouse_domain::route::Rules;
use posthouse_domain::ticket::Body;
use posthouse_runtime::metrics::{Metric, Metrics, family};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// How many tickets no rule wanted.
pub const UNMATCHED: Metric = Metric::new(
    "router_unmatched_total",
    "Tickets that no rule wants and that went to the default queue of their region; what is \
     decided again after a takeover counts again",
);

/// All of them.
pub const ALL: &[Metric] = &[UNMATCHED];

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
