//! The metrics of one process.

use std::collections::BTreeSet;
use std::io;

use prometheus_parse::{Sample, Scrape, Value};

use super::buckets::Buckets;

/// Labels that a series must have, by name and value. Others do not matter.
pub(crate) type Labels<'a> = &'a [(&'a str, &'a str)];

/// What one process said.
#[derive(Debug)]
pub(crate) struct Page {
    samples: Vec<Sample>,
}

impl Page {
    /// Reads OpenMetrics text. Lines that are none are left out, as a scraper of a newer process
    /// has to.
    pub(crate) fn parse(text: &str) -> Self {
        let lines = text.lines().map(|line| io::Result::Ok(line.to_owned()));
        // The only errors are those of reading lines, and these were read.
        let samples = Scrape::parse(lines).map_or_else(|_| Vec::new(), |scrape| scrape.samples);
        Self { samples }
    }

    /// The values of a metric, added up over its series.
    pub(crate) fn sum(&self, name: &str, labels: Labels<'_>) -> Option<f64> {
        self.values(name, labels).reduce(|a, b| a + b)
    }

    /// The greatest value of a metric over its series.
    pub(crate) fn max(&self, name: &str, labels: Labels<'_>) -> Option<f64> {
        self.values(name, labels).reduce(f64::max)
    }

    /// The buckets of a histogram, added up over its series.
    pub(super) fn buckets(&self, name: &str, labels: Labels<'_>) -> Buckets {
        let mut all = Buckets::default();
        for sample in self.series(name, labels) {
            if let Value::Histogram(counts) = &sample.value {
                let bounds = counts.iter().map(|count| (count.less_than, count.count));
                all.add(&bounds.collect());
            }
        }
        all
    }

    /// Every value that a label of a metric has.
    pub(crate) fn words<'a>(&'a self, name: &'a str, label: &'a str) -> BTreeSet<&'a str> {
        let series = self.series(name, &[]);
        series
            .filter_map(|sample| sample.labels.get(label))
            .collect()
    }

    fn values<'a>(&'a self, name: &'a str, labels: Labels<'a>) -> impl Iterator<Item = f64> + 'a {
        self.series(name, labels)
            .filter_map(|sample| match sample.value {
                Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => Some(value),
                Value::Histogram(_) | Value::Summary(_) => None,
            })
            .filter(|value| value.is_finite())
    }

    fn series<'a>(&'a self, name: &'a str, labels: Labels<'a>) -> impl Iterator<Item = &'a Sample> {
        self.samples.iter().filter(move |sample| {
            let has = |&(label, value): &(&str, &str)| sample.labels.get(label) == Some(value);
            sample.metric == name && labels.iter().all(has)
        })
    }
}

#[cfg(test)]
mod tests {
    use posthouse_runtime::metrics::Metrics;
    use std::time::Duration;

    use super::*;
    use crate::scrape::names;

    /// What our own processes write is what we read: counters, gauges and histograms.
    #[test]
    fn our_own_metrics_are_understood() {
        let metrics = Metrics::new();
        let router = metrics.worker("router", "cn-north");
        router.input();
        router.input();
        router.lag(7);
        router.committed(1, Duration::from_millis(3));
        let other = metrics.worker("router", "eu-central");
        other.lag(5);
        let page = Page::parse(&metrics.encode());

        let here: Labels<'_> = &[("region", "cn-north"), ("role", "router")];
        assert_eq!(page.sum(names::INPUTS, here), Some(2.0));
        assert_eq!(page.sum(names::LAG, here), Some(7.0));
        assert_eq!(page.sum(names::LAG, &[("role", "router")]), Some(12.0));
        assert_eq!(page.max(names::LAG, &[]), Some(7.0));
        assert_eq!(page.sum(names::LAG, &[("role", "desk")]), None);
        let regions = page.words(names::LAG, "region");
        assert_eq!(Vec::from_iter(regions), ["cn-north", "eu-central"]);
        let commit = page.buckets("worker_commit_seconds", here).quantile(0.5);
        assert!((0.002..=0.005).contains(&commit.unwrap()), "{commit:?}");
    }

    #[test]
    fn what_is_no_metric_is_left_out() {
        let page = Page::parse("<html>\n# EOF\na 1\na{b=\"c\"} NaN\n\u{0}\n");
        assert_eq!(page.sum("a", &[]), Some(1.0));
    }
}
