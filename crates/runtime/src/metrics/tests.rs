//! The text is what operators get, so the tests read the text.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use posthouse_domain::ticket::FactKind;
use prometheus_client::metrics::counter::Counter;
use tower::ServiceExt as _;

use super::*;

/// Samples by name with labels; panics when the text is not what OpenMetrics demands of the
/// subset that we use.
fn parse(text: &str) -> BTreeMap<String, f64> {
    let body = text
        .strip_suffix("# EOF\n")
        .expect("ends with the mark of the end");
    let (mut families, mut helped) = (BTreeMap::new(), BTreeSet::new());
    let mut samples = BTreeMap::new();
    for line in body.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').unwrap();
            assert!(
                help.len() > 5 && help.ends_with('.') && !help.ends_with(".."),
                "{line}"
            );
            assert!(helped.insert(name.to_owned()), "twice: {line}");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(helped.contains(name), "no help: {line}");
            assert!(
                families.insert(name.to_owned(), kind.to_owned()).is_none(),
                "twice: {line}"
            );
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let name = series.split('{').next().unwrap();
            assert!(
                families
                    .iter()
                    .any(|(family, kind)| belongs(name, family, kind)),
                "{line}"
            );
            assert!(series.ends_with('}') || !series.contains('{'), "{line}");
            let value: f64 = value.parse().unwrap();
            assert!(
                samples.insert(series.to_owned(), value).is_none(),
                "twice: {line}"
            );
        }
    }
    samples
}

fn belongs(sample: &str, family: &str, kind: &str) -> bool {
    let suffixes: &[&str] = match kind {
        "counter" => &["_total"],
        "info" => &["_info"],
        "histogram" => &["_bucket", "_sum", "_count"],
        _ => &[""],
    };
    sample
        .strip_prefix(family)
        .is_some_and(|rest| suffixes.contains(&rest))
}

const ROUTER_A: &str = "{role=\"router\",region=\"a\"}";

#[tokio::test]
async fn every_metric_has_its_name_and_its_help() {
    let metrics = Metrics::new();
    let worker = metrics.worker("router", "a");
    worker.decided(Duration::from_micros(30));
    worker.published(Duration::from_millis(1));
    worker.committed(7, Duration::from_millis(3));
    worker.rang(70);
    worker.void(FactKind::Assigned);
    worker.dead_letter("RUN0003");
    let request = Request::get("/").body(Body::empty()).unwrap();
    track(Router::new(), &metrics)
        .oneshot(request)
        .await
        .unwrap();
    let text = metrics.encode();
    let samples = parse(&text);
    for metric in telemetry::ALL {
        let there = samples.keys().any(|series| {
            let name = series.split('{').next().unwrap();
            name == metric.name || name.strip_suffix("_count") == Some(metric.name)
        });
        assert!(there, "{} is not in\n{text}", metric.name);
        assert!(text.contains(&format!("# HELP {} {}.\n", metric.family(), metric.help)));
    }
}

#[test]
fn names_are_unique_and_well_formed() {
    let unique: BTreeSet<_> = telemetry::ALL.iter().map(|metric| metric.name).collect();
    assert_eq!(unique.len(), telemetry::ALL.len());
    for name in unique {
        assert!(
            name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
            "{name}"
        );
        assert!(
            name.split('_').count() >= 2,
            "{name} wants a service and a noun"
        );
    }
}

#[test]
fn counters_of_a_role_add_up_and_roles_do_not() {
    let metrics = Metrics::new();
    let (one, two) = (metrics.worker("router", "a"), metrics.worker("router", "a"));
    let other = metrics.worker("watchdog", "a");
    one.input();
    two.input();
    other.input();
    two.took_over(40);
    let samples = parse(&metrics.encode());
    assert_eq!(samples[&format!("worker_inputs_total{ROUTER_A}")], 2.0);
    assert_eq!(
        samples["worker_inputs_total{role=\"watchdog\",region=\"a\"}"],
        1.0
    );
    assert_eq!(samples[&format!("worker_takeovers_total{ROUTER_A}")], 1.0);
    assert_eq!(samples[&format!("worker_replayed_total{ROUTER_A}")], 40.0);
}

#[test]
fn gauges_of_partitions_add_up_until_the_partition_moves_away() {
    let metrics = Metrics::new();
    let (one, two) = (metrics.worker("router", "a"), metrics.worker("router", "a"));
    let gauge = |name: &str| parse(&metrics.encode())[&format!("{name}{ROUTER_A}")];
    one.lag(10);
    two.lag(5);
    one.log_age_ms(1_500);
    two.log_age_ms(200);
    two.log_age_ms(-3);
    assert_eq!(gauge("worker_lag_messages"), 15.0);
    assert_eq!(gauge("worker_log_age_seconds"), 1.5);
    one.lag(2);
    assert_eq!(gauge("worker_lag_messages"), 7.0);
    let copy = one.clone();
    drop(one);
    assert_eq!(gauge("worker_lag_messages"), 7.0);
    drop(copy);
    assert_eq!(gauge("worker_lag_messages"), 5.0);
    assert_eq!(gauge("worker_log_age_seconds"), 0.0);
}

#[test]
fn what_waits_grows_old_until_nothing_waits() {
    let metrics = Metrics::new();
    let worker = metrics.worker("router", "a");
    let oldest = || {
        let samples = parse(&metrics.encode());
        samples[&format!("worker_oldest_unprocessed_seconds{ROUTER_A}")]
    };
    worker.oldest_ms(Some(2_000));
    let first = oldest();
    assert!((2.0..60.0).contains(&first), "{first}");
    let later = loop {
        let later = oldest();
        if later > first {
            break later;
        }
    };
    assert!(later < 60.0, "{later}");
    worker.oldest_ms(None);
    assert_eq!(oldest(), 0.0);
}

#[test]
fn clocks_differ_both_ways() {
    let metrics = Metrics::new();
    let (one, two) = (metrics.worker("router", "a"), metrics.worker("router", "a"));
    one.clock_offset_ms(20);
    two.clock_offset_ms(-1_500);
    let offset = || parse(&metrics.encode())[&format!("worker_clock_offset_seconds{ROUTER_A}")];
    assert_eq!(offset(), -1.5);
    drop(two);
    assert_eq!(offset(), 0.02);
}

#[test]
fn partitions_are_owned_until_their_worker_goes() {
    let metrics = Metrics::new();
    let (one, two) = (metrics.worker("router", "a"), metrics.worker("router", "a"));
    let gauge = |name: &str| parse(&metrics.encode())[&format!("{name}{ROUTER_A}")];
    one.took_over(3);
    one.took_over(0);
    assert_eq!(gauge("worker_partitions"), 2.0);
    assert_eq!(gauge("worker_partitions_owned"), 1.0);
    drop(one);
    drop(two);
    assert_eq!(gauge("worker_partitions"), 0.0);
    assert_eq!(gauge("worker_partitions_owned"), 0.0);
}

#[test]
fn a_service_registers_once_however_often_it_runs() {
    #[derive(Clone)]
    struct Intake(Counter);
    let metrics = Metrics::new();
    let metric = Metric::counter("intake_commands_total", &[], "Commands taken");
    let mut registrations = 0;
    for _ in 0..2 {
        let intake = metrics.service(|registry| {
            registrations += 1;
            Intake(single(registry, metric))
        });
        intake.0.inc();
    }
    assert_eq!(registrations, 1);
    assert_eq!(parse(&metrics.encode())["intake_commands_total"], 2.0);
}

#[test]
fn labels_are_escaped() {
    let metrics = Metrics::new();
    metrics.worker("router", "a\"b\\c\nd").input();
    let text = metrics.encode();
    assert!(text.contains("region=\"a\\\"b\\\\c\\nd\"} 1\n"), "{text}");
}

#[tokio::test]
async fn requests_are_counted_by_route_and_not_by_path() {
    let metrics = Metrics::new();
    let router = Router::new().route("/v1/tickets/{id}", get(|| async { "a ticket" }));
    let router = track(router, &metrics);
    for path in ["/v1/tickets/1", "/v1/tickets/2", "/no/such/path"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap();
    }
    let odd = Request::builder()
        .method("BREW")
        .uri("/v1/tickets/3")
        .body(Body::empty())
        .unwrap();
    router.clone().oneshot(odd).await.unwrap();
    let samples = parse(&metrics.encode());
    let requests = |route: &str, method: &str, status: u16| {
        let labels = format!("route=\"{route}\",method=\"{method}\",status=\"{status}\"");
        samples
            .get(&format!("http_requests_total{{{labels}}}"))
            .copied()
    };
    assert_eq!(requests("/v1/tickets/{id}", "GET", 200), Some(2.0));
    assert_eq!(requests("/v1/tickets/{id}", "other", 405), Some(1.0));
    assert_eq!(requests("none", "GET", 404), Some(1.0));
    let took = "http_request_seconds_count{route=\"/v1/tickets/{id}\",method=\"GET\"}";
    assert_eq!(samples[took], 2.0);
}
