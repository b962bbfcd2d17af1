//! Spans and metrics as OTLP has them.

pub(crate) mod metrics;
pub(crate) mod spans;

use opentelemetry_proto::tonic::common::v1::InstrumentationScope;

/// Who recorded it.
fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "posthouse".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    }
}
