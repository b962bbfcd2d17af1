//! The name, the kind, the labels and the help of every metric of the classifier and of the
//! lookout.

use std::fmt;

use posthouse_runtime::metrics::{Metric, Metrics, Share, family};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::limits;

/// How often a challenger said the same as the model that decides, and how often not.
pub const SHADOW: Metric = Metric::counter(
    "classifier_shadow_total",
    &["region", "head", "agrees"],
    "Answers of the challenger beside those of the model that decides, by head",
);

const REGION: &[&str] = &["region"];

/// Storms that are under way.
pub const STORMS: Metric =
    Metric::gauge("lookout_open_storms", REGION, "Storms that are under way");
/// The bound of [`STORMS`].
pub const STORMS_MAX: Metric = Metric::gauge(
    "lookout_open_storms_max",
    REGION,
    "Most storms that may be under way; a further one is not opened",
);
/// Tickets among which storms are looked for.
pub const WINDOW: Metric = Metric::gauge(
    "lookout_window_tickets",
    REGION,
    "Tickets in the window in which storms are looked for",
);
/// The bound of [`WINDOW`].
pub const WINDOW_MAX: Metric = Metric::gauge(
    "lookout_window_tickets_max",
    REGION,
    "Most tickets in the window; beyond it the oldest one leaves early",
);
/// Tickets without labels.
pub const UNLABELLED: Metric = Metric::gauge(
    "lookout_unlabelled_tickets",
    REGION,
    "Tickets that count for no storm before they are labelled",
);
/// The bound of [`UNLABELLED`].
pub const UNLABELLED_MAX: Metric = Metric::gauge(
    "lookout_unlabelled_tickets_max",
    REGION,
    "Most tickets that are kept until they are labelled; beyond it the oldest one is forgotten",
);

/// All of them.
pub const ALL: &[Metric] = &[
    SHADOW,
    STORMS,
    STORMS_MAX,
    WINDOW,
    WINDOW_MAX,
    UNLABELLED,
    UNLABELLED_MAX,
];

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

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRegion {
    region: String,
}

#[derive(Clone)]
struct LookoutFamilies {
    storms: Family<OfRegion, Gauge>,
    window: Family<OfRegion, Gauge>,
    unlabelled: Family<OfRegion, Gauge>,
    storms_max: Family<OfRegion, Gauge>,
    window_max: Family<OfRegion, Gauge>,
    unlabelled_max: Family<OfRegion, Gauge>,
}

/// How full the lookout of a region is.
#[derive(Debug)]
pub struct LookoutTelemetry {
    storms: Share,
    window: Share,
    unlabelled: Share,
}

impl LookoutFamilies {
    fn register(registry: &mut Registry) -> Self {
        Self {
            storms: family(registry, STORMS),
            window: family(registry, WINDOW),
            unlabelled: family(registry, UNLABELLED),
            storms_max: family(registry, STORMS_MAX),
            window_max: family(registry, WINDOW_MAX),
            unlabelled_max: family(registry, UNLABELLED_MAX),
        }
    }
}

impl LookoutTelemetry {
    /// The figures of a region, nothing so far.
    #[must_use]
    pub fn new(metrics: &Metrics, region: &str) -> Self {
        let families = metrics.service(LookoutFamilies::register);
        let labels = &OfRegion {
            region: region.to_owned(),
        };
        for (gauges, max) in [
            (&families.storms_max, limits::STORMS_OPEN_MAX),
            (&families.window_max, limits::WINDOW_TICKETS_MAX),
            (&families.unlabelled_max, limits::WAITING_MAX),
        ] {
            let max = i64::try_from(max).unwrap_or(i64::MAX);
            gauges.get_or_create(labels).set(max);
        }
        let share =
            |gauges: &Family<OfRegion, Gauge>| Share::of(gauges.get_or_create_owned(labels));
        Self {
            storms: share(&families.storms),
            window: share(&families.window),
            unlabelled: share(&families.unlabelled),
        }
    }

    /// So many storms are under way, so many tickets in the window, so many without labels.
    pub(crate) fn show(&self, storms: usize, window: usize, unlabelled: usize) {
        self.storms.set(storms);
        self.window.set(window);
        self.unlabelled.set(unlabelled);
    }
}
