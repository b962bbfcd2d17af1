//! Spans as OTLP has them.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Link as OtlpLink, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as OtlpSpan, Status};
use posthouse_runtime::trace::names::SCHEMA_URL;
use posthouse_runtime::trace::{Attribute, Kind, Link, Span, Value};

use crate::resource::attribute;

/// A batch of spans, as it is exported.
pub(crate) fn request(resource: &Resource, spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = ScopeSpans {
        scope: Some(super::scope()),
        spans: spans.into_iter().map(span).collect(),
        schema_url: SCHEMA_URL.to_owned(),
    };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource.clone()),
            scope_spans: vec![scope_spans],
            schema_url: SCHEMA_URL.to_owned(),
        }],
    }
}

fn span(span: Span) -> OtlpSpan {
    OtlpSpan {
        trace_id: span.trace.bytes().to_vec(),
        span_id: span.id.bytes().to_vec(),
        parent_span_id: span.parent.map_or_else(Vec::new, |it| it.bytes().to_vec()),
        flags: u32::from(span.flags),
        name: span.name.into_owned(),
        kind: kind(span.kind).into(),
        start_time_unix_nano: span.started_ns,
        end_time_unix_nano: span.ended_ns,
        attributes: attributes(span.attributes),
        links: span.links.into_iter().map(link).collect(),
        status: span.failed.map(|why| Status {
            message: why.into_owned(),
            code: StatusCode::Error.into(),
        }),
        ..OtlpSpan::default()
    }
}

const fn kind(kind: Kind) -> SpanKind {
    match kind {
        Kind::Internal => SpanKind::Internal,
        Kind::Server => SpanKind::Server,
        Kind::Client => SpanKind::Client,
        Kind::Producer => SpanKind::Producer,
        Kind::Consumer => SpanKind::Consumer,
    }
}

fn link(link: Link) -> OtlpLink {
    OtlpLink {
        trace_id: link.context.trace.bytes().to_vec(),
        span_id: link.context.span.bytes().to_vec(),
        attributes: attributes(link.attributes),
        flags: u32::from(link.context.flags),
        ..OtlpLink::default()
    }
}

fn attributes(attributes: Vec<Attribute>) -> Vec<KeyValue> {
    let otlp = |(name, value): Attribute| {
        let value = match value {
            Value::Text(text) => any_value::Value::StringValue(text.into_owned()),
            Value::Int(number) => any_value::Value::IntValue(number),
            Value::Bool(flag) => any_value::Value::BoolValue(flag),
        };
        attribute(name, value)
    };
    attributes.into_iter().map(otlp).collect()
}
