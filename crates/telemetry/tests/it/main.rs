//! Telemetry as a collector sees it: over both protocols, and when it is away, hangs or refuses.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets what it did not expect has failed"
)]

mod collector;
mod faults;
mod off;
mod scripted;

use std::time::Duration;

use posthouse_runtime::config;
use posthouse_runtime::metrics::Metrics;
use posthouse_runtime::trace::{Kind, Ratio, Span, SpanContext, SpanId, TraceId};
use posthouse_telemetry::{Process, Telemetry};

/// How long anything may take that is to happen.
const WITHIN: Duration = Duration::from_secs(20);

/// Telemetry for a collector at `url`, which is told of metrics at the end only.
fn settings(protocol: config::Protocol, url: &str) -> config::Telemetry {
    config::Telemetry {
        otlp_url: Some(url.to_owned()),
        protocol,
        sample_ratio: Ratio::ALL,
        metrics_every_s: 0,
        ..config::Telemetry::default()
    }
}

fn start(settings: &config::Telemetry, metrics: &Metrics) -> Telemetry {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let process = Process {
        node: "node-1".to_owned(),
        version: "1.2.3",
        roles: vec!["intake".to_owned(), "desk".to_owned()],
        regions: vec!["cn-north".to_owned()],
    };
    Telemetry::start(settings, &process, metrics).unwrap()
}

/// Where the `n`th span of these tests is.
fn context(n: usize) -> SpanContext {
    SpanContext {
        trace: TraceId::derive(&[b"test"]),
        span: SpanId::derive(&[&n.to_be_bytes()]),
        flags: SpanContext::SAMPLED,
    }
}

/// Records so many spans.
fn record(telemetry: &Telemetry, count: usize) {
    let tracer = telemetry.tracer();
    for n in 0..count {
        let started_ns = tracer.now_ns();
        tracer.end(Span::new(
            context(n),
            None,
            Kind::Internal,
            "step",
            started_ns,
        ));
    }
}

/// A counter or gauge as `/metrics` shows it, 0 where it is not there yet.
fn counted(metrics: &Metrics, name: &str) -> u64 {
    let page = metrics.encode();
    let line = page
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0, |value| value.parse().unwrap())
}

fn dropped(metrics: &Metrics, reason: &str) -> u64 {
    counted(
        metrics,
        &format!("telemetry_spans_dropped_total{{reason=\"{reason}\"}}"),
    )
}

/// After the end, every span that was recorded was exported or dropped for a reason.
fn nothing_is_missing(metrics: &Metrics) {
    let dropped: u64 = ["queue_full", "away", "refused", "end"]
        .map(|reason| dropped(metrics, reason))
        .iter()
        .sum();
    assert_eq!(
        counted(metrics, "telemetry_spans_total"),
        counted(metrics, "telemetry_spans_exported_total") + dropped,
        "{}",
        metrics.encode()
    );
    assert_eq!(counted(metrics, "telemetry_queue_spans"), 0);
}
