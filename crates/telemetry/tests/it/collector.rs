//! A collector that takes everything gets what was recorded, over gRPC and over HTTP.

use mock_collector::{MockServer, Protocol, ServerHandle, TestSpan};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use posthouse_runtime::config;
use posthouse_runtime::metrics::Metrics;
use posthouse_runtime::trace::{Kind, Link, Span};
use posthouse_telemetry::Telemetry;
use posthouse_telemetry::limits::{QUEUE_SPANS_MAX, SPANS_PER_EXPORT_MAX};

use super::{WITHIN, context, counted, nothing_is_missing, record, settings, start};

const BOTH: [(config::Protocol, Protocol); 2] = [
    (config::Protocol::Grpc, Protocol::Grpc),
    (config::Protocol::Http, Protocol::HttpBinary),
];

async fn collector(protocol: Protocol) -> (ServerHandle, String) {
    let server = MockServer::builder()
        .protocol(protocol)
        .start()
        .await
        .unwrap();
    let url = format!("http://{}", server.addr());
    (server, url)
}

/// A message: sent, processed by another, which failed; its batch was settled.
fn story(telemetry: &Telemetry) {
    let tracer = telemetry.tracer();
    let (sent, processed, settled) = (context(1), context(2), context(3));
    let span = |at, parent, kind, name| Span::new(at, parent, kind, name, tracer.now_ns());
    tracer.end(span(sent, None, Kind::Producer, "send ph.r.p.opened"));
    let mut process = span(processed, Some(sent.span), Kind::Consumer, "process");
    process.set("ticket.id", "t-1");
    process.set("posthouse.partition", 7_u16);
    process.set("posthouse.forced", true);
    process.failed = Some("PH0001".into());
    tracer.end(process);
    let mut settle = span(settled, None, Kind::Client, "settle");
    settle.links.push(Link {
        context: processed,
        attributes: vec![("messaging.message.id", "m-1".into())],
    });
    tracer.end(settle);
}

fn named<'a>(spans: &'a [TestSpan], name: &str) -> &'a TestSpan {
    spans.iter().find(|it| it.span().name == name).unwrap()
}

#[tokio::test]
async fn kinds_parents_links_attributes_and_failures_arrive() {
    for (ours, theirs) in BOTH {
        let (server, url) = collector(theirs).await;
        let metrics = Metrics::new();
        let telemetry = start(&settings(ours, &url), &metrics);
        story(&telemetry);
        telemetry.end().await;
        nothing_is_missing(&metrics);
        assert_eq!(counted(&metrics, "telemetry_spans_exported_total"), 3);

        server
            .with_collector(|it| {
                let spans = it.spans();
                assert_eq!(spans.len(), 3);
                let (sent, processed, settled) =
                    (context(1).span, context(2).span, context(3).span);
                let send = named(spans, "send ph.r.p.opened").span();
                assert_eq!(send.kind(), SpanKind::Producer);
                assert_eq!(send.span_id, sent.bytes());
                assert_eq!(send.trace_id, context(1).trace.bytes());
                assert!(send.parent_span_id.is_empty());
                assert!(send.start_time_unix_nano <= send.end_time_unix_nano);

                let process = named(spans, "process").span();
                assert_eq!(process.kind(), SpanKind::Consumer);
                assert_eq!(process.parent_span_id, sent.bytes());
                let status = process.status.as_ref().unwrap();
                assert_eq!(
                    (status.code(), status.message.as_str()),
                    (StatusCode::Error, "PH0001")
                );

                let settle = named(spans, "settle").span();
                assert_eq!(settle.kind(), SpanKind::Client);
                assert_eq!(settle.span_id, settled.bytes());
                assert_eq!(settle.links.len(), 1);
                assert_eq!(settle.links[0].span_id, processed.bytes());
                assert_eq!(settle.links[0].attributes[0].key, "messaging.message.id");

                it.expect_span_with_name("process")
                    .with_attributes([("ticket.id", "t-1")])
                    .with_attribute("posthouse.partition", 7_i64)
                    .with_attribute("posthouse.forced", true)
                    .with_resource_attributes([
                        ("service.name", "posthouse"),
                        ("service.version", "1.2.3"),
                        ("service.instance.id", "node-1"),
                    ])
                    .assert_count(1);
            })
            .await;
    }
}

#[tokio::test]
async fn a_whole_batch_leaves_at_once_and_many_arrive_each_once() {
    for (ours, theirs) in BOTH {
        let (server, url) = collector(theirs).await;
        let metrics = Metrics::new();
        let telemetry = start(&settings(ours, &url), &metrics);
        let many = SPANS_PER_EXPORT_MAX * 5 + 7;
        assert!(many < QUEUE_SPANS_MAX);
        record(&telemetry, many);
        server.wait_for_spans(many, WITHIN).await.unwrap();
        telemetry.end().await;
        nothing_is_missing(&metrics);
        assert_eq!(
            counted(&metrics, "telemetry_spans_exported_total"),
            many as u64
        );
        let mut ids = server
            .with_collector(|it| {
                let ids = it.spans().iter().map(|span| span.span().span_id.clone());
                ids.collect::<Vec<_>>()
            })
            .await;
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), many);
    }
}

#[tokio::test]
async fn metrics_arrive_while_it_runs_and_once_more_at_the_end() {
    for (ours, theirs) in BOTH {
        let (server, url) = collector(theirs).await;
        let metrics = Metrics::new();
        let settings = config::Telemetry {
            metrics_every_s: 1,
            resource_attributes: vec!["team=desk".to_owned()],
            ..settings(ours, &url)
        };
        let telemetry = start(&settings, &metrics);
        server.wait_for_metrics(1, WITHIN).await.unwrap();
        record(&telemetry, 3);
        telemetry.end().await;
        server
            .with_collector(|it| {
                it.expect_metric_with_name("posthouse_build_info")
                    .with_resource_attributes([("team", "desk")])
                    .assert_at_least(1);
                it.expect_metric_with_name("telemetry_spans_total")
                    .with_value_eq(3.0)
                    .assert_at_least(1);
            })
            .await;
    }
}
