//! A collector that is away, hangs, refuses or takes a part: nothing waits, everything is counted.

use std::io::Write as _;
use std::time::{Duration, Instant};

use posthouse_runtime::config::Protocol;
use posthouse_runtime::metrics::Metrics;
use posthouse_telemetry::limits::{END_WITHIN, QUEUE_SPANS_MAX, SPANS_PER_EXPORT_MAX};

use super::scripted::{self, Answer};
use super::{counted, dropped, nothing_is_missing, record, settings, start};

const BOTH: [Protocol; 2] = [Protocol::Grpc, Protocol::Http];

/// Time for what has nothing to do with the collector, on a busy machine.
const SLACK: Duration = Duration::from_secs(5);

/// Recording must not notice the collector: so many spans in so little time.
fn recording_does_not_wait(telemetry: &posthouse_telemetry::Telemetry, count: usize) {
    let started = Instant::now();
    record(telemetry, count);
    let took = started.elapsed();
    assert!(took < SLACK, "{count} spans took {took:?}");
}

#[tokio::test]
async fn one_that_hangs_costs_spans_and_no_time() {
    for protocol in BOTH {
        let (_script, url) = scripted::start(protocol, &[Answer::Hang]).await;
        let metrics = Metrics::new();
        let telemetry = start(&settings(protocol, &url), &metrics);
        let many = QUEUE_SPANS_MAX + SPANS_PER_EXPORT_MAX + 1_000;
        recording_does_not_wait(&telemetry, many);
        let ending = Instant::now();
        telemetry.end().await;
        assert!(ending.elapsed() < END_WITHIN + SLACK);
        nothing_is_missing(&metrics);
        assert_eq!(counted(&metrics, "telemetry_spans_exported_total"), 0);
        assert!(dropped(&metrics, "queue_full") >= 1_000);
        assert!(dropped(&metrics, "end") > 0);
    }
}

#[tokio::test]
async fn one_that_takes_connections_and_says_nothing_is_no_better() {
    for protocol in BOTH {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let metrics = Metrics::new();
        let telemetry = start(&settings(protocol, &url), &metrics);
        recording_does_not_wait(&telemetry, 10);
        let ending = Instant::now();
        telemetry.end().await;
        assert!(ending.elapsed() < END_WITHIN + SLACK);
        nothing_is_missing(&metrics);
        assert_eq!(dropped(&metrics, "end"), 10);
    }
}

#[tokio::test]
async fn one_that_is_not_there_is_tried_again_until_the_end() {
    for protocol in BOTH {
        // A port that was free a moment ago.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let metrics = Metrics::new();
        let telemetry = start(&settings(protocol, &url), &metrics);
        recording_does_not_wait(&telemetry, 10);
        let ending = Instant::now();
        telemetry.end().await;
        assert!(ending.elapsed() < END_WITHIN + SLACK);
        nothing_is_missing(&metrics);
        assert_eq!(dropped(&metrics, "away"), 10, "{}", metrics.encode());
        let away = "telemetry_exports_total{signal=\"spans\",outcome=\"away\"}";
        assert_eq!(counted(&metrics, away), 1);
    }
}

#[tokio::test]
async fn one_that_asks_for_patience_is_tried_again() {
    for protocol in BOTH {
        let answers = [Answer::Later, Answer::Later, Answer::Take];
        let (script, url) = scripted::start(protocol, &answers).await;
        let metrics = Metrics::new();
        let telemetry = start(&settings(protocol, &url), &metrics);
        record(&telemetry, SPANS_PER_EXPORT_MAX);
        let asked = async {
            while script.tokens().len() < 3 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(super::WITHIN, asked).await.unwrap();
        telemetry.end().await;
        nothing_is_missing(&metrics);
        assert_eq!(
            counted(&metrics, "telemetry_spans_exported_total"),
            SPANS_PER_EXPORT_MAX as u64
        );
    }
}

#[tokio::test]
async fn one_that_refuses_is_not_asked_again() {
    for protocol in BOTH {
        let (script, url) = scripted::start(protocol, &[Answer::Never]).await;
        let metrics = Metrics::new();
        let telemetry = start(&settings(protocol, &url), &metrics);
        record(&telemetry, 10);
        telemetry.end().await;
        nothing_is_missing(&metrics);
        assert_eq!(dropped(&metrics, "refused"), 10);
        assert_eq!(script.tokens().len(), 1);
    }
}

#[tokio::test]
async fn what_a_collector_rejects_of_an_export_is_counted() {
    for protocol in BOTH {
        let (_script, url) = scripted::start(protocol, &[Answer::TakeAllBut(4)]).await;
        let metrics = Metrics::new();
        let telemetry = start(&settings(protocol, &url), &metrics);
        record(&telemetry, 10);
        telemetry.end().await;
        nothing_is_missing(&metrics);
        assert_eq!(dropped(&metrics, "refused"), 4);
        assert_eq!(counted(&metrics, "telemetry_spans_exported_total"), 6);
    }
}

#[tokio::test]
async fn the_headers_of_the_file_go_with_every_export() {
    for protocol in BOTH {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "X-Token: let-me-in").unwrap();
        let (script, url) = scripted::start(protocol, &[Answer::Take]).await;
        let metrics = Metrics::new();
        let settings = posthouse_runtime::config::Telemetry {
            headers_file: Some(file.path().to_owned()),
            ..settings(protocol, &url)
        };
        let telemetry = start(&settings, &metrics);
        record(&telemetry, 1);
        telemetry.end().await;
        assert_eq!(script.tokens(), ["let-me-in"]);
    }
}
