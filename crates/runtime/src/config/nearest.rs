//! What somebody meant who wrote a key that is not there.

use super::section::SectionDoc;
use super::{VARIABLE_PREFIX, variable as variable_of};

/// How alike two names must be to be offered, from 0 (not at all) to 1 (equal). Lower than this,
/// the offer is as strange as the question.
const ALIKE_MIN: f64 = 0.6;

/// A hint for a key that its section does not have; an empty section is the top of the file.
pub(super) fn setting(section: &str, key: &str, schema: &[SectionDoc]) -> String {
    let elsewhere = schema.iter().find(|known| known.setting(key).is_some());
    if let Some(elsewhere) = elsewhere {
        return format!("did you mean `{}.{key}`?", elsewhere.key);
    }
    let alike_sections = |known: &str| match section {
        "" => 1.0,
        section => alike(section, known),
    };
    let paths = schema.iter().flat_map(|known| {
        let section = alike_sections(known.key);
        known.settings.iter().map(move |setting| {
            (
                section.min(alike(key, setting.key)),
                format!("{}.{}", known.key, setting.key),
            )
        })
    });
    if let Some(near) = nearest(paths) {
        return format!("did you mean `{near}`?");
    }
    match schema.iter().find(|known| known.key == section) {
        Some(known) => {
            let keys = known.settings.iter().map(|setting| setting.key);
            format!("`{section}` has {}", listed(keys))
        }
        None => sections(schema),
    }
}

/// A hint for a section that is not there.
pub(super) fn section(name: &str, schema: &[SectionDoc]) -> String {
    let names = schema
        .iter()
        .map(|known| (alike(name, known.key), known.key.to_owned()));
    match nearest(names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => sections(schema),
    }
}

/// A hint for an environment variable that names no setting.
pub(super) fn variable(name: &str, schema: &[SectionDoc]) -> String {
    // The prefix is the same for all, and would make strangers look alike.
    let own = |name: &str| name.to_ascii_uppercase().replacen(VARIABLE_PREFIX, "", 1);
    let names = schema.iter().flat_map(|section| {
        section.settings.iter().map(|setting| {
            let known = variable_of(section.key, setting.key);
            (alike(&own(name), &own(&known)), known)
        })
    });
    match nearest(names) {
        Some(near) => format!("did you mean {near}?"),
        None => format!(
            "its name is {}, and {}",
            variable_of("<section>", "<key>"),
            sections(schema)
        ),
    }
}

fn sections(schema: &[SectionDoc]) -> String {
    format!(
        "the sections are {}",
        listed(schema.iter().map(|known| known.key))
    )
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// From 0 (nothing in common) to 1 (equal).
fn alike(one: &str, other: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(one, other)
}

fn nearest(candidates: impl Iterator<Item = (f64, String)>) -> Option<String> {
    candidates
        .filter(|(alike, _)| *alike >= ALIKE_MIN)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}
