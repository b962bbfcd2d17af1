//! Metrics as OTLP has them: the values behind `/metrics`, under the same names.
//!
//! # Source
//!
//! OpenTelemetry specification 1.57, "Prometheus and OpenMetrics Compatibility".

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::exemplar::Value as ExemplarValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Exemplar, Gauge, Histogram, HistogramDataPoint, Metric,
    NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model as told;

use crate::resource::text;

/// Since when counters count, and when they were read: nanoseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) started_ns: u64,
    pub(crate) now_ns: u64,
}

/// All metrics, as they are exported.
pub(crate) fn request(
    resource: &Resource,
    families: Vec<told::MetricFamily>,
    times: Times,
) -> ExportMetricsServiceRequest {
    let metrics = families
        .into_iter()
        .filter_map(|family| metric(family, times))
        .collect();
    let scope_metrics = ScopeMetrics {
        scope: Some(super::scope()),
        metrics,
        schema_url: String::new(),
    };
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(resource.clone()),
            scope_metrics: vec![scope_metrics],
            schema_url: String::new(),
        }],
    }
}

/// A metric with its points; `None` where nothing has been counted yet.
fn metric(family: told::MetricFamily, times: Times) -> Option<Metric> {
    let data = match family.r#type() {
        told::MetricType::Counter => Data::Sum(Sum {
            data_points: points(&family, times, |it| Some(it.counter.as_ref()?.value)),
            aggregation_temporality: AggregationTemporality::Cumulative.into(),
            is_monotonic: true,
        }),
        told::MetricType::Histogram => Data::Histogram(Histogram {
            data_points: distributions(&family, times),
            aggregation_temporality: AggregationTemporality::Cumulative.into(),
        }),
        _ => Data::Gauge(Gauge {
            data_points: points(&family, times, |it| Some(it.gauge.as_ref()?.value)),
        }),
    };
    (!family.metric.is_empty()).then(|| Metric {
        unit: unit(&family.name).to_owned(),
        name: family.name,
        description: family.help,
        data: Some(data),
        ..Metric::default()
    })
}

/// The unit that the name of a metric ends with, as UCUM writes it.
fn unit(name: &str) -> &'static str {
    let name = name.strip_suffix("_total").unwrap_or(name);
    match name.rsplit('_').next() {
        Some("seconds") => "s",
        Some("bytes") => "By",
        Some("ratio") => "1",
        _ => "",
    }
}

fn points(
    family: &told::MetricFamily,
    times: Times,
    value: impl Fn(&told::Metric) -> Option<f64>,
) -> Vec<NumberDataPoint> {
    let point = |metric: &told::Metric| {
        let value = value(metric)?;
        let counter = metric.counter.as_ref();
        Some(NumberDataPoint {
            attributes: labels(&metric.label),
            start_time_unix_nano: times.started_ns,
            time_unix_nano: times.now_ns,
            exemplars: counter
                .and_then(|counter| counter.exemplar.as_ref())
                .map(|it| exemplar(it, times))
                .into_iter()
                .collect(),
            value: Some(Value::AsDouble(value)),
            ..NumberDataPoint::default()
        })
    };
    family.metric.iter().filter_map(point).collect()
}

fn distributions(family: &told::MetricFamily, times: Times) -> Vec<HistogramDataPoint> {
    let with_labels = |metric: &told::Metric| {
        let histogram = metric.histogram.as_ref()?;
        Some(HistogramDataPoint {
            attributes: labels(&metric.label),
            ..distribution(histogram, times)
        })
    };
    family.metric.iter().filter_map(with_labels).collect()
}

/// Buckets count what is up to their bound; OTLP's count what is between two bounds, and the last
/// one, which has no bound, what is above all.
fn distribution(histogram: &told::Histogram, times: Times) -> HistogramDataPoint {
    let mut below = 0;
    let mut bounds = Vec::with_capacity(histogram.bucket.len());
    let mut counts = Vec::with_capacity(histogram.bucket.len() + 1);
    for bucket in histogram
        .bucket
        .iter()
        .filter(|it| is_bound(it.upper_bound))
    {
        bounds.push(bucket.upper_bound);
        counts.push(bucket.cumulative_count.saturating_sub(below));
        below = bucket.cumulative_count;
    }
    counts.push(histogram.sample_count.saturating_sub(below));
    let exemplars = histogram
        .bucket
        .iter()
        .filter_map(|it| it.exemplar.as_ref());
    HistogramDataPoint {
        start_time_unix_nano: times.started_ns,
        time_unix_nano: times.now_ns,
        count: histogram.sample_count,
        sum: Some(histogram.sample_sum),
        bucket_counts: counts,
        explicit_bounds: bounds,
        exemplars: exemplars.map(|it| exemplar(it, times)).collect(),
        ..HistogramDataPoint::default()
    }
}

/// The encoder writes the largest number for infinity.
fn is_bound(bound: f64) -> bool {
    bound < f64::MAX
}

fn labels(labels: &[told::LabelPair]) -> Vec<KeyValue> {
    let attributes = labels.iter().map(|label| text(&label.name, &label.value));
    attributes.collect()
}

/// An observation that stands for others, with the span it was made in.
fn exemplar(told: &told::Exemplar, times: Times) -> Exemplar {
    let id = |name: &str| {
        let label = told.label.iter().find(|label| label.name == name);
        label
            .and_then(|label| hex(&label.value))
            .unwrap_or_default()
    };
    let others = told.label.iter();
    let others = others.filter(|label| label.name != "trace_id" && label.name != "span_id");
    Exemplar {
        filtered_attributes: others
            .map(|label| text(&label.name, &label.value))
            .collect(),
        time_unix_nano: told.timestamp.as_ref().map_or(times.now_ns, nanoseconds),
        span_id: id("span_id"),
        trace_id: id("trace_id"),
        value: Some(ExemplarValue::AsDouble(told.value)),
    }
}

fn nanoseconds(at: &prost_types::Timestamp) -> u64 {
    let seconds = u64::try_from(at.seconds).unwrap_or(0);
    let within = u64::try_from(at.nanos).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(within)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks_exact(2);
    let whole = digits.remainder().is_empty();
    let bytes = digits.map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    bytes.collect::<Option<Vec<u8>>>().filter(|_| whole)
}

#[cfg(test)]
mod tests;
