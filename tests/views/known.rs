//! The series that there are: what the house measures, as `docs/metrics.md` says, what rules
//! record, and what Prometheus itself adds.

use std::collections::{BTreeMap, BTreeSet};

use crate::promql::{Judge, Shape};
use crate::shipped::{Rule, place, rules, text};

/// Names of labels.
pub(crate) type Labels = BTreeSet<String>;

/// What a series does over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It only grows: of use as a rate.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// What is known of the series of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) kind: Kind,
    /// What it says, with the outcomes that it is split into.
    pub(crate) help: String,
    /// Its labels; `None`: any.
    pub(crate) labels: Option<Labels>,
}

/// Every series that an expression may name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue {
    series: BTreeMap<String, Known>,
}

/// What a target of Prometheus adds to whatever is scraped from it.
const OF_TARGETS: [&str; 2] = ["job", "instance"];

/// The kinds of metrics, as `docs/metrics.md` calls them.
const KINDS: [&str; 4] = ["counter", "gauge", "histogram", "info"];

impl Catalogue {
    /// What the house measures, and what Prometheus adds.
    pub(crate) fn measured() -> Self {
        let mut catalogue = Self::default();
        catalogue.add("up", Kind::Gauge, "", &[]);
        let any = Known {
            kind: Kind::Gauge,
            help: String::new(),
            labels: None,
        };
        catalogue.series.insert("ALERTS".to_owned(), any);
        for metric in documented() {
            catalogue.add_documented(&metric);
        }
        catalogue
    }

    /// The same, and what rules record.
    pub(crate) fn recorded() -> Self {
        let mut catalogue = Self::measured();
        for rule in rules().iter().filter(|rule| rule.record.is_some()) {
            catalogue.record(rule).unwrap_or_else(|why| panic!("{why}"));
        }
        catalogue
    }

    /// What is known of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Known> {
        self.series.get(name)
    }

    /// Adds what a rule records. All rules that record under a name record the same labels.
    pub(crate) fn record(&mut self, rule: &Rule) -> Result<(), String> {
        let name = rule.record.clone().unwrap();
        let shape = Judge::new(self).judge(&rule.expr)?;
        let Shape::Vector(Some(mut labels)) = shape else {
            return Err(format!("{name} records no series: {}", rule.expr));
        };
        labels.extend(rule.labels.keys().cloned());
        let known = Known {
            kind: Kind::Gauge,
            help: String::new(),
            labels: Some(labels),
        };
        let before = self.series.insert(name.clone(), known.clone());
        if before.is_some_and(|before| before != known) {
            return Err(format!("{name} is recorded with other labels than before"));
        }
        Ok(())
    }

    fn add(&mut self, name: &str, kind: Kind, help: &str, labels: &[&str]) {
        let labels = OF_TARGETS.iter().chain(labels);
        let known = Known {
            kind,
            help: help.to_owned(),
            labels: Some(labels.map(|label| (*label).to_owned()).collect()),
        };
        self.series.insert(name.to_owned(), known);
    }

    fn add_documented(&mut self, metric: &Documented) {
        let Documented { name, help, .. } = metric;
        let labels: Vec<&str> = metric.labels.iter().map(String::as_str).collect();
        match metric.kind.as_str() {
            "counter" => self.add(name, Kind::Counter, help, &labels),
            "gauge" | "info" => self.add(name, Kind::Gauge, help, &labels),
            "histogram" => {
                let with_bound = [&labels[..], &["le"]].concat();
                self.add(&format!("{name}_bucket"), Kind::Counter, help, &with_bound);
                self.add(&format!("{name}_count"), Kind::Counter, help, &labels);
                self.add(&format!("{name}_sum"), Kind::Counter, help, &labels);
            }
            _ => unreachable!("rows of no kind are passed over"),
        }
    }
}

/// A metric of `docs/metrics.md`.
pub(crate) struct Documented {
    pub(crate) name: String,
    pub(crate) kind: String,
    labels: Vec<String>,
    help: String,
}

/// All metrics of `docs/metrics.md`.
pub(crate) fn documented() -> Vec<Documented> {
    let page = text(&place("docs/metrics.md"));
    let rows: Vec<_> = page.lines().filter_map(row).collect();
    assert!(
        rows.len() > 100,
        "docs/metrics.md has {} metrics",
        rows.len()
    );
    rows
}

/// A row of a metric: its name in backticks, kind, labels in backticks, help. There are other
/// tables, whose second cell is no kind.
fn row(line: &str) -> Option<Documented> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
    let kind = cells.next().filter(|kind| KINDS.contains(kind))?;
    let labels = cells.next()?.split('`').skip(1).step_by(2);
    Some(Documented {
        name: name.to_owned(),
        kind: kind.to_owned(),
        labels: labels.map(str::to_owned).collect(),
        help: cells.next()?.to_owned(),
    })
}
