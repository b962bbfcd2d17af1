//! Reading scenario files: JSON, what they extend, and keys that nobody knows.

use serde_json::{Map, Value};

use super::format::File;
use crate::error::Error;
use crate::limits::{EXTENDS_MAX, SCENARIO_BYTES_MAX};

/// Top-level lists that an overlay adds to; every other key replaces.
const ADDED_TO: [&str; 4] = [
    "incidents",
    "centre_outages",
    "rate_multipliers",
    "staffing",
];

/// Reads a scenario and what it extends; `fetch` gives the text of a file by its name.
pub(super) fn read(
    name: &str,
    fetch: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<File, Error> {
    let text = fetch(name).map_err(|why| Error::Extended {
        file: name.to_owned(),
        why,
    })?;
    let mut merged = object(name, &text)?;
    let mut file = name.to_owned();
    let mut files = 1;
    while let Some(base) = merged.remove("extends") {
        let Value::String(base) = base else {
            return Err(shape(&file, "extends", "it must be the name of a file"));
        };
        files += 1;
        if files > EXTENDS_MAX {
            let why = format!("more than {EXTENDS_MAX} scenarios extend one another");
            return Err(Error::Extended { file: base, why });
        }
        let text = fetch(&base).map_err(|why| Error::Extended {
            file: base.clone(),
            why,
        })?;
        merged = overlaid(object(&base, &text)?, merged);
        file = base;
    }
    typed(name, Value::Object(merged))
}

fn object(file: &str, text: &str) -> Result<Map<String, Value>, Error> {
    if text.len() > SCENARIO_BYTES_MAX {
        let why = format!("it has more than {SCENARIO_BYTES_MAX} bytes");
        return Err(shape(file, ".", &why));
    }
    let value = serde_json::from_str(text).map_err(|error| Error::NotJson {
        file: file.to_owned(),
        line: error.line(),
        column: error.column(),
        why: plain(&error.to_string()),
    })?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(shape(file, ".", "a scenario is an object")),
    }
}

/// `over` on top of `base`.
fn overlaid(mut base: Map<String, Value>, over: Map<String, Value>) -> Map<String, Value> {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Array(old)), Value::Array(new)) if ADDED_TO.contains(&key.as_str()) => {
                old.extend(new);
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
    base
}

fn typed(file: &str, value: Value) -> Result<File, Error> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let why = error.inner().to_string();
        let hint = nearest_of(&why).map(|near| format!("; did you mean `{near}`?"));
        shape(file, &path, &format!("{why}{}", hint.unwrap_or_default()))
    })
}

fn shape(file: &str, path: &str, why: &str) -> Error {
    Error::Shape {
        file: file.to_owned(),
        path: path.to_owned(),
        why: why.to_owned(),
    }
}

/// The message without the position that serde repeats in it.
fn plain(message: &str) -> String {
    let end = message.find(" at line ").unwrap_or(message.len());
    message[..end].to_owned()
}

/// The known word nearest to the unknown one that a message of serde names: the first word in
/// back-quotes is what stands there, the others are what is known.
fn nearest_of(message: &str) -> Option<String> {
    if !message.starts_with("unknown ") {
        return None;
    }
    let mut quoted = message.split('`').skip(1).step_by(2);
    let found = quoted.next()?;
    nearest(found, quoted)
}

/// The known word that is most like `word`, when one is like it at all.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let allowed = 1 + word.chars().count() / 4;
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}
