//! What is said of the process with everything it exports.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use percent_encoding::percent_decode_str;

/// Which process it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// The name it has towards servers and in claims. Whoever owns a partition is found by it.
    pub node: String,
    /// The version that runs.
    pub version: &'static str,
    /// Its roles.
    pub roles: Vec<String>,
    /// Its regions.
    pub regions: Vec<String>,
}

/// The process as OTLP has it, with what the operator says of it, `key=value`, over it.
///
/// # Source
///
/// OpenTelemetry semantic conventions 1.44.0, `service.*` and `telemetry.sdk.*`; specification
/// 1.57, "Resource SDK", for how attributes are written in a variable.
pub(crate) fn of(process: &Process, said: &[String]) -> Resource {
    let mut attributes = vec![
        text("service.name", "posthouse"),
        text("service.version", process.version),
        text("service.instance.id", &process.node),
        text("telemetry.sdk.name", "posthouse"),
        text("telemetry.sdk.language", "rust"),
        text("telemetry.sdk.version", process.version),
        texts("posthouse.roles", &process.roles),
        texts("posthouse.regions", &process.regions),
    ];
    for (key, value) in said.iter().filter_map(|said| said.split_once('=')) {
        let (key, value) = (decoded(key), decoded(value));
        attributes.retain(|known| known.key != key);
        attributes.push(text(&key, &value));
    }
    Resource {
        attributes,
        ..Resource::default()
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text.trim())
        .decode_utf8_lossy()
        .into_owned()
}

/// An attribute.
pub(crate) fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

/// An attribute that is a text.
pub(crate) fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn texts(key: &str, values: &[String]) -> KeyValue {
    let values = values.iter().map(|value| AnyValue {
        value: Some(Value::StringValue(value.clone())),
    });
    let values = values.collect();
    attribute(key, Value::ArrayValue(ArrayValue { values }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(resource: &Resource, key: &str) -> Vec<String> {
        let found = resource.attributes.iter().filter(|a| a.key == key);
        found
            .filter_map(|a| match a.value.as_ref()?.value.as_ref()? {
                Value::StringValue(text) => Some(text.clone()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn what_the_operator_says_is_stronger_and_stands_once() {
        let process = Process {
            node: "n-1".to_owned(),
            version: "1.2.3",
            ..Process::default()
        };
        let operator = [
            "service.name=helpdesk".to_owned(),
            " team = a%2Cb ".to_owned(),
        ];
        let resource = of(&process, &operator);
        assert_eq!(said(&resource, "service.name"), ["helpdesk"]);
        assert_eq!(said(&resource, "service.instance.id"), ["n-1"]);
        assert_eq!(said(&resource, "service.version"), ["1.2.3"]);
        assert_eq!(said(&resource, "team"), ["a,b"]);
    }
}
