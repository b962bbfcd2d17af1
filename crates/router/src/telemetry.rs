//! The name, the kind, the labels and the help of every metric of the router and of the
//! dispatcher, and what the router counts.

use std::fmt;
use std::time::Duration;

use posthouse_domain::Timestamp;
use posthouse_domain::route::Rules;
use posthouse_domain::ticket::{Body, Fact, Ticket};
use posthouse_runtime::metrics::{Histograms, Metric, Metrics, family, histogram};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
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

/// Upper bounds for routings, in seconds: around the five that are promised.
const ROUTED_BOUNDS_S: [f64; 12] = [
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 600.0,
];

#[derive(Clone)]
struct Families {
    routed: Histograms<Labels>,
    unmatched: Family<Labels, Counter>,
}

/// What the routers of a region count.
#[derive(Clone)]
pub struct Telemetry {
    routed: Histogram,
    unmatched: Counter,
    /// See [`posthouse_runtime::Handler::counting`].
    counts: bool,
}

impl Families {
    fn register(registry: &mut Registry) -> Self {
        Self {
            routed: histogram(registry, ROUTED_SECONDS, &ROUTED_BOUNDS_S),
            unmatched: family(registry, UNMATCHED),
        }
    }
}

impl Telemetry {
    /// The figures of a region.
    #[must_use]
    pub fn new(metrics: &Metrics, region: &str) -> Self {
        let families = metrics.service(Families::register);
        let labels = &Labels {
            region: region.to_owned(),
        };
        Self {
            routed: families.routed.get_or_create_owned(labels),
            unmatched: families.unmatched.get_or_create_owned(labels),
            counts: false,
        }
    }

    /// Whether what follows counts.
    pub(crate) const fn counting(&mut self, counts: bool) {
        self.counts = counts;
    }

    /// Counts a routing that is concluded and begins by a default.
    pub(crate) fn concluded(&self, body: &Body, rules: &Rules) {
        if self.counts
            && let Body::Routed(routed) = body
            && routed.step == 0
            && rules.is_default(&routed.rule)
        {
            self.unmatched.inc();
        }
    }

    /// Measures a fact that the log holds, if it is the first routing of its ticket. `before` is
    /// the ticket before it.
    pub(crate) fn stored(&self, fact: &Fact, before: Option<&Ticket>, log_time: Timestamp) {
        let Some(before) = before.filter(|_| self.counts) else {
            return;
        };
        if matches!(fact.body, Body::Routed(_)) && before.features.queue.is_empty() {
            let ms = log_time.millis_since(before.features.opened_at);
            let took = Duration::from_millis(u64::try_from(ms).unwrap_or_default());
            self.routed.observe(took.as_secs_f64());
        }
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").finish_non_exhaustive()
    }
}
