//! The name, the kind, the labels and the help of every metric of the classifier.

use std::fmt;

use posthouse_runtime::metrics::{Metric, Metrics, family};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// How often a challenger said the same as the model that decides, and how often not.
pub const SHADOW: Metric = Metric::counter(
    "classifier_shadow_total",
    &["region", "head", "agrees"],
    "Answers of the challenger beside those of the model that decides, by head",
);

/// All of them.
pub const ALL: &[Metric] = &[SHADOW];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    region: String,
    head: String,
    agrees: &'static str,
}

#[derive(Clone)]
struct Families {
    shadow: Family<Labels, Counter>,
}

/// What the classifier of a region counts.
#[derive(Clone)]
pub struct Telemetry {
    families: Families,
    region: String,
    /// See [`posthouse_runtime::Handler::counting`].
    counts: bool,
}

impl Families {
    fn register(registry: &mut Registry) -> Self {
        Self {
            shadow: family(registry, SHADOW),
        }
    }
}

impl Telemetry {
    /// The counters of a region.
    #[must_use]
    pub fn new(metrics: &Metrics, region: &str) -> Self {
        Self {
            families: metrics.service(Families::register),
            region: region.to_owned(),
            counts: false,
        }
    }

    /// Whether what follows counts.
    pub(crate) const fn counting(&mut self, counts: bool) {
        self.counts = counts;
    }

    /// A challenger answered a head's question, as the model that decides did or otherwise.
    pub(crate) fn shadowed(&self, head: &str, agrees: bool) {
        if !self.counts {
            return;
        }
        let labels = Labels {
            region: self.region.clone(),
            head: head.to_owned(),
            agrees: if agrees { "yes" } else { "no" },
        };
        self.families.shadow.get_or_create(&labels).inc();
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
