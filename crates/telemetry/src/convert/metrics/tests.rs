use prometheus_client::encoding::prometheus_protobuf::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::CounterWithExemplar;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::*;

const TIMES: Times = Times {
    started_ns: 1,
    now_ns: 2,
};

fn exported(registry: &Registry) -> Vec<Metric> {
    let told = encode(registry).unwrap();
    let request = request(&Resource::default(), told, TIMES);
    let [resource] = <[_; 1]>::try_from(request.resource_metrics).unwrap();
    let [scope] = <[_; 1]>::try_from(resource.scope_metrics).unwrap();
    scope.metrics
}

fn only(registry: &Registry) -> Metric {
    let [metric] = <[_; 1]>::try_from(exported(registry)).unwrap();
    metric
}

#[test]
fn a_counter_is_a_sum_since_the_start_under_the_name_of_the_page() {
    let mut registry = Registry::default();
    let tickets: Family<[(&str, &str); 1], Counter> = Family::default();
    registry.register("router_tickets", "Tickets", tickets.clone());
    tickets.get_or_create(&[("region", "cn-north")]).inc_by(7);
    let metric = only(&registry);
    assert_eq!(metric.name, "router_tickets_total");
    assert_eq!(metric.description, "Tickets.");
    let Some(Data::Sum(sum)) = metric.data else {
        panic!("{metric:?}")
    };
    assert!(sum.is_monotonic);
    assert_eq!(
        sum.aggregation_temporality(),
        AggregationTemporality::Cumulative
    );
    let [point] = &sum.data_points[..] else {
        panic!("{sum:?}")
    };
    assert_eq!(point.value, Some(Value::AsDouble(7.0)));
    assert_eq!(point.attributes, [text("region", "cn-north")]);
    assert_eq!((point.start_time_unix_nano, point.time_unix_nano), (1, 2));
}

#[test]
fn a_gauge_and_an_info_are_gauges() {
    let mut registry = Registry::default();
    let depth: Gauge = Gauge::default();
    depth.set(-3);
    registry.register("outbox_bytes", "Depth", depth);
    registry.register("build", "Build", Info::new([("version", "1")]));
    let metrics = exported(&registry);
    let values: Vec<_> = metrics
        .iter()
        .map(|metric| match &metric.data {
            Some(Data::Gauge(gauge)) => (
                metric.name.as_str(),
                metric.unit.as_str(),
                gauge.data_points[0].value,
            ),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        values,
        [
            ("outbox_bytes", "By", Some(Value::AsDouble(-3.0))),
            ("build_info", "", Some(Value::AsDouble(1.0)))
        ]
    );
}

#[test]
fn buckets_say_what_lies_between_two_bounds() {
    let mut registry = Registry::default();
    let took = Histogram::new([0.1, 1.0]);
    for seconds in [0.05, 0.1, 0.5, 3.0, 4.0] {
        took.observe(seconds);
    }
    registry.register("took_seconds", "Took", took);
    let metric = only(&registry);
    assert_eq!(metric.unit, "s");
    let Some(Data::Histogram(histogram)) = metric.data else {
        panic!("{metric:?}")
    };
    let point = &histogram.data_points[0];
    assert_eq!(point.explicit_bounds, [0.1, 1.0]);
    assert_eq!(point.bucket_counts, [2, 1, 2]);
    assert_eq!(point.count, 5);
    assert!((point.sum.unwrap() - 7.65).abs() < 1e-9);
}

#[test]
fn what_was_never_counted_is_not_exported() {
    let mut registry = Registry::default();
    let never: Family<[(&str, &str); 1], Counter> = Family::default();
    registry.register("never", "Never", never);
    assert_eq!(exported(&registry), []);
}

#[test]
fn an_exemplar_names_its_span() {
    let mut registry = Registry::default();
    let late: CounterWithExemplar<Vec<(&str, &str)>> = CounterWithExemplar::default();
    let span = vec![
        ("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("span_id", "00f067aa0ba902b7"),
        ("kind", "breach"),
    ];
    late.inc_by(1, Some(span), None);
    registry.register("late", "Late", late);
    let Some(Data::Sum(sum)) = only(&registry).data else {
        panic!()
    };
    let [exemplar] = &sum.data_points[0].exemplars[..] else {
        panic!("{sum:?}")
    };
    assert_eq!(
        exemplar.span_id,
        [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]
    );
    assert_eq!(exemplar.trace_id.len(), 16);
    assert_eq!(exemplar.filtered_attributes, [text("kind", "breach")]);
    assert_eq!(hex("4b4"), None);
    assert_eq!(hex("zz"), None);
}
