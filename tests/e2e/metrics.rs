//! What `docs/metrics.md` promises is what a running region measures. Dashboards, rules and alerts
//! are checked against that page, so this is what they rest on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use posthouse_tests::limits::CARRIED_WITHIN as MEASURED_WITHIN;
use posthouse_tests::{Door, Setup, Up, eventually, samples};
use serde_json::json;

/// What a region measures only once it has happened, and why it does not happen here. What is not
/// in this list and not measured is a fault; and so is what is measured all the same.
const RARE: [(&str, &str); 6] = [
    ("worker_void_total", "nobody does what is not allowed"),
    (
        "worker_dead_letters_total",
        "nothing is set aside by a worker",
    ),
    ("classifier_shadow_total", "the policy names no challenger"),
    (
        "dispatcher_requeues_total",
        "nobody is signed in who could decline",
    ),
    (
        "courier_attempts_total",
        "the policy tells the console only",
    ),
    ("courier_send_seconds", "the policy tells the console only"),
];

/// A metric of the page.
struct Promised {
    kind: String,
    labels: BTreeSet<String>,
}

/// A family that was measured.
#[derive(Default)]
struct Measured {
    kind: String,
    samples: Vec<BTreeMap<String, String>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_page_promises_is_measured() {
    let Some(up) = Up::start(Setup::default()).await else {
        return;
    };
    let door = up.door();
    let opened = work(door).await;
    let promised = page();
    let wanted: BTreeSet<&str> = promised
        .keys()
        .map(String::as_str)
        .filter(|name| !RARE.iter().any(|(rare, _)| rare == name))
        .collect();
    let measured = eventually("every metric", MEASURED_WITHIN, async || {
        let measured = scrape(door).await;
        let missing: Vec<&&str> = wanted
            .iter()
            .filter(|name| !measured.contains_key(**name))
            .collect();
        match missing[..] {
            [] => Ok(measured),
            _ => Err(format!("{missing:?} are not measured")),
        }
    })
    .await;
    for (name, family) in &measured {
        let promise = promised
            .get(name)
            .unwrap_or_else(|| panic!("{name} is measured and not on the page"));
        assert_eq!(family.kind, promise.kind, "{name}");
        for sample in &family.samples {
            check(name, promise, sample, &opened);
        }
    }
    for (rare, why) in RARE {
        assert!(promised.contains_key(rare), "{rare} is not on the page");
        assert!(
            !measured.contains_key(rare),
            "{rare} is measured although {why}"
        );
    }
    up.end().await;
}

/// Opens tickets and lets one walk on; gives what names them.
async fn work(door: &Door) -> Vec<String> {
    let mut names = Vec::new();
    let mut last = String::new();
    for sample in samples().take(20) {
        let accepted = door.submit(&sample).await;
        door.carried(&accepted.number).await;
        names.extend([accepted.ticket_id, accepted.number.clone()]);
        last = accepted.number;
    }
    let path = format!("/v1/tickets/{last}/resolve");
    let answer = door.post(&path, &json!({})).await;
    assert!(answer.status < 300, "{answer:?}");
    let refused = door.post("/v1/tickets", &json!({"subject": 1})).await;
    assert!(refused.status >= 400, "{refused:?}");
    names
}

/// No value of a label names a ticket, or looks as if it named anything that there are many of.
fn check(name: &str, promise: &Promised, sample: &BTreeMap<String, String>, opened: &[String]) {
    let labels: BTreeSet<String> = sample.keys().cloned().collect();
    assert_eq!(labels, promise.labels, "{name}");
    for (label, value) in sample {
        assert!(
            !opened.contains(value),
            "{name} names a ticket: {label}={value}"
        );
        let is_version = label == "version";
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        assert!(
            digits < 6 || is_version,
            "{name} names something: {label}={value}"
        );
        assert!(
            value.len() <= 64,
            "{name} has a long label: {label}={value}"
        );
    }
}

/// The metrics of the page by name.
fn page() -> BTreeMap<String, Promised> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, kind, labels, _help] = cells[..] else {
            return None;
        };
        let name = name.strip_prefix('`')?.strip_suffix('`')?;
        let labels = labels.split(", ").filter(|label| !label.is_empty());
        let promised = Promised {
            kind: kind.to_owned(),
            labels: labels
                .map(|label| label.trim_matches('`').to_owned())
                .collect(),
        };
        Some((name.to_owned(), promised))
    });
    let promised: BTreeMap<String, Promised> = rows.collect();
    assert!(
        promised.len() > 60,
        "the page has {} metrics",
        promised.len()
    );
    promised
}

/// What is measured, by the name that stands on the page.
async fn scrape(door: &Door) -> BTreeMap<String, Measured> {
    let text = door.get("/metrics").await.body;
    let mut kinds: BTreeMap<String, String> = BTreeMap::new();
    let mut measured: BTreeMap<String, Measured> = BTreeMap::new();
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (family, kind) = kind.split_once(' ').unwrap();
            kinds.insert(family.to_owned(), kind.to_owned());
        }
        if line.starts_with('#') {
            continue;
        }
        let (series, _value) = line.rsplit_once(' ').unwrap();
        let (sample, labels) = series.split_once('{').unwrap_or((series, "}"));
        let (family, kind) = family_of(sample, &kinds);
        let name = match kind {
            "histogram" => family,
            _ => sample,
        };
        let of = measured.entry(name.to_owned()).or_default();
        kind.clone_into(&mut of.kind);
        of.samples.push(labels_of(labels));
    }
    measured
}

fn family_of<'a>(sample: &'a str, kinds: &'a BTreeMap<String, String>) -> (&'a str, &'a str) {
    let suffixes = ["", "_total", "_info", "_bucket", "_sum", "_count"];
    let found = suffixes.iter().find_map(|suffix| {
        let family = sample.strip_suffix(suffix)?;
        let kind = kinds.get(family)?;
        Some((family, kind.as_str()))
    });
    found.unwrap_or_else(|| panic!("{sample} has no type"))
}

/// The labels of a sample, without the bound of a bucket. No value of ours holds a quote.
fn labels_of(text: &str) -> BTreeMap<String, String> {
    let inner = text.strip_suffix('}').unwrap();
    let mut labels = BTreeMap::new();
    let mut rest = inner;
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').unwrap();
        if name != "le" {
            labels.insert(name.to_owned(), value.to_owned());
        }
        rest = after.trim_start_matches(',');
    }
    labels
}
