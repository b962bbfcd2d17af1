//! The name, the kind, the labels and the help of every metric of telemetry.

use std::fmt;

use posthouse_runtime::metrics;
use posthouse_runtime::metrics::{Histograms, Metrics, family, histogram, single};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::limits;

metrics! {
    SPANS = counter "telemetry_spans_total", &[],
        "Spans recorded: each is exported, dropped, or on its way";
    EXPORTED = counter "telemetry_spans_exported_total", &[],
        "Spans that the collector has taken";
    DROPPED = counter "telemetry_spans_dropped_total", &["reason"],
        "Spans that the collector will never see: queue_full, away (it did not answer), refused \
         (it did not want them), end (the process ended)";
    QUEUE = gauge "telemetry_queue_spans", &[], "Spans that wait to be exported";
    QUEUE_MAX = gauge "telemetry_queue_spans_max", &[], "Most spans that may wait to be exported";
    EXPORTS = counter "telemetry_exports_total", &["signal", "outcome"],
        "Exports to the collector, with all their tries: taken, away or refused";
    EXPORT_SECONDS = histogram "telemetry_export_seconds", &["signal"],
        "How long exports to the collector took, with all their tries";
}

/// The upper bounds of [`EXPORT_SECONDS`], in seconds.
const EXPORT_BOUNDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];

/// Why a span was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reason {
    QueueFull,
    Away,
    Refused,
    End,
}

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Signal {
    Spans,
    Metrics,
}

/// How an export ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    Taken,
    Away,
    Refused,
}

macro_rules! label_values {
    ($($type:ty { $($value:path = $word:literal,)* })*) => {$(
        impl $type {
            const ALL: [Self; [$($word),*].len()] = [$($value),*];
        }

        impl EncodeLabelValue for $type {
            fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
                let word = match self { $($value => $word,)* };
                word.encode(encoder)
            }
        }
    )*};
}

label_values! {
    Reason {
        Self::QueueFull = "queue_full",
        Self::Away = "away",
        Self::Refused = "refused",
        Self::End = "end",
    }
    Signal {
        Self::Spans = "spans",
        Self::Metrics = "metrics",
    }
    Outcome {
        Self::Taken = "taken",
        Self::Away = "away",
        Self::Refused = "refused",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Dropped {
    reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Exports {
    signal: Signal,
    outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ExportTimes {
    signal: Signal,
}

/// What is counted about telemetry, of the whole process.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    pub(crate) spans: Counter,
    pub(crate) exported: Counter,
    pub(crate) queue: Gauge,
    dropped: Family<Dropped, Counter>,
    exports: Family<Exports, Counter>,
    export_seconds: Histograms<ExportTimes>,
}

impl Counts {
    /// The counts of the process that `metrics` are of.
    pub(crate) fn of(metrics: &Metrics) -> Self {
        metrics.service(Self::register)
    }

    fn register(registry: &mut Registry) -> Self {
        let queue_max: Gauge = single(registry, QUEUE_MAX);
        queue_max.set(i64::try_from(limits::QUEUE_SPANS_MAX).unwrap_or(i64::MAX));
        let counts = Self {
            spans: single(registry, SPANS),
            exported: single(registry, EXPORTED),
            queue: single(registry, QUEUE),
            dropped: family(registry, DROPPED),
            exports: family(registry, EXPORTS),
            export_seconds: histogram(registry, EXPORT_SECONDS, &EXPORT_BOUNDS),
        };
        counts.begin_at_zero();
        counts
    }

    /// What has not happened yet is there, so that its first time is a change.
    fn begin_at_zero(&self) {
        for reason in Reason::ALL {
            self.drop_spans(reason, 0);
        }
        for signal in Signal::ALL {
            drop(self.export_seconds.get_or_create(&ExportTimes { signal }));
            for outcome in Outcome::ALL {
                drop(self.exports.get_or_create(&Exports { signal, outcome }));
            }
        }
    }

    /// Spans were dropped.
    pub(crate) fn drop_spans(&self, reason: Reason, count: usize) {
        let dropped = self.dropped.get_or_create(&Dropped { reason });
        dropped.inc_by(count as u64);
    }

    /// An export ended.
    pub(crate) fn export(&self, signal: Signal, outcome: Outcome, seconds: f64) {
        self.exports
            .get_or_create(&Exports { signal, outcome })
            .inc();
        let times = self.export_seconds.get_or_create(&ExportTimes { signal });
        times.observe(seconds);
    }
}
