//! What a metric is called, what kind it is, by what it is split up, and what it says.

use prometheus_client::metrics::MetricType;

/// Declares the metrics of a crate: `NAME = kind "name", labels, "help";` makes a [`Metric`] each,
/// and `ALL` holds all of them.
#[macro_export]
macro_rules! metrics {
    ($($ident:ident = $kind:ident $name:literal, $labels:expr, $help:literal;)*) => {
        $(#[doc = concat!("`", $name, "`: ", $help, ".")]
        pub const $ident: $crate::metrics::Metric =
            $crate::metrics::Metric::$kind($name, $labels, $help);)*

        /// All of them.
        pub const ALL: &[$crate::metrics::Metric] = &[$($ident,)*];
    };
}

/// A metric, as operators see it. Each crate has all of its own in its `telemetry.rs`, and
/// `docs/metrics.md` is made from those.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name: `<service>_<noun>_<unit>`, with `_total` for counters and `_info` for facts.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// The names of its labels, in their order. The values of each are few and known: never an
    /// identity, never a text that somebody outside chose.
    pub labels: &'static [&'static str],
    /// What it says, without a full stop: the encoder adds one.
    pub help: &'static str,
}

/// What a metric does over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It grows, and begins anew with the process.
    Counter,
    /// It goes up and down.
    Gauge,
    /// It counts observations by size.
    Histogram,
    /// It is always 1; its labels say something.
    Info,
}

impl Metric {
    /// A metric that only grows. Its name ends in `_total`.
    #[must_use]
    pub const fn counter(
        name: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self::of(Kind::Counter, name, labels, help)
    }

    /// A metric that goes up and down.
    #[must_use]
    pub const fn gauge(
        name: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self::of(Kind::Gauge, name, labels, help)
    }

    /// A metric that counts observations by size: `_bucket`, `_sum` and `_count`.
    #[must_use]
    pub const fn histogram(
        name: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self::of(Kind::Histogram, name, labels, help)
    }

    /// A metric whose labels say something. Its name ends in `_info`.
    #[must_use]
    pub const fn info(
        name: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self::of(Kind::Info, name, labels, help)
    }

    const fn of(
        kind: Kind,
        name: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            labels,
            help,
        }
    }

    /// The name of its family: the encoder adds what the kind demands.
    #[must_use]
    pub fn family(&self) -> &'static str {
        let suffix = match self.kind {
            Kind::Counter => "_total",
            Kind::Info => "_info",
            Kind::Gauge | Kind::Histogram => "",
        };
        self.name.strip_suffix(suffix).unwrap_or(self.name)
    }
}

impl Kind {
    /// The word for it in OpenMetrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Info => "info",
        }
    }

    /// Whether this is what the encoder calls it.
    pub(super) const fn is(self, kind: MetricType) -> bool {
        matches!(
            (self, kind),
            (Self::Counter, MetricType::Counter)
                | (Self::Gauge, MetricType::Gauge)
                | (Self::Histogram, MetricType::Histogram)
                | (Self::Info, MetricType::Info)
        )
    }
}
