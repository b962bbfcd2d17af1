//! A collector: takes spans over OTLP/HTTP, and keeps of each what its place in a story needs.

use std::collections::{BTreeSet, HashMap};
use std::io::Read as _;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use axum::routing::post;
use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message;
use tokio::net::TcpListener;

/// Where a span is: its trace and itself, in hexadecimal digits, as in a `traceparent`.
pub(crate) type Place = (String, String);

/// What is kept of a span.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) kind: SpanKind,
    pub(crate) parent: Option<Place>,
    pub(crate) links: BTreeSet<Place>,
    /// The names of its attributes.
    pub(crate) attributes: BTreeSet<String>,
    /// How often it came.
    pub(crate) times: usize,
}

/// What has arrived.
#[derive(Debug, Default)]
pub(crate) struct Arrived {
    pub(crate) steps: HashMap<Place, Step>,
    /// The attributes of the processes that spans came from, `key=value`.
    pub(crate) resources: BTreeSet<String>,
    /// The names of metrics.
    pub(crate) metrics: BTreeSet<String>,
}

/// A collector that runs.
#[derive(Clone, Debug)]
pub(crate) struct Collector {
    arrived: Arc<Mutex<Arrived>>,
    url: String,
}

impl Collector {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let collector = Self {
            arrived: Arc::default(),
            url: format!("http://{}", listener.local_addr().unwrap()),
        };
        let router = Router::new()
            .route("/v1/traces", post(spans))
            .route("/v1/metrics", post(metrics))
            .layer(DefaultBodyLimit::disable())
            .with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        collector
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn arrived(&self) -> MutexGuard<'_, Arrived> {
        self.arrived.lock().unwrap()
    }
}

async fn spans(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) {
    let request: ExportTraceServiceRequest = message(&headers, &body);
    let mut arrived = collector.arrived();
    for from in request.resource_spans {
        let said = from.resource.into_iter().flat_map(|it| it.attributes);
        arrived.resources.extend(said.map(|it| {
            let value = it.value.and_then(|it| it.value);
            format!("{}={value:?}", it.key)
        }));
        for span in from.scope_spans.into_iter().flat_map(|it| it.spans) {
            arrived.keep(span);
        }
    }
}

async fn metrics(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) {
    let request: ExportMetricsServiceRequest = message(&headers, &body);
    let scopes = request
        .resource_metrics
        .into_iter()
        .flat_map(|it| it.scope_metrics);
    let names = scopes.flat_map(|it| it.metrics).map(|it| it.name);
    collector.arrived().metrics.extend(names);
}

/// A message, unpacked where it was packed.
fn message<M: Message + Default>(headers: &HeaderMap, body: &[u8]) -> M {
    let is_packed = headers.get(CONTENT_ENCODING).is_some_and(|it| it == "gzip");
    let mut unpacked = Vec::new();
    if is_packed {
        GzDecoder::new(body).read_to_end(&mut unpacked).unwrap();
    }
    M::decode(if is_packed { &unpacked } else { body }).unwrap()
}

impl Arrived {
    fn keep(&mut self, span: Span) {
        let kind = span.kind();
        let trace = hex(&span.trace_id);
        let links = span.links.iter();
        let links = links.map(|link| (hex(&link.trace_id), hex(&link.span_id)));
        let step = self
            .steps
            .entry((trace.clone(), hex(&span.span_id)))
            .or_insert_with(|| Step {
                name: span.name,
                kind,
                parent: None,
                links: BTreeSet::new(),
                attributes: BTreeSet::new(),
                times: 0,
            });
        step.times += 1;
        step.links.extend(links);
        step.attributes
            .extend(span.attributes.into_iter().map(|it| it.key));
        if !span.parent_span_id.is_empty() {
            step.parent = Some((trace, hex(&span.parent_span_id)));
        }
    }

    /// How many spans have a name that begins so.
    pub(crate) fn named(&self, beginning: &str) -> usize {
        let named = self.steps.values();
        named
            .filter(|step| step.name.starts_with(beginning))
            .count()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
