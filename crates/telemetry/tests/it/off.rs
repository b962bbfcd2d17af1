//! Where nothing is to be exported, nothing is traced, and nothing connects.

use posthouse_runtime::config;
use posthouse_runtime::metrics::Metrics;
use posthouse_telemetry::{Telemetry, telemetry};

use super::{record, settings, start};

#[tokio::test]
async fn one_flag_turns_it_off_and_so_does_no_collector() {
    let nobody = config::Telemetry {
        otlp_url: None,
        ..settings(config::Protocol::Grpc, "")
    };
    let off = config::Telemetry {
        enabled: false,
        ..settings(config::Protocol::Grpc, "http://127.0.0.1:1")
    };
    for settings in [nobody, off] {
        let metrics = Metrics::new();
        let started = start(&settings, &metrics);
        assert!(!started.tracer().is_on());
        record(&started, 1);
        started.end().await;
        assert!(metrics.encode().contains("telemetry_spans_total 0"));
    }
}

#[test]
fn all_metrics_are_registered_even_then() {
    let metrics = Metrics::new();
    drop(Telemetry::off(&metrics));
    let page = metrics.encode();
    for metric in telemetry::ALL {
        let kind = format!("# TYPE {} {}", metric.family(), metric.kind.as_str());
        assert!(page.contains(&kind), "{} is not there", metric.name);
    }
}

#[tokio::test]
async fn what_cannot_be_an_address_is_refused_at_the_start() {
    for protocol in [config::Protocol::Grpc, config::Protocol::Http] {
        let bad = config::Telemetry {
            headers_file: Some("/nowhere/at/all".into()),
            ..settings(protocol, "http://127.0.0.1:1")
        };
        let error = Telemetry::start(
            &bad,
            &posthouse_telemetry::Process::default(),
            &Metrics::new(),
        );
        assert_eq!(error.unwrap_err().code(), "TEL0002");
    }
    let bad = settings(config::Protocol::Grpc, "http://[::1");
    let error = Telemetry::start(
        &bad,
        &posthouse_telemetry::Process::default(),
        &Metrics::new(),
    );
    assert_eq!(error.unwrap_err().code(), "TEL0001");
}
