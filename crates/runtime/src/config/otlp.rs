//! How settings of telemetry are written: the protocol, the share of traces that are kept, and
//! the variables that OpenTelemetry itself gave names to.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::setting::{Kind, Setting};
use crate::trace::Ratio;

/// The variables of OpenTelemetry that are honoured where no layer of ours says otherwise, with
/// the settings they stand for.
///
/// # Source
///
/// OpenTelemetry specification 1.57, "Environment Variable Specification" and "OpenTelemetry
/// Protocol Exporter".
pub(super) const STANDARD: [(&str, &str); 4] = [
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "otlp_url"),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "protocol"),
    ("OTEL_SDK_DISABLED", "enabled"),
    ("OTEL_RESOURCE_ATTRIBUTES", "resource_attributes"),
];

/// How the collector is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// gRPC over HTTP/2.
    #[default]
    Grpc,
    /// Protobuf over HTTP/1.1.
    #[serde(alias = "http/protobuf")]
    Http,
}

impl Setting for Protocol {
    const KIND: Kind = Kind::Text;
    fn show(&self) -> String {
        match self {
            Self::Grpc => "\"grpc\"".to_owned(),
            Self::Http => "\"http\"".to_owned(),
        }
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let part = f64::deserialize(deserializer)?;
        if (0.0..=1.0).contains(&part) {
            Ok(Self::of(part))
        } else {
            Err(D::Error::custom("not from 0 to 1"))
        }
    }
}

impl Setting for Ratio {
    const KIND: Kind = Kind::Share;
    fn show(&self) -> String {
        (f64::from(self.millionths()) / 1e6).to_string()
    }
}

/// Whether a collector can be reached by it: a scheme, a host and perhaps a path. A user or a
/// password has no place in it.
pub(super) fn is_otlp_url(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]".contains(c);
        !rest.is_empty() && !rest.starts_with(['/', ':']) && rest.chars().all(plain)
    })
}

/// Whether it is `key=value`.
pub(super) fn is_attribute(text: &str) -> bool {
    text.split_once('=')
        .is_some_and(|(key, _)| !key.trim().is_empty())
}
