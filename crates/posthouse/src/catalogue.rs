//! The catalogue of all metrics: `docs/metrics.md`, made from every crate's `telemetry.rs`, and
//! what must be true of all of them together.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use expect_test::expect_file;
use posthouse_runtime::metrics::{Kind, Metric};

/// What every crate measures.
const ALL: [&[Metric]; 9] = [
    posthouse_runtime::telemetry::ALL,
    posthouse_intake::telemetry::ALL,
    posthouse_classifier::telemetry::ALL,
    posthouse_router::telemetry::ALL,
    posthouse_watchdog::telemetry::ALL,
    posthouse_notifier::telemetry::ALL,
    posthouse_desk::telemetry::ALL,
    crate::telemetry::ALL,
    posthouse_telemetry::telemetry::ALL,
];

/// The services by the first word of their metrics' names, with their headlines and what is to be
/// known of them.
const SERVICES: [(&str, &str, &str); 13] = [
    ("posthouse", "The version", ""),
    ("process", "The process", ""),
    (
        "worker",
        "The worker loop",
        "Every role that owns partitions: classifier, lookout, router, dispatcher, watchdog, \
         notifier, courier. Of several partitions in one process, counters and sums add up; ages \
         and offsets show the partition that is worst.",
    ),
    (
        "http",
        "HTTP",
        "Every process. Paths that no route takes count as `none`.",
    ),
    ("intake", "Intake", ""),
    ("classifier", "The classifier", ""),
    ("lookout", "The lookout", ""),
    (
        "router",
        "The router",
        "`router_routed_seconds` is the service's own objective: within 5 s for 99.9 % of \
         tickets. Both ends are the log's time, so no host's clock matters; what waits in an \
         outbox is not in the log yet and shows in `intake_outbox_oldest_seconds`.",
    ),
    ("dispatcher", "The dispatcher", ""),
    (
        "watchdog",
        "The watchdog",
        "How late deadlines fire is in `worker_ring_late_seconds{role=\"watchdog\"}`. A promise \
         that is withdrawn is neither met nor breached.",
    ),
    ("courier", "The courier", ""),
    ("desk", "The desk", ""),
    (
        "bus",
        "The bus",
        "The process that runs the desk asks the bus every 15 s. It tells of partitions that \
         nobody owns, too; `worker_*` cannot. Watch the age of `bus_inspected_timestamp_seconds`.",
    ),
];
/// The service that comes last.
const TELEMETRY: (&str, &str, &str) = (
    "telemetry",
    "Telemetry",
    "What is exported to a collector by OTLP, and what is dropped because that is away.",
);

/// Every label and its values. They are few and known; no identity is among them.
const LABELS: [(&str, &str); 20] = [
    ("agrees", "`yes`, `no`"),
    (
        "channel",
        "the kind of a receiver's channel, such as `webhook`, `email`, `sms`, `slack`; `unknown` where the policy in force has no such receiver any more",
    ),
    ("code", "a code with a page in `docs/errors`"),
    (
        "head",
        "a question that a model answers, such as `category`",
    ),
    ("kind", "a kind of fact, such as `assigned`"),
    ("method", "an HTTP method; those that are none are `other`"),
    ("outcome", "what became of it: the metric says which"),
    (
        "policy",
        "an SLA policy by name; the first 64 of a process, then `other`",
    ),
    ("reason", "why: the metric says which"),
    ("region", "a region by name"),
    ("role", "a role, as in `posthouse run`"),
    ("route", "the pattern of a path, such as `/v1/tickets/{id}`"),
    ("severity", "`P0` to `P3`"),
    ("signal", "`spans`, `metrics`"),
    ("status", "a status of HTTP"),
    ("stream", "a stream of the region's topology"),
    (
        "target",
        "`first_response`, `next_response`, `update`, `resolution`",
    ),
    (
        "tier",
        "a customer's tier, as the sender says it; the first 16 of a process, then `other`",
    ),
    ("version", "the version of the binary"),
    ("le", "the upper bound of a bucket of a histogram"),
];

const HEAD: &str = "\
# Metrics

<!-- Generated from every crate's telemetry.rs by `UPDATE_EXPECT=1 cargo test -p posthouse catalogue`. Edit those instead. -->

Every process serves them at `/metrics` of its HTTP door, as OpenMetrics text, and sends them to a \
collector where one is set ([configuration.md](configuration.md), `telemetry`). Dashboards, rules \
and alerts over them are in [deploy/grafana](../deploy/grafana) and \
[deploy/prometheus](../deploy/prometheus).

- Names are `<service>_<noun>_<unit>`; counters end in `_total`. Units are seconds, bytes, or what \
is counted. A histogram `x` is `x_bucket`, `x_sum` and `x_count`.
- What has a bound `x_max` is `x`: how full it is, is `x / x_max`.
- A family without a value is not shown: what is split up by an outcome appears with the first one.
- A view that is rebuilt from the whole log counts nothing until it has caught up. A takeover that \
goes on from a snapshot counts what it replays, so what its predecessor did since then, 60 s at \
most, counts twice.
";

fn all() -> impl Iterator<Item = &'static Metric> {
    ALL.into_iter().flatten()
}

fn service(metric: &Metric) -> &'static str {
    metric.name.split('_').next().unwrap_or(metric.name)
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for (word, headline, what) in SERVICES.iter().chain([&TELEMETRY]) {
        write!(page, "\n## {headline}\n\n").expect("a String takes it");
        if !what.is_empty() {
            write!(page, "{what}\n\n").expect("a String takes it");
        }
        page.push_str("| Name | Kind | Labels | What it says |\n| --- | --- | --- | --- |\n");
        for metric in all().filter(|metric| service(metric) == *word) {
            page.push_str(&row(metric));
        }
    }
    page.push_str("\n## Labels\n\n| Label | Values |\n| --- | --- |\n");
    for (label, values) in LABELS {
        writeln!(page, "| `{label}` | {values} |").expect("a String takes it");
    }
    page
}

fn row(metric: &Metric) -> String {
    let labels: Vec<String> = metric
        .labels
        .iter()
        .map(|label| format!("`{label}`"))
        .collect();
    format!(
        "| `{}` | {} | {} | {} |\n",
        metric.name,
        metric.kind.as_str(),
        labels.join(", "),
        metric.help
    )
}

#[test]
fn the_page_shows_the_metrics_as_they_are() {
    // To rewrite it: UPDATE_EXPECT=1 cargo test -p posthouse catalogue
    expect_file!["../../../docs/metrics.md"].assert_eq(&page());
}

#[test]
fn every_metric_is_on_the_page_once() {
    let known: BTreeSet<&str> = SERVICES
        .iter()
        .chain([&TELEMETRY])
        .map(|(word, ..)| *word)
        .collect();
    let mut seen: BTreeMap<&str, &Metric> = BTreeMap::new();
    for metric in all() {
        assert!(known.contains(service(metric)), "{}", metric.name);
        assert!(
            seen.insert(metric.family(), metric).is_none(),
            "{} is there twice",
            metric.name
        );
    }
}

#[test]
fn names_say_what_is_measured() {
    for metric in all() {
        let name = metric.name;
        let is_plain = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(is_plain && name.split('_').count() >= 2, "{name}");
        assert_eq!(
            name.ends_with("_total"),
            metric.kind == Kind::Counter,
            "{name}"
        );
        assert_eq!(name.ends_with("_info"), metric.kind == Kind::Info, "{name}");
        for unit in [
            "_ms",
            "_millis",
            "_milliseconds",
            "_minutes",
            "_kib",
            "_percent",
        ] {
            assert!(!name.ends_with(unit), "{name} is not in a base unit");
        }
        let help = metric.help;
        assert!(
            help.len() > 10 && !help.ends_with('.') && !help.contains('|'),
            "{name}: {help}"
        );
        assert!(
            help.starts_with(|c: char| c.is_uppercase()),
            "{name}: {help}"
        );
    }
}

#[test]
fn what_is_bounded_is_beside_its_bound() {
    let names: BTreeSet<&str> = all().map(|metric| metric.name).collect();
    for metric in all() {
        let Some(bounded) = metric.name.strip_suffix("_max") else {
            continue;
        };
        assert!(names.contains(bounded), "{} bounds nothing", metric.name);
        let of = all().find(|it| it.name == bounded).expect("it was found");
        assert_eq!(
            of.labels, metric.labels,
            "{bounded} and its bound do not match"
        );
    }
}

#[test]
fn no_label_is_an_identity() {
    let known: BTreeSet<&str> = LABELS.iter().map(|(label, _)| *label).collect();
    assert_eq!(known.len(), LABELS.len());
    let used: BTreeSet<&str> = all()
        .flat_map(|metric| metric.labels)
        .copied()
        .chain(["le"])
        .collect();
    // A new label is explained here; one that names a ticket, a customer, an agent, a receiver, a
    // message or a process is not a label.
    assert_eq!(used, known);
}
