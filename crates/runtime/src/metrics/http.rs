//! What an HTTP server counts: requests by route, method and status, how long they took, and
//! connections.

use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::Metrics;
use super::register::{Histograms, family, histogram, single};
use crate::telemetry;

/// Upper bounds for requests, in seconds.
const REQUEST_BOUNDS_S: [f64; 12] = [
    0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// The label of requests that no route took: paths are chosen by callers, and without end.
const NO_ROUTE: &str = "none";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    route: String,
    method: &'static str,
    status: u16,
}

pub(super) struct Families {
    requests: Family<AnswerLabels, Counter>,
    seconds: Histograms<RouteLabels>,
    connections: Connections,
}

/// What an HTTP server counts of its connections. Copies count together.
#[derive(Clone, Debug)]
pub struct Connections {
    open: Gauge,
    max: Gauge,
}

/// A connection, as long as it is open.
#[derive(Debug)]
pub struct Connection(Gauge);

impl Connections {
    /// There may be so many.
    pub fn bounded(&self, max: usize) {
        self.max.set(i64::try_from(max).unwrap_or(i64::MAX));
    }

    /// One was opened. It counts until it is dropped.
    #[must_use = "a connection counts until it is dropped"]
    pub fn opened(&self) -> Connection {
        self.open.inc();
        Connection(self.open.clone())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Families {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            requests: family(registry, telemetry::HTTP_REQUESTS),
            seconds: histogram(registry, telemetry::HTTP_SECONDS, &REQUEST_BOUNDS_S),
            connections: Connections {
                open: single(registry, telemetry::HTTP_CONNECTIONS),
                max: single(registry, telemetry::HTTP_CONNECTIONS_MAX),
            },
        }
    }

    pub(super) fn connections(&self) -> Connections {
        self.connections.clone()
    }

    fn answered(&self, route: RouteLabels, status: StatusCode, started: Instant) {
        self.seconds
            .get_or_create(&route)
            .observe(started.elapsed().as_secs_f64());
        let RouteLabels { route, method } = route;
        let labels = AnswerLabels {
            route,
            method,
            status: status.as_u16(),
        };
        self.requests.get_or_create(&labels).inc();
    }
}

/// Counts the requests to all routes that `router` has now, and to its fallback.
pub fn track(router: Router, metrics: &Metrics) -> Router {
    router.layer(from_fn_with_state(metrics.clone(), count))
}

async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or(NO_ROUTE, MatchedPath::as_str);
    let labels = RouteLabels {
        route: route.to_owned(),
        method: known(request.method()),
    };
    let response = next.run(request).await;
    metrics.0.http.answered(labels, response.status(), started);
    response
}

/// The method as a label: callers may invent methods.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
