//! Real text: the shipped sample tickets.

use serde_json::{Map, Value};

/// The fields that every policy understands.
const PLAIN: [&str; 4] = ["customer", "subject", "body", "product"];

/// The shipped samples as bodies of `POST /v1/tickets`, over and over.
///
/// # Panics
///
/// When the file is not there or no JSON.
pub fn samples() -> impl Iterator<Item = Value> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../deploy/samples/tickets.jsonl"
    );
    let text = std::fs::read_to_string(path).expect("the samples are shipped");
    let read = |line: &str| {
        let mut fields: Map<String, Value> =
            serde_json::from_str(line).expect("every sample is an object");
        fields.retain(|name, _| PLAIN.contains(&name.as_str()));
        Value::Object(fields)
    };
    text.lines()
        .map(read)
        .collect::<Vec<_>>()
        .into_iter()
        .cycle()
}
