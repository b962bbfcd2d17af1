//! The layers of a configuration: each as a tree of values with its origin, and all of them as
//! one.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::Serialize;

use super::allowed::Allowed;
use super::otlp::STANDARD;
use super::section::{Section as _, SectionDoc};
use super::sections::Telemetry;
use super::setting::{Setting, type_of};
use super::{ConfigError, Origin, VARIABLE_PREFIX, nearest, variable};

/// Longest value that a complaint quotes, in characters.
const QUOTED_CHARS_MAX: usize = 80;

/// One source of settings.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    from: From,
    values: Dict,
}

#[derive(Clone, Debug)]
enum From {
    Standard,
    File(PathBuf),
    Environment,
    Flags,
}

/// All sources, the strongest last.
pub(super) struct Layers {
    layers: Vec<Layer>,
    merged: Figment,
}

impl Layer {
    /// What a TOML file says.
    pub(super) fn of_file(file: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(file).map_err(|error| ConfigError::Unreadable {
            file: file.to_owned(),
            why: error.to_string(),
        })?;
        let table: toml::Table = text
            .parse()
            .map_err(|error| malformed(file, &text, &error))?;
        let values = Value::serialize(table)
            .ok()
            .and_then(Value::into_dict)
            .unwrap_or_default();
        Ok(Self {
            from: From::File(file.to_owned()),
            values,
        })
    }

    /// What variables say that OpenTelemetry gave names to: the same for every program of a
    /// machine, so whatever is said to us alone is stronger.
    pub(super) fn of_standard(variables: &[(OsString, OsString)]) -> Option<Self> {
        let schema = Telemetry::doc();
        let mut values = Dict::new();
        for (name, value) in variables {
            let known = STANDARD.iter().find(|(known, _)| name == known);
            let kind = known.and_then(|(_, key)| schema.setting(key));
            let (Some(setting), Some(text)) = (kind, value.to_str()) else {
                continue;
            };
            let value = match setting.key {
                // What disables is written as its opposite; all but "true" is false, as specified.
                "enabled" => Value::from(!text.trim().eq_ignore_ascii_case("true")),
                _ => setting.kind.read(text),
            };
            put(&mut values, schema.key, setting.key, value);
        }
        (!values.is_empty()).then_some(Self {
            from: From::Standard,
            values,
        })
    }

    /// What the environment says. Variables that are not ours are passed over, but one that
    /// names a setting with too few or too many underscores is not.
    pub(super) fn of_environment(
        variables: &[(OsString, OsString)],
        schema: &[SectionDoc],
        errors: &mut Vec<ConfigError>,
    ) -> Option<Self> {
        let mut values = Dict::new();
        for (name, value) in variables {
            let Some(name) = name
                .to_str()
                .filter(|name| name.starts_with(VARIABLE_PREFIX))
            else {
                continue;
            };
            match environment_setting(name, value, schema) {
                Ok(None) => {}
                Ok(Some((section, key, value))) => put(&mut values, section, key, value),
                Err(error) => errors.push(error),
            }
        }
        (!values.is_empty()).then_some(Self {
            from: From::Environment,
            values,
        })
    }

    /// What the command line says.
    pub(super) fn of_flags(flags: &impl Serialize) -> Result<Self, ConfigError> {
        let values = Value::serialize(flags).ok().and_then(Value::into_dict);
        let Some(mut values) = values else {
            return Err(ConfigError::WrongType {
                key: "flags".to_owned(),
                origin: Origin::Flags,
                found: "something else",
                expected: "a table of sections",
            });
        };
        drop_unset(&mut values);
        Ok(Self {
            from: From::Flags,
            values,
        })
    }

    /// Notes every key that is no setting.
    pub(super) fn refuse_unknown(&self, schema: &[SectionDoc], errors: &mut Vec<ConfigError>) {
        for (section, value) in &self.values {
            let Some(known) = schema.iter().find(|known| known.key == section) else {
                errors.push(self.unknown_section(section, value, schema));
                continue;
            };
            let Some(keys) = value.as_dict() else {
                errors.push(ConfigError::WrongType {
                    key: section.clone(),
                    origin: self.origin(section, ""),
                    found: type_of(value),
                    expected: "a table of settings",
                });
                continue;
            };
            for key in keys.keys().filter(|key| known.setting(key).is_none()) {
                errors.push(ConfigError::Unknown {
                    key: format!("{section}.{key}"),
                    what: "key",
                    origin: self.origin(section, key),
                    hint: nearest::setting(section, key, schema),
                });
            }
        }
    }

    fn unknown_section(&self, section: &str, value: &Value, schema: &[SectionDoc]) -> ConfigError {
        let (what, hint) = match value {
            Value::Dict(..) => ("section", nearest::section(section, schema)),
            _ => ("key", nearest::setting("", section, schema)),
        };
        ConfigError::Unknown {
            key: section.to_owned(),
            what,
            origin: self.origin(section, ""),
            hint,
        }
    }

    fn origin(&self, section: &str, key: &str) -> Origin {
        match &self.from {
            From::Standard => {
                let known = STANDARD.iter().find(|(_, known)| *known == key);
                Origin::Variable(known.map_or(key, |(name, _)| name).to_owned())
            }
            From::File(file) => Origin::File(file.clone()),
            From::Environment => Origin::Variable(variable(section, key)),
            From::Flags => Origin::Flags,
        }
    }

    fn holds(&self, section: &str, key: &str) -> bool {
        let section = self.values.get(section).and_then(Value::as_dict);
        section.is_some_and(|section| section.contains_key(key))
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(match self.from {
            From::Standard => "standard environment",
            From::File(_) => "file",
            From::Environment => "environment",
            From::Flags => "flags",
        })
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

impl Layers {
    /// These layers, the strongest last.
    pub(super) fn new(layers: Vec<Layer>) -> Self {
        let merged = layers.iter().fold(Figment::new(), Figment::merge);
        Self { layers, merged }
    }

    /// A setting as the strongest layer that knows it has it; `None` when no layer does, or when
    /// the value is noted as a fault.
    pub(super) fn setting<T: Setting>(
        &self,
        section: &str,
        key: &str,
        allowed: &Allowed<T>,
        errors: &mut Vec<ConfigError>,
    ) -> Option<T> {
        let path = format!("{section}.{key}");
        let value = self.merged.find_value(&path).ok()?;
        let origin = self
            .layers
            .iter()
            .rev()
            .find(|layer| layer.holds(section, key));
        let origin = origin.map_or(Origin::Flags, |layer| layer.origin(section, key));
        if !T::KIND.fits(&value) {
            errors.push(ConfigError::WrongType {
                key: path,
                origin,
                found: type_of(&value),
                expected: T::KIND.words(),
            });
            return None;
        }
        let read = value
            .deserialize::<T>()
            .ok()
            .filter(|value| allowed.accepts(value));
        if read.is_none() {
            errors.push(ConfigError::NotAllowed {
                key: path,
                origin,
                found: quoted(&value),
                allowed: allowed.text.clone(),
            });
        }
        read
    }
}

fn malformed(file: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let before = text.get(..at).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    ConfigError::Malformed {
        file: file.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        why: error.message().trim().to_owned(),
    }
}

type EnvironmentSetting = Option<(&'static str, &'static str, Value)>;

fn environment_setting(
    name: &str,
    value: &OsString,
    schema: &[SectionDoc],
) -> Result<EnvironmentSetting, ConfigError> {
    let settings = || {
        schema
            .iter()
            .flat_map(|section| section.settings.iter().map(|s| (section.key, s)))
    };
    if let Some((section, setting)) = settings().find(|(s, k)| variable(s, k.key) == name) {
        let text = value.to_str().ok_or_else(|| ConfigError::NotText {
            name: name.to_owned(),
        })?;
        return Ok(Some((section, setting.key, setting.kind.read(text))));
    }
    let squeezed = |name: &str| name.replace('_', "").to_ascii_uppercase();
    let meant = settings().any(|(s, k)| squeezed(&variable(s, k.key)) == squeezed(name));
    if !meant && !name.contains("__") {
        return Ok(None);
    }
    Err(ConfigError::Unknown {
        key: name.to_owned(),
        what: "setting",
        origin: Origin::Variable(name.to_owned()),
        hint: nearest::variable(name, schema),
    })
}

fn put(values: &mut Dict, section: &str, key: &str, value: Value) {
    let section = values
        .entry(section.to_owned())
        .or_insert_with(|| Value::from(Dict::new()));
    if let Value::Dict(_, keys) = section {
        keys.insert(key.to_owned(), value);
    }
}

/// Removes flags that were not given, and sections that this leaves empty.
fn drop_unset(values: &mut Dict) {
    values.retain(|_, value| match value {
        Value::Empty(..) => false,
        Value::Dict(_, inner) => {
            drop_unset(inner);
            !inner.is_empty()
        }
        _ => true,
    });
}

/// A value for a complaint. Lists are not quoted: one is of addresses, which may have been given
/// with a password in them.
fn quoted(value: &Value) -> String {
    match value {
        Value::String(_, text) => {
            let text: String = text.chars().take(QUOTED_CHARS_MAX).collect();
            format!("{text:?}")
        }
        Value::Num(_, number) => {
            let signed = number.to_i128().map(|number| number.to_string());
            signed
                .or_else(|| number.to_u128().map(|n| n.to_string()))
                .or_else(|| number.to_f64().map(|n| n.to_string()))
                .unwrap_or_default()
        }
        other => type_of(other).to_owned(),
    }
}
